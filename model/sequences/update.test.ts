import { describe, expect, it } from 'vitest';
import { maxContentBytes } from '../content.ts';
import { isConverged } from '../invariants.ts';
import { observe } from '../observe.ts';
import {
  answers,
  answerTo,
  at,
  branches,
  confirmed,
  contentBy,
  creates,
  cuts,
  leaves,
  loses,
  mends,
  play,
  posts,
  refused,
  rounds,
  settles,
  signsIn,
  smallWorld,
  startS,
  submits,
  texts,
  unsettled,
  versions,
  votes,
} from '../stories.ts';
import type { World } from '../world.ts';

const world = smallWorld();

describe('content update and ownership update', () => {
  it('[MW3] a confirmed write is in its backend and its clients at once, and everywhere after a round', () => {
    const posted = play(world, creates(0), posts(0, 'hi'));
    expect(versions(posted)).toEqual({ ledger: [2], content: [2], caches: ['2', ''], clients: ['2', '', '2'] });
    const everywhere = play(posted, rounds);
    expect(versions(everywhere)).toEqual({ ledger: [2], content: [2], caches: ['2', '2'], clients: ['2', '2', '2'] });
    expect(isConverged(everywhere)).toBe(true);
    expect(texts(everywhere, 'recorded')).toEqual(['hi']);
  });

  it('[MW3] a write is told its end at once: nothing of it is left unsettled, and every write has a name of its own', () => {
    const posted = play(world, creates(0), posts(0, 'hi'));
    expect(observe(posted).clients.map((each) => each.unsettled)).toEqual([0, 0, 0]);
    expect(posted.writesBegun).toBe(2);
    const armed = play(posted, loses('solana', true));
    const lost = (branches(armed, posts(0, 'a')).find(({ answer }) => answer.kind === 'unsettled') as { world: World }).world;
    const again = branches(play(lost, mends('solana'), loses('solana', true)), posts(0, 'b')).map(({ world: to }) => to);
    for (const to of again) expect([observe(to).clients[0]?.unsettled, to.flights.size]).toEqual([2, 2]);
  });

  it('[MW3] a spec is pending until it is settled, then recorded or discarded', () => {
    const open = play(world, creates(0), submits(1, 'spec'), rounds);
    expect([texts(open, 'pending'), texts(open, 'recorded')]).toEqual([['spec'], []]);
    expect(observe(open).ledger?.threads[0]?.openSpecs).toEqual([
      {
        content: contentBy(1, 'spec'),
        stake: 100n,
        expiresAtS: startS + 604_800,
        voters: ['wallet#0'],
        approvals: [],
        denials: [],
      },
    ]);
    const approved = play(open, votes(0, 1, 'spec'), settles(2, 1, 'spec'), rounds);
    expect([texts(approved, 'pending'), texts(approved, 'recorded')]).toEqual([[], ['spec']]);
    const denied = play(open, votes(0, 1, 'spec', 'deny'), settles(2, 1, 'spec'), rounds);
    expect([texts(denied, 'pending'), texts(denied, 'recorded')]).toEqual([[], []]);
    const expired = play(open, at(604_800_000), signsIn(2), settles(2, 1, 'spec'), rounds);
    expect([texts(expired, 'pending'), observe(expired).ledger?.treasury]).toEqual([[], 100n]);
    expect(answerTo(open, at(604_799_999), signsIn(2), settles(2, 1, 'spec'))).toEqual(refused('NotDecided'));
  });

  it('[MW3] open specs are listed by author and text, however they were submitted', () => {
    const several = play(world, creates(0), submits(2, 'b'), submits(1, 'b'), submits(1, 'a'));
    const listed = observe(several).ledger?.threads[0]?.openSpecs.map(({ content }) => content);
    expect(listed).toEqual([contentBy(1, 'a'), contentBy(1, 'b'), contentBy(2, 'b')]);
  });

  it('[MW3] a refused content write leaves nothing behind', () => {
    for (const action of [posts(1, 'x'), submits(0, 'x'), submits(1, 'x', 1n)]) {
      const after = play(world, creates(0), action, rounds);
      expect(texts(after, 'pending')).toEqual([]);
      expect(isConverged(after)).toBe(true);
    }
  });

  it('[MW3] content is checked before anything is asked', () => {
    const down = play(world, cuts('solana'), cuts('qdrant'));
    expect(answerTo(down, posts(0, ''))).toEqual(refused('ContentEmpty'));
    expect(answerTo(down, submits(0, 'x'.repeat(maxContentBytes + 1)))).toEqual(refused('ContentTooLarge'));
    expect(answerTo(down, posts(0, '\udc00'))).toEqual(refused('ContentMalformed'));
    expect(answerTo(down, posts(0, 'x'))).toEqual(refused('SolanaUnavailable'));
  });

  it('[MW4] without the ledger writes are refused; without Qdrant only content is', () => {
    const noLedger = play(world, creates(0), rounds, cuts('solana'));
    for (const action of [creates(0), posts(0, 'x'), submits(1, 'x'), votes(0, 1, 'x'), settles(0, 1, 'x'), leaves(0)]) {
      expect(answerTo(noLedger, action)).toEqual(refused('SolanaUnavailable'));
    }
    const noStore = play(world, creates(0), submits(1, 'x'), rounds, cuts('qdrant'));
    expect(answerTo(noStore, posts(0, 'y'))).toEqual(refused('QdrantUnavailable'));
    expect(answerTo(noStore, submits(2, 'y'))).toEqual(refused('QdrantUnavailable'));
    expect(answerTo(noStore, votes(0, 1, 'x'))).toEqual(confirmed(3));
    const voted = play(noStore, votes(0, 1, 'x'), rounds);
    expect(versions(play(voted, mends('qdrant'))).content).toEqual([2]);
    expect(versions(play(voted, mends('qdrant'), rounds)).content).toEqual([3]);
  });

  it('[MW4] an account that is missing may be refused before or after the content is stored', () => {
    expect(answerTo(world, posts(0, 'x'))).toEqual(refused('ThreadNotFound'));
    expect(answerTo(world, votes(0, 1, 'x'))).toEqual(refused('ThreadNotFound'));
    expect(answerTo(world, creates(0), settles(0, 1, 'x'))).toEqual(refused('SpecNotFound'));
    expect(answers(world, cuts('qdrant'), posts(0, 'x'))).toEqual([refused('ThreadNotFound'), refused('QdrantUnavailable')]);
    expect(answers(world, loses('qdrant', true), submits(0, 'x'))).toEqual([
      refused('ThreadNotFound'),
      refused('QdrantUnavailable'),
    ]);
    expect(answers(world, loses('solana', true), leaves(0))).toEqual([refused('ThreadNotFound'), unsettled, unsettled]);
    expect(answers(world, loses('solana', true), votes(0, 1, 'x'))).toEqual([refused('ThreadNotFound'), unsettled, unsettled]);
    const created = play(world, creates(0));
    expect(answers(created, loses('solana', true), settles(0, 1, 'x'))).toEqual([refused('SpecNotFound'), unsettled, unsettled]);
    expect(answers(created, cuts('qdrant'), votes(0, 1, 'x'))).toEqual([refused('SpecNotFound')]);
    expect(texts(play(world, posts(0, 'x')), 'pending')).toEqual(['x']);
    expect(texts(play(world, cuts('qdrant'), creates(0), mends('qdrant'), votes(0, 1, 'x')), 'pending')).toEqual([]);
  });
});
