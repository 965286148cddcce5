/** `choir check`: the main job. Replays the corpus, then draws scenarios on each ground; prints a summary, saves what fails. */
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { reachability } from '#model/reachability.ts';
import { execute } from '#properties/concurrent/execute.ts';
import { addFigures, type Figures, marksIn, noFigures, percentile } from '#properties/concurrent/figures.ts';
import { type AnyScenario, readRegressions, saveRegression } from '#properties/corpus/corpus.ts';
import { ScenarioError } from '#properties/corpus/parts.ts';
import { checkLockstep, type LockstepReport } from '#properties/lockstep/check-lockstep.ts';
import { describeStep } from '#properties/lockstep/describe-step.ts';
import { runScenario } from '#properties/lockstep/run-scenario.ts';
import type { Tier } from '#simulations/world/authorities.ts';
import { groundOf } from '#simulations/world/lockstep-world.ts';
import {
  type CampaignResult,
  campaignLine,
  figureTables,
  missedMarks,
  printFailure as printConcurrentFailure,
  runCampaign,
} from './concurrent.ts';
import { exitCodes, UsageError } from './exit-codes.ts';
import { freshSeed } from './fresh-seed.ts';
import { type GroundName, groundsFor, type LedgerName, openTier, type Tier as TierName, tierOf } from './ground.ts';
import { regressionsDirectory } from './paths.ts';
import { createProgress } from './progress.ts';
import { table } from './table.ts';

export interface CheckOptions {
  readonly runs: number;
  readonly budget?: number;
  readonly seed?: number;
  /** Both when not given. */
  readonly tier?: TierName;
  readonly ledger?: LedgerName;
  readonly json?: string;
  /** Concurrent scenarios on the memory tier. */
  readonly concurrent: number;
  readonly jobs: number;
  /** Both kinds when not given. */
  readonly only?: 'lockstep' | 'concurrent';
}

/** A real ground costs about this much more than memory. */
const realGroundShare = 20;

const concurrentRuns = (ground: GroundName, { concurrent, only }: CheckOptions): number => {
  if (only === 'lockstep' || concurrent === 0) return 0;
  return ground === 'memory' ? concurrent : Math.max(1, Math.round(concurrent / realGroundShare));
};

interface GroundResult {
  readonly ledger: GroundName;
  readonly ground: string;
  readonly seconds: number;
  readonly report: LockstepReport;
  readonly savedAs: string | null;
}

const seconds = (fromMs: number): number => (performance.now() - fromMs) / 1000;

/** What of a saved scenario still fails; null when nothing does. */
async function stillFails(tier: Tier, scenario: AnyScenario): Promise<{ property: string; message: string } | null> {
  if (scenario.kind === 'concurrent') return (await execute(tier, scenario)).violation;
  return (await runScenario(groundOf(tier), scenario))?.violation ?? null;
}

/** The corpus on one ground; the files that still fail. */
async function replayCorpus(tier: Tier, corpus: readonly { file: string; scenario: AnyScenario }[]): Promise<readonly string[]> {
  const failing: string[] = [];
  for (const { file, scenario } of corpus) {
    // A real content store cannot be told to fail as such a scenario wants.
    if (scenario.kind === 'concurrent' && tier.isRemote && !tier.hasContentFaults) continue;
    const failure = await stillFails(tier, scenario);
    if (failure === null) continue;
    failing.push(file);
    process.stdout.write(`\nVIOLATION of ${failure.property} (regression ${relative('.', file)})\n${failure.message}\n`);
  }
  return failing;
}

function printFailure(result: GroundResult): void {
  const { failure } = result.report;
  if (failure === null || result.savedAs === null) return;
  const { scenario } = failure;
  const steps = scenario.steps.map((step, index) => `  ${index + 1}. ${describeStep(step)}`);
  const file = relative('.', result.savedAs);
  process.stdout.write(
    [
      '',
      `VIOLATION of ${scenario.found?.property} on ${result.ledger}, ${steps.length} steps` +
        ` (${failure.originalSteps} before shrinking, ${failure.executions} executions${failure.minimal ? ', 1-minimal' : ''})`,
      `  ${scenario.setup.wallets} wallets with ${scenario.setup.balance} each, ${scenario.setup.backends} backends; everybody connected and signed in`,
      ...steps,
      '',
      scenario.found?.message ?? '',
      '',
      `saved  ${file}`,
      `replay npm run replay -- ${file} ${result.ledger === 'memory' ? '--tier memory' : `--ledger ${result.ledger}`}`,
      '',
    ].join('\n'),
  );
}

