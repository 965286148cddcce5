/**
 * A campaign: draws scenarios, runs each in lockstep on a fresh world, and on the first violation shrinks it, first by fast-check
 * (which knows the draws), then by our own pass (which knows the steps).
 */
import fc from 'fast-check';
import { checkWithin } from '#properties/campaign/check-within.ts';
import { bigintAsText } from '#properties/scenario-file/parts.ts';
import type { Ground, System, WorldSetup } from '#simulations/world/system.ts';
import { lockstepCommands, type Model } from './command.ts';
import { describeSteps } from './describe-step.ts';
import { InconclusiveError, Lockstep, LockstepViolation } from './lockstep.ts';
import { type PreludeName, preludes } from './prelude.ts';
import { runScenario } from './run-scenario.ts';
import type { Scenario, Step } from './scenario.ts';
import { shrinkSteps } from './shrink-steps.ts';
import { simplerSteps } from './simpler-steps.ts';
import { Stats } from './stats.ts';

export interface LockstepOptions {
  readonly ground: Ground;
  /** Scenarios to run. */
  readonly runs: number;
  readonly seed: number;
  /** Stop drawing after this much wall time. */
  readonly budgetMs?: number;
  /** Commands in a scenario at most; 40 by default. */
  readonly maxCommands?: number;
  /** False: the first violation is answered as it was drawn. */
  readonly shrinks?: boolean;
  /** Told after each scenario. */
  readonly onScenario?: (done: number) => void;
}

export interface LockstepReport {
  readonly scenarios: number;
  /** Commands taken in all. */
  readonly commands: number;
  /** Effects (port calls) run in all. */
  readonly effects: number;
  readonly stats: Stats;
  /** Scenarios without a verdict: too many worlds were possible. */
  readonly inconclusive: number;
  readonly failure: LockstepFailure | null;
}

export interface LockstepFailure {
  readonly scenario: Scenario;
  /** Steps before any shrinking. */
  readonly originalSteps: number;
  readonly executions: number;
  /** No single step can be removed. */
  readonly minimal: boolean;
}

/** Where every campaign's worlds begin: enough wallets for approvals and strangers, two backends. */
export const defaultSetup: WorldSetup = { wallets: 4, backends: 2, balance: 100_000n };

const fastCheckShrinkRuns = 150;
const ownShrinkRuns = 400;

interface Found {
  readonly steps: readonly Step[];
  readonly violation: LockstepViolation;
}

/** One campaign's counters, and what its property does with each drawn scenario. */
class Campaign {
  readonly stats = new Stats();
  scenarios = 0;
  commands = 0;
  effects = 0;
  inconclusive = 0;
  shrinkRuns = 0;
  first: Found | null = null;
  smallest: Found | null = null;
  readonly #options: LockstepOptions;

  constructor(options: LockstepOptions) {
    this.#options = options;
  }

  async run(prelude: PreludeName, commands: Iterable<fc.AsyncCommand<Model, System, true>>): Promise<void> {
    const shrinking = this.first !== null;
    if (shrinking && this.shrinkRuns >= fastCheckShrinkRuns) return;
    if (shrinking) this.shrinkRuns += 1;
    const stats = shrinking ? null : this.stats;
    const system = await this.#options.ground.createSystem(defaultSetup);
    const lockstep = new Lockstep(system, defaultSetup, stats);
    try {
      for (const step of preludes[prelude]) await lockstep.take(step);
      await fc.asyncModelRun(() => ({ model: { lockstep, stats }, real: system }), commands);
    } catch (error) {
      if (error instanceof InconclusiveError) {
        this.inconclusive += 1;
        return;
      }
      if (!(error instanceof LockstepViolation)) throw error;
      // A shorter sequence that breaks something else is another bug: keep to the one that was found.
      if (this.first !== null && error.property !== this.first.violation.property) return;
      this.smallest = { steps: lockstep.taken, violation: error };
      this.first ??= this.smallest;
      throw error;
    } finally {
      if (!shrinking) {
        this.scenarios += 1;
        this.commands += lockstep.taken.length;
        this.effects += system.steps();
        this.#options.onScenario?.(this.scenarios);
      }
      await system.close();
    }
  }
}

