import { describe, expect, it } from 'vitest';
import { Gate } from '../gate.ts';
import { createStrategy, drawStrategy, type StrategySpec } from '../portfolio.ts';
import { lines, runStraightLines } from '../straight-line.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { hashPriority } from './hash-priority.ts';
import { drawPctPlan, pct } from './pct.ts';
import { RecordingError, recorded } from './recorded.ts';
import { mergeSegments, type Segment, segments, segmentsOf } from './segments.ts';
import { serial } from './serial.ts';
import { sticky } from './sticky.ts';
import { weightedWalk } from './weighted-walk.ts';

const seeds = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);

/** How often each order came. */
async function tally(count: number, run: (seed: number) => Promise<string>): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  for (const seed of seeds(count)) {
    const order = await run(seed);
    times.set(order, (times.get(order) ?? 0) + 1);
  }
  return times;
}

/** How often one task was left while it could still have gone on. */
const switches = (order: string): number =>
  [...order].filter(
    (name, index) => index > 0 && order[index - 1] !== name && order.slice(index).includes(order[index - 1] ?? ''),
  ).length;

describe('every strategy', () => {
  const specs: readonly ((seed: number) => StrategySpec)[] = [
    (seed) => ({ kind: 'pct', plan: drawPctPlan(seed, { depth: 3, tasks: 3, eventsPerTask: 8 }) }),
    (seed) => ({ kind: 'hashPriority', salt: seed }),
    (seed) => ({ kind: 'weightedWalk', seed }),
    (seed) => ({ kind: 'sticky', seed, stay: 0.5 }),
    (seed) => drawStrategy(seed, { tasks: 3, eventsPerTask: 8 }),
  ];

  it('[EN15] chooses the same from the same seed, and not always the same from others', async () => {
    for (const spec of specs) {
      const hash = async (seed: number): Promise<string> =>
        (await runStraightLines(lines(4, 4, 4), createStrategy(spec(seed)), { responses: 'separate' })).gate.traceHash();
      const first = await Promise.all(seeds(20).map(hash));
      expect(await Promise.all(seeds(20).map(hash))).toEqual(first);
      expect(new Set(first).size).toBeGreaterThan(2);
    }
  });

  it('[EN15] is serial at its defaults: no priority, no demotion, salt 0', async () => {
    const { order } = await runStraightLines(lines(3, 2, 1), serial());
    expect(order).toBe('abcaba');
    expect((await runStraightLines(lines(3, 2, 1), pct())).order).toBe(order);
    expect((await runStraightLines(lines(3, 2, 1), hashPriority(0))).order).toBe(order);
  });
});

describe('PCT', () => {
  it('[EN16] runs the highest priority that tasks carry, and demotes a task at its own n-th event', async () => {
    const carried = await runStraightLines(
      [
        { name: 'a', calls: 3, options: { priority: 2, demotions: [{ at: 1, to: -1 }] } },
        { name: 'b', calls: 2, options: { priority: 1 } },
        { name: 'c', calls: 1, options: { priority: 3 } },
      ],
      pct(),
    );
    expect(carried.order).toBe('cabbaa');
  });

  it('[EN16] finds a bug of depth d with the probability 1 / (n k^(d-1)) that its authors prove', async () => {
    const run = (depth: number) => async (seed: number) =>
      (await runStraightLines(lines(2, 2), pct(drawPctPlan(seed, { depth, tasks: 2, eventsPerTask: 2 })))).order;
    // n = 2 tasks, k = 4 events: depth 2 (b wholly between the two of a) 1/8, depth 3 (all four in turn) 1/32.
    expect((await tally(4_000, run(2))).get('abba')).toBeGreaterThan(430);
    expect((await tally(4_000, run(2))).get('abba')).toBeLessThan(570);
    const three = (await tally(8_000, run(3))).get('abab');
    expect(three).toBeGreaterThan(190);
    expect(three).toBeLessThan(310);
    expect((await tally(1_000, run(1))).size).toBe(2);
    expect((await tally(2_000, run(2))).get('abab')).toBe(undefined);
  });
});

