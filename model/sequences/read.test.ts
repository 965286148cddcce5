import { describe, expect, it } from 'vitest';
import { observe } from '../observe.ts';
import {
  answerTo,
  connects,
  contentBy,
  crashes,
  creates,
  cuts,
  mends,
  play,
  posts,
  reads,
  readsCached,
  refused,
  restarts,
  rounds,
  searches,
  signsIn,
  smallWorld,
  submits,
  versions,
} from '../stories.ts';

const world = smallWorld();

describe('reads', () => {
  const two = play(world, creates(0), posts(0, 'b'), posts(0, 'a'), submits(1, 'pending'), rounds);
  const view = observe(two).ledger?.threads[0];

  it('[MW5] a strong read answers the ledger, a cached one the backend', () => {
    expect(answerTo(two, reads(1))).toEqual({ kind: 'view', view });
    expect(answerTo(two, readsCached(1))).toEqual({ kind: 'view', view });
    expect(answerTo(world, reads(1))).toEqual(refused('ThreadNotFound'));
    expect(answerTo(two, cuts('solana'), reads(1))).toEqual(refused('SolanaUnavailable'));
    expect(answerTo(two, cuts('solana'), readsCached(1))).toEqual({ kind: 'view', view });
  });

  it('[MW5] a cached read of what is not cached is a strong one', () => {
    const unknownTo1 = play(world, creates(0));
    expect(answerTo(unknownTo1, readsCached(1))).toMatchObject({ kind: 'view', view: { version: 1 } });
    expect(versions(play(unknownTo1, readsCached(1))).caches).toEqual(['1', '1']);
    expect(answerTo(world, readsCached(1))).toEqual(refused('ThreadNotFound'));
    expect(answerTo(unknownTo1, cuts('solana'), readsCached(1))).toEqual(refused('SolanaUnavailable'));
  });

  it('[MW5] a stale cache says its own version, and what the client shows does not go back', () => {
    const stale = play(two, crashes(1), posts(0, 'c'), rounds, cuts('solana'), restarts(1), connects(0, 1), signsIn(0), rounds);
    expect(answerTo(stale, readsCached(0))).toMatchObject({ view: { version: 4 } });
    expect(versions(play(stale, readsCached(0)))).toMatchObject({ caches: ['5', '4'], clients: ['5', '4', '5'] });
    expect(versions(play(stale, mends('solana'), rounds)).caches).toEqual(['5', '5']);
  });

  it('[MW5] a search finds no more than a thousand', () => {
    const [message] = [...two.qdrant.messages.values()];
    const many = Array.from({ length: 1_001 }, (_, n) => [`${n}`, { ...message, hash: `${n}` }] as const);
    const full = { ...two, qdrant: { ...two.qdrant, messages: new Map(many) } } as typeof two;
    const answer = answerTo(full, searches(1));
    expect(answer.kind === 'hits' && answer.hits.length).toBe(1_000);
  });

  it('[MW5] a search finds recorded messages only, filtered by thread and author', () => {
    const hits = (...found: readonly string[]) => ({ kind: 'hits', hits: found.map((text) => contentBy(0, text)) });
    expect(answerTo(two, searches(1))).toEqual(hits('a', 'b'));
    expect(answerTo(two, searches(1, { thread: 'thread#0', author: 'wallet#0' }))).toEqual(hits('a', 'b'));
    expect(answerTo(two, searches(1, { thread: 'thread#1' }))).toEqual(hits());
    expect(answerTo(two, searches(1, { author: 'wallet#1' }))).toEqual(hits());
    expect(answerTo(two, cuts('qdrant'), searches(1))).toEqual(refused('QdrantUnavailable'));
  });
});
