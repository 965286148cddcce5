/**
 * The invariants of `invariants.ts` held against a real system, from observations alone and without a model world: a witness
 * remembers the first tuple it was shown for each version of each thread, and whoever shows another one is wrong.
 * Observations are taken after a round. What was never observed (a version that came and went between two looks) is not judged.
 */
import type { ContentName, ThreadName } from './action.ts';
import { compareContents } from './content.ts';
import { type Difference, differences, shown } from './difference.ts';
import { type InvariantId, type Violation, violationsOf } from './invariants.ts';
import type { Observation, ThreadObservation } from './observation.ts';

export interface Witness {
  /** All CHOIR there is. */
  readonly supply: bigint;
  /** How many backends there are, running or not. */
  readonly backends: number;
  /** Tuples by thread and version, the ledger's word first. */
  readonly tuples: ReadonlyMap<ThreadName, ReadonlyMap<number, ThreadObservation>>;
  readonly last: Observation | null;
}

/** Before the first observation. */
export function witness(supply: bigint, backends: number): Witness {
  return { supply, backends, tuples: new Map(), last: null };
}

export interface Testimony {
  readonly witness: Witness;
  readonly violations: readonly Violation[];
}

const judgements = {
  'I-1': coAuthorsEqual,
  'I-2': hashesEqual,
  'I-3': frontendWithinBackend,
  'I-4': tokensConserved,
  'I-5': noIntermediateState,
  'I-6': observersGoForward,
} as const satisfies Record<InvariantId, (seen: Observation, by: Witness) => readonly Difference[]>;

/** Looks once more. */
export function testify(before: Witness, seen: Observation): Testimony {
  const by = { ...before, tuples: remembered(before.tuples, seen) };
  const ids = Object.keys(judgements) as InvariantId[];
  return { witness: { ...by, last: seen }, violations: ids.flatMap((id) => violationsOf(id, judgements[id](seen, by))) };
}

/** Views anybody shows, each with who shows it. */
function viewsIn({ ledger, backends, clients }: Observation): readonly (readonly [string, ThreadObservation])[] {
  return [
    ...(ledger?.threads ?? []).map((view) => ['ledger.threads', view] as const),
    ...backends.flatMap(({ backend, cache }) => cache.map((view) => [`backends[${backend}].cache`, view] as const)),
    ...clients.flatMap(({ client, threads }) => threads.map((view) => [`clients[${client}].threads`, view] as const)),
  ];
}

function remembered(before: Witness['tuples'], seen: Observation): Witness['tuples'] {
  let tuples = before;
  for (const [, view] of viewsIn(seen)) {
    const versions = tuples.get(view.thread);
    if (versions?.has(view.version) === true) continue;
    tuples = new Map(tuples).set(view.thread, new Map(versions).set(view.version, view));
  }
  return tuples;
}

/** Both reachable and somebody at work: a round has brought Qdrant to what the ledger says. */
const isSettled = (seen: Observation): boolean => seen.backends.length > 0;

function coAuthorsEqual(seen: Observation, { tuples }: Witness): readonly Difference[] {
  if (seen.content === null) return [];
  const found = seen.content.threads.flatMap(({ thread, version, coAuthors }) => {
    const known = tuples.get(thread)?.get(version);
    return known === undefined ? [] : differences(known.coAuthors, coAuthors, `content.threads[${thread}].coAuthors`);
  });
  if (seen.ledger === null) return found;
  const ledger = new Map(seen.ledger.threads.map(({ thread, version }) => [thread, version]));
  const ahead = seen.content.threads
    .filter(({ thread, version }) => version > (ledger.get(thread) ?? 0))
    .map(({ thread, version }) => ({
      path: `content.threads[${thread}].version`,
      expected: `at most ${ledger.get(thread) ?? 0}`,
      observed: `${version}`,
    }));
  const stored = new Map(seen.content.threads.map(({ thread, version }) => [thread, version]));
  const behind = seen.ledger.threads
    .filter(({ thread, version }) => isSettled(seen) && (stored.get(thread) ?? 0) < version)
    .map(({ thread, version }) => ({
      path: `content.threads[${thread}].version`,
      expected: `${version}`,
      observed: shown(stored.get(thread)),
    }));
  return [...found, ...ahead, ...behind];
}

