/**
 * A campaign of concurrent scenarios on one tier: draws, executes, judges; every so many executions run twice and must be the same
 * run. The first violation ends it: it is run again to be sure of it, shrunk by fast-check, which knows the draws, and then by our
 * own pass, which knows schedules.
 */
import fc from 'fast-check';
import { checkWithin } from '#properties/campaign/check-within.ts';
import { runTwice } from '#simulations/engine/run-twice.ts';
import type { Trace } from '#simulations/engine/trace.ts';
import type { Tier } from '#simulations/world/authorities.ts';
import { concurrentScenarios } from './arbitrary.ts';
import { inStretch, stretchOf } from './course.ts';
import { type Executed, execute, type Violation } from './execute.ts';
import { addFigures, type Figures, figuresOf, noFigures } from './figures.ts';
import type { ConcurrentScenario } from './scenario.ts';
import { type ConcurrentFailure, shrunk } from './shrunk.ts';

export interface ConcurrentOptions {
  readonly tier: Tier;
  readonly runs: number;
  readonly seed: number;
  /** Stop drawing after this much wall time. */
  readonly budgetMs?: number;
  /** Commands in a scenario at most; 16 by default. */
  readonly maxCommands?: number;
  /** False: the first violation is answered as it was drawn. */
  readonly shrinks?: boolean;
  /** The scenarios drawn, as they are to be run; left out: as they are drawn. */
  readonly as?: (scenario: ConcurrentScenario) => ConcurrentScenario;
  /** One execution in so many is run twice; 50 by default. */
  readonly twiceEvery?: number;
  /** Wall time, for limits only. */
  readonly nowMs: () => number;
  readonly onScenario?: (done: number) => void;
}

/** The same scenario took different steps: no finding, and never shrunk. */
export interface Nondeterminism {
  readonly scenario: ConcurrentScenario;
  readonly step: number;
  readonly first: string | null;
  readonly second: string | null;
}

export interface ConcurrentReport {
  readonly figures: Figures;
  readonly failure: ConcurrentFailure | null;
  readonly nondeterminism: Nondeterminism | null;
}

/** Executions of fast-check's own shrinking. */
const fastCheckRuns = 60;
const ownRuns = 340;
const ownMs = 30_000;

class Campaign {
  figures: Figures = noFigures;
  nondeterminism: Nondeterminism | null = null;
  original: ConcurrentScenario | null = null;
  smallest: { readonly scenario: ConcurrentScenario; readonly violation: Violation } | null = null;
  shrinkRuns = 0;
  /** What is no verdict, as it was met first: later runs may only meet what it has left behind. */
  broke: { readonly error: unknown } | null = null;
  readonly #options: ConcurrentOptions;

  constructor(options: ConcurrentOptions) {
    this.#options = options;
  }

  /** False: this scenario violates what the first one did. */
  async holds(scenario: ConcurrentScenario): Promise<boolean> {
    if (this.broke !== null) throw new fc.PreconditionFailure(true);
    try {
      return await this.#judge(scenario);
    } catch (error) {
      // What breaks while a violation is made smaller takes nothing away from the violation.
      if (this.smallest === null) this.broke = { error };
      throw error;
    }
  }

  async #judge(scenario: ConcurrentScenario): Promise<boolean> {
    if (this.nondeterminism !== null) return true;
    const { tier, runs, twiceEvery = 50, onScenario } = this.#options;
    const first = this.smallest;
    if (first !== null) {
      // To say that all others hold would make fast-check go through every one of them.
      if (this.shrinkRuns >= fastCheckRuns) throw new fc.PreconditionFailure(true);
      this.shrinkRuns += 1;
      const { violation } = await execute(tier, scenario);
      if (violation?.property !== first.violation.property) return true;
      this.smallest = { scenario, violation };
      return false;
    }
    const executed = await execute(tier, scenario);
    const stretch = stretchOf(this.figures.scenarios, runs);
    this.figures = addFigures(this.figures, inStretch(stretch, figuresOf(scenario, executed)));
    onScenario?.(this.figures.scenarios);
    const { violation } = executed;
    const isDue = this.figures.scenarios % twiceEvery === 1 || violation !== null;
    if (isDue && !(await this.#isSame(scenario, executed))) return true;
    if (violation === null) return true;
    this.original = scenario;
    this.smallest = { scenario, violation };
    return false;
  }

  async #isSame(scenario: ConcurrentScenario, { traceHash }: Executed): Promise<boolean> {
    this.figures = { ...this.figures, twice: this.figures.twice + 1 };
    const again = await execute(this.#options.tier, scenario);
    if (again.traceHash === traceHash) return true;
    this.figures = { ...this.figures, nondeterministic: this.figures.nondeterministic + 1 };
    this.nondeterminism = await differenceOf(this.#options.tier, scenario);
    return false;
  }
}

/** Where two executions part ways. */
async function differenceOf(tier: Tier, scenario: ConcurrentScenario): Promise<Nondeterminism> {
  const verdict = await runTwice(async () => {
    const { trace, traceHash } = await execute(tier, scenario, { keepTrace: true });
    return { trace: { steps: trace, hash: () => traceHash } as unknown as Trace, value: null };
  });
  if (verdict.kind === 'nondeterminism') return { scenario, step: verdict.step, first: verdict.first, second: verdict.second };
  return { scenario, step: 0, first: 'differed from an earlier execution', second: 'but not from the next' };
}

/** Throws what is no verdict: a bug of the harness. */
export async function checkConcurrent(options: ConcurrentOptions): Promise<ConcurrentReport> {
  const { runs, seed, budgetMs, maxCommands = 16, shrinks = true, as = (scenario) => scenario } = options;
  const campaign = new Campaign(options);
  const { error } = await checkWithin(
    (watch) => fc.asyncProperty(concurrentScenarios({ maxCommands }).map(as), (scenario) => watch(campaign.holds(scenario))),
    { numRuns: runs, seed, shrinks, budgetMs },
  );
  const { figures, nondeterminism, smallest, original } = campaign;
  if (campaign.broke !== null) throw campaign.broke.error;
  if (error !== null && smallest === null) throw error;
  if (smallest === null || original === null) return { figures, failure: null, nondeterminism };
  const { tier, nowMs } = options;
  if (!shrinks) return { figures, nondeterminism, failure: { ...smallest, original, executions: 0, minimal: false } };
  const failure = await shrunk(tier, original, smallest, { executions: ownRuns, ms: ownMs, nowMs, seed });
  return { figures, nondeterminism, failure: { ...failure, executions: campaign.shrinkRuns + failure.executions } };
}
