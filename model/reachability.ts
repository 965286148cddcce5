/**
 * What must be seen to happen sometimes, by name: a campaign in which a mark stays at zero has not tested what it seems to.
 * A transition is one step of a harness: the world before it, what was asked and answered, the world after (a round included).
 * Marks say that something happened, not that it was right.
 */
import type { Action, Operation } from './action.ts';
import type { Belief } from './belief.ts';
import type { Answer } from './observation.ts';
import { solanaRefusals } from './solana/action.ts';
import { awaitedOf } from './solana/settlement.ts';
import type { Settlement, Spec, Thread } from './solana/state.ts';
import { type Flight, frontendOf, hasSession, type World } from './world.ts';

export interface Transition {
  readonly before: World;
  readonly action: Action;
  readonly answer: Answer;
  readonly after: World;
}

/** A spec that was settled in a transition, and its thread before. */
interface Settled {
  readonly thread: Thread;
  readonly spec: Spec;
  readonly status: Settlement;
}

function settledIn({ before, after }: Transition): readonly Settled[] {
  const settled: Settled[] = [];
  for (const [id, later] of after.solana.threads) {
    const thread = before.solana.threads.get(id);
    if (thread === undefined || thread === later) continue;
    for (const [key, spec] of thread.specs) {
      const { status } = later.specs.get(key) as Spec;
      if (spec.status === 'open' && status !== 'open') settled.push({ thread, spec, status });
    }
  }
  return settled;
}

const settles =
  (status: Settlement, holds: (settled: Settled) => boolean = () => true) =>
  (transition: Transition): boolean =>
    settledIn(transition).some((each) => each.status === status && holds(each));

const hasLeft = (thread: Thread, wallet: string): boolean => !thread.now.coAuthors.includes(wallet);

const operationIn = ({ action }: Transition): Operation | null => (action.kind === 'operation' ? action.operation : null);

/** Flights that ended in a transition, with whether the ledger took them. */
function landings({ before, after }: Transition): readonly { readonly flight: Flight; readonly took: boolean }[] {
  return [...before.flights.values()]
    .filter(({ id }) => !after.flights.has(id))
    .map((flight) => ({
      flight,
      took:
        flight.landed ||
        before.solana.threads.get(flight.instruction.thread) !== after.solana.threads.get(flight.instruction.thread),
    }));
}

const ownWrites = (world: World): number => [...world.frontends.values()].reduce((sum, { writes }) => sum + writes.size, 0);

const refuses =
  (code: string) =>
  ({ answer }: Transition): boolean =>
    answer.kind === 'refused' && answer.code === code;

function isArmed({ before, action }: Transition, authority: 'solana' | 'qdrant', thenDown: boolean): boolean {
  return action.kind === 'operation' && before.armed[authority]?.thenDown === thenDown;
}

const faultIn = ({ action }: Transition): string | null => (action.kind === 'fault' ? action.fault.kind : null);

/** The settlement table, row by row, and what is peculiar about who is counted. */
const whenSettling = {
  approved: settles('approved', ({ spec, thread }) => hasLeft(thread, spec.author)),
  'approved, remainder to the vault': settles('approved', ({ spec }) => spec.stake % BigInt(spec.approvals.length) > 0n),
  'approved, author already a co-author': settles('approved', ({ spec, thread }) => !hasLeft(thread, spec.author)),
  denied: settles('denied'),
  split: settles('split'),
  'expired without votes': settles('expired', ({ spec }) => spec.approvals.length + spec.denials.length === 0),
  'expired with votes': settles('expired', ({ spec }) => spec.approvals.length + spec.denials.length > 0),
  'returned, no room': settles('returned', ({ spec }) => spec.approvals.length > 0),
  'returned, every voter left': settles('returned', ({ spec }) => spec.approvals.length === 0),
  'a vote stands though its voter left': (transition: Transition) =>
    settledIn(transition).some(({ spec, thread }) => [...spec.approvals, ...spec.denials].some((each) => hasLeft(thread, each))),
  'decided without waiting for one who left': (transition: Transition) =>
    settledIn(transition).some(
      ({ spec, thread }) =>
        awaitedOf(spec, thread.now.coAuthors).length === 0 && spec.approvals.length + spec.denials.length < spec.voters.length,
    ),
} as const;

