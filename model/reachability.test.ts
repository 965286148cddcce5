import { describe, expect, it } from 'vitest';
import type { Action } from './action.ts';
import { believe } from './belief.ts';
import { maxContentBytes } from './content.ts';
import { certainMarks, marksOf, reachability } from './reachability.ts';
import {
  asks,
  at,
  connects,
  crashes,
  creates,
  cuts,
  leaves,
  loses,
  mends,
  play,
  posts,
  restarts,
  rounds,
  settles,
  smallWorld,
  submits,
  votes,
} from './stories.ts';
import { act } from './system.ts';
import { createWorld, type World } from './world.ts';

const signsIn = (client: number): Action => asks(client, { kind: 'signIn' });
const reads = (client: number): Action => asks(client, { kind: 'readCached', thread: 'thread#0' });
/** `author` joins with a stake of 10 that all of `voters` approve. */
const joins = (author: number, ...voters: readonly number[]): readonly Action[] => [
  submits(author, `join ${author}`, 10n),
  ...voters.map((voter) => votes(voter, author, `join ${author}`)),
  settles(author, author, `join ${author}`),
];

/** Each step a round after its action, in every world it may lead to: the marks of each step. */
function marksAlong(start: World, actions: readonly Action[]): readonly ReadonlySet<string>[] {
  let worlds: readonly World[] = [start];
  return actions.map((action) => {
    const marks = new Set<string>();
    worlds = worlds.flatMap((from) =>
      act(from, action).flatMap(({ world, answer }) =>
        act(world, rounds).map(({ world: to }) => {
          for (const mark of marksOf({ before: from, action, answer, after: to })) marks.add(mark);
          return to;
        }),
      ),
    );
    return marks;
  });
}

/** The marks of the last step, and of all before. */
function told(
  start: World,
  actions: readonly Action[],
): { readonly last: ReadonlySet<string>; readonly before: ReadonlySet<string> } {
  const along = marksAlong(start, actions);
  return { last: along.at(-1) ?? new Set(), before: new Set(along.slice(0, -1).flatMap((marks) => [...marks])) };
}

const small = smallWorld();
const two = [creates(0), ...joins(1, 0)];
const open = [creates(0), submits(1, 'x')];
const unsettled = [...open, loses('solana', true), votes(0, 1, 'x')];
const many = createWorld({
  wallets: Array.from({ length: 18 }, (_, index) => ({ name: `wallet#${index}`, balance: 1_000n })),
  backends: ['backend#0'],
  minimumStake: 10n,
  nowMs: 0,
});
/** 16 co-authors, and two more specs that only the first one has to decide. */
const full = [
  creates(0),
  submits(16, 'late'),
  votes(0, 16, 'late'),
  ...Array.from({ length: 15 }, (_, index) =>
    joins(index + 1, ...Array.from({ length: index + 1 }, (__, voter) => voter)),
  ).flat(),
];

