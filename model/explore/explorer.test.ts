/** The explorer on designs whose states are counted by hand or known from the literature, and what it does at its bounds. */
import { describe, expect, it } from 'vitest';
import { convergenceOf } from './convergence.ts';
import { alternatingBit } from './examples/alternating-bit.ts';
import { jugs } from './examples/jugs.ts';
import { lock } from './examples/lock.ts';
import { peterson } from './examples/peterson.ts';
import { tokenRing } from './examples/token-ring.ts';
import { explore, type Progress } from './explorer.ts';
import type { Finding } from './finding.ts';
import { anySpec, type Spec, slotsOf } from './spec.ts';

const rulesOf = (finding: Finding<unknown> | undefined): readonly string[] | undefined => finding?.steps.map(({ rule }) => rule);

/** A design of one rule that may go on counting for ever. */
interface Counting {
  readonly count: number;
}
const countingSlots = slotsOf<Counting>();
const counting = (most: number, always: Spec<Counting>['always'] = []): Spec<Counting> => ({
  name: 'counting',
  starts: [{ count: 0 }],
  rules: [
    countingSlots.rule({ name: 'count', actor: 'it', kind: 'step' }, ['count'], (count) =>
      count < most ? [{ label: 'count', to: [count + 1] }] : [],
    ),
  ],
  always,
  sometimes: [countingSlots.mark('at 3', ['count'], (count) => count === 3)],
  converged: [countingSlots.mark('at the end', ['count'], (count) => count === most)],
  symmetries: [],
});

describe('designs with known counts', () => {
  it('[EX1] two jugs: 16 states, and 97 steps with the start and with those that change nothing', () => {
    const exploration = explore(jugs);
    expect(exploration).toMatchObject({ states: 16, generated: 58, depth: 7, complete: true });
    const still = 6 * 16 - 58;
    expect(exploration.generated + still + 1).toBe(97);
  });

  it.each([1, 2, 3, 4, 5])('[EX1] %i processes and a lock: 2^n + n 2^(n-1) states in 2n + 1 orbits', (n) => {
    expect(explore(lock(n), { symmetry: false })).toMatchObject({ states: 2 ** n + n * 2 ** (n - 1), complete: true });
    expect(explore(lock(n))).toMatchObject({ states: 2 * n + 1, complete: true });
  });

  it('[EX1] an alternating bit: every text takes the same nine states, until the last one is known', () => {
    for (const texts of [1, 2, 3, 10]) expect(explore(alternatingBit(texts)).states).toBe(9 * texts);
  });

  it('[EX1] [EX3] mutual exclusion of two holds, and giving way too early breaks it by a shortest run of 6', () => {
    const right = explore(peterson());
    expect(right.findings()).toEqual([]);
    expect(right).toMatchObject({ states: 20, generated: 34, complete: true });
    const [finding, ...others] = explore(peterson(true)).findings();
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      property: 'mutual exclusion',
      kind: 'always',
      explanation: 'both are inside',
      loopFrom: null,
    });
    expect(finding?.steps).toHaveLength(6);
    expect(finding?.steps.at(-1)).toMatchObject({ actor: 'alice', label: 'enter', state: { alice: 'inside', bob: 'inside' } });
  });

  it('[EX3] 4 litres are measured in 6 steps and no fewer', () => {
    const [finding] = explore(jugs).findings();
    expect(finding?.start).toEqual({ big: 0, small: 0 });
    expect(finding?.steps.map(({ state: { big, small } }) => `${big}/${small}`)).toEqual([
      '5/0',
      '2/3',
      '2/0',
      '0/2',
      '5/2',
      '4/3',
    ]);
  });

  it('[EX4] an end is a deadlock where not everybody agrees, or where nothing says what that means', () => {
    expect(explore(counting(3)).findings()).toEqual([]);
    const [finding] = explore({ ...counting(3), converged: [] }).findings();
    expect(finding).toMatchObject({ property: 'deadlock', kind: 'deadlock' });
    expect(finding?.steps.map(({ state }) => state)).toEqual([{ count: 1 }, { count: 2 }, { count: 3 }]);
  });

  it('[EX5] a mark is met where it is nearest, and is a finding where it is not met at all', () => {
    const exploration = explore(counting(9));
    expect(exploration.marks()).toEqual([{ name: 'at 3', met: { index: 3, depth: 3 } }]);
    expect(exploration.witness('at 3')?.steps.at(-1)?.state).toEqual({ count: 3 });
    expect(exploration.witness('at 4')).toBeNull();
    const short = explore(counting(2));
    expect(short.marks()).toEqual([{ name: 'at 3', met: null }]);
    expect(short.witness('at 3')).toBeNull();
    expect(short.findings()).toEqual([
      {
        ...{ property: 'at 3', kind: 'sometimes', explanation: 'none of 3 reachable states bears the mark' },
        ...{ start: null, steps: [], loopFrom: null },
      },
    ]);
  });

  it('[EX15] every state and every step are had again, one by one', () => {
    const exploration = explore(tokenRing(2, false));
    expect([...exploration.everyState()]).toEqual(
      Array.from({ length: exploration.states }, (_, index) => exploration.state(index)),
    );
    const steps = [...exploration.everyStep()];
    expect(steps).toHaveLength(exploration.generated);
    expect(steps.slice(0, 2)).toEqual([
      { from: 0, rule: 'offer 0', actor: 'node 0', kind: 'step', label: 'offer', to: 1 },
      { from: 0, rule: 'blink', actor: 'lamp', kind: 'step', label: 'blink', to: 2 },
    ]);
    expect(exploration.told(steps[1] as (typeof steps)[number])).toEqual({
      ...{ rule: 'blink', actor: 'lamp', label: 'blink' },
      state: { token: { at: 0, offered: false }, seen: 1, lamp: 'on' },
    });
  });
});

