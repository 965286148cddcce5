/**
 * What the stored budget of healing rests on: for how many fair rounds in a row nothing moved before all agreed, and how many rounds
 * it took, over runs of the correct implementation under all faults. The budget must be at least twice what was seen, so that a
 * healthy run is never cut off.
 */
import fc from 'fast-check';
import { concurrentScenarios } from '#properties/concurrent/arbitrary.ts';
import { execute } from '#properties/concurrent/execute.ts';
import { percentile } from '#properties/concurrent/figures.ts';
import budget from '#properties/concurrent/heal-budget.json' with { type: 'json' };
import { openTier } from '../ground.ts';
import type { BenchRow } from './bench-row.ts';

const scenarioCount = 3_000;
const maxCommands = 16;

/** Runs by so many rounds. */
type Counts = Readonly<Record<string, number>>;

/** Over all scenarios; runs that never agreed are a bug, and are said. */
async function measure(): Promise<{
  readonly idle: Counts;
  readonly rounds: Counts;
  readonly unhealed: number;
}> {
  const tier = await openTier('memory');
  const idle: Record<string, number> = {};
  const rounds: Record<string, number> = {};
  const count = (of: Record<string, number>, value: number): void => {
    of[value] = (of[value] ?? 0) + 1;
  };
  let unhealed = 0;
  try {
    for (const scenario of fc.sample(concurrentScenarios({ maxCommands }), { numRuns: scenarioCount, seed: 1_997 })) {
      const { healing } = await execute(tier, scenario);
      if (healing?.converged == null) unhealed += 1;
      else {
        count(idle, healing.idleRounds);
        count(rounds, healing.converged.rounds);
      }
    }
  } finally {
    await tier.close();
  }
  return { idle, rounds, unhealed };
}

function rowsFor(what: string, seen: Counts, stored: number, note: string): readonly BenchRow[] {
  const at = (share: number): number => percentile(seen, share) ?? 0;
  const most = at(1);
  return [
    {
      name: `healing: ${what}, at most`,
      figure: most,
      unit: 'rounds',
      detail: `p50 ${at(0.5)}, p99 ${at(0.99)}, over ${scenarioCount} runs of up to ${maxCommands} commands${note}`,
    },
    {
      name: `healing: budget over ${what}`,
      figure: stored / Math.max(1, most),
      unit: 'x',
      bar: { atLeast: 2 },
      detail: `${stored} rounds in properties/concurrent/heal-budget.json`,
    },
  ];
}

export async function run(): Promise<BenchRow[]> {
  const { idle, rounds, unhealed } = await measure();
  const note = unhealed === 0 ? '' : `; ${unhealed} NEVER AGREED`;
  return [
    ...rowsFor('rounds without progress before all agreed', idle, budget.idleRounds, note),
    ...rowsFor('rounds until all agreed', rounds, budget.rounds, note),
  ];
}
