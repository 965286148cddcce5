/** A campaign told in stretches of its scenarios. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noMetrics } from '#impl/backend/monitor/metrics.ts';
import type { Tier } from '#simulations/world/authorities.ts';
import { openMemoryTier } from '#simulations/world/memory/memory-tier.ts';
import { checkConcurrent } from './check-concurrent.ts';
import { courseOf, inStretch, stretchOf } from './course.ts';
import { added, addFigures, type Figures, noFigures, type StretchFigures } from './figures.ts';

let memory: Tier;
beforeAll(async () => {
  memory = await openMemoryTier();
});
afterAll(() => memory.close());

const stretch = (over: Partial<StretchFigures>): StretchFigures => ({
  ...{ scenarios: 1, steps: 10, convergence: {}, metrics: noMetrics },
  ...over,
});

describe('[CP2] the course of a campaign', () => {
  it('is the same again from the same seed, another from another, and its stretches are together the whole', {
    timeout: 60_000,
  }, async () => {
    const campaign = async (seed: number): Promise<Figures> =>
      (await checkConcurrent({ tier: memory, runs: 30, seed, nowMs: () => 0 })).figures;
    const figures = await campaign(12);
    expect(Object.keys(figures.course)).toHaveLength(15);
    const whole = Object.values(figures.course).reduce<StretchFigures>(added, stretch({ scenarios: 0, steps: 0 }));
    const { scenarios, steps, convergence, metrics } = figures;
    expect(whole).toEqual({ scenarios, steps, convergence, metrics });
    expect((await campaign(12)).course).toEqual(figures.course);
    expect((await campaign(13)).course).not.toEqual(figures.course);
  });

  it('has about twenty stretches of any campaign, and no long ones where time bounds it', () => {
    const last = (runs: number): number => stretchOf(runs - 1, runs);
    expect([1, 7, 20, 21, 60, 999, 1_000, 5_000].map(last)).toEqual([0, 6, 19, 10, 19, 19, 19, 19]);
    expect([stretchOf(249, 1_000_000), stretchOf(250, 1_000_000), stretchOf(600, 1_000_000)]).toEqual([0, 1, 2]);
  });

  it('adds up stretches of one number, in whatever order workers report', () => {
    const one = (number: number, steps: number): Figures => inStretch(number, { ...noFigures, scenarios: 1, steps });
    const there = [one(0, 5), one(10, 7), one(2, 1), one(0, 3)].reduce(addFigures);
    const back = [one(0, 3), one(2, 1), one(10, 7), one(0, 5)].reduce(addFigures);
    expect(courseOf(there)).toEqual(courseOf(back));
    expect(courseOf(there).map(({ scenarios, steps }) => [scenarios, steps])).toEqual([
      [2, 8],
      [1, 1],
      [1, 7],
    ]);
    expect(courseOf(noFigures)).toEqual([]);
  });

  it('has no more stretches than can be looked at, with nothing left out', () => {
    const course = Object.fromEntries(Array.from({ length: 401 }, (_, number) => [number, stretch({ steps: number })]));
    const shown = courseOf({ course });
    expect(shown).toHaveLength(37);
    expect(shown.map(({ scenarios }) => scenarios)).toEqual([...Array.from({ length: 36 }, () => 11), 5]);
    expect(shown.reduce((sum, { steps }) => sum + steps, 0)).toBe((400 * 401) / 2);
    expect(shown[0]?.steps).toBe(55);
  });

  it('is told in seconds, in threads on average, and as null where nothing was measured', () => {
    const metrics = {
      ...noMetrics,
      syncDelay: { count: 2, sumMs: 1_300, byMs: { 0: 1, 1300: 1 } },
      resolutionTime: {
        HashMismatch: { count: 1, sumMs: 2_000, byMs: { 2000: 1 } },
        StateDesync: { count: 1, sumMs: 0, byMs: { 0: 1 } },
      },
      drift: { threads: 0, msByThreads: { 0: 600, 1: 300, 2: 100 } },
    };
    const [measured, nothing] = courseOf({ course: { 0: stretch({ metrics, convergence: { 4: 9, 40: 1 } }), 1: stretch({}) } });
    expect(measured).toMatchObject({
      ...{ agreed_p99: 40, mean_drift: 0.5 },
      resolution: { p50: 0, p99: 2, max: 2, count: 2 },
      health: { sync_delay: { p50: 0, p99: 1.3 } },
    });
    expect(nothing).toMatchObject({
      agreed_p99: null,
      mean_drift: null,
      resolution: { p99: null, count: 0 },
      health: { conflict_rate: null },
    });
  });
});