describe('hash-priority', () => {
  it('[EN17] orders what is left as before when a task is removed', async () => {
    const orders = new Set<string>();
    for (const salt of seeds(40)) {
      const all = await runStraightLines(lines(4, 4, 4), hashPriority(salt));
      const two = await runStraightLines(lines(4, 4), hashPriority(salt));
      expect(all.order.replaceAll('c', '')).toBe(two.order);
      orders.add(two.order);
    }
    expect(orders.size).toBeGreaterThan(12);
  });
});

describe('weighted walk', () => {
  it('[EN18] makes every interleaving equally likely when it knows how many events are left', async () => {
    const times = await tally(
      4_000,
      async (seed) => (await runStraightLines(lines(3, 1), weightedWalk(seed, { a: 3, b: 1 }))).order,
    );
    expect([...times.keys()].sort()).toEqual(['aaab', 'aaba', 'abaa', 'baaa']);
    for (const count of times.values()) expect(Math.abs(count - 1_000)).toBeLessThan(120);
    const carried = [
      { name: 'a', calls: 3, options: { expectedEvents: 3 } },
      { name: 'b', calls: 1, options: { expectedEvents: 1 } },
    ];
    const same = await tally(4_000, async (seed) => (await runStraightLines(carried, weightedWalk(seed))).order);
    expect(same).toEqual(times);
    const even = await tally(4_000, async (seed) => (await runStraightLines(lines(3, 1), weightedWalk(seed))).order);
    expect(even.get('baaa')).toBeGreaterThan(1_850);
  });
});

describe('sticky', () => {
  it('[EN19] never leaves a task at 1, always at 0, and about one time in ten at 0.9', async () => {
    const count = async (stay: number): Promise<number> => {
      let total = 0;
      for (const seed of seeds(200)) total += switches((await runStraightLines(lines(10, 10), sticky(seed, stay))).order);
      return total / 200;
    };
    expect(await count(1)).toBe(0);
    expect(await count(0)).toBe(18);
    const some = await count(0.9);
    expect(some).toBeGreaterThan(0.9);
    expect(some).toBeLessThan(1.9);
  });
});

describe('recorded', () => {
  const record = async () =>
    (await runStraightLines(lines(2, 2), hashPriority(5), { keepTrace: true, responses: 'separate' })).gate.trace;

  it('[EN20] replays a run to the same hash', async () => {
    const trace = await record();
    const again = await runStraightLines(lines(2, 2), recorded(trace.keys()), { responses: 'separate' });
    expect(again.gate.traceHash()).toBe(trace.hash());
  });

  it('[EN20] says at which step it no longer fits, what it has there and what was possible', async () => {
    const keys = ['a/x#1', 'b/x#1', 'a/x#2', 'b/x#2'];
    const replay = (listed: readonly string[], ...calls: readonly number[]): Promise<unknown> =>
      runStraightLines(lines(...calls), recorded(listed));
    await expect(replay(keys, 2, 1)).rejects.toThrow('does not fit at step 4: the recording has b/x#2, the run is at its end');
    await expect(replay(keys, 1, 2)).rejects.toThrow('does not fit at step 3: the recording has a/x#2, enabled is b/x#2');
    await expect(replay(keys.slice(0, 2), 2, 2)).rejects.toThrow(
      'does not fit at step 3: the recording is at its end, enabled is a/x#2, b/x#2',
    );
    await expect(replay(keys, 2, 1)).rejects.toThrow(RecordingError);
  });
});

