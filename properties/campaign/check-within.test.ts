/** The limit of wall time, over properties whose scenarios take longer than it. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkConcurrent } from '#properties/concurrent/check-concurrent.ts';
import { checkLockstep } from '#properties/lockstep/check-lockstep.ts';
import type { Tier } from '#simulations/world/authorities.ts';
import { groundOf } from '#simulations/world/lockstep-world.ts';
import { openMemoryTier } from '#simulations/world/memory/memory-tier.ts';
import { type Checked, checkWithin } from './check-within.ts';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('[CW13] when the time is over, the scenario under way', () => {
  /** One scenario that the end of the time finds in its middle. */
  const caught = async (
    end: () => boolean,
  ): Promise<{ readonly checked: Checked; readonly begun: number; readonly ended: number }> => {
    let begun = 0;
    let ended = 0;
    const slow = async (): Promise<boolean> => {
      begun += 1;
      await pause(60);
      ended += 1;
      return end();
    };
    const checked = await checkWithin((watch) => fc.asyncProperty(fc.nat(), () => watch(slow())), {
      ...{ numRuns: 50, seed: 1, shrinks: true, budgetMs: 10 },
    });
    return { checked, begun, ended };
  };

  it('ends before anything else is done, and none begins after it', async () => {
    expect(await caught(() => true)).toEqual({ checked: { failed: false, error: null }, begun: 1, ended: 1 });
  });

  it('still fails by what it says', async () => {
    expect((await caught(() => false)).checked).toEqual({ failed: true, error: null });
  });

  it('still fails by what it throws', async () => {
    const error = new Error('the ledger is gone');
    const throwing = (): boolean => {
      throw error;
    };
    expect((await caught(throwing)).checked).toEqual({ failed: true, error });
  });

  it('is still skipped where it asks for that', async () => {
    const skipping = (): boolean => {
      fc.pre(false);
      return false;
    };
    expect((await caught(skipping)).checked.failed).toBe(false);
  });
});

describe('[CW13] without a limit', () => {
  it('a failure is what fast-check has made of it', async () => {
    const shrinks = { numRuns: 100, seed: 1, shrinks: true };
    const seen: number[] = [];
    const small = async (drawn: number): Promise<boolean> => {
      seen.push(drawn);
      return drawn < 1_000;
    };
    const checked = await checkWithin((watch) => fc.asyncProperty(fc.nat(), (drawn) => watch(small(drawn))), shrinks);
    expect(checked).toEqual({ failed: true, error: null });
    expect(Math.min(...seen.filter((each) => each >= 1_000))).toBe(1_000);
  });
});

describe('[CW13] a campaign whose time is over in the middle of a scenario', () => {
  let opened: number;
  let tier: Tier;
  /** Every world takes longer than the budget to open and to close. */
  beforeAll(async () => {
    const memory = await openMemoryTier();
    opened = 0;
    const open: Tier['open'] = async (options) => {
      opened += 1;
      await pause(40);
      const authorities = await memory.open(options);
      const close = async (): Promise<void> => {
        await pause(40);
        await authorities.close();
        opened -= 1;
      };
      return { ...authorities, close };
    };
    tier = { ...memory, open };
  });

  it('leaves no world open, everybody at once', async () => {
    const { figures } = await checkConcurrent({ tier, runs: 50, seed: 3, budgetMs: 10, twiceEvery: 50, nowMs: () => 0 });
    expect({ opened, scenarios: figures.scenarios }).toEqual({ opened: 0, scenarios: 1 });
  });

  it('leaves no world open, in lockstep', async () => {
    const { scenarios } = await checkLockstep({ ground: groundOf(tier), runs: 50, seed: 3, budgetMs: 10 });
    expect({ opened, scenarios }).toEqual({ opened: 0, scenarios: 1 });
  });
});
