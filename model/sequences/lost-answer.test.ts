import { describe, expect, it } from 'vitest';
import type { Action } from '../action.ts';
import { isConverged, worldViolations } from '../invariants.ts';
import { observe } from '../observe.ts';
import {
  answers,
  answerTo,
  asks,
  at,
  branches,
  client,
  confirmed,
  connects,
  crashes,
  creates,
  cuts,
  disconnects,
  leaves,
  loses,
  mends,
  play,
  posts,
  reads,
  readsCached,
  refused,
  restarts,
  rounds,
  settles,
  signsIn,
  smallWorld,
  startMs,
  startS,
  submits,
  texts,
  unsettled,
  versions,
  votes,
} from '../stories.ts';
import type { World } from '../world.ts';

const world = smallWorld();

describe('a lost answer', () => {
  const open = play(world, creates(0), submits(1, 'x'), rounds);

  it('[MW6] without the link going down the write recovers', () => {
    for (const authority of ['solana', 'qdrant'] as const) {
      for (const action of [posts(0, 'y'), votes(0, 1, 'x'), asks(2, { kind: 'createThread', thread: 'thread#1' })]) {
        const [branch, ...others] = branches(open, loses(authority, false), action, rounds);
        expect(others).toEqual([]);
        expect(isConverged((branch as { world: World }).world)).toBe(true);
      }
      expect(answerTo(open, loses(authority, false), votes(0, 1, 'x'))).toEqual(confirmed(3));
    }
    expect(answerTo(open, loses('solana', false), votes(1, 1, 'x'))).toEqual(refused('NotAVoter'));
  });

  it('[MW6] what is sent again may land at any later clock up to its end', () => {
    const expiries = (action: Action) =>
      branches(open, loses('solana', false), action).map(
        ({ world: to }) => observe(to).ledger?.threads[0]?.openSpecs[1]?.expiresAtS,
      );
    const [first, last] = [startS + 604_800, startS + 604_830];
    const open31 = expiries(submits(2, 'z'));
    expect([open31.length, open31.at(0), open31.at(-1)]).toEqual([31, first, last]);
    expect(expiries({ ...submits(2, 'z'), untilMs: startMs + 1_999 } as Action)).toEqual([first, first + 1]);
    expect(branches(open, loses('qdrant', false), { ...submits(2, 'z'), untilMs: startMs + 1_000 } as Action)).toHaveLength(2);
    expect(
      branches(open, loses('qdrant', false), loses('solana', true), { ...submits(2, 'z'), untilMs: startMs + 1_000 } as Action),
    ).toHaveLength(3);
    const late = play(open, at(604_799_000), signsIn(0), loses('solana', false));
    expect(answers(late, { ...votes(0, 1, 'x'), untilMs: startMs + 604_800_000 } as Action)).toEqual([
      confirmed(3),
      refused('SpecExpired'),
    ]);
    expect(answers(late, votes(0, 1, 'x'))).toEqual([confirmed(3), refused('SpecExpired')]);
    expect(answers(late, settles(0, 1, 'x'))).toEqual([refused('NotDecided'), confirmed(3)]);
    expect(answers(open, loses('solana', false), votes(0, 1, 'none'))).toEqual([
      refused('SpecNotFound'),
      refused('SpecNotFound'),
    ]);
    expect(answers(late, { ...settles(0, 1, 'x'), untilMs: startMs + 604_799_999 } as Action)).toEqual([refused('NotDecided')]);
  });

  it('[MW6] a submission whose link goes down with it is unsettled: landed or not, nobody knows', () => {
    const after = branches(open, loses('solana', true), votes(0, 1, 'x'), at(30_000), rounds);
    expect(after.map(({ world: to }) => versions(play(to, mends('solana'))).ledger)).toEqual([[2], [3]]);
    for (const { world: to } of after) {
      expect(observe(to).ledger).toBeNull();
      expect([client(to, 0)?.unsettled, versions(to).caches]).toEqual([1, ['2', '2']]);
    }
  });

  it('[MW6] an unsettled write that landed is learned in the next round that reaches the ledger', () => {
    const landed = branches(open, loses('solana', true), votes(0, 1, 'x'), at(30_000), mends('solana'), rounds);
    expect(landed.map(({ world: to }) => [versions(to).caches, client(to, 0)?.unsettled])).toEqual([
      [['2', '2'], 1],
      [['3', '3'], 0],
      [['3', '3'], 0],
    ]);
  });

  it('[MW6] one that never landed may land while its blockhash is good, and never after', () => {
    const lost = branches(open, loses('solana', true), posts(0, 'y'), at(30_000), mends('solana'), rounds)[0]?.world as World;
    const endings = (ms: number, until = ms) =>
      branches(lost, at(ms), { kind: 'round', untilMs: startMs + until }).map(({ world: to }) => [
        versions(to).ledger?.[0],
        client(to, 0)?.unsettled,
      ]);
    expect(endings(60_000)).toEqual([[2, 1], [3, 0]]); // biome-ignore format: one ending a pair
    expect(endings(60_001)).toEqual([[2, 1], [2, 0], [3, 0], [2, 0]]); // biome-ignore format: one ending a pair
    expect(endings(60_000, 60_001)).toEqual([[2, 1], [2, 0], [3, 0], [2, 0]]); // biome-ignore format: one ending a pair
    expect(endings(60_400)).toHaveLength(4);
    expect(endings(60_401)).toEqual([[2, 0]]);
    const expired = play(lost, at(60_401), rounds);
    expect([texts(expired, 'pending'), isConverged(expired)]).toEqual([['x'], true]);
    expect(texts(lost, 'pending')).toEqual(['y', 'x']);
  });

  it('[MW6] its backend being down, any other can tell its client the end, but none can land it', () => {
    const lost = branches(open, loses('solana', true), votes(0, 1, 'x'), crashes(0), at(30_000), mends('solana'), connects(0, 1));
    const strangers = lost.map(({ world: to }) => play(to, rounds));
    expect(strangers.map((to) => [versions(to).ledger?.[0], client(to, 0)?.unsettled])).toEqual([
      [2, 1],
      [3, 1],
    ]);
    const known = strangers.map((to) => play(to, signsIn(0), rounds));
    expect(known.map((to) => client(to, 0)?.unsettled)).toEqual([1, 0]);
    const late = known.map((to) => branches(to, at(60_300), rounds).map(({ world: then }) => client(then, 0)?.unsettled));
    expect(late).toEqual([[1, 0], [0]]);
    const last = branches(known[0] as World, at(60_400), rounds).map(({ world: then }) => client(then, 0)?.unsettled);
    expect(last).toEqual([1, 0]);
    const later = known.map((to) => play(to, at(60_500), rounds));
    expect(later.map((to) => [versions(to).ledger?.[0], client(to, 0)?.unsettled])).toEqual([
      [2, 0],
      [3, 0],
    ]);
    expect(later.map((to) => [to.flights.size, play(to, restarts(0), rounds).flights.size])).toEqual([
      [1, 0],
      [1, 0],
    ]);
  });

  it('[MW6] with the ledger away, only a backend that settled or ingested it can tell, and only while it remembers', () => {
    const settled = branches(open, loses('solana', true), votes(0, 1, 'x'), disconnects(0), mends('solana'), at(90_000), rounds);
    for (const { world: to } of settled) {
      expect(client(to, 0)?.unsettled).toBe(1);
      const away = play(to, cuts('solana'));
      expect(branches(away, connects(0, 0), rounds).map(({ world: then }) => client(then, 0)?.unsettled)).toEqual([1, 0]);
      const elsewhere = branches(away, connects(0, 1), signsIn(0), rounds);
      expect(elsewhere.map(({ world: then }) => client(then, 0)?.unsettled)).toEqual([1, 0]);
    }
    const unseen = branches(open, loses('solana', true), votes(0, 1, 'x'), connects(0, 1), signsIn(0), rounds);
    expect(unseen.map(({ world: then }) => client(then, 0)?.unsettled)).toEqual([1, 1]);
    const seen = branches(open, loses('solana', true), votes(0, 1, 'x'), crashes(0), mends('solana'), rounds, cuts('solana'));
    const asked = (to: World) =>
      branches(to, connects(0, 1), signsIn(0), rounds).map(({ world: then }) => client(then, 0)?.unsettled);
    // Not landed, so that nobody has seen it; or landed and ingested by the other backend, while its own is down.
    expect(seen.map(({ world: to }) => asked(to))).toEqual([[1], [1, 0]]);
  });

  it('[MW6] what lands in the turn of a later backend may reach an earlier one a round later', () => {
    const votesLost = branches(
      open,
      connects(0, 1),
      signsIn(0),
      loses('solana', true),
      votes(0, 1, 'x'),
      mends('solana'),
      rounds,
    );
    const seen = votesLost.map(({ world: to }) => [versions(to).ledger?.[0], ...versions(to).caches]);
    expect(seen).toContainEqual([3, '2', '3']);
    expect(seen).toContainEqual([3, '3', '3']);
    for (const { world: to } of votesLost) expect(worldViolations(to)).toEqual([]);
  });

  it('[MW6] content whose answer is lost with the link is refused, and discarded in time', () => {
    const refusedPost = play(open, loses('qdrant', true), posts(0, 'y'));
    expect(answerTo(open, loses('qdrant', true), posts(0, 'y'))).toEqual(refused('QdrantUnavailable'));
    expect(observe(refusedPost).content).toBeNull();
    expect(texts(play(refusedPost, mends('qdrant')), 'pending')).toEqual(['y', 'x']);
    expect(texts(play(refusedPost, mends('qdrant'), rounds), 'pending')).toEqual(['x']);
    expect(texts(play(refusedPost, crashes(1), mends('qdrant'), rounds), 'pending')).toEqual(['y', 'x']);
  });

  it('[MW6] a later update that is lost with the link stays queued, applied or not', () => {
    const approved = play(open, votes(0, 1, 'x'), rounds);
    const lost = branches(approved, loses('qdrant', true), settles(0, 1, 'x'));
    expect(lost.map(({ answer }) => answer)).toEqual([confirmed(4), confirmed(4), confirmed(4)]);
    const stored = lost.map(({ world: to }) => play(to, cuts('solana'), mends('qdrant')));
    expect(stored.map((to) => [versions(to).content?.[0], texts(to, 'recorded')])).toEqual([
      [3, []],
      [3, ['x']],
      [4, []],
    ]);
    for (const to of stored) {
      expect(branches(to, rounds).map(({ world: then }) => then.qdrant)).toContain(to.qdrant);
      expect(isConverged(play(to, mends('solana'), rounds))).toBe(true);
    }
  });

  it('[MW6] is spent by the next write whatever becomes of it, and strikes nothing that is down or not reached', () => {
    for (const authority of ['solana', 'qdrant'] as const) {
      const spent = play(open, loses(authority, true), posts(0, ''));
      expect(answerTo(spent, votes(0, 1, 'x'))).toEqual(confirmed(3));
      const read = play(open, loses(authority, true), reads(0), readsCached(0));
      expect(read.links).toEqual({ solana: true, qdrant: true });
    }
    expect(play(open, loses('qdrant', true), leaves(0), rounds).links.qdrant).toBe(true);
    expect(play(open, cuts('qdrant'), loses('qdrant', true), votes(0, 1, 'x'), mends('qdrant')).links.qdrant).toBe(true);
    expect(play(open, loses('qdrant', true), loses('qdrant', false), votes(0, 1, 'x')).links.qdrant).toBe(true);
    const both = branches(open, loses('solana', true), loses('qdrant', false), posts(0, 'y'));
    expect(both.map(({ answer, world: to }) => [answer, to.links])).toEqual([
      [unsettled, { solana: false, qdrant: true }],
      [unsettled, { solana: false, qdrant: true }],
    ]);
  });
});
