/**
 * How soon each way of searching finds what is wrong in this process, from several seeds: our scenarios as they are drawn, with each
 * strategy alone, and stock fast-check. Nothing is made smaller; says nothing of what was found but how soon.
 */

import { checkConcurrent } from '#properties/concurrent/check-concurrent.ts';
import type { ConcurrentScenario } from '#properties/concurrent/scenario.ts';
import type { StrategySpec } from '#simulations/engine/portfolio.ts';
import type { Tier } from '#simulations/world/authorities.ts';
import type { Column, Finds, Score } from './columns.ts';
import { hunt } from './hunt.ts';
import type { LieName } from './lies-told.ts';
import { huntWithStock } from './stock-hunt.ts';

export interface ScoreOptions {
  readonly seeds: readonly number[];
  /** At most, from each seed. */
  readonly scenarios: number;
  readonly stockScenarios: number;
  /** For each column and seed, wall time. */
  readonly budgetMs?: number;
  readonly lie?: LieName;
  readonly nowMs: () => number;
}

/** So many seeds without a find, and the others are given up: a column that finds nothing costs most. */
const givenUpAfter = 2;

type OwnColumn = Exclude<Column, 'check' | 'drawn' | 'stock'>;

/** The scenario under one strategy, with the seed that it would have had. */
function under(kind: OwnColumn): (scenario: ConcurrentScenario) => ConcurrentScenario {
  return (scenario) => ({ ...scenario, strategy: strategyOf(kind, saltOf(scenario)) });
}

function strategyOf(kind: OwnColumn, seed: number): StrategySpec {
  switch (kind) {
    case 'pct':
      return { kind, plan: null };
    case 'hashPriority':
      return { kind, salt: seed };
    case 'weightedWalk':
      return { kind, seed };
    case 'sticky':
      return { kind, seed, stay: 0.9 };
    case 'serial':
      return { kind };
  }
}

/** Of the drawn one where it has one; else of what the scenario is made of. */
function saltOf({ strategy, commands }: ConcurrentScenario): number {
  if ('seed' in strategy) return strategy.seed;
  if ('salt' in strategy) return strategy.salt;
  return commands.reduce((sum, { priority, id }) => (sum * 31 + priority * 7 + id) % 0x3fffffff, 17);
}

async function findIn(column: Column, tier: Tier, seed: number, options: ScoreOptions): Promise<number | null> {
  const { scenarios, stockScenarios, budgetMs, lie, nowMs } = options;
  const budget = budgetMs === undefined ? {} : { budgetMs };
  const onScenario = (): void => undefined;
  switch (column) {
    case 'check': {
      const found = await hunt(tier, {
        ...{ scenarios, seed, nowMs, onScenario, shrinks: false },
        ...budget,
        ...(lie === undefined ? {} : { lie }),
      });
      return found.kind === 'found' ? found.scenarios : null;
    }
    case 'stock':
      return huntWithStock(tier, { seed, scenarios: stockScenarios, ...budget });
    default: {
      const as = column === 'drawn' ? {} : { as: under(column) };
      const { figures, failure } = await checkConcurrent({
        ...{ tier, runs: scenarios, seed, nowMs, shrinks: false, twiceEvery: Number.POSITIVE_INFINITY },
        ...budget,
        ...as,
      });
      return failure === null ? null : figures.scenarios;
    }
  }
}

export async function score(tier: Tier, chosen: readonly Column[], options: ScoreOptions): Promise<Score> {
  const result: Partial<Record<Column, Finds>> = {};
  for (const column of chosen) {
    const finds: (number | null)[] = [];
    for (const seed of options.seeds) {
      if (finds.length >= givenUpAfter && finds.every((each) => each === null)) break;
      finds.push(await findIn(column, tier, seed, options));
    }
    result[column] = finds;
  }
  return result;
}
