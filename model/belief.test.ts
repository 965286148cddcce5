import { describe, expect, it } from 'vitest';
import type { Action } from './action.ts';
import { advance, type Belief, believe, explain, type Settled, settleAnswer, settleObservation } from './belief.ts';
import type { Answer, Observation } from './observation.ts';
import { expected, observationDifferences, observe } from './observe.ts';
import {
  asks,
  at,
  branches,
  contentBy,
  crashes,
  creates,
  cuts,
  loses,
  mends,
  play,
  posts,
  rounds,
  smallWorld,
  startMs,
  submits,
  votes,
} from './stories.ts';
import { act } from './system.ts';
import type { World } from './world.ts';

const open = play(smallWorld(), creates(0), submits(1, 'x'), rounds);
const done: Answer = { kind: 'done' };

function held(settled: Settled): Belief {
  if (settled.kind !== 'believed') throw new Error(settled.kind === 'contradiction' ? explain(settled) : 'too wide');
  return settled.belief;
}

/** After actions that answered `done` or as given. */
const through = (belief: Belief, ...steps: readonly (readonly [Action, Answer])[]): Belief =>
  steps.reduce((each, [action, answer]) => held(settleAnswer(each, action, answer)), belief);

describe('belief', () => {
  const lost = through(
    believe(open),
    [loses('solana', true), done],
    [votes(0, 1, 'x'), { kind: 'unsettled' }],
    [at(30_000), done],
    [rounds, done],
  );

  it('[BL1] widens by what nobody can know and narrows by what is seen', () => {
    expect(lost.worlds).toHaveLength(2);
    expect(held(settleObservation(lost, observe(lost.worlds[1] as World))).worlds).toHaveLength(2);
    const mended = through(lost, [mends('solana'), done], [rounds, done]);
    expect(mended.worlds).toHaveLength(2);
    for (const world of mended.worlds) expect(held(settleObservation(mended, observe(world))).worlds).toEqual([world]);
  });

  it('[BL1] merges worlds that are the same', () => {
    const refused = through(
      believe(open),
      [loses('solana', true), done],
      [votes(1, 1, 'x'), { kind: 'unsettled' }],
      [at(90_000), done],
      [mends('solana'), done],
    );
    expect(refused.worlds).toHaveLength(2);
    expect(through(refused, [rounds, done]).worlds).toHaveLength(1);
  });

  it('[BL1] knows every answer there may be', () => {
    const late = believe(play(open, at(604_799_000), asks(0, { kind: 'signIn' }), loses('solana', false)));
    const advanced = advance(late, votes(0, 1, 'x'));
    expect(advanced.kind === 'advanced' && advanced.possible.map(({ answer }) => answer)).toEqual([
      { kind: 'confirmed', version: 3 },
      { kind: 'refused', code: 'SpecExpired' },
    ]);
    const either = advance(lost, at(31_000));
    expect(either.kind === 'advanced' && either.possible.map(({ belief }) => belief.worlds.length)).toEqual([2]);
  });

  it('[BL2] says so when there are more worlds than the bound, and drops none', () => {
    const armed = believe(play(open, loses('solana', false)));
    const wide = { kind: 'tooWide', worlds: 31, bound: 30 };
    const answer: Answer = { kind: 'confirmed', version: 3 };
    expect(settleAnswer(armed, submits(2, 'y'), answer, 30)).toEqual(wide);
    expect(advance(armed, submits(2, 'y'), 30)).toEqual(wide);
    expect(held(settleAnswer(armed, submits(2, 'y'), answer)).worlds).toHaveLength(31);
    expect(held(settleAnswer(armed, submits(2, 'y'), answer, 31)).worlds).toHaveLength(31);
  });

  it('[BL3] an answer that no world gives is a contradiction, with the smallest difference', () => {
    const settled = settleAnswer(believe(open), votes(0, 1, 'x'), { kind: 'confirmed', version: 4 });
    expect(settled.kind === 'contradiction' && explain(settled)).toBe(
      ['answer: none of 1 possible worlds fits; the closest differs in 1:', '  answer.version: expected 3, observed 4'].join(
        '\n',
      ),
    );
  });

  it('[BL3] of worlds that differ alike the first is told', () => {
    const settled = settleAnswer(lost, at(31_000), { kind: 'unsettled' });
    const [first] = lost.worlds;
    expect(settled).toMatchObject({ kind: 'contradiction', worlds: 2, closest: { flights: first.flights } });
    expect(lost.worlds[1]?.flights).not.toEqual(first.flights);
  });

  it('[BL3] an observation that fits no world is told by its differences from the closest one', () => {
    const mended = through(lost, [mends('solana'), done], [rounds, done]);
    const seen = observe(mended.worlds[0]);
    const later = observe(mended.worlds[1] as World);
    const near = settleObservation(mended, { ...later, ledger: { ...later.ledger, treasury: 7n } as Observation['ledger'] });
    expect(near).toMatchObject({ closest: mended.worlds[1], differences: [{ path: 'ledger.treasury' }] });
    const settled = settleObservation(mended, { ...seen, ledger: { ...seen.ledger, treasury: 7n } as Observation['ledger'] });
    expect(settled).toMatchObject({
      kind: 'contradiction',
      about: 'observation',
      worlds: 2,
      closest: mended.worlds[0],
      differences: [{ path: 'ledger.treasury', expected: '0', observed: '7' }],
    });
  });
});

