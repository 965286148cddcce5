/** Campaigns of concurrent scenarios for the commands that run them: in this process, or split over several and added up. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConcurrentReport, checkConcurrent, type Nondeterminism } from '#properties/concurrent/check-concurrent.ts';
import { describeScenario } from '#properties/concurrent/describe.ts';
import type { Violation } from '#properties/concurrent/execute.ts';
import { coveredIn, type Figures, marksIn, percentile, sumOf } from '#properties/concurrent/figures.ts';
import { type DurationFigures, healthFigures } from '#properties/concurrent/health-figures.ts';
import type { ConcurrentScenario } from '#properties/concurrent/scenario.ts';
import { type ConcurrentFailure, shrunk } from '#properties/concurrent/shrunk.ts';
import { explainTripped, type Tripped } from '#properties/concurrent/vacuity.ts';
import type { Ground } from '#properties/conformance/ground.ts';
import { saveRegression } from '#properties/corpus/corpus.ts';
import type { Tier } from '#simulations/world/authorities.ts';
import { againLines } from './again.ts';
import { type GroundName, openTier } from './ground.ts';
import { regressionsDirectory } from './paths.ts';
import { createProgress } from './progress.ts';
import { failureBlock } from './terminal/shorten.ts';
import { tell } from './terminal/tell.ts';
import { inWorkers, summing } from './workers.ts';

export interface CampaignOptions {
  readonly ground: GroundName;
  readonly runs: number;
  readonly seed: number;
  readonly jobs: number;
  readonly budgetMs?: number;
}

export interface CampaignResult extends ConcurrentReport {
  readonly ground: GroundName;
  readonly seconds: number;
  /** Where the failure was saved. */
  readonly savedAs: string | null;
  /** Where the scenario was saved that was not the same run twice. */
  readonly unlikeAs: string | null;
}

/** What one worker does. */
export type WorkerOrder = Omit<CampaignOptions, 'jobs'>;

/** One campaign in this process. */
export async function campaignHere(order: WorkerOrder, onScenario: (done: number) => void): Promise<ConcurrentReport> {
  const tier = await openTier(order.ground, 'faults');
  try {
    return await campaignOn(tier, order, onScenario);
  } finally {
    await tier.close();
  }
}

/** One campaign on a tier that somebody else opens and closes. */
export function campaignOn(
  tier: Tier,
  { runs, seed, budgetMs }: WorkerOrder,
  onScenario: (done: number) => void,
): Promise<ConcurrentReport> {
  const budget = budgetMs === undefined ? {} : { budgetMs };
  return checkConcurrent({ tier, runs, seed, nowMs: () => performance.now(), onScenario, ...budget });
}

/** Seeds of workers are far apart, so that no two draw the same. */
const seedOf = (seed: number, worker: number): number => (seed + worker * 104_729) | 0;

/** What each of the workers is to do: equal shares, the first ones one scenario more where it does not come out even. */
export function sharesOf({ jobs, runs, seed, ...rest }: CampaignOptions): readonly WorkerOrder[] {
  return Array.from({ length: jobs }, (_, worker) => ({
    ...rest,
    runs: Math.floor(runs / jobs) + (worker < runs % jobs ? 1 : 0),
    seed: seedOf(seed, worker),
  }));
}

const workerFile = join(import.meta.dirname, 'concurrent-worker.ts');

function reportsOf(options: CampaignOptions, onScenario: (done: number) => void): Promise<readonly ConcurrentReport[]> {
  const orders = sharesOf(options);
  const [only] = orders;
  if (only !== undefined && orders.length === 1) return campaignHere(only, onScenario).then((report) => [report]);
  return inWorkers<WorkerOrder, ConcurrentReport>(workerFile, orders, summing(onScenario));
}