describe('segments', () => {
  const order = async (list: readonly Segment[], ...calls: readonly number[]): Promise<string> =>
    (await runStraightLines(lines(...calls), createStrategy({ kind: 'segments', segments: list }))).order;

  it('[EN29] stays with a task for so many events, and is serial after the last segment, one task after another', async () => {
    const list = [
      { task: 'b', events: 2 },
      { task: 'a', events: 1 },
      { task: 'c', events: 1 },
    ];
    expect(await order(list, 3, 3, 2)).toBe('bbacbaac');
    expect(await order([], 3, 2, 1)).toBe('aaabbc');
    expect(await order([{ task: 'a', events: 1 }], 2, 2)).toBe('abba');
  });

  it('[EN29] goes on when a task is not there or has nothing left', async () => {
    const list = [
      { task: 'a', events: 1 },
      { task: 'nobody', events: 4 },
      { task: 'b', events: 9 },
      { task: 'a', events: 1 },
      { task: 'b', events: 1 },
    ];
    expect(await order(list, 3, 2)).toBe('abbaa');
    expect(await order(list, 3)).toBe('aaa');
  });

  it("[EN29] takes a task's own events in the order in which they were parked", async () => {
    const gate = new Gate({ clock: new VirtualClock(0), strategy: segments([{ task: 'a', events: 3 }]), keepTrace: true });
    const both = async (name: string): Promise<void> => {
      await Promise.all(['second', 'first'].map((label) => gate.call(name, label, () => label)));
    };
    for (const name of ['b', 'a']) gate.spawn(name, () => both(name));
    await gate.drain();
    expect(gate.trace.keys()).toEqual(['a/second#1', 'a/first#1', 'b/second#1', 'b/first#1']);
  });

  it('[EN29] takes the one event that a segment names, or none, and joins it with no neighbour', async () => {
    const list = [
      { task: 'a', events: 1, key: 'a/second#1' },
      { task: 'a', events: 1, key: 'a/nothing#1' },
      { task: 'b', events: 1 },
    ];
    const gate = new Gate({ clock: new VirtualClock(0), strategy: segments(list), keepTrace: true });
    gate.spawn('a', () => Promise.all(['first', 'second'].map((label) => gate.call('a', label, () => label))));
    gate.spawn('b', () => gate.call('b', 'only', () => 0));
    await gate.drain();
    expect(gate.trace.keys()).toEqual(['a/second#1', 'b/only#1', 'a/first#1']);
    expect(mergeSegments(list)).toEqual(list);
  });

  it('[EN29] repeats any schedule of tasks, written as segments', async () => {
    for (const seed of seeds(40)) {
      const { order: wanted } = await runStraightLines(lines(4, 3, 2), createStrategy({ kind: 'weightedWalk', seed }));
      expect(await order(segmentsOf([...wanted]), 4, 3, 2)).toBe(wanted);
    }
    expect(segmentsOf([...'aabaa'])).toEqual([
      { task: 'a', events: 2 },
      { task: 'b', events: 1 },
      { task: 'a', events: 2 },
    ]);
  });
});

describe('portfolio', () => {
  it('[EN21] draws 40 % PCT of depth 1 to 4, 25 % hash-priority, 20 % weighted walk, 15 % sticky', () => {
    const specs = seeds(10_000).map((seed) => drawStrategy(seed, { tasks: 3, eventsPerTask: 5 }));
    const share = (kind: StrategySpec['kind']): number => specs.filter((spec) => spec.kind === kind).length / specs.length;
    expect(share('pct')).toBeCloseTo(0.4, 1);
    expect(share('hashPriority')).toBeCloseTo(0.25, 1);
    expect(share('weightedWalk')).toBeCloseTo(0.2, 1);
    expect(share('sticky')).toBeCloseTo(0.15, 1);
    const depths = specs.flatMap((spec) =>
      spec.kind === 'pct' ? [1 + (spec.plan ?? []).reduce((sum, { demotions }) => sum + demotions.length, 0)] : [],
    );
    for (const depth of [1, 2, 3, 4]) expect(depths.filter((each) => each === depth).length).toBeGreaterThan(depths.length / 5);
    expect(Math.max(...depths)).toBe(4);
  });
});
