/**
 * Hunts what is wrong in this process: fresh random scenarios as the main job runs them, in lockstep and with everybody at once by turns,
 * in growing shares, until the first violation. The regressions are left out: they would find at once what they were made of. Does
 * not know what was changed, or whether anything was.
 */
import { checkConcurrent } from '#properties/concurrent/check-concurrent.ts';
import { checkLockstep } from '#properties/lockstep/check-lockstep.ts';
import type { Tier } from '#simulations/world/authorities.ts';
import { groundOf } from '#simulations/world/lockstep-world.ts';
import { checkBelief, type LieName } from './lies-told.ts';

export interface HuntOptions {
  readonly scenarios: number;
  readonly seed: number;
  /** About how long to hunt, wall time: a share holds no more than should fit. What is found is shrunk all the same. */
  readonly budgetMs?: number;
  /** False: what is found is not made smaller. */
  readonly shrinks?: boolean;
  /** A lie that must not be believed: told in the last share of each turn. */
  readonly lie?: LieName;
  readonly nowMs: () => number;
  readonly onScenario: (done: number) => void;
}

export interface Found {
  readonly kind: 'found';
  /** The property, rule or check. */
  readonly by: string;
  readonly way: WayName;
  /** Until the first violation, that one included. */
  readonly scenarios: number;
  /** Of the counterexample, once it is shrunk. */
  readonly commands: number;
  readonly message: string;
}

export type HuntReport =
  | Found
  | { readonly kind: 'survived'; readonly scenarios: number }
  /** The hunt itself could not go on. */
  | { readonly kind: 'broken'; readonly message: string };

export type WayName = 'concurrent' | 'lockstep' | 'lie';

interface Share {
  readonly tier: Tier;
  readonly runs: number;
  readonly seed: number;
  readonly options: HuntOptions;
  readonly onScenario: (done: number) => void;
}

type Outcome = { readonly scenarios: number; readonly found: Omit<Found, 'kind' | 'way' | 'scenarios'> | null };

const ways: Readonly<Record<WayName, (share: Share) => Promise<Outcome>>> = {
  concurrent: async ({ tier, runs, seed, options: { nowMs, shrinks = true }, onScenario }) => {
    const { failure, figures, nondeterminism } = await checkConcurrent({ tier, runs, seed, nowMs, onScenario, shrinks });
    if (nondeterminism !== null) {
      const { step, first, second, scenario } = nondeterminism;
      const message = `step ${step}: once ${first}, again ${second}`;
      return { scenarios: figures.scenarios, found: { by: 'nondeterminism', commands: scenario.commands.length, message } };
    }
    if (failure === null) return { scenarios: figures.scenarios, found: null };
    const { violation, scenario } = failure;
    const found = { by: violation.property, commands: scenario.commands.length, message: violation.message };
    return { scenarios: figures.scenarios, found };
  },
  lockstep: async ({ tier, runs, seed, options: { shrinks = true }, onScenario }) => {
    const { failure, scenarios } = await checkLockstep({ ground: groundOf(tier), runs, seed, onScenario, shrinks });
    if (failure === null) return { scenarios, found: null };
    const { found, steps } = failure.scenario;
    return { scenarios, found: { by: found?.property ?? '', commands: steps.length, message: found?.message ?? '' } };
  },
  lie: async ({ tier, runs, seed, options: { lie }, onScenario }) =>
    lie === undefined ? { scenarios: 0, found: null } : checkBelief({ tier, lie, runs, seed, onScenario }),
};

/**
 * Of each turn; each turn is twice the one before, for what is drawn first in a campaign is plainer than what comes later. A scenario
 * in lockstep has more commands, and costs several times as much.
 */
const firstTurn: readonly (readonly [WayName, number])[] = [
  ['lockstep', 5],
  ['concurrent', 45],
];
const firstTurnOfLies: typeof firstTurn = [['lie', 40], ...firstTurn];

/** Throws what is no verdict. */
export async function hunt(tier: Tier, options: HuntOptions): Promise<HuntReport> {
  const { scenarios, seed, budgetMs, lie, nowMs } = options;
  const startedMs = nowMs();
  const turns = lie === undefined ? firstTurn : firstTurnOfLies;
  let done = 0;
  for (let share = 0; done < scenarios; share += 1) {
    const [way, first] = turns[share % turns.length] as (typeof turns)[number];
    const elapsedMs = nowMs() - startedMs;
    const leftMs = (budgetMs ?? Number.POSITIVE_INFINITY) - elapsedMs;
    if (leftMs <= 0) break;
    // Never interrupted: a scenario that is still under way would be in the way of the next.
    const fitting = done === 0 ? first : Math.ceil((done / elapsedMs) * leftMs);
    const runs = Math.min(first * 2 ** Math.floor(share / turns.length), scenarios - done, fitting);
    const before = done;
    const outcome = await ways[way]({
      ...{ tier, runs, options },
      seed: (seed + share * 104_729) | 0,
      onScenario: (inShare) => options.onScenario(before + inShare),
    });
    done += outcome.scenarios;
    if (outcome.found !== null) return { kind: 'found', way, scenarios: done, ...outcome.found };
  }
  return { kind: 'survived', scenarios: done };
}