function printSummary(results: readonly GroundResult[], seed: number, campaigns: readonly CampaignResult[]): void {
  const commands = results[0]?.report.stats.commands() ?? [];
  const rows = commands.map(([kind]) => {
    const cells = results.flatMap(({ report }) => {
      const counts = report.stats.commands().find(([other]) => other === kind)?.[1];
      const { drawn = 0, executed = 0, refused = 0, unsettled = 0 } = counts ?? {};
      return [String(drawn), drawn === 0 ? '-' : `${Math.round((100 * executed) / drawn)}%`, String(refused), String(unsettled)];
    });
    return [kind, ...cells];
  });
  const heads = results.flatMap(({ ledger }) => [ledger, 'ran', 'refused', 'unsettled']);
  process.stdout.write(`\n${table([['command', ...heads], ...rows])}\n\n`);
  for (const { ground, report, seconds: took } of results) {
    const verdict = report.failure === null ? 'no violation' : `VIOLATION of ${report.failure.scenario.found?.property}`;
    const unclear = report.inconclusive === 0 ? '' : `, ${report.inconclusive} inconclusive`;
    process.stdout.write(
      `${ground}: ${report.scenarios} scenarios, ${report.commands} commands, ${report.effects} effects in ${took.toFixed(1)} s: ${verdict}${unclear}\n`,
    );
  }
  const reached = new Set(results.flatMap(({ report }) => Object.keys(report.stats.marks())));
  const missed = [...reachability.keys()].filter((name) => !reached.has(name));
  process.stdout.write(
    `${reached.size} of ${reachability.size} marks reached${missed.length === 0 ? '' : `; never: ${missed.join('; ')}`}\n`,
  );
  printConcurrent(campaigns);
  process.stdout.write(`seed ${seed}\n`);
}

const sumOf = (campaigns: readonly CampaignResult[]): Figures =>
  campaigns.reduce<Figures>((sum, { figures }) => addFigures(sum, figures), noFigures);

function printConcurrent(campaigns: readonly CampaignResult[]): void {
  if (campaigns.length === 0) return;
  const figures = sumOf(campaigns);
  for (const rows of figureTables(figures)) process.stdout.write(`\n${table(rows)}\n`);
  process.stdout.write(`\n${campaigns.map(campaignLine).join('\n')}\n`);
  const missed = missedMarks(figures);
  const all = Object.keys(marksIn(figures)).length;
  process.stdout.write(
    `${all - missed.length} of ${all} marks of faults and races reached${missed.length === 0 ? '' : `; never: ${missed.join('; ')}`}\n`,
  );
}

interface TierFigures {
  readonly scenarios: number;
  readonly steps: number;
  readonly seconds: number;
}

function tierFigures(
  results: readonly GroundResult[],
  campaigns: readonly CampaignResult[],
): Readonly<Partial<Record<TierName, TierFigures>>> {
  const figures: Partial<Record<TierName, TierFigures>> = {};
  for (const { ledger, report, seconds: took } of results) {
    const tier = tierOf(ledger);
    const { scenarios, steps, seconds: before } = figures[tier] ?? { scenarios: 0, steps: 0, seconds: 0 };
    figures[tier] = { scenarios: scenarios + report.scenarios, steps: steps + report.effects, seconds: before + took };
  }
  for (const { ground, figures: more, seconds: took } of campaigns) {
    const tier = tierOf(ground);
    const { scenarios, steps, seconds: before } = figures[tier] ?? { scenarios: 0, steps: 0, seconds: 0 };
    figures[tier] = { scenarios: scenarios + more.scenarios, steps: steps + more.steps, seconds: before + took };
  }
  return figures;
}

