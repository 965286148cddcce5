/**
 * What must always be true of a world, by name. `witness.ts` holds the same against observations of a real system.
 * A green run does not show that anything ever happened; that is what `reachability.ts` is for.
 *
 * I-1 co-authors equal        what Qdrant says of a thread at a version is the ledger's tuple of it, and never ahead
 * I-2 hashes equal            what Qdrant has recorded is on the ledger at the same place; open specs' contents are stored
 * I-3 frontend within backend a view at a version is held by some backend, a crashed one's durable cache counted
 * I-4 token conservation      wallets + escrows + vaults + treasury is what it was at the start, and nothing is negative
 * I-5 no intermediate state   every version anybody shows is one the ledger committed; versions are 1, 2, 3 ...
 * I-6 observers go forward    no observer ever shows an older version than before (a property of two moments: `witness.ts`)
 */

import { sortedEntries } from './collections.ts';
import { type Difference, differences, shown } from './difference.ts';
import { updatesFor } from './sequences/propagation.ts';
import type { Thread } from './solana/state.ts';
import { supply } from './solana/tokens.ts';
import { isQuiet, type World } from './world.ts';

export const invariantTitles = {
  'I-1': 'co-authors equal',
  'I-2': 'hashes equal',
  'I-3': 'frontend within backend',
  'I-4': 'token conservation',
  'I-5': 'no intermediate state',
  'I-6': 'observers go forward',
} as const;

export type InvariantId = keyof typeof invariantTitles;

export interface Violation extends Difference {
  readonly id: InvariantId;
}

const always = {
  'I-1': coAuthorsEqual,
  'I-2': hashesEqual,
  'I-3': frontendWithinBackend,
  'I-4': tokensConserved,
  'I-5': noIntermediateState,
} as const satisfies Record<Exclude<InvariantId, 'I-6'>, (world: World) => readonly Difference[]>;

/** Every way in which the world breaks an invariant; empty when it is sound. */
export function worldViolations(world: World): readonly Violation[] {
  return (Object.keys(always) as (keyof typeof always)[]).flatMap((id) => violationsOf(id, always[id](world)));
}

export function violationsOf(id: InvariantId, found: readonly Difference[]): readonly Violation[] {
  return found.map((difference) => ({ id, ...difference }));
}

function coAuthorsEqual(world: World): readonly Difference[] {
  return sortedEntries(world.qdrant.threads).flatMap(([id, { version, coAuthors, messageCount }]) => {
    const path = `qdrant.threads[${id}]`;
    const tuple = world.solana.threads.get(id)?.history[version - 1];
    if (tuple === undefined) return [{ path, expected: 'a version of the ledger', observed: `version ${version}` }];
    return differences({ coAuthors: tuple.coAuthors, messageCount: tuple.messageCount }, { coAuthors, messageCount }, path);
  });
}

function hashesEqual(world: World): readonly Difference[] {
  const found: Difference[] = [];
  for (const [hash, { thread, state, sequence }] of sortedEntries(world.qdrant.messages)) {
    if (state === 'pending' || world.solana.threads.get(thread)?.messages[sequence]?.hash === hash) continue;
    found.push({ path: `qdrant.messages[${hash}]`, expected: 'a hash of the ledger', observed: `recorded as ${sequence}` });
  }
  for (const { now } of world.solana.threads.values()) {
    for (const { hash } of now.openSpecs) {
      if (world.qdrant.messages.has(hash)) continue;
      found.push({ path: `qdrant.messages[${hash}]`, expected: "an open spec's content", observed: 'nothing' });
    }
  }
  return found;
}

function frontendWithinBackend(world: World): readonly Difference[] {
  const found: Difference[] = [];
  for (const [client, { views }] of world.frontends) {
    for (const [thread, version] of views) {
      const held = [...world.backends.values()].some(({ memory }) => (memory.cache.get(thread) ?? 0) >= version);
      if (!held)
        found.push({ path: `frontends[${client}].views[${thread}]`, expected: 'held by a backend', observed: `${version}` });
    }
  }
  return found;
}

function tokensConserved(world: World): readonly Difference[] {
  const debts = sortedEntries(world.solana.wallets).filter(([, balance]) => balance < 0n);
  return [
    ...differences(world.supply, supply(world.solana), 'supply'),
    ...debts.map(([wallet, balance]) => ({ path: `wallets[${wallet}]`, expected: 'at least 0', observed: shown(balance) })),
  ];
}

function noIntermediateState(world: World): readonly Difference[] {
  const found: Difference[] = [];
  for (const { id, history, now } of world.solana.threads.values()) {
    const versions = history.map(({ version }) => version);
    const wanted = history.map((_, at) => at + 1);
    found.push(...differences(wanted, versions, `solana.threads[${id}].history`));
    found.push(...differences(now, history.at(-1), `solana.threads[${id}].now`));
  }
  const check = (path: string, versions: ReadonlyMap<string, number>): void => {
    for (const [id, version] of versions) {
      if (has(world.solana.threads.get(id), version)) continue;
      found.push({ path: `${path}[${id}]`, expected: 'a version of the ledger', observed: `version ${version}` });
    }
  };
  for (const [name, { memory, durable }] of world.backends) {
    check(`backends[${name}].cache`, memory.cache);
    check(`backends[${name}].durable.cache`, durable.cache);
  }
  for (const [name, { views }] of world.frontends) check(`frontends[${name}].views`, views);
  return found;
}

const has = (thread: Thread | undefined, version: number): boolean => thread?.history[version - 1]?.version === version;

/**
 * Whether everybody agrees on everything: what a round brings about in a quiet world (behaviour, section 5).
 * Every cache is the ledger's, Qdrant has nothing to be told, and clients that are connected show all of it.
 */
export function isConverged(world: World): boolean {
  if (!isQuiet(world)) return false;
  for (const name of world.backends.keys()) if (updatesFor(world, name).length > 0) return false;
  const isCurrent = (versions: ReadonlyMap<string, number>): boolean =>
    [...world.solana.threads.values()].every(({ id, now }) => versions.get(id) === now.version);
  return (
    [...world.backends.values()].every(({ memory }) => isCurrent(memory.cache)) &&
    [...world.frontends.values()].every(({ backend, views }) => backend === null || isCurrent(views))
  );
}