describe('whether everybody agrees in the end', () => {
  it('[EX6] lost messages are sent again until everything has arrived, and then nothing changes', () => {
    expect(convergenceOf(explore(alternatingBit(3)))).toEqual({ converged: 1, cycles: 0, fairCycles: 0, findings: [] });
  });

  it('[EX6] without the bit a text is taken twice, and the sender is stuck', () => {
    const { findings } = convergenceOf(explore(alternatingBit(2, true)));
    expect(findings.map(({ property, kind }) => [property, kind])).toEqual([['convergence', 'stuck']]);
    expect(findings[0]?.steps.at(-1)?.state.receiver).toHaveLength(3);
  });

  it('[EX6] a run that only blinks while a token could be handed on is not fair, so it counts for nothing', () => {
    const convergence = convergenceOf(explore(tokenRing(3, false)));
    expect(convergence).toEqual({ converged: 12, cycles: 4, fairCycles: 0, findings: [] });
  });

  it('[EX7] to offer and withdraw for ever is fair: a loop of four steps, since the lamp must blink twice', () => {
    const { findings, fairCycles } = convergenceOf(explore(tokenRing(3, true)));
    expect(fairCycles).toBe(2);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ kind: 'lasso', loopFrom: 0 });
    expect(rulesOf(findings[0])?.toSorted()).toEqual(['blink', 'blink', 'offer 0', 'withdraw 0']);
  });

  it('[EX6] a converged state that a step leads out of is told, with that step at the end', () => {
    const spec: Spec<Counting> = {
      ...counting(4),
      converged: [countingSlots.mark('at 2 or 4', ['count'], (count) => count === 2 || count === 4)],
    };
    const { findings } = convergenceOf(explore(spec));
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ kind: 'leaves agreement', loopFrom: null });
    expect(findings[0]?.steps.map(({ state }) => state.count)).toEqual([1, 2, 3]);
  });

  it('[EX6] faults lead to where agreement is asked for, and are off from there', () => {
    const spec: Spec<Counting> = {
      ...counting(3),
      rules: [
        ...counting(3).rules,
        countingSlots.rule({ name: 'break', actor: 'fault', kind: 'fault' }, ['count'], (count) =>
          count === 1 ? [{ label: 'break', to: [-1] }] : count === 3 ? [{ label: 'set back', to: [0] }] : [],
        ),
        countingSlots.rule({ name: 'mend', actor: 'fault', kind: 'fault' }, ['count'], (count) =>
          count === 7 ? [{ label: 'mend', to: [3] }] : count === -1 ? [{ label: 'worsen', to: [7] }] : [],
        ),
      ],
    };
    const { findings } = convergenceOf(explore({ ...spec, rules: spec.rules.filter(({ name }) => name !== 'mend') }));
    expect(findings).toEqual([]);
    const worse = convergenceOf(explore({ ...spec, rules: spec.rules }));
    expect(worse.findings.map(({ kind, steps }) => [kind, steps.at(-1)?.state.count])).toEqual([['stuck', 7]]);
  });

  it('[EX6] it is not judged on states that stand for others', () => {
    expect(() => convergenceOf(explore(lock(2)))).toThrow('convergence is judged on an exploration without symmetries');
  });
});