function writeJson(
  file: string,
  seed: number,
  results: readonly GroundResult[],
  failingCorpus: readonly string[],
  campaigns: readonly CampaignResult[],
): void {
  const together = sumOf(campaigns);
  const marks: Record<string, number> = {};
  for (const { report } of results)
    for (const [name, count] of Object.entries(report.stats.marks())) marks[name] = (marks[name] ?? 0) + count;
  const sum = (count: (report: LockstepReport) => number): number =>
    results.reduce((total, { report }) => total + count(report), 0);
  const value = {
    seed,
    tiers: tierFigures(results, campaigns),
    ledgers: Object.fromEntries(results.map(({ ledger, report }) => [ledger, Object.fromEntries(report.stats.commands())])),
    violations: [
      ...failingCorpus.map((path) => ({ property: 'regression', file: relative('.', path) })),
      ...campaigns.flatMap(({ failure, savedAs }) =>
        failure === null || savedAs === null ? [] : [{ property: failure.violation.property, file: relative('.', savedAs) }],
      ),
      ...results.flatMap(({ report, savedAs }) =>
        savedAs === null ? [] : [{ property: report.failure?.scenario.found?.property, file: relative('.', savedAs) }],
      ),
    ],
    marks: { ...marks, ...(campaigns.length === 0 ? {} : marksIn(together)) },
    concurrent: Object.fromEntries(
      campaigns.map(({ ground, figures: { commands, faults, strategies } }) => [ground, { commands, faults, strategies }]),
    ),
    inconclusive: sum((report) => report.inconclusive) + together.inconclusive,
    nondeterministic: together.nondeterministic,
    convergence: {
      p50: percentile(together.convergence, 0.5),
      p99: percentile(together.convergence, 0.99),
      max: percentile(together.convergence, 1),
    },
    // Not measured yet: null, not 0.
    health: null,
  };
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}

async function checkGround(ledger: GroundName, options: CheckOptions, seed: number, share: number) {
  const startedMs = performance.now();
  const tier = await openTier(ledger);
  const ground = groundOf(tier);
  process.stderr.write(`${ground.describe()}\n`);
  const progress = createProgress(ledger, options.runs, process.stderr, () => performance.now());
  try {
    const failingCorpus = await replayCorpus(tier, loadCorpus());
    const report = await checkLockstep({
      ground,
      runs: options.only === 'concurrent' ? 1 : options.runs,
      seed,
      ...(options.budget === undefined ? {} : { budgetMs: options.budget * share }),
      onScenario: (done) => progress.report(done, 'scenarios'),
    });
    const savedAs = report.failure === null ? null : saveRegression(regressionsDirectory, report.failure.scenario);
    return { result: { ledger, ground: ground.describe(), seconds: seconds(startedMs), report, savedAs }, failingCorpus };
  } finally {
    progress.end();
    await tier.close();
  }
}

function loadCorpus(): ReturnType<typeof readRegressions> {
  try {
    return readRegressions(regressionsDirectory);
  } catch (error) {
    if (error instanceof ScenarioError) throw new UsageError(error.message);
    throw error;
  }
}

export async function check(options: CheckOptions): Promise<number> {
  const seed = options.seed ?? freshSeed();
  const grounds = groundsFor(options);
  const results: GroundResult[] = [];
  const campaigns: CampaignResult[] = [];
  const failingCorpus: string[] = [];
  const share = 0.5 / grounds.length;
  for (const ground of grounds) {
    const { result, failingCorpus: failing } = await checkGround(ground, options, seed, share);
    results.push(result);
    failingCorpus.push(...failing);
    printFailure(result);
    const runs = concurrentRuns(ground, options);
    if (runs === 0) continue;
    const budget = options.budget === undefined ? {} : { budgetMs: options.budget * share };
    const campaign = await runCampaign({ ground, runs, seed, jobs: Math.min(options.jobs, runs), ...budget });
    campaigns.push(campaign);
    printConcurrentFailure(campaign);
  }
  printSummary(results, seed, campaigns);
  if (options.json !== undefined) writeJson(options.json, seed, results, failingCorpus, campaigns);
  return exitCode(results, campaigns, failingCorpus);
}

function exitCode(
  results: readonly GroundResult[],
  campaigns: readonly CampaignResult[],
  failingCorpus: readonly string[],
): number {
  const failed = [...results.map(({ report }) => report.failure), ...campaigns.map(({ failure }) => failure)];
  if (failingCorpus.length > 0 || failed.some((failure) => failure !== null)) return exitCodes.violation;
  const unclear =
    results.some(({ report }) => report.inconclusive > 0) || campaigns.some(({ figures }) => figures.inconclusive > 0);
  return unclear || campaigns.some(({ nondeterminism }) => nondeterminism !== null) ? exitCodes.trouble : exitCodes.ok;
}