describe('what is expected to be seen', () => {
  /** Every observation that differs from the given one in one place: a number off by one, a list short of one, a null. */
  function* mutants(seen: unknown): Generator<unknown> {
    if (typeof seen === 'number') yield seen + 1;
    if (typeof seen === 'bigint') yield seen + 1n;
    if (typeof seen === 'string') yield `${seen}'`;
    if (Array.isArray(seen)) {
      for (const [index, each] of seen.entries()) {
        yield seen.filter((_, other) => other !== index);
        for (const mutant of mutants(each)) yield seen.with(index, mutant);
      }
    } else if (typeof seen === 'object' && seen !== null) {
      for (const [key, each] of Object.entries(seen)) {
        for (const mutant of mutants(each)) yield { ...seen, [key]: mutant };
        if (each !== null && typeof each === 'object' && !Array.isArray(each)) yield { ...seen, [key]: null };
      }
    }
  }

  it('[OB1] every single change of an observation is rejected in a quiet world', () => {
    const quiet = play(open, votes(0, 1, 'x'), posts(0, 'hi'), rounds);
    let count = 0;
    for (const mutant of mutants(observe(quiet))) {
      count += 1;
      const settled = settleObservation(believe(quiet), mutant as Observation);
      if (settled.kind !== 'contradiction')
        throw new Error(`accepted: ${JSON.stringify(mutant, (_, each) => (typeof each === 'bigint' ? `${each}` : each))}`);
    }
    expect(count).toBe(180);
    expect(settleObservation(believe(quiet), observe(quiet)).kind).toBe('believed');
  });

  const withPending = (world: World, ...texts: readonly string[]): Observation => {
    const seen = observe(world);
    const pending = texts.map((text) => contentBy(text === 'x' ? 1 : 0, text));
    return { ...seen, content: { ...seen.content, pending } as Observation['content'] };
  };
  const misses = (world: World, ...texts: readonly string[]) =>
    observationDifferences(expected(world), withPending(world, ...texts));

  it("[OB2] pending content is exactly the open specs' in a quiet world", () => {
    const missing = { path: 'content.pending', expected: 'thread#0/wallet#1/"x"', observed: 'nothing' };
    const tooMany = { path: 'content.pending', expected: 'nothing', observed: 'thread#0/wallet#0/"y"' };
    expect(misses(open, 'x')).toEqual([]);
    expect(misses(open)).toEqual([missing]);
    expect(misses(open, 'x', 'y')).toEqual([tooMany]);
    expect(misses(open, 'y')).toEqual([missing, tooMany]);
  });

  it("[OB2] otherwise at least the open specs', at most what was ever stored", () => {
    const refused = play(open, crashes(1), posts(2, 'no'), rounds);
    expect(observe(refused).content?.pending.map(({ text }) => text)).toEqual(['x', 'no']);
    expect(misses(refused, 'x')).toEqual([]);
    expect(misses(refused).map(({ expected: wanted }) => wanted)).toEqual(['thread#0/wallet#1/"x"']);
    expect(misses(refused, 'x', 'y')).toHaveLength(1);
    const flying = branches(open, loses('solana', true), posts(0, 'y'))[0]?.world as World;
    expect([misses(flying, 'x'), misses(flying, 'x', 'y')]).toEqual([[], []]);
  });

  it('[OB3] what cannot be reached shows nothing', () => {
    const away = play(open, cuts('solana'), cuts('qdrant'), crashes(0));
    const seen = observe(away);
    expect([seen.ledger, seen.content, seen.backends.map(({ backend }) => backend)]).toEqual([null, null, ['backend#1']]);
    expect(observationDifferences(expected(away), { ...seen, content: observe(open).content })).toHaveLength(1);
    expect(observationDifferences(expected(open), { ...observe(open), content: null })).toHaveLength(1);
  });

  it('[OB3] sessions are told by wallet, in whatever order they were opened', () => {
    const late = play(open, asks(1, { kind: 'connect', backend: 'backend#0' }), asks(1, { kind: 'signIn' }));
    expect(observe(late).backends[0]?.sessions).toEqual(['wallet#0', 'wallet#1', 'wallet#2']);
  });

  it('[OB3] an open spec whose content was recorded meanwhile is not pending', () => {
    const joined = play(
      open,
      submits(1, 'join'),
      votes(0, 1, 'join'),
      asks(0, { kind: 'settle', content: contentBy(1, 'join') }),
    );
    const posted = play(joined, posts(1, 'x'), rounds);
    expect(expected(posted).pendingAtLeast).toEqual([]);
    expect(observe(posted).ledger?.threads[0]?.openSpecs).toHaveLength(1);
    expect(act(posted, at(startMs))).toHaveLength(1);
  });
});
