/** What `choir check` tells of its campaigns: a summary for people, figures as JSON, an exit code. */
import { relative } from 'node:path';
import { reachability } from '#model/reachability.ts';
import { courseOf } from '#properties/concurrent/course.ts';
import {
  added,
  type CommandFigures,
  coveredIn,
  type Figures,
  marksIn,
  percentile,
  sumOf,
} from '#properties/concurrent/figures.ts';
import { healthFigures } from '#properties/concurrent/health-figures.ts';
import { commandGates, gatesOf, type Tripped, trippedAmong } from '#properties/concurrent/vacuity.ts';
import { exceptionOf } from '#properties/conformance/exceptions.ts';
import { enumerateGround, type Ground } from '#properties/conformance/ground.ts';
import type { LockstepReport } from '#properties/lockstep/check-lockstep.ts';
import { describeStep } from '#properties/lockstep/describe-step.ts';
import {
  type CampaignResult,
  campaignLine,
  figureTables,
  groundTable,
  healthLines,
  marksLine,
  vacuityLines,
} from './concurrent.ts';
import { exitCodes } from './exit-codes.ts';
import { type GroundName, type Tier as TierName, tierOf } from './ground.ts';
import { table } from './table.ts';

/** One ground in lockstep. */
export interface GroundResult {
  readonly ledger: GroundName;
  readonly ground: string;
  readonly seconds: number;
  readonly report: LockstepReport;
  readonly savedAs: string | null;
}

/** Everything a check came to. Without lockstep campaigns, or without concurrent ones, there are none. */
export interface CheckResults {
  readonly seed: number;
  readonly grounds: readonly GroundResult[];
  readonly campaigns: readonly CampaignResult[];
  /** Files of the corpus that still fail. */
  readonly failingCorpus: readonly string[];
}

export function printFailure(result: GroundResult): void {
  const { failure } = result.report;
  if (failure === null || result.savedAs === null) return;
  const { scenario } = failure;
  const steps = scenario.steps.map((step, index) => `  ${index + 1}. ${describeStep(step)}`);
  const file = relative('.', result.savedAs);
  const again = `${file} ${result.ledger === 'memory' ? '--tier memory' : `--ledger ${result.ledger}`}`;
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
      `report npm run report -- ${again}`,
      `replay npm run replay -- ${again}`,
      '',
    ].join('\n'),
  );
}

export function printSummary(results: CheckResults): void {
  const { grounds, campaigns, seed } = results;
  if (grounds.length > 0) printLockstep(grounds);
  if (campaigns.length > 0) printConcurrent(campaigns);
  for (const line of vacuityLines(trippedIn(results))) process.stdout.write(`${line}\n`);
  process.stdout.write(`seed ${seed}\n`);
}

/** Gates that tripped, all campaigns of a kind together. */
function trippedIn({ grounds, campaigns }: CheckResults): readonly Tripped[] {
  const counted = grounds.map(({ report }) => Object.fromEntries(report.stats.commands()));
  const lockstep = counted.reduce<Readonly<Record<string, CommandFigures>>>(added, {});
  return trippedAmong([
    ...(grounds.length === 0 ? [] : commandGates(lockstep, Object.keys(lockstep))),
    ...(campaigns.length === 0 ? [] : gatesOf(sumOf(campaigns))),
  ]);
}

function printLockstep(results: readonly GroundResult[]): void {
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
}

let enumerated: Ground | null = null;
/** Enumerated when it is first asked for: some seconds. */
export function groundOnce(): Ground {
  enumerated ??= enumerateGround();
  return enumerated;
}

function printConcurrent(campaigns: readonly CampaignResult[]): void {
  const figures = sumOf(campaigns);
  for (const rows of figureTables(figures)) process.stdout.write(`\n${table(rows)}\n`);
  process.stdout.write(`\n${campaigns.map(campaignLine).join('\n')}\n`);
  process.stdout.write(`${marksLine(figures, 'marks of faults and races')}\n`);
  process.stdout.write(`${healthLines(figures).join('\n')}\n`);
  const ground = groundOnce();
  process.stdout.write(`\n${table(groundTable(figures, ground))}\n`);
  const never = [...ground.steps].filter((step) => exceptionOf(step) !== null).length;
  process.stdout.write(
    `of ${ground.steps.size} steps ${never} are never taken: see properties/conformance/exceptions.ts; what is left: npm run aim\n`,
  );
  for (const step of walkedExceptions(figures)) process.stdout.write(`walked, though said to be never taken: ${step}\n`);
}

/** Steps that runs have walked, and that no run is said to: nothing is wrong with the run, but with what is said. */
function walkedExceptions(figures: Figures): readonly string[] {
  const { steps } = groundOnce();
  const walked = new Set(Object.values(figures.walked).flatMap((walk) => Object.keys(walk.steps)));
  return [...walked].filter((step) => steps.has(step) && exceptionOf(step) !== null);
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
  const runs = [
    ...results.map(({ ledger, report: { scenarios, effects }, seconds }) => ({ on: ledger, scenarios, steps: effects, seconds })),
    ...campaigns.map(({ ground, figures: { scenarios, steps }, seconds }) => ({ on: ground, scenarios, steps, seconds })),
  ];
  for (const { on, scenarios, steps, seconds } of runs) {
    const before = figures[tierOf(on)] ?? { scenarios: 0, steps: 0, seconds: 0 };
    figures[tierOf(on)] = {
      scenarios: before.scenarios + scenarios,
      steps: before.steps + steps,
      seconds: before.seconds + seconds,
    };
  }
  return figures;
}

/** The figures, as plain JSON. */
export function jsonOf(all: CheckResults): object {
  const { seed, grounds: results, campaigns, failingCorpus } = all;
  const together = sumOf(campaigns);
  const marks: Record<string, number> = {};
  for (const { report } of results)
    for (const [name, count] of Object.entries(report.stats.marks())) marks[name] = (marks[name] ?? 0) + count;
  const sum = (count: (report: LockstepReport) => number): number =>
    results.reduce((total, { report }) => total + count(report), 0);
  return {
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
      campaigns.map(({ ground, figures: { scenarios, steps, twice, commands, faults, strategies } }) => [
        ground,
        { scenarios, steps, twice, commands, faults, strategies },
      ]),
    ),
    inconclusive: sum((report) => report.inconclusive) + together.inconclusive,
    nondeterministic: together.nondeterministic,
    vacuous: trippedIn(all),
    convergence: {
      p50: percentile(together.convergence, 0.5),
      p99: percentile(together.convergence, 0.99),
      max: percentile(together.convergence, 1),
    },
    // Not measured: null, not 0.
    ground: campaigns.length === 0 ? null : coveredIn(together, groundOnce()),
    health: campaigns.length === 0 ? null : healthFigures(together.metrics),
    course: Object.fromEntries(campaigns.map((campaign) => [campaign.ground, courseOf(campaign.figures)])),
  };
}

export function checkExitCode(all: CheckResults): number {
  const { grounds: results, campaigns, failingCorpus } = all;
  const failed = [...results.map(({ report }) => report.failure), ...campaigns.map(({ failure }) => failure)];
  if (failingCorpus.length > 0 || failed.some((failure) => failure !== null)) return exitCodes.violation;
  const unclear =
    results.some(({ report }) => report.inconclusive > 0) || campaigns.some(({ figures }) => figures.inconclusive > 0);
  const isVacuous = trippedIn(all).length > 0;
  return unclear || isVacuous || campaigns.some(({ nondeterminism }) => nondeterminism !== null)
    ? exitCodes.trouble
    : exitCodes.ok;
}
