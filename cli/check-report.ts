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
import type { AnyScenario } from '#properties/corpus/corpus.ts';
import type { LockstepReport } from '#properties/lockstep/check-lockstep.ts';
import { describeSteps } from '#properties/lockstep/describe-step.ts';
import { againLines, shownPath } from './again.ts';
import { canaryLine, canaryProblem } from './canary.ts';
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
import type { Hunted } from './mutants-report.ts';
import { table } from './table.ts';
import { failureBlock } from './terminal/shorten.ts';
import { tell } from './terminal/tell.ts';

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
  /** Each file of the corpus on each ground. */
  readonly corpus: readonly CorpusReplay[];
  /** The known mistake that was to be found before all else. */
  readonly canary: Hunted;
}

/** One file of the corpus on one ground. */
export interface CorpusReplay {
  readonly ground: GroundName;
  readonly file: string;
  readonly kind: AnyScenario['kind'];
  readonly seconds: number;
  /** Null when it holds. */
  readonly failure: { readonly property: string; readonly message: string } | null;
  /** Why it was not run there; null when it was. */
  readonly skipped: string | null;
}

/** A regression that is back, and how to see it again. */
export function corpusFailureLines({ ground, file, kind, failure }: CorpusReplay): readonly string[] {
  return failureBlock({
    head: `VIOLATION of ${failure?.property} on ${ground} (regression ${shownPath(file)})`,
    scenario: [],
    message: failure?.message ?? '',
    again: againLines(file, kind, ground).slice(1),
  });
}

/** Files of the corpus that still fail, once for each ground. */
const failingFiles = ({ corpus }: CheckResults): readonly string[] =>
  corpus.flatMap(({ file, failure }) => (failure === null ? [] : [file]));

export function printFailure(result: GroundResult): void {
  const lines = failureLines(result);
  if (lines !== null) tell('', ...lines);
}

/** What was found in lockstep, and how to see it again; null where nothing was. */
export function failureLines({ report: { failure }, savedAs, ledger }: GroundResult): readonly string[] | null {
  if (failure === null || savedAs === null) return null;
  const { setup, steps, found } = failure.scenario;
  const shrinking = `${failure.originalSteps} before shrinking, ${failure.executions} executions${failure.minimal ? ', 1-minimal' : ''}`;
  return failureBlock({
    head: `VIOLATION of ${found?.property} on ${ledger}, ${steps.length} steps (${shrinking})`,
    scenario: [
      `  ${setup.wallets} wallets with ${setup.balance} each, ${setup.backends} backends; everybody connected and signed in`,
      ...describeSteps(steps).map((line) => `  ${line}`),
    ],
    message: found?.message ?? '',
    again: againLines(savedAs, 'lockstep', ledger),
  });
}

export function printSummary(results: CheckResults): void {
  const { grounds, campaigns, seed } = results;
  if (grounds.length > 0) printLockstep(grounds);
  if (campaigns.length > 0) printConcurrent(campaigns);
  tell(...vacuityLines(trippedIn(results)), canaryLine(results.canary), `seed ${seed}`);
}

/** Gates that tripped, all campaigns of a kind together. */
export function trippedIn({ grounds, campaigns }: CheckResults): readonly Tripped[] {
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
  tell('', table([['command', ...heads], ...rows], 1, 4), '');
  for (const { ground, report, seconds: took } of results) {
    const verdict = report.failure === null ? 'no violation' : `VIOLATION of ${report.failure.scenario.found?.property}`;
    const unclear = report.inconclusive === 0 ? '' : `, ${report.inconclusive} inconclusive`;
    const what = `${report.scenarios} scenarios, ${report.commands} commands, ${report.effects} effects in ${took.toFixed(1)} s`;
    tell(`${ground}: ${what}: ${verdict}${unclear}`);
  }
  const reached = new Set(results.flatMap(({ report }) => Object.keys(report.stats.marks())));
  const missed = [...reachability.keys()].filter((name) => !reached.has(name));
  tell(`${reached.size} of ${reachability.size} marks reached${missed.length === 0 ? '' : `; never: ${missed.join('; ')}`}`);
}

let enumerated: Ground | null = null;
/** Enumerated when it is first asked for: some seconds. */
export function groundOnce(): Ground {
  enumerated ??= enumerateGround();
  return enumerated;
}

function printConcurrent(campaigns: readonly CampaignResult[]): void {
  const figures = sumOf(campaigns);
  for (const rows of figureTables(figures)) tell('', table(rows));
  tell('', ...campaigns.map(campaignLine), marksLine(figures, 'marks of faults and races'), ...healthLines(figures));
  const ground = groundOnce();
  tell('', table(groundTable(figures, ground)));
  const never = [...ground.steps].filter((step) => exceptionOf(step) !== null).length;
  tell(
    `of ${ground.steps.size} steps ${never} are never taken: see properties/conformance/exceptions.ts; what is left: npm run aim`,
    ...walkedExceptions(figures).map((step) => `walked, though said to be never taken: ${step}`),
  );
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
  const { seed, grounds: results, campaigns } = all;
  const together = sumOf(campaigns);
  const marks: Record<string, number> = {};
  for (const { report } of results)
    for (const [name, count] of Object.entries(report.stats.marks())) marks[name] = (marks[name] ?? 0) + count;
  const sum = (count: (report: LockstepReport) => number): number =>
    results.reduce((total, { report }) => total + count(report), 0);
  return {
    seed,
    canary: { id: all.canary.mutant.id, ...all.canary.report },
    tiers: tierFigures(results, campaigns),
    ledgers: Object.fromEntries(results.map(({ ledger, report }) => [ledger, Object.fromEntries(report.stats.commands())])),
    violations: [
      ...failingFiles(all).map((path) => ({ property: 'regression', file: relative('.', path) })),
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
  const { grounds: results, campaigns } = all;
  const failed = [...results.map(({ report }) => report.failure), ...campaigns.map(({ failure }) => failure)];
  if (failingFiles(all).length > 0 || failed.some((failure) => failure !== null)) return exitCodes.violation;
  const unclear =
    results.some(({ report }) => report.inconclusive > 0) || campaigns.some(({ figures }) => figures.inconclusive > 0);
  const isVacuous = trippedIn(all).length > 0;
  const isBlind = canaryProblem(all.canary) !== null;
  return unclear || isVacuous || isBlind || campaigns.some(({ nondeterminism }) => nondeterminism !== null)
    ? exitCodes.trouble
    : exitCodes.ok;
}