describe('bounds', () => {
  it('[EX10] states: no more than that, and what was found so far is true', () => {
    const exploration = explore(counting(100), { maxStates: 10 });
    expect(exploration).toMatchObject({ states: 10, depth: 9, complete: false });
    expect(exploration.search.stop).toEqual({ bound: 'maxStates', reason: '10 states' });
    expect(exploration.marks()).toEqual([{ name: 'at 3', met: { index: 3, depth: 3 } }]);
    expect(explore(counting(100), { maxStates: 1 }).search.stop?.reason).toBe('1 state');
    expect(explore(counting(9), { maxStates: 10 }).complete).toBe(true);
  });

  it('[EX10] depth: no step is taken from there, and an unmet mark is no finding', () => {
    const exploration = explore(counting(100), { maxDepth: 2 });
    expect(exploration).toMatchObject({ states: 3, generated: 2, depth: 2, complete: false });
    expect(exploration.search.stop).toEqual({ bound: 'maxDepth', reason: '2 steps from a start' });
    expect(exploration.findings()).toEqual([]);
    expect(exploration.stepsFrom(1)).toHaveLength(1);
    expect(exploration.stepsFrom(2)).toEqual([]);
    expect([...exploration.everyStep()]).toHaveLength(2);
    expect(explore(counting(3), { maxDepth: 4 }).complete).toBe(true);
    expect(convergenceOf(exploration)).toEqual({ converged: 0, cycles: 0, fairCycles: 0, findings: [] });
  });

  it('[EX10] memory: it ends when it next looks', () => {
    const exploration = explore(counting(50_000), { maxBytes: 1 });
    expect(exploration.search.stop).toEqual({ bound: 'maxBytes', reason: expect.stringMatching(/^\d+ bytes$/) });
    expect(exploration).toMatchObject({ states: 1, complete: false });
    expect(explore(counting(50_000), { maxBytes: 500_000 }).states).toBeGreaterThan(4_096);
  });

  it('[EX10] values of one slot: it ends where they have no more ids', () => {
    const exploration = explore(counting(Number.POSITIVE_INFINITY));
    expect(exploration.search.stop).toEqual({ bound: 'maxValues', reason: "slot 'count' has more than 65536 values" });
    expect(exploration).toMatchObject({ states: 65_536, depth: 65_535, complete: false });
    expect(exploration.witness('at 3')?.steps).toHaveLength(3);
  });

  it('[EX10] the first violation, where that is all that is asked', () => {
    const check = countingSlots.check('below 5', ['count'], (count) => (count < 5 ? null : `${count}`));
    const exploration = explore(counting(100, [check]), { stopAtFirst: true });
    expect(exploration).toMatchObject({ states: 6, depth: 5, complete: false });
    expect(exploration.search.stop).toEqual({ bound: 'stopAtFirst', reason: 'the first violation' });
    expect(exploration.findings()).toHaveLength(1);
    const ended = explore({ ...counting(5), converged: [] }, { stopAtFirst: true });
    expect(ended.search.stop?.bound).toBe('stopAtFirst');
    expect(ended.findings()[0]?.steps).toHaveLength(5);
    expect(explore(counting(100, [check])).states).toBe(101);
    const atOnce = explore(counting(100, [countingSlots.check('no', ['count'], () => 'no')]), { stopAtFirst: true });
    expect(atOnce).toMatchObject({ states: 1, depth: 0 });
  });

  it('[EX10] what is not asked is not judged', () => {
    const check = countingSlots.check('below 2', ['count'], (count) => (count < 2 ? null : `${count}`));
    const spec = { ...counting(2, [check]), converged: [] };
    const found = (...names: readonly string[]) =>
      explore(spec, { properties: new Set(names) })
        .findings()
        .map(({ property }) => property);
    expect(found()).toEqual([]);
    expect(found('deadlock')).toEqual(['deadlock']);
    expect(found('below 2', 'at 3')).toEqual(['below 2', 'at 3']);
  });

  it('[EX10] progress is told now and then, and at the end', () => {
    const told: Progress[] = [];
    explore(counting(5_000), { onProgress: (progress) => told.push(progress) });
    expect(told).toEqual([
      { states: 1, generated: 0, queue: 1, depth: 0 },
      { states: 4_097, generated: 4_096, queue: 1, depth: 4_096 },
      { states: 5_001, generated: 5_000, queue: 0, depth: 5_000 },
    ]);
  });
});

describe('[EX13] a spec that is none is refused by name:', () => {
  const base = anySpec(counting(3));
  const rule = base.rules[0] as (typeof base.rules)[number];
  it.each([
    ['no start', { starts: [] }, "spec 'counting' has no start, or no slots"],
    ['no slots', { starts: [{}] }, "spec 'counting' has no start, or no slots"],
    [
      'a start with other slots',
      { starts: [...base.starts, { other: 1 }] },
      "spec 'counting' has a state with other slots: other",
    ],
    ['a start with more slots', { starts: [...base.starts, { count: 1, other: 1 }] }, 'other slots: count, other'],
    ['a name given twice', { rules: [rule, rule] }, "spec 'counting' has two things named 'count'"],
    ['a slot that is none', { rules: [{ ...rule, slots: ['counter'] }] }, "'count' of spec 'counting' names slot 'counter'"],
    [
      'a slot named twice',
      { rules: [{ ...rule, slots: ['count', 'count'] }] },
      "names slot 'count', which there is not, or names it twice",
    ],
    [
      'a rule that gives too little',
      { rules: [{ ...rule, next: () => [{ label: '', to: [] }] }] },
      "rule 'count' gives 0 values for 1 slots",
    ],
    [
      'a symmetry that loses a slot',
      {
        starts: [{ count: 0, other: 0 }],
        symmetries: [{ name: 'lossy', slot: () => 'count', value: (value: unknown) => value }],
      },
      "symmetry 'lossy' of spec 'counting' moves no slot to some",
    ],
  ])('%s', (_what, change, message) => {
    expect(() => explore({ ...base, ...change })).toThrow(message);
  });
});