const whenLost = {
  'a write is unsettled': ({ answer }: Transition) => answer.kind === 'unsettled',
  'unsettled, then landed': (transition: Transition) => landings(transition).some(({ took }) => took),
  'unsettled, then never landed': (transition: Transition) => landings(transition).some(({ took }) => !took),
  'unsettled, landed already while nobody knew': (transition: Transition) =>
    landings(transition).some(({ flight }) => flight.landed),
  'a client learns the end of an unsettled write': ({ before, after }: Transition) => ownWrites(after) < ownWrites(before),
  "an unsettled write outlives its backend's crash": ({ action, after }: Transition) =>
    action.kind === 'fault' &&
    action.fault.kind === 'crashBackend' &&
    [...after.flights.values()].some(({ backend }) => backend === (action.fault as { backend: string }).backend),
  'a submission recovers from a lost answer': (transition: Transition) =>
    isArmed(transition, 'solana', false) && transition.answer.kind === 'confirmed',
  'a content write recovers from a lost answer': (transition: Transition) =>
    isArmed(transition, 'qdrant', false) && transition.answer.kind === 'confirmed',
  'content is refused because its answer was lost and the store gone': (transition: Transition) =>
    isArmed(transition, 'qdrant', true) && refuses('QdrantUnavailable')(transition),
  'a confirmed write leaves its update queued': ({ answer, after }: Transition) =>
    answer.kind === 'confirmed' && !after.links.qdrant,
  'queued updates reach Qdrant': ({ before, after }: Transition) =>
    !before.links.qdrant && after.links.qdrant && before.qdrant !== after.qdrant,
} as const;

const whenServing = {
  'a stale cache answers': ({ answer, after }: Transition) =>
    answer.kind === 'view' && answer.view.version < (after.solana.threads.get(answer.view.thread) as Thread).now.version,
  'a client has seen more than its backend answers': (transition: Transition) => {
    const { action, answer, after } = transition;
    if (action.kind !== 'operation' || answer.kind !== 'view') return false;
    return (frontendOf(after, action.client).views.get(answer.view.thread) as number) > answer.view.version;
  },
  'a cached read falls back to the ledger': (transition: Transition) => {
    const operation = operationIn(transition);
    return operation?.kind === 'readCached' && refuses('ThreadNotFound')(transition);
  },
  'a search finds something': ({ answer }: Transition) => answer.kind === 'hits' && answer.hits.length > 0,
  'signed in again with a session still good': (transition: Transition) => {
    const { before, action } = transition;
    if (action.kind !== 'operation' || action.operation.kind !== 'signIn') return false;
    const { backend } = frontendOf(before, action.client);
    return backend !== null && hasSession(before, action.client, backend);
  },
  'a token is used again after reconnecting': (transition: Transition) => {
    const { action, after, answer } = transition;
    if (action.kind !== 'operation' || action.operation.kind !== 'connect' || answer.kind !== 'done') return false;
    return hasSession(after, action.client, action.operation.backend);
  },
  'a session expires': (transition: Transition) => {
    const { before, action } = transition;
    if (action.kind !== 'operation' || !refuses('Unauthenticated')(transition)) return false;
    const { backend, tokens } = frontendOf(before, action.client);
    return backend !== null && tokens.has(backend);
  },
  'a crash disconnects clients': (transition: Transition) =>
    faultIn(transition) === 'crashBackend' &&
    [...transition.before.frontends].some(([name, { backend }]) => backend !== frontendOf(transition.after, name).backend),
  'a backend restarts while the ledger is away': (transition: Transition) =>
    faultIn(transition) === 'restartBackend' && !transition.after.links.solana,
  'a vault pays one who leaves': (transition: Transition) =>
    operationIn(transition)?.kind === 'divest' &&
    transition.answer.kind === 'confirmed' &&
    [...transition.before.solana.threads].some(
      ([id, { now }]) => now.vault > (transition.after.solana.threads.get(id) as Thread).now.vault,
    ),
} as const;

const codes = [
  ...solanaRefusals,
  'Disconnected',
  'Unauthenticated',
  'BackendUnavailable',
  'SolanaUnavailable',
  'QdrantUnavailable',
  'ContentEmpty',
  'ContentTooLarge',
  'ContentMalformed',
] as const;

type Predicate = (transition: Transition) => boolean;

/** Every mark by name; the names are the sentences a report prints. */
export const reachability: ReadonlyMap<string, Predicate> = new Map<string, Predicate>([
  ...Object.entries(whenSettling),
  ...Object.entries(whenLost),
  ...Object.entries(whenServing),
  ...codes.map((code) => [`refused ${code}`, refuses(code)] as const),
]);

/** The marks of one transition. */
export function marksOf(transition: Transition): readonly string[] {
  return [...reachability].filter(([, holds]) => holds(transition)).map(([name]) => name);
}

/** The marks of a step of which only beliefs are known: those that hold whichever worlds it led from and to. */
export function certainMarks(before: Belief, action: Action, answer: Answer, after: Belief): readonly string[] {
  const transitions = before.worlds.flatMap((from) => after.worlds.map((to) => ({ before: from, action, answer, after: to })));
  return [...reachability].filter(([, holds]) => transitions.every(holds)).map(([name]) => name);
}
