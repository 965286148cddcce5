/** `choir check`: the main job. Replays the corpus, then draws scenarios on each ground; prints a summary, saves what fails. */
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { reachability } from '#model/reachability.ts';
import { checkLockstep, type LockstepReport } from '#properties/lockstep/check-lockstep.ts';
import { describeStep } from '#properties/lockstep/describe-step.ts';
import { readRegressions, saveRegression } from '#properties/lockstep/regressions.ts';
import { runScenario } from '#properties/lockstep/run-scenario.ts';
import { type Scenario, ScenarioError } from '#properties/lockstep/scenario.ts';
import type { Ground } from '#simulations/world/system.ts';
import { exitCodes, UsageError } from './exit-codes.ts';
import { freshSeed } from './fresh-seed.ts';
import { type GroundName, groundsFor, type LedgerName, openGround, type Tier, tierOf } from './ground.ts';
import { regressionsDirectory } from './paths.ts';
import { createProgress } from './progress.ts';
import { table } from './table.ts';

export interface CheckOptions {
  readonly runs: number;
  readonly budget?: number;
  readonly seed?: number;
  /** Both when not given. */
  readonly tier?: Tier;
  readonly ledger?: LedgerName;
  readonly json?: string;
}

interface GroundResult {
  readonly ledger: GroundName;
  readonly ground: string;
  readonly seconds: number;
  readonly report: LockstepReport;
  readonly savedAs: string | null;
}

const seconds = (fromMs: number): number => (performance.now() - fromMs) / 1000;

/** The corpus on one ground; the files that still fail. */
async function replayCorpus(ground: Ground, corpus: readonly { file: string; scenario: Scenario }[]): Promise<readonly string[]> {
  const failing: string[] = [];
  for (const { file, scenario } of corpus) {
    const failure = await runScenario(ground, scenario);
    if (failure === null) continue;
    failing.push(file);
    process.stdout.write(
      `\nVIOLATION of ${failure.violation.property} (regression ${relative('.', file)})\n${failure.violation.message}\n`,
    );
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

function printSummary(results: readonly GroundResult[], seed: number): void {
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
  process.stdout.write(`seed ${seed}\n`);
}

interface TierFigures {
  readonly scenarios: number;
  readonly steps: number;
  readonly seconds: number;
}

function tierFigures(results: readonly GroundResult[]): Readonly<Partial<Record<Tier, TierFigures>>> {
  const figures: Partial<Record<Tier, TierFigures>> = {};
  for (const { ledger, report, seconds: took } of results) {
    const tier = tierOf(ledger);
    const { scenarios, steps, seconds: before } = figures[tier] ?? { scenarios: 0, steps: 0, seconds: 0 };
    figures[tier] = { scenarios: scenarios + report.scenarios, steps: steps + report.effects, seconds: before + took };
  }
  return figures;
}

function writeJson(file: string, seed: number, results: readonly GroundResult[], failingCorpus: readonly string[]): void {
  const marks: Record<string, number> = {};
  for (const { report } of results)
    for (const [name, count] of Object.entries(report.stats.marks())) marks[name] = (marks[name] ?? 0) + count;
  const sum = (count: (report: LockstepReport) => number): number =>
    results.reduce((total, { report }) => total + count(report), 0);
  const value = {
    seed,
    tiers: tierFigures(results),
    ledgers: Object.fromEntries(results.map(({ ledger, report }) => [ledger, Object.fromEntries(report.stats.commands())])),
    violations: [
      ...failingCorpus.map((path) => ({ property: 'regression', file: relative('.', path) })),
      ...results.flatMap(({ report, savedAs }) =>
        savedAs === null ? [] : [{ property: report.failure?.scenario.found?.property, file: relative('.', savedAs) }],
      ),
    ],
    marks,
    inconclusive: sum((report) => report.inconclusive),
    // Not measured yet: null, not 0.
    nondeterministic: null,
    convergence: null,
    health: null,
  };
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}

async function checkGround(ledger: GroundName, options: CheckOptions, seed: number, share: number) {
  const startedMs = performance.now();
  const ground = await openGround(ledger);
  process.stderr.write(`${ground.describe()}\n`);
  const progress = createProgress(ledger, options.runs, process.stderr, () => performance.now());
  try {
    let corpus: ReturnType<typeof readRegressions>;
    try {
      corpus = readRegressions(regressionsDirectory);
    } catch (error) {
      if (error instanceof ScenarioError) throw new UsageError(error.message);
      throw error;
    }
    const failingCorpus = await replayCorpus(ground, corpus);
    const report = await checkLockstep({
      ground,
      runs: options.runs,
      seed,
      ...(options.budget === undefined ? {} : { budgetMs: options.budget * share }),
      onScenario: (done) => progress.report(done, 'scenarios'),
    });
    const savedAs = report.failure === null ? null : saveRegression(regressionsDirectory, report.failure.scenario);
    return { result: { ledger, ground: ground.describe(), seconds: seconds(startedMs), report, savedAs }, failingCorpus };
  } finally {
    progress.end();
    await ground.close();
  }
}

export async function check(options: CheckOptions): Promise<number> {
  const seed = options.seed ?? freshSeed();
  const grounds = groundsFor(options);
  const results: GroundResult[] = [];
  const failingCorpus: string[] = [];
  for (const ground of grounds) {
    const { result, failingCorpus: failing } = await checkGround(ground, options, seed, 1 / grounds.length);
    results.push(result);
    failingCorpus.push(...failing);
    printFailure(result);
  }
  printSummary(results, seed);
  if (options.json !== undefined) writeJson(options.json, seed, results, failingCorpus);
  if (failingCorpus.length > 0 || results.some(({ report }) => report.failure !== null)) return exitCodes.violation;
  return results.some(({ report }) => report.inconclusive > 0) ? exitCodes.trouble : exitCodes.ok;
}
