/** Campaigns of concurrent scenarios for the commands that run them: in this process, or split over several and added up. */
import { fork } from 'node:child_process';
import { join, relative } from 'node:path';
import {
  type ConcurrentFailure,
  type ConcurrentReport,
  checkConcurrent,
  type Nondeterminism,
} from '#properties/concurrent/check-concurrent.ts';
import { describeScenario } from '#properties/concurrent/describe.ts';
import { addFigures, type Figures, marksIn, noFigures, percentile } from '#properties/concurrent/figures.ts';
import { saveRegression } from '#properties/corpus/corpus.ts';
import type { Tier } from '#simulations/world/authorities.ts';
import { type GroundName, openTier } from './ground.ts';
import { regressionsDirectory } from './paths.ts';
import { createProgress } from './progress.ts';

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
}

/** What one worker does; messages between processes are JSON. */
export type WorkerOrder = Omit<CampaignOptions, 'jobs'>;
export type WorkerMessage =
  | { readonly kind: 'progress'; readonly done: number }
  | { readonly kind: 'report'; readonly report: ConcurrentReport }
  | { readonly kind: 'threw'; readonly message: string };

/** One campaign in this process. */
export async function campaign(tier: Tier, order: WorkerOrder, onScenario: (done: number) => void): Promise<ConcurrentReport> {
  const { runs, seed, budgetMs } = order;
  return checkConcurrent({
    tier,
    runs,
    seed,
    nowMs: () => performance.now(),
    onScenario,
    ...(budgetMs === undefined ? {} : { budgetMs }),
  });
}

async function here(order: WorkerOrder, onScenario: (done: number) => void): Promise<readonly ConcurrentReport[]> {
  const tier = await openTier(order.ground, 'faults');
  try {
    return [await campaign(tier, order, onScenario)];
  } finally {
    await tier.close();
  }
}

/** Seeds of workers are far apart, so that no two draw the same. */
const seedOf = (seed: number, worker: number): number => (seed + worker * 104_729) | 0;

async function split(options: CampaignOptions, onScenario: (done: number) => void): Promise<readonly ConcurrentReport[]> {
  const { jobs, runs, seed, ...rest } = options;
  const done = Array.from({ length: jobs }, () => 0);
  return Promise.all(
    done.map((_, worker) => {
      const share = Math.floor(runs / jobs) + (worker < runs % jobs ? 1 : 0);
      return workerReport({ ...rest, runs: share, seed: seedOf(seed, worker) }, (count) => {
        done[worker] = count;
        onScenario(done.reduce((sum, each) => sum + each, 0));
      });
    }),
  );
}

function workerReport(order: WorkerOrder, onScenario: (done: number) => void): Promise<ConcurrentReport> {
  return new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, 'concurrent-worker.ts'), {
      execArgv: ['--import', 'tsx'],
      serialization: 'advanced',
    });
    let report: ConcurrentReport | null = null;
    child.on('message', (message: WorkerMessage) => {
      if (message.kind === 'progress') onScenario(message.done);
      else if (message.kind === 'report') report = message.report;
      else reject(new Error(`a worker failed: ${message.message}`));
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      if (report === null) reject(new Error(`a worker ended with exit code ${code} and no report`));
      else resolve(report);
    });
    child.send(order);
  });
}

/** Runs the campaign, saves the smallest failure, and adds the workers' figures up. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const startedMs = performance.now();
  const progress = createProgress(`${options.ground}, all at once`, options.runs, process.stderr, () => performance.now());
  try {
    const report = (done: number): void => progress.report(done, 'scenarios');
    const reports = options.jobs > 1 ? await split(options, report) : await here(options, report);
    const figures = reports.reduce<Figures>((sum, each) => addFigures(sum, each.figures), noFigures);
    const failures = reports.flatMap(({ failure }) => (failure === null ? [] : [failure]));
    const [failure = null] = failures.sort((a, b) => a.scenario.commands.length - b.scenario.commands.length);
    const nondeterminism = reports.find((each) => each.nondeterminism !== null)?.nondeterminism ?? null;
    return {
      ground: options.ground,
      figures,
      failure,
      nondeterminism,
      seconds: (performance.now() - startedMs) / 1000,
      savedAs: failure === null ? null : saveRegression(regressionsDirectory, failure.scenario),
    };
  } finally {
    progress.end();
  }
}

export function printFailure({ ground, failure, savedAs, nondeterminism }: CampaignResult): void {
  if (nondeterminism !== null) process.stdout.write(`\n${nondeterminismLines(nondeterminism).join('\n')}\n`);
  if (failure === null || savedAs === null) return;
  const file = relative('.', savedAs);
  const on = ground === 'memory' ? '' : ` --ledger ${ground}`;
  process.stdout.write(
    `\n${[...failureLines(failure, ground), `saved  ${file}`, `replay npm run replay -- ${file}${on}`].join('\n')}\n`,
  );
}

function failureLines(
  { scenario, original, violation, executions, minimal }: ConcurrentFailure,
  ground: GroundName,
): readonly string[] {
  const { commands } = scenario;
  return [
    `VIOLATION of ${violation.property} on ${ground}, ${commands.length} commands at once` +
      ` (${original.commands.length} before shrinking, ${executions} executions${minimal ? ', 1-minimal' : ''})`,
    ...describeScenario(scenario),
    '',
    violation.message,
    '',
  ];
}

const nondeterminismLines = ({ step, first, second, scenario }: Nondeterminism): readonly string[] => [
  'NONDETERMINISM: the same scenario took different steps. That is a fault of the harness, or ambient time or order in the code.',
  `  first differing step ${step}`,
  `  once:  ${first ?? 'the run had ended'}`,
  `  again: ${second ?? 'the run had ended'}`,
  ...describeScenario(scenario),
];

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

/** Names of required marks that no campaign reached. */
export function missedMarks(figures: Figures): readonly string[] {
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
