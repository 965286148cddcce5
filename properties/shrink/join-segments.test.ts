/** Schedules: a random one becomes few segments, segments are joined, shortened, and gone where `serial` does as well. */
import { describe, expect, it } from 'vitest';
import { drawStrategy } from '#simulations/engine/portfolio.ts';
import type { Segment } from '#simulations/engine/strategies/segments.ts';
import { bugIf, command, hasWithin, type Made, made, segments, shapeOf, shrinkMade } from './hand-made.ts';
import { joinsOf } from './join-segments.ts';
import { switchesIn } from './switches.ts';

/** `ab2a` is a segment of one event of a, one of two of b, one of one of a. */
const listed = (text: string): readonly Segment[] =>
  [...text.matchAll(/([a-z])(\d*)/g)].map(([, task = '', events]) => ({ task, events: Number(events || 1) }));
const shown = (list: readonly Segment[]): string =>
  list.map(({ task, events }) => (events === 1 ? task : task + events)).join('');

const long = (...ids: readonly number[]): readonly ReturnType<typeof command>[] =>
  ids.map((id) => command(id, `c${id}`, { calls: 4 }));
const within = (call: number) => bugIf((_, schedule) => hasWithin(schedule, '#0', call, '#1'));

/** The last of three tasks comes within the first, after one of these calls; the other does not, and nothing can be left out. */
const alone = (...calls: readonly number[]) =>
  bugIf(({ commands }, schedule) => {
    const has = (call: number, other: string): boolean => hasWithin(schedule, '#0', call, other);
    return commands.length === 3 && calls.some((call) => has(call, '#2')) && ![1, 2, 3].some((call) => has(call, '#1'));
  });

async function leftOf(start: Made, judge: Parameters<typeof shapeOf>[0]) {
  const shape = shapeOf(judge);
  const { scenario, minimal, executions } = await shrinkMade(start, shape);
  const { schedule } = await shape.run(scenario);
  return { strategy: scenario.strategy, schedule: schedule.join(' '), switches: switchesIn(schedule), minimal, executions };
}