/** Runs the campaign. Throws what is no verdict (a bug of the harness, an adapter's unmapped exception). */
export async function checkLockstep(options: LockstepOptions): Promise<LockstepReport> {
  const campaign = new Campaign(options);
  const prelude = fc.oneof(
    { weight: 4, arbitrary: fc.constant('fresh' as const) },
    { weight: 1, arbitrary: fc.constant('pair' as const) },
    { weight: 2, arbitrary: fc.constant('circle' as const) },
    { weight: 2, arbitrary: fc.constant('divided' as const) },
    { weight: 1, arbitrary: fc.constant('behind' as const) },
  );
  const { maxCommands = 40, runs: numRuns, seed, shrinks = true, budgetMs } = options;
  const { failed, error } = await checkWithin(
    (watch) =>
      fc.asyncProperty(prelude, lockstepCommands(maxCommands), (begins, commands) => watch(campaign.run(begins, commands))),
    { numRuns, seed, shrinks, budgetMs },
  );
  const { scenarios, commands, effects, stats, inconclusive, smallest } = campaign;
  if (failed && smallest === null) throw error;
  const failure = smallest === null ? null : await failureFrom(options, campaign, smallest);
  return { scenarios, commands, effects, stats, inconclusive, failure };
}

async function failureFrom(options: LockstepOptions, campaign: Campaign, found: Found): Promise<LockstepFailure> {
  if (options.shrinks !== false) return shrink(options, campaign, found);
  return { ...failureOf(options, campaign, found, found.violation.message), executions: 0, minimal: false };
}

/** What was found, as it is told. */
function failureOf(
  { ground, seed }: LockstepOptions,
  { first }: Campaign,
  { steps, violation }: Found,
  message: string,
): Pick<LockstepFailure, 'scenario' | 'originalSteps'> {
  const original = first?.steps ?? steps;
  const found = { property: violation.property, ledger: ground.ledger, seed, message, original: describeSteps(original) };
  return { scenario: { format: 1, kind: 'lockstep', setup: defaultSetup, steps, found }, originalSteps: original.length };
}

/** Scenarios tried, from a fresh world and no longer than the counterexample, for one that fails alike in fewer steps. */
const shorterRuns = 120;

async function shrink(options: LockstepOptions, campaign: Campaign, found: Found): Promise<LockstepFailure> {
  const { ground } = options;
  const { property } = found.violation;
  const messages = new Map<string, string>();
  const stillFails = async (steps: readonly Step[]): Promise<boolean> => {
    const failure = await runScenario(ground, { setup: defaultSetup, steps }).catch((error: unknown) => {
      if (error instanceof InconclusiveError) return null;
      throw error;
    });
    if (failure === null || failure.violation.property !== property) return false;
    messages.set(JSON.stringify(steps, bigintAsText), failure.violation.message);
    return true;
  };
  const first = await shrinkSteps(found.steps, stillFails, ownShrinkRuns, simplerSteps);
  const shorter = first.steps.length < 3 ? null : await findShorter(options, first.steps.length, property);
  const second = shorter === null ? null : await shrinkSteps(shorter, stillFails, ownShrinkRuns, simplerSteps);
  const best = second !== null && second.steps.length < first.steps.length ? second : first;
  const message = messages.get(JSON.stringify(best.steps, bigintAsText)) ?? found.violation.message;
  return {
    ...failureOf(options, campaign, { ...found, steps: best.steps }, message),
    executions: campaign.shrinkRuns + first.executions + (second?.executions ?? 0) + (first.steps.length < 3 ? 0 : shorterRuns),
    minimal: best.minimal,
  };
}

/** Removal alone ends in a local minimum: another, shorter way to the same violation has to be looked for. */
async function findShorter(options: LockstepOptions, length: number, property: string): Promise<readonly Step[] | null> {
  let shortest: readonly Step[] | null = null;
  const attempt = fc.asyncProperty(lockstepCommands(length + 1), async (commands) => {
    const system = await options.ground.createSystem(defaultSetup);
    const lockstep = new Lockstep(system, defaultSetup, null);
    try {
      await fc.asyncModelRun(() => ({ model: { lockstep, stats: null }, real: system }), commands);
    } catch (error) {
      if (error instanceof InconclusiveError) return;
      if (!(error instanceof LockstepViolation)) throw error;
      if (error.property === property && lockstep.taken.length < (shortest?.length ?? length)) shortest = lockstep.taken;
    } finally {
      await system.close();
    }
  });
  await fc.assert(attempt, { numRuns: shorterRuns, seed: options.seed });
  return shortest;
}
