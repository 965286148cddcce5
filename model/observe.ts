/**
 * What a world shows. All of it is exact but pending content: only in a quiet world (everything reachable, everybody running,
 * nothing in flight) is it exactly the open specs'. Otherwise at least that is there, and at most what was ever stored and is not
 * known to be discarded.
 */

import type { ContentName } from './action.ts';
import type { BackendState } from './backend.ts';
import { sortedEntries } from './collections.ts';
import { compareContents, contentOf } from './content.ts';
import { type Difference, differences, shown } from './difference.ts';
import type { FrontendState } from './frontend.ts';
import type {
  BackendObservation,
  ClientObservation,
  ContentObservation,
  LedgerObservation,
  Observation,
  ThreadObservation,
} from './observation.ts';
import type { StoredContent } from './qdrant.ts';
import { isRecorded, type Thread } from './solana/state.ts';
import { escrowed } from './solana/tokens.ts';
import { viewAt } from './view.ts';
import type { World } from './world.ts';

/** `observation` to the letter, but for pending content: at least `pendingAtLeast`, at most what the observation lists. */
export interface Expected {
  readonly observation: Observation;
  readonly pendingAtLeast: readonly ContentName[];
}

export function expected(world: World): Expected {
  const observation = observe(world);
  return { observation, pendingAtLeast: observation.content === null ? [] : openSpecsContents(world) };
}

export function observe(world: World): Observation {
  return {
    ledger: world.links.solana ? ledger(world) : null,
    content: world.links.qdrant ? content(world) : null,
    backends: sortedEntries(world.backends)
      .filter(([, { running }]) => running)
      .map(([name, state]) => backend(world, name, state)),
    clients: sortedEntries(world.frontends).map(([name, state]) => client(world, name, state)),
  };
}

function ledger(world: World): LedgerObservation {
  return {
    threads: sortedEntries(world.solana.threads).map(([, thread]) => viewAt(thread, thread.now.version)),
    wallets: sortedEntries(world.solana.wallets),
    treasury: world.solana.treasury,
    escrowed: escrowed(world.solana),
  };
}

function content(world: World): ContentObservation {
  const messages = [...world.qdrant.messages.values()];
  return {
    threads: sortedEntries(world.qdrant.threads).map(([thread, { version, coAuthors }]) => ({ thread, version, coAuthors })),
    recorded: names(messages.filter(({ state }) => state === 'recorded')),
    pending: names(messages.filter(({ state }) => state === 'pending')),
  };
}

/** Not those recorded already: their author joined by another spec and posted the same text. */
function openSpecsContents(world: World): readonly ContentName[] {
  return [...world.solana.threads.values()].flatMap((thread) =>
    thread.now.openSpecs.filter(({ hash }) => !isRecorded(thread, hash)).map(({ hash }) => contentOf(hash)),
  );
}

function names(messages: readonly StoredContent[]): readonly ContentName[] {
  return messages.map(({ thread, author, text }) => ({ thread, author, text })).sort(compareContents);
}

function views(world: World, versions: ReadonlyMap<string, number>): readonly ThreadObservation[] {
  return sortedEntries(versions).map(([thread, version]) => viewAt(world.solana.threads.get(thread) as Thread, version));
}

function backend(world: World, name: string, { memory }: BackendState): BackendObservation {
  const good = [...memory.sessions.values()].filter(({ expiresAtMs }) => world.nowMs < expiresAtMs);
  return {
    backend: name,
    cache: views(world, memory.cache),
    sessions: [...new Set(good.map(({ wallet }) => wallet))].sort(),
  };
}

function client(world: World, name: string, state: FrontendState): ClientObservation {
  return { client: name, backend: state.backend, threads: views(world, state.views), unsettled: state.writes.size };
}

/** Where an observation is not what was expected; empty when it fits. */
export function observationDifferences({ observation, pendingAtLeast }: Expected, observed: Observation): readonly Difference[] {
  if (observation.content === null || observed.content === null) return differences(observation, observed);
  const { pending: atMost, ...exact } = observation.content;
  const { pending, ...seen } = observed.content;
  const lacks = (list: readonly ContentName[], one: ContentName): boolean =>
    !list.some((each) => compareContents(each, one) === 0);
  const path = 'content.pending';
  return [
    ...differences({ ...observation, content: exact }, { ...observed, content: seen }),
    ...pendingAtLeast
      .filter((each) => lacks(pending, each))
      .map((each) => ({ path, expected: shown(each), observed: 'nothing' })),
    ...pending.filter((each) => lacks(atMost, each)).map((each) => ({ path, expected: 'nothing', observed: shown(each) })),
  ];
}