describe('[SH5] a schedule', () => {
  it('that was random becomes few segments', async () => {
    // Neither one after another nor in turns.
    const judge = bugIf((_, schedule) => hasWithin(schedule, '#0', 3, '#1') && !hasWithin(schedule, '#0', 1, '#1'));
    const kinds = new Set<string>();
    for (let seed = 1, left = 24; left > 0; seed += 1) {
      const strategy = drawStrategy(seed, { tasks: 5, eventsPerTask: 4 });
      const start = made(long(0, 1, 2, 3, 4), strategy);
      const { failure } = await shapeOf(judge).run(start);
      if (failure === null) continue;
      left -= 1;
      kinds.add(strategy.kind);
      expect(await leftOf(start, judge)).toMatchObject({
        strategy: segments(['#0', 3]),
        schedule: '#0 #0 #0 #1 #1 #1 #1 #0',
        minimal: true,
      });
    }
    expect([...kinds].sort()).toEqual(['hashPriority', 'pct', 'sticky', 'weightedWalk']);
  });

  it('has its segments joined', async () => {
    const inTurns = segments(['#0', 1], ['#1', 1], ['#0', 1], ['#1', 1], ['#0', 1], ['#1', 1]);
    expect(await leftOf(made(long(0, 1), inTurns), within(3))).toMatchObject({
      strategy: segments(['#0', 3]),
      schedule: '#0 #0 #0 #1 #1 #1 #1 #0',
      switches: 1,
    });
  });

  it('has a segment lengthened by what comes after the end of the list', async () => {
    const start = made(long(0, 1, 2), segments(['#0', 2], ['#2', 1], ['#0', 2]));
    expect(switchesIn((await shapeOf(alone(2)).run(start)).schedule)).toBe(2);
    expect(await leftOf(start, alone(2))).toMatchObject({
      strategy: segments(['#0', 2], ['#2', 4], ['#0', 2]),
      switches: 1,
      minimal: true,
    });
  });

  it('has its segments shortened to the moments that matter', async () => {
    const start = made(long(0, 1, 2), segments(['#0', 3], ['#2', 400], ['#0', 9]));
    expect(await leftOf(start, alone(1, 2, 3))).toMatchObject({
      strategy: segments(['#0', 1], ['#2', 4], ['#0', 3]),
      switches: 1,
      minimal: true,
    });
  });

  it('is dropped for `serial` where it does not matter', async () => {
    const all = bugIf(({ commands }) => commands.length === 2);
    for (const strategy of [
      segments(['#0', 1], ['#1', 4], ['#0', 1]),
      { kind: 'weightedWalk', seed: 7 } as const,
      { kind: 'serial' } as const,
    ]) {
      // Commands of one call each never take turns, so that serial is as calm as any.
      const start = made([command(0, 'a'), command(1, 'b')], strategy);
      const { strategy: left, executions, minimal } = await leftOf(start, all);
      expect({ left, minimal }).toEqual({ left: { kind: 'serial' }, minimal: true });
      expect(executions).toBeLessThan(10);
    }
  });

  it('is an empty list where `serial` would switch more often', async () => {
    const all = bugIf(({ commands }) => commands.length === 2);
    for (const kind of ['serial', 'segments'] as const) {
      const start = made(long(0, 1), kind === 'serial' ? { kind } : segments(['#1', 2], ['#0', 1]));
      expect(await leftOf(start, all)).toMatchObject({ strategy: segments(), switches: 0, minimal: true });
    }
  });

  it('stays as it was where nothing else fails', async () => {
    const strategy = { kind: 'sticky', seed: 3, stay: 0.5 } as const;
    const start = made(long(0, 1), strategy);
    const judge = bugIf((scenario) => scenario.strategy.kind === 'sticky' && scenario.commands.length === 2);
    expect(await leftOf(start, judge)).toMatchObject({ strategy, minimal: true });
  });
});

describe('[SH5] joinsOf', () => {
  it('joins two segments of a task into the earlier, into the later, then anywhere between', () => {
    expect(joinsOf(listed('ab3a')).map(shown)).toEqual(['a2b3', 'b3a2']);
    expect(joinsOf(listed('ab2ca')).map(shown)).toEqual(['a2b2c', 'b2ca2', 'b2a2c']);
    expect(joinsOf(listed('ab')).map(shown)).toEqual([]);
  });

  it('also inside a segment of another, where the list gets shorter all the same', () => {
    expect(joinsOf(listed('cabcac')).map(shown)).toEqual(
      expect.arrayContaining(['ca2bc2', 'cbca2c', 'cba2c2', 'c2abac', 'abc2ac', 'cabac2', 'cabc2a']),
    );
    expect(joinsOf(listed('ab4ac')).map(shown)).toEqual(['a2b4c', 'b4a2c']);
  });

  it('keeps every event, and every list is shorter', () => {
    const list = listed('a2b3ca4b2c3ab');
    const count = (each: readonly Segment[]): readonly number[] =>
      ['a', 'b', 'c'].map((task) => each.filter((segment) => segment.task === task).reduce((sum, { events }) => sum + events, 0));
    const joins = joinsOf(list);
    expect(joins.length).toBeGreaterThan(10);
    for (const join of joins) {
      expect(count(join)).toEqual(count(list));
      expect(join.length).toBeLessThan(list.length);
      for (const [index, { task }] of join.entries()) expect(join[index + 1]?.task).not.toBe(task);
    }
  });
});

describe('[SH5] switchesIn', () => {
  it('counts the changes that finishing each task in turn would not need', () => {
    const count = (schedule: string): number => switchesIn([...schedule]);
    expect(['', 'a', 'aab', 'baa', 'aba', 'abab', 'aabbcca', 'abcabc'].map(count)).toEqual([0, 0, 0, 0, 1, 2, 1, 3]);
  });
});
