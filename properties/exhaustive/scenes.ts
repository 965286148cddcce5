/**
 * Scenes: some partners at once, after a short prelude that makes each of them meaningful. The prelude runs one command after another
 * and is not scheduled; what follows its last barrier is. Nobody works in the background meanwhile, unless a pause is one of the
 * partners: then the backend's next round begins with it.
 */
import type { ContentName } from '#model/action.ts';
import { type ConcurrentScenario, plainCommand } from '#properties/concurrent/scenario.ts';
import { seededRandom } from '#simulations/engine/seeded-random.ts';
import type { WorldOperation } from '#simulations/world/concurrent/command.ts';
import { clientPartners, type Need, type Partner, pauseMs, said, systemPartners, thread } from './partners.ts';

export interface Scene {
  /** Its partners' names, joined by `+`. */
  readonly name: string;
  readonly scenario: ConcurrentScenario;
  /** Ids of the commands that are scheduled. */
  readonly scheduled: readonly number[];
}

/** The first command that is scheduled has this number. */
const firstScheduled = 100;
/** Longer than anything lasts that is scheduled, faults that take their time included. */
const quietMs = 10_000_000;
/** Longer than an operation sleeps at a time, so that whoever sleeps can be woken at any moment. */
const raceMs = 5_000;

interface Cast {
  /** Wallet numbers, one a partner; null for what nobody does. */
  readonly actors: readonly (number | null)[];
  readonly coAuthors: number;
}

/**
 * Co-authors are the first wallets, the owner before all; others come after them. With no co-author at work the owner does what
 * anybody may do, so that few wallets are enough.
 */
function castOf(partners: readonly Partner[]): Cast {
  const atWork = partners.filter((partner) => partner.kind === 'client' && partner.by === 'coAuthor').length;
  const coAuthors = Math.max(1, atWork, needsOf(partners).has('second') ? 2 : 1);
  let coAuthor = atWork === 0 ? 0 : coAuthors - atWork;
  let other = coAuthors;
  const actors = partners.map((partner) => {
    if (partner.kind === 'system') return null;
    const isCoAuthors = partner.by === 'coAuthor' || (partner.by === 'anybody' && atWork === 0 && coAuthor === 0);
    return isCoAuthors ? coAuthor++ : other++;
  });
  return { actors, coAuthors };
}

const needsOf = (partners: readonly Partner[]): ReadonlySet<Need> => new Set(partners.flatMap(({ needs }) => needs));

type Step = readonly [wallet: number, op: WorldOperation];

/** `wallet` becomes a co-author, with the votes of those who are. */
function joining(wallet: number): readonly Step[] {
  const content = { thread, author: `wallet#${wallet}`, text: `wallet ${wallet} would like to join` };
  return [
    [wallet, { kind: 'submitSpec', thread, text: content.text, stake: 4_000n }],
    ...Array.from({ length: wallet }, (_, voter): Step => [voter, { kind: 'vote', content, choice: 'approve' }]),
    [0, { kind: 'settle', content }],
  ];
}

/** The first wallet that is no co-author. */
const specOf = ({ coAuthors }: Cast): ContentName => ({ thread, author: `wallet#${coAuthors}`, text: 'asked before' });

function preludeOf(partners: readonly Partner[], cast: Cast): readonly Step[] {
  const needs = needsOf(partners);
  if (!needs.has('thread')) return [];
  const spec = specOf(cast);
  const isAsked = needs.has('specToVote') || needs.has('specToSettle');
  // Where it is voted on at the same time, that is what settling waits for.
  const isVoted = needs.has('specToSettle') && !needs.has('specToVote');
  const voters = Array.from({ length: cast.coAuthors }, (_, voter) => voter);
  return [
    [0, { kind: 'createThread', thread }],
    ...(needs.has('message') ? [[0, { kind: 'post', thread, text: said.text }] as const] : []),
    ...voters.slice(1).flatMap(joining),
    ...(isAsked ? [[cast.coAuthors, { kind: 'submitSpec', thread, text: spec.text, stake: 4_000n }] as const] : []),
    ...(isVoted ? voters.map((voter): Step => [voter, { kind: 'vote', content: spec, choice: 'approve' }]) : []),
  ];
}

/** @param backendsAtMost wallets are spread over so many in turn; a scene with a pause has one, since all their rounds would begin at once */
export function sceneOf(partners: readonly Partner[], backendsAtMost: number): Scene {
  const isPaused = partners.some(({ name }) => name === 'pause');
  const backends = isPaused ? 1 : backendsAtMost;
  const cast = castOf(partners);
  const spec = specOf(cast);
  const prelude = preludeOf(partners, cast).flatMap(([wallet, op], index) => [
    plainCommand(2 * index, `wallet#${wallet}`, op),
    plainCommand(2 * index + 1, 'world#0', { kind: 'barrier' }),
  ]);
  const scheduled = partners.map((partner, index) => {
    const id = firstScheduled + index;
    const actor = cast.actors[index] ?? cast.actors.find((each) => each !== null) ?? 0;
    const around = { spec, home: `backend#${actor % backends}`, away: `backend#${(actor + 1) % backends}` };
    return partner.kind === 'system'
      ? plainCommand(id, `world#${index}`, partner.op(around))
      : plainCommand(id, `wallet#${actor}`, partner.op(around));
  });
  const wallets = 1 + Math.max(1, ...[...prelude, ...scheduled].map(({ actor }) => walletIn(actor)));
  const roundMs = isPaused ? pauseMs : quietMs;
  return {
    name: partners.map(({ name }) => name).join('+'),
    scenario: {
      format: 1,
      kind: 'concurrent',
      setup: { wallets, backends, balance: 100_000n, skewMs: [], roundMs, clientRoundMs: quietMs, beginsApart: true, raceMs },
      strategy: { kind: 'segments', segments: [] },
      commands: [...prelude, ...scheduled],
    },
    scheduled: scheduled.map(({ id }) => id),
  };
}

const walletIn = (actor: string): number => Number(/^wallet#(\d+)$/.exec(actor)?.[1] ?? 0);

/** Every operation of a client beside every other, itself included, and beside everything that can happen to the system. */
export const allPairs: readonly (readonly Partner[])[] = clientPartners.flatMap((one, index) =>
  [...clientPartners.slice(index), ...systemPartners].map((other) => [one, other]),
);

/** Different ones, drawn. @param count all where there are not so many */
export function someOf<T>(all: readonly T[], count: number, seed: number): readonly T[] {
  const random = seededRandom(seed);
  const left = [...all];
  return Array.from({ length: Math.min(count, all.length) }, () => left.splice(random.below(left.length), 1)).flat();
}

/** Different ones of all triples of at least two operations of clients. @param count fewer where there are not so many */
export function someTriples(count: number, seed: number): readonly (readonly Partner[])[] {
  const all = allPairs
    .filter(([, second]) => second?.kind === 'client')
    .flatMap(([first, second]) => {
      const from = clientPartners.findIndex(({ name }) => name === second?.name);
      return [...clientPartners.slice(from), ...systemPartners].map((third) => [first, second, third] as readonly Partner[]);
    });
  return someOf(all, count, seed);
}