/** The last action of each story earns the mark it is told for, which no earlier one did. */
const stories: Readonly<Record<string, readonly Action[] | readonly [World, readonly Action[]]>> = {
  approved: [...open, votes(0, 1, 'x'), settles(2, 1, 'x')],
  'approved, remainder to the vault': [...two, submits(2, 'x', 11n), votes(0, 2, 'x'), votes(1, 2, 'x'), settles(0, 2, 'x')],
  'approved, author already a co-author': [...open, ...joins(1, 0), votes(0, 1, 'x'), settles(0, 1, 'x')],
  denied: [...open, votes(0, 1, 'x', 'deny'), settles(2, 1, 'x')],
  split: [...two, submits(2, 'x'), votes(0, 2, 'x'), votes(1, 2, 'x', 'deny'), settles(0, 2, 'x')],
  'expired without votes': [...open, at(604_800_000), signsIn(0), settles(0, 1, 'x')],
  'expired with votes': [...two, submits(2, 'x'), votes(0, 2, 'x'), at(604_800_000), signsIn(0), settles(0, 2, 'x')],
  'returned, no room': [many, [...full, settles(0, 16, 'late')]],
  'returned, every voter left': [creates(0), submits(2, 'x'), ...joins(1, 0), leaves(0), settles(0, 2, 'x')],
  'a vote stands though its voter left': [
    ...two,
    submits(2, 'x'),
    votes(0, 2, 'x'),
    votes(1, 2, 'x'),
    leaves(0),
    settles(0, 2, 'x'),
  ],
  'decided without waiting for one who left': [...two, submits(2, 'x'), votes(0, 2, 'x'), leaves(1), settles(0, 2, 'x')],
  'a write is unsettled': unsettled,
  'unsettled, then landed': [...unsettled, at(30_000), mends('solana')],
  'unsettled, landed already while nobody knew': [...unsettled, at(30_000), mends('solana')],
  'unsettled, then never landed': [...unsettled, at(90_000), mends('solana')],
  'a client learns the end of an unsettled write': [...unsettled, at(90_000), mends('solana')],
  "an unsettled write outlives its backend's crash": [...unsettled, crashes(1), crashes(0)],
  'a submission recovers from a lost answer': [...open, loses('solana', false), votes(0, 1, 'x')],
  'a content write recovers from a lost answer': [creates(0), loses('qdrant', false), posts(0, 'x')],
  'content is refused because its answer was lost and the store gone': [creates(0), loses('qdrant', true), posts(0, 'x')],
  'a confirmed write leaves its update queued': [...open, cuts('qdrant'), votes(0, 1, 'x')],
  'queued updates reach Qdrant': [...open, cuts('qdrant'), votes(0, 1, 'x'), mends('qdrant')],
  'a stale cache answers': [creates(0), crashes(1), posts(0, 'x'), cuts('solana'), restarts(1), connects(1, 1), reads(1)],
  'a client has seen more than its backend answers': [
    ...[creates(0), connects(0, 1), signsIn(0), connects(0, 0), crashes(1), posts(0, 'x'), cuts('solana'), restarts(1)],
    ...[connects(0, 1), reads(0)],
  ],
  'a cached read falls back to the ledger': [reads(0)],
  'a search finds something': [creates(0), posts(0, 'x'), asks(1, { kind: 'search', text: 'x' })],
  'signed in again with a session still good': [at(1), signsIn(0)],
  'a token is used again after reconnecting': [connects(0, 1), connects(0, 0)],
  'a session expires': [signsIn(0), at(86_400_000), creates(0)],
  'a crash disconnects clients': [asks(1, { kind: 'disconnect' }), crashes(1), crashes(0)],
  'a backend restarts while the ledger is away': [crashes(0), cuts('solana'), restarts(0)],
  'a vault pays one who leaves': [
    ...two,
    submits(2, 'x'),
    votes(0, 2, 'x', 'deny'),
    votes(1, 2, 'x', 'deny'),
    settles(0, 2, 'x'),
    leaves(0),
  ],
  'refused ThreadAlreadyExists': [creates(0), creates(1)],
  'refused ThreadNotFound': [posts(0, 'x')],
  'refused NotCoAuthor': [creates(0), posts(1, 'x')],
  'refused HashAlreadyRecorded': [creates(0), posts(0, 'x'), posts(0, 'x')],
  'refused AuthorIsCoAuthor': [creates(0), submits(0, 'x')],
  'refused ThreadFull': [many, [...full, submits(17, 'x')]],
  'refused SpecAlreadyOpen': [...open, submits(1, 'x')],
  'refused SpecAlreadySettled': [...open, votes(0, 1, 'x', 'deny'), settles(0, 1, 'x'), submits(1, 'x')],
  'refused StakeBelowMinimum': [creates(0), submits(1, 'x', 9n)],
  'refused InsufficientFunds': [creates(0), submits(1, 'x', 1_001n)],
  'refused SpecNotFound': [creates(0), votes(0, 1, 'x')],
  'refused NotAVoter': [...open, votes(2, 1, 'x')],
  'refused AlreadyVoted': [...open, votes(0, 1, 'x'), votes(0, 1, 'x', 'deny')],
  'refused SpecExpired': [...open, at(604_800_000), signsIn(0), votes(0, 1, 'x')],
  'refused NotDecided': [...open, settles(0, 1, 'x')],
  'refused LastCoAuthor': [creates(0), leaves(0)],
  'refused Disconnected': [asks(0, { kind: 'disconnect' }), creates(0)],
  'refused Unauthenticated': [connects(0, 1), creates(0)],
  'refused BackendUnavailable': [crashes(1), connects(0, 1)],
  'refused SolanaUnavailable': [cuts('solana'), creates(0)],
  'refused QdrantUnavailable': [creates(0), cuts('qdrant'), posts(0, 'x')],
  'refused ContentEmpty': [posts(0, '')],
  'refused ContentTooLarge': [posts(0, 'x'.repeat(maxContentBytes + 1))],
  'refused ContentMalformed': [posts(0, '\ud800')],
};