/** Of several failures the one with the fewest commands; null without any. */
export function smallestFailure(reports: readonly { readonly failure: ConcurrentFailure | null }[]): ConcurrentFailure | null {
  const failures = reports.flatMap(({ failure }) => (failure === null ? [] : [failure]));
  return failures.sort((a, b) => a.scenario.commands.length - b.scenario.commands.length)[0] ?? null;
}

/** Figures added up, the smallest failure, the first nondeterminism. */
export function merged(reports: readonly ConcurrentReport[]): ConcurrentReport {
  return {
    figures: sumOf(reports),
    failure: smallestFailure(reports),
    nondeterminism: reports.find((each) => each.nondeterminism !== null)?.nondeterminism ?? null,
  };
}

/** Runs the campaign, adds up what its workers report, and saves the smallest failure. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const startedMs = performance.now();
  const nowMs = (): number => performance.now();
  const progress = createProgress(
    `${options.ground}, all at once`,
    options.runs,
    process.stderr,
    nowMs,
    options.budgetMs ?? null,
  );
  try {
    const report = merged(await reportsOf(options, (done) => progress.report(done, 'scenarios')));
    return {
      ...report,
      ground: options.ground,
      seconds: (performance.now() - startedMs) / 1000,
      savedAs: report.failure === null ? null : saveRegression(regressionsDirectory, report.failure.scenario),
      // Not among the regressions: it shows nothing that a later run could hold true or not.
      unlikeAs: report.nondeterminism === null ? null : saveRegression(tmpdir(), report.nondeterminism.scenario),
    };
  } finally {
    progress.end();
  }
}

export function printFailure(result: CampaignResult): void {
  for (const lines of failuresOf(result)) tell('', ...lines);
}

/** What went wrong in a campaign, each as it is told. */
export function failuresOf({
  ground,
  failure,
  savedAs,
  nondeterminism,
  unlikeAs,
}: CampaignResult): readonly (readonly string[])[] {
  return [
    ...(nondeterminism === null || unlikeAs === null ? [] : [nondeterminismLines(nondeterminism, ground, unlikeAs)]),
    ...(failure === null || savedAs === null ? [] : [failureLines(failure, ground, savedAs)]),
  ];
}

/** What a search in memory has found, shrunk and kept among the regressions; and how that is told. */
export async function keptFailure(tier: Tier, scenario: ConcurrentScenario, violation: Violation): Promise<readonly string[]> {
  const limits = { executions: 300, ms: 60_000, nowMs: () => performance.now() };
  const failure = await shrunk(tier, scenario, { scenario, violation }, limits);
  return failureLines(failure, 'memory', saveRegression(regressionsDirectory, failure.scenario));
}

/** What was found, and how to see it again. @param savedAs the file's path */
export function failureLines(
  { scenario, original, violation, executions, minimal }: ConcurrentFailure,
  ground: GroundName,
  savedAs: string,
): readonly string[] {
  const before = `${original.commands.length} before shrinking, ${executions} executions${minimal ? ', 1-minimal' : ''}`;
  return failureBlock({
    head: `VIOLATION of ${violation.property} on ${ground}, ${scenario.commands.length} commands at once (${before})`,
    scenario: describeScenario(scenario),
    message: violation.message,
    again: againLines(savedAs, 'concurrent', ground),
  });
}

const unlike =
  'NONDETERMINISM: the same scenario took different steps. That is a fault of the harness, or ambient time or order in the code.';

/** Where two runs of one scenario part ways. @param savedAs the file's path */
export function nondeterminismLines(
  { step, first, second, scenario }: Nondeterminism,
  ground: GroundName,
  savedAs: string,
): readonly string[] {
  return failureBlock({
    head: unlike,
    scenario: describeScenario(scenario),
    message: [
      `first differing step ${step}`,
      `  once:  ${first ?? 'the run had ended'}`,
      `  again: ${second ?? 'the run had ended'}`,
    ].join('\n'),
    again: againLines(savedAs, 'concurrent', ground),
  });
}

