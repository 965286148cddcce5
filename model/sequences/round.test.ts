import { describe, expect, it } from 'vitest';
import {
  at,
  branches,
  crashes,
  creates,
  cuts,
  disconnects,
  mends,
  play,
  restarts,
  rounds,
  signsOut,
  smallWorld,
  strikes,
  submits,
  versions,
  votes,
} from '../stories.ts';

const world = smallWorld();

describe('background work', () => {
  it('[MW7] with the ledger away, queued updates reach Qdrant whole or not at all', () => {
    const queued = play(world, creates(0), submits(1, 'x'), rounds, cuts('qdrant'), votes(0, 1, 'x'), rounds, cuts('solana'));
    const flushed = branches(queued, mends('qdrant'), rounds).map(({ world: to }) => versions(to).content?.[0]);
    // By nobody, by the second backend alone, by the first.
    expect(flushed).toEqual([2, 3, 3]);
  });

  it('[MW7] nothing is done by a backend that is down', () => {
    const down = play(world, creates(0), crashes(0), crashes(1), mends('solana'), rounds);
    expect(versions(down)).toMatchObject({ ledger: [1], caches: [], clients: ['1', '', '1'] });
    expect(versions(play(down, restarts(0), restarts(1), rounds)).caches).toEqual(['1', '1']);
  });

  it('[MW7] views reach connected clients that are not signed in', () => {
    const out = play(world, signsOut(1), creates(0), rounds);
    expect(versions(out).clients).toEqual(['1', '1', '1']);
    expect(versions(play(world, disconnects(1), creates(0), rounds)).clients).toEqual(['1', '', '1']);
  });

  it('[MW7] link faults that change nothing and clocks that stand still are harmless', () => {
    expect(play(world, mends('solana'), strikes({ kind: 'linkUp', authority: 'qdrant' }), at(0), rounds)).toEqual(world);
  });
});