const isPlaced = (story: (typeof stories)[string]): story is readonly [World, readonly Action[]] =>
  'links' in (story[0] as object);

describe('sometimes', () => {
  it('[RE1] has a story for every mark, and no other', () => {
    expect(Object.keys(stories).sort()).toEqual([...reachability.keys()].sort());
  });

  it.each(Object.entries(stories))('[RE1] %s', (mark, story) => {
    const { last, before } = isPlaced(story) ? told(...story) : told(small, story as readonly Action[]);
    expect([...last]).toContain(mark);
    expect([...before]).not.toContain(mark);
  });

  it('[RE1] every step of every story earns the marks of its list, and no others', async () => {
    const lines = Object.entries(stories).flatMap(([name, story]) => {
      const along = isPlaced(story) ? marksAlong(...story) : marksAlong(small, story as readonly Action[]);
      return [name, ...along.flatMap((marks, step) => (marks.size === 0 ? [] : [`  ${step}: ${[...marks].sort().join('; ')}`]))];
    });
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('told/marks.txt');
  });

  it('[RE1] nothing is marked when nothing happens', () => {
    expect(told(small, [at(0), mends('solana'), restarts(0)]).last.size).toBe(0);
    expect(told(small, [signsIn(0), asks(0, { kind: 'disconnect' }), signsIn(0)]).last).toEqual(
      new Set(['refused Disconnected']),
    );
    expect(told(small, [connects(1, 0), signsIn(1)]).last.size).toBe(0);
    // A spec that stays open is not settled, though who voted on it has left and the thread goes on.
    expect(told(small, [...two, submits(2, 'x'), votes(0, 2, 'x'), leaves(0), posts(1, 'hi')]).last.size).toBe(0);
  });

  it('[RE2] of beliefs only what happened for certain is marked', () => {
    const from = play(small, creates(0), submits(1, 'x'), rounds, loses('solana', true));
    const action = votes(0, 1, 'x');
    const answer = { kind: 'unsettled' } as const;
    const [lost, landed] = act(from, action).map(({ world }) => world) as [World, World];
    expect(certainMarks(believe(from), action, answer, { worlds: [lost, landed] })).toEqual(['a write is unsettled']);
    const [never, later] = act(play(lost, at(30_000), mends('solana')), rounds).map(({ world }) => world) as [World, World];
    const ended = (...worlds: [World, ...World[]]) =>
      certainMarks({ worlds: [lost, landed] }, mends('solana'), { kind: 'done' }, { worlds });
    expect(ended(later)).toEqual(['unsettled, then landed', 'a client learns the end of an unsettled write']);
    expect(ended(later, never)).toEqual([]);
  });
});