/** One line a campaign. */
export function campaignLine({ ground, figures, failure, seconds }: CampaignResult): string {
  const { scenarios, steps, inconclusive, nondeterministic, twice, convergence } = figures;
  const verdict = failure === null ? 'no violation' : `VIOLATION of ${failure.violation.property}`;
  const agreed = [0.5, 0.99, 1].map((share) => percentile(convergence, share) ?? '-').join('/');
  return (
    `${ground}, everybody at once: ${scenarios} scenarios, ${steps} steps in ${seconds.toFixed(1)} s: ${verdict}, ` +
    `${inconclusive} inconclusive, ${nondeterministic} of ${twice} nondeterministic; agreed after p50/p99/max ${agreed} steps`
  );
}

/** How many of the required marks were reached, and which never. @param what they are called */
export function marksLine(figures: Figures, what: string): string {
  const missed = missedMarks(figures);
  const all = Object.keys(marksIn(figures)).length;
  return `${all - missed.length} of ${all} ${what} reached${missed.length === 0 ? '' : `; never: ${missed.join('; ')}`}`;
}

/** What of the campaign shows nothing; no lines where nothing does, or it is too short to tell. */
export const vacuityLines = (tripped: readonly Tripped[]): readonly string[] =>
  tripped.map((each) => `VACUOUS ${explainTripped(each)}`);

/** What backends measured of themselves, on virtual time. */
export function healthLines({ metrics }: Figures): readonly string[] {
  const { sync_delay, conflict_rate, resolution_time, state_drift } = healthFigures(metrics);
  const of = ({ p50, p99, max }: Omit<DurationFigures, 'count'>): string => [p50, p99, max].map((each) => each ?? '-').join('/');
  const resolved = Object.entries(resolution_time).map(([kind, times]) => `, ${kind} ${of(times)} s of ${times.count}`);
  return [
    `sync delay p50/p99/max ${of(sync_delay)} s of ${sync_delay.count}, ${sync_delay.waiting} not there in the end; ` +
      `drift ${of(state_drift)} threads, ${state_drift.end} in the end`,
    `conflicts for each thread compared ${conflict_rate ?? '-'}; resolved after p50/p99/max${resolved.join('').slice(1) || ' -'}`,
  ];
}

/** How much of the designs' small scope was walked, by strategy. The first row is the head. */
export function groundTable(figures: Figures, ground: Ground): readonly (readonly string[])[] {
  const share = ([walked, all]: readonly [number, number]): string => `${walked} of ${all} (${percent(walked, all)})`;
  return [
    ['small scope walked', 'states', 'steps', 'faults by place'],
    ...Object.entries(coveredIn(figures, ground)).map(([name, { states, steps, faults }]) => [
      name,
      share(states),
      share(steps),
      share(faults),
    ]),
  ];
}

/** Names of required marks that no campaign reached. */
function missedMarks(figures: Figures): readonly string[] {
  return Object.entries(marksIn(figures)).flatMap(([name, count]) => (count === 0 ? [name] : []));
}

const percent = (part: number, whole: number): string => (whole === 0 ? '-' : `${Math.round((100 * part) / whole)}%`);

/** Rows of the summary: commands, then faults. The first row is the head. */
export function figureTables({ commands, faults, strategies }: Figures): readonly (readonly (readonly string[])[])[] {
  const byName = <T>(record: Readonly<Record<string, T>>): readonly (readonly [string, T])[] =>
    Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    [
      ['at once', 'drawn', 'ran', 'refused', 'unsettled'],
      ...byName(commands).map(([kind, { drawn, executed, refused, unsettled }]) => [
        kind,
        String(drawn),
        percent(executed, drawn),
        String(refused),
        String(unsettled),
      ]),
    ],
    [
      ['fault', 'planned', 'fired', 'effective'],
      ...byName(faults).map(([name, { planned, fired, effective }]) => [name, String(planned), String(fired), String(effective)]),
    ],
    [['strategy', 'scenarios'], ...byName(strategies).map(([name, count]) => [name, String(count)])],
  ];
}