function hashesEqual(seen: Observation): readonly Difference[] {
  if (seen.content === null || seen.ledger === null) return [];
  const onLedger = seen.ledger.threads.flatMap(({ messages }) => messages);
  const { recorded, pending } = seen.content;
  const path = 'content.recorded';
  return [
    ...without(recorded, onLedger).map((each) => ({ path, expected: 'nothing', observed: shown(each) })),
    ...without(isSettled(seen) ? onLedger : [], recorded).map((each) => ({ path, expected: shown(each), observed: 'nothing' })),
    ...without(
      seen.ledger.threads.flatMap(({ openSpecs }) => openSpecs.map(({ content }) => content)),
      [...recorded, ...pending],
    ).map((each) => ({ path: 'content.pending', expected: shown(each), observed: 'nothing' })),
  ];
}

function without(contents: readonly ContentName[], others: readonly ContentName[]): readonly ContentName[] {
  return contents.filter((each) => !others.some((other) => compareContents(each, other) === 0));
}

/** With a backend down its cache cannot be seen, and it may be the one that holds the view. */
function frontendWithinBackend(seen: Observation, { backends }: Witness): readonly Difference[] {
  if (seen.backends.length < backends) return [];
  const held = new Map<ThreadName, number>();
  for (const { thread, version } of seen.backends.flatMap(({ cache }) => cache)) {
    held.set(thread, Math.max(version, held.get(thread) ?? 0));
  }
  return seen.clients.flatMap(({ client, threads }) =>
    threads
      .filter(({ thread, version }) => version > (held.get(thread) ?? 0))
      .map(({ thread, version }) => ({
        path: `clients[${client}].threads[${thread}].version`,
        expected: `at most ${held.get(thread) ?? 0}`,
        observed: `${version}`,
      })),
  );
}

function tokensConserved({ ledger }: Observation, by: Witness): readonly Difference[] {
  if (ledger === null) return [];
  const amounts = [...ledger.wallets.map(([, balance]) => balance), ...ledger.threads.map(({ vault }) => vault)];
  const total = amounts.reduce((sum, amount) => sum + amount, ledger.treasury + ledger.escrowed);
  const stakes = ledger.threads.flatMap(({ openSpecs }) => openSpecs.map(({ stake }) => stake));
  return [
    ...differences(by.supply, total, 'ledger: wallets + escrowed + vaults + treasury'),
    ...differences(
      stakes.reduce((sum, stake) => sum + stake, 0n),
      ledger.escrowed,
      'ledger.escrowed',
    ),
  ];
}

function noIntermediateState(seen: Observation, { tuples }: Witness): readonly Difference[] {
  return viewsIn(seen).flatMap(([who, view]) =>
    differences(tuples.get(view.thread)?.get(view.version), view, `${who}[${view.thread}]@${view.version}`),
  );
}

/** What was shown before and is shown again must not be older; what is no longer shown is not judged. */
function observersGoForward(seen: Observation, { last }: Witness): readonly Difference[] {
  if (last === null) return [];
  const before = versionsIn(last);
  return [...versionsIn(seen)].flatMap(([who, version]) => {
    const earlier = before.get(who) ?? 0;
    return version >= earlier ? [] : [{ path: who, expected: `at least ${earlier}`, observed: `${version}` }];
  });
}

function versionsIn(seen: Observation): ReadonlyMap<string, number> {
  const stored = (seen.content?.threads ?? []).map(({ thread, version }) => [`content.threads[${thread}]`, version] as const);
  return new Map([...viewsIn(seen).map(([who, { thread, version }]) => [`${who}[${thread}]`, version] as const), ...stored]);
}
