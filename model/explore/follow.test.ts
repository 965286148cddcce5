import { describe, expect, it } from 'vitest';
import { leadsOf, partingOf } from './follow.ts';
import { type Spec, slotsOf } from './spec.ts';

interface Slots {
  readonly count: number;
  readonly by: string;
}

const slots = slotsOf<Slots>();
const by = (name: string, to: (count: number) => readonly number[]) =>
  slots.rule({ name, actor: name, kind: 'step' }, ['count', 'by'], (count) =>
    to(count).map((next) => ({ label: name, to: [next, name] as const })),
  );
const spec: Spec<Slots> = {
  name: 'two who count',
  starts: [{ count: 0, by: 'nobody' }],
  rules: [by('one', (count) => (count < 3 ? [count + 1] : [])), by('two', (count) => [count + 2, count + 4])],
  always: [],
  sometimes: [],
  converged: [],
  symmetries: [],
};
const start = { count: 0, by: 'nobody' };

describe('[QN9] following a run', () => {
  it('finds nothing where the design takes every step, by the rule that is named or by any', () => {
    const steps = [
      { rule: 'one', state: { count: 1, by: 'one' } },
      { rule: null, state: { count: 5, by: 'two' } },
    ];
    expect(partingOf(spec, start, steps)).toBeNull();
    expect(partingOf(spec, start, [])).toBeNull();
  });

  it.each([
    ['another start', { count: 1, by: 'nobody' }, [], -1, 'the run starts elsewhere: count'],
    ['a rule there is not', start, [{ rule: 'three', state: start }], 0, "there is no rule 'three'"],
    [
      'another end, and which slots differ at the nearest',
      start,
      [
        { rule: 'one', state: { count: 1, by: 'one' } },
        { rule: 'two', state: { count: 6, by: 'two' } },
      ],
      1,
      "by 'two' it leads elsewhere, at the nearest with another count",
    ],
    [
      'a rule that is not enabled',
      start,
      [
        { rule: 'two', state: { count: 4, by: 'two' } },
        { rule: 'one', state: { count: 5, by: 'one' } },
      ],
      1,
      "by 'one' nothing happens, and yet there is another state: count, by",
    ],
    [
      'several slots that differ at the nearest',
      start,
      [{ rule: 'one', state: { count: 8, by: 'x' } }],
      0,
      "by 'one' it leads elsewhere, at the nearest with another count, by",
    ],
    ['a step by nobody', start, [{ rule: null, state: { count: 9, by: 'x' } }], 0, /^by any rule it leads elsewhere/],
  ])('names the first step that is none: %s', (_, from, steps, step, explanation) => {
    expect(partingOf(spec, from, steps)).toEqual({
      step,
      explanation: typeof explanation === 'string' ? explanation : expect.stringMatching(explanation),
    });
  });

  it('takes no step that changes nothing, and tells each with its label', () => {
    const stays = slots.rule({ name: 'stays', actor: 'x', kind: 'step' }, ['count'], (count) => [{ label: 'stay', to: [count] }]);
    expect(leadsOf(stays, start)).toEqual([]);
    expect(
      leadsOf(
        by('one', (count) => [count, count + 1]),
        { count: 1, by: 'one' },
      ),
    ).toEqual([{ label: 'one', state: { count: 2, by: 'one' } }]);
  });
});
