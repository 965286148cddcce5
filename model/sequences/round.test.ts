import { describe, expect, it } from 'vitest';
import { emptyQdrant } from '../qdrant.ts';
import {
  at,
  branches,
  crashes,
  creates,
  cuts,
  disconnects,
  loses,
  mends,
  play,
  posts,
  restarts,
  rounds,
  settles,
  signsOut,
  smallWorld,
  strikes,
  submits,
  texts,
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

  it('[MW7] with ledger and Qdrant away, nothing is brought to Qdrant', () => {
    const queued = play(world, creates(0), submits(1, 'x'), rounds, cuts('qdrant'), votes(0, 1, 'x'), cuts('solana'));
    expect(branches(queued, rounds).map(({ world: to }) => to.qdrant)).toEqual([queued.qdrant]);
  });

  it('[MW7] what Qdrant has lost is brought back', () => {
    const posted = play(world, creates(0), posts(0, 'hi'), submits(1, 'x'), rounds);
    const lost = { ...posted, qdrant: { ...emptyQdrant, threads: posted.qdrant.threads } };
    expect(texts(play(lost, rounds), 'recorded')).toEqual(['hi']);
  });

  it("[MW7] what lands in a later backend's turn reaches the earlier ones in this round, or not before the next", () => {
    const open = play(world, creates(0), submits(1, 'join'), votes(0, 1, 'join'), settles(0, 1, 'join'), rounds);
    const [flying] = branches(open, loses('solana', true), posts(1, 'y'));
    const mended = play(flying?.world ?? open, mends('solana'));
    const caches = branches(mended, rounds).map(({ world: to }) => [to.flights.size, ...versions(to).caches]);
    expect(caches).toEqual([
      [1, '4', '4'],
      [0, '4', '5'],
      [0, '5', '5'],
    ]);
  });

  it('[MW7] link faults that change nothing and clocks that stand still are harmless', () => {
    expect(play(world, mends('solana'), strikes({ kind: 'linkUp', authority: 'qdrant' }), at(0), rounds)).toEqual(world);
  });
});
