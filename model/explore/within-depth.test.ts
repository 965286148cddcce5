import { describe, expect, it } from 'vitest';
import { exploreWithin } from './within-depth.ts';

describe('exploring within a depth', () => {
  /** Numbers that may grow by one or two, up to 4. */
  const next = (from: number) => [1, 2].filter((by) => from + by <= 4).map((by) => ({ label: `+${by}`, state: from + by }));

  it('[EX1] meets each state once, and takes every step from those before the last depth, in breadth-first order', () => {
    const taken = (depth: number): unknown => {
      const steps: string[] = [];
      const explored = exploreWithin(0, depth, next, (from, label, to) => steps.push(`${from}${label}=${to}`));
      return [explored, steps.join(' ')];
    };
    expect(taken(0)).toEqual([{ states: 1, transitions: 0 }, '']);
    expect(taken(1)).toEqual([{ states: 3, transitions: 2 }, '0+1=1 0+2=2']);
    expect(taken(2)).toEqual([{ states: 5, transitions: 6 }, '0+1=1 0+2=2 1+1=2 1+2=3 2+1=3 2+2=4']);
    expect(taken(9)).toEqual([{ states: 5, transitions: 7 }, '0+1=1 0+2=2 1+1=2 1+2=3 2+1=3 2+2=4 3+1=4']);
  });

  it('[EX1] is back where it has been, the start included, without going on from there again', () => {
    const around = (from: number) => [{ label: 'on', state: (from + 1) % 3 }];
    expect(exploreWithin(0, 100, around, () => undefined)).toEqual({ states: 3, transitions: 3 });
  });
});
