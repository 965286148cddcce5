/** Durations as numbers that add up. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addCounts, addHistograms, bucketOf, Counts, Durations, noDurations } from './histogram.ts';

describe('durations', () => {
  it.each([
    [-5, 0],
    [0, 0],
    [0.1, 1],
    [999, 999],
    [999.5, 1_000],
    [1_000, 1_000],
    [1_001, 1_010],
    [12_340, 12_400],
    [99_901, 100_000],
  ])('[HG1] of %d ms count as %d', (ms, bucket) => {
    expect(bucketOf(ms)).toBe(bucket);
  });

  it('[HG1] are at most 1 % too high, and never too low', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), (ms) => {
        expect(bucketOf(ms)).toBeGreaterThanOrEqual(ms);
        expect(bucketOf(ms)).toBeLessThanOrEqual(ms * 1.01);
      }),
    );
  });

  it('[HG1] are counted and summed, below 0 as 0, and several are one by adding', () => {
    const [some, others] = [new Durations(), new Durations()];
    for (const ms of [5, 5, -3]) some.observe(ms);
    for (const ms of [5, 2_001]) others.observe(ms);
    expect(some.now()).toEqual({ count: 3, sumMs: 10, byMs: { 5: 2, 0: 1 } });
    const all = addHistograms(some.now(), others.now());
    expect(all).toEqual({ count: 5, sumMs: 2_016, byMs: { 0: 1, 5: 3, 2010: 1 } });
    expect(addHistograms(noDurations, all)).toEqual(all);
    expect(noDurations).toEqual({ count: 0, sumMs: 0, byMs: {} });
  });

  it('[HG1] counts by name grow, and nothing is counted that was not there', () => {
    const counts = new Counts<'a' | 'b' | 'c'>();
    counts.add('a');
    counts.add('a', 2);
    counts.add('b', 0);
    expect(counts.now()).toEqual({ a: 3 });
    expect(addCounts<Readonly<Partial<Record<string, number>>>>({ a: 1 }, { a: 2, b: 4 })).toEqual({ a: 3, b: 4 });
  });
});
