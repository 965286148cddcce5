/** `choir schedules`: pairs and triples of operations in every schedule with few preemptions, with every single fault, in memory. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { saveRegression } from '#properties/corpus/corpus.ts';
import { partnerNamed } from '#properties/exhaustive/partners.ts';
import { kindsNamed } from '#properties/exhaustive/placements.ts';
import {
  addExplored,
  type Explored,
  exploreProduct,
  nothingExplored,
  type OnRun,
  type ProductOrder,
  type ProductReport,
  type SceneFigures,
} from '#properties/exhaustive/product.ts';
import { allPairs, someTriples } from '#properties/exhaustive/scenes.ts';
import { failureLines, smallestFailure } from './concurrent.ts';
import { exitCodes, UsageError } from './exit-codes.ts';
import { freshSeed } from './fresh-seed.ts';
import { openTier } from './ground.ts';
import { regressionsDirectory } from './paths.ts';
import { createProgress } from './progress.ts';
import { table } from './table.ts';
import { tell } from './terminal/tell.ts';
import { inWorkers, summing } from './workers.ts';

export interface Shard {
  /** From 1. */
  readonly number: number;
  readonly of: number;
}

export interface SchedulesOptions {
  readonly preemptions: number;
  readonly faultPreemptions: number;
  /** Names joined by `+`; every pair when left out. */
  readonly pair?: readonly string[];
  readonly triples: number;
  readonly seed?: number;
  /** `all`, `none`, or a kind by its id or its whole name. */
  readonly faults: string;
  /** So many of each scene's placed faults, drawn; all when left out. */
  readonly sample?: number;
  readonly backends: number;
  readonly shard?: Shard;
  readonly jobs: number;
  readonly budget?: number;
  readonly json?: string;
}

/** The scenes that are asked for, of this shard. Throws a UsageError for a name that is none. */
export function scenesFor({ pair, triples, shard }: SchedulesOptions, seed: number): ProductOrder['scenes'] {
  const asked = pair ?? (triples > 0 ? [] : allPairs.map((partners) => partners.map(({ name }) => name).join('+')));
  const drawn = someTriples(triples, seed).map((partners) => partners.map(({ name }) => name));
  const scenes = [...asked.map(namesIn), ...drawn];
  return shard === undefined ? scenes : scenes.filter((_, index) => index % shard.of === shard.number - 1);
}

function namesIn(text: string): readonly string[] {
  const names = text.split('+');
  const unknown = names.find((name) => partnerNamed(name) === undefined);
  if (unknown !== undefined) throw new UsageError(`--pair ${text}: there is nothing called ${JSON.stringify(unknown)}`);
  if (names.length < 2 || names.length > 3) throw new UsageError(`--pair ${text}: expected two or three names joined by +`);
  if (!names.some((name) => partnerNamed(name)?.kind === 'client'))
    throw new UsageError(`--pair ${text}: expected an operation of a client among them`);
  return names;
}

export async function schedules(options: SchedulesOptions): Promise<number> {
  const kinds = kindsNamed(options.faults);
  if (kinds === null) throw new UsageError(`--faults: expected all, none or a fault such as S8, got ${options.faults}`);
  const { preemptions, faultPreemptions, backends, jobs, budget, json, sample } = options;
  const seed = options.seed ?? freshSeed();
  const scenes = scenesFor(options, seed);
  const startedMs = performance.now();
  const order: ProductOrder = {
    ...{ scenes, kinds, preemptions, faultPreemptions, backends },
    ...(budget === undefined ? {} : { budgetMs: budget }),
    ...(sample === undefined ? {} : { sample: { count: sample, seed } }),
  };
  const report = merged(await reportsOf(order, Math.min(jobs, scenes.length)));
  const seconds = (performance.now() - startedMs) / 1000;
  const drawn = options.triples > 0 || sample !== undefined ? `, seed ${seed}` : '';
  const bounds = `at most ${preemptions} preemptions, ${faultPreemptions} with a fault`;
  tell(`${scenes.length} scenes on ${backends} backends, ${bounds}${drawn}: ${seconds.toFixed(1)} s`);
  if (report.failure !== null) {
    const savedAs = saveRegression(regressionsDirectory, report.failure.scenario);
    tell('', ...failureLines(report.failure, 'memory', savedAs));
  }
  tell('', table(rowsOf(report.scenes)), '', verdictOf(report));
  if (json !== undefined) {
    const text = { ...options, seed, seconds, scenes: report.scenes, violation: report.failure?.violation ?? null };
    writeFileSync(json, `${JSON.stringify(text, null, 1)}\n`);
  }
  return exitCodeOf(report);
}

const workerFile = join(import.meta.dirname, 'schedules-worker.ts');

/** The product in this process, on a tier of its own. */
export async function productHere(order: ProductOrder, onRun: OnRun): Promise<ProductReport> {
  const tier = await openTier('memory');
  try {
    return await exploreProduct(tier, order, () => performance.now(), onRun);
  } finally {
    await tier.close();
  }
}

async function reportsOf(order: ProductOrder, jobs: number): Promise<readonly ProductReport[]> {
  const progress = createProgress('explored', null, process.stderr, () => performance.now(), order.budgetMs ?? null);
  const report: OnRun = (followed, ended, planned) =>
    progress.report(ended, `scenes with and without a fault, ${followed} schedules`, Number.isNaN(planned) ? null : planned);
  try {
    if (jobs <= 1) return [await productHere(order, report)];
    const orders = Array.from({ length: jobs }, (_, worker) => ({
      ...order,
      scenes: order.scenes.filter((_scene, index) => index % jobs === worker),
    }));
    const sums = summing((followed, ended = 0, planned = 0) => report(followed, ended, planned));
    return await inWorkers<ProductOrder, ProductReport>(workerFile, orders, sums);
  } finally {
    progress.end();
  }
}

const merged = (reports: readonly ProductReport[]): ProductReport => ({
  scenes: reports.flatMap(({ scenes }) => scenes),
  failure: smallestFailure(reports),
});

const sumOf = (scenes: readonly SceneFigures[], part: 'plain' | 'faults'): Explored =>
  scenes.reduce((sum, scene) => addExplored(sum, scene[part]), nothingExplored);

/** How many of those that took longest are shown. */
const longest = 10;

function rowsOf(scenes: readonly SceneFigures[]): readonly (readonly string[])[] {
  const row = (name: string, { planned, complete, schedules: followed, abandoned, effective, steps, seconds }: Explored) =>
    [name, `${complete}/${planned}`, followed, abandoned, effective, steps, seconds.toFixed(1)].map(String);
  const whole = scenes.map(({ name, plain, faults }) => [name, addExplored(plain, faults)] as const);
  const slowest = whole.sort(([, a], [, b]) => b.seconds - a.seconds).slice(0, longest);
  return [
    ['', 'complete', 'schedules', 'abandoned', 'effective', 'steps', 'seconds'],
    row('without a fault', sumOf(scenes, 'plain')),
    row('with one fault', sumOf(scenes, 'faults')),
    ...slowest.map(([name, explored]) => row(name, explored)),
  ];
}

function verdictOf({ scenes, failure }: ProductReport): string {
  const all = addExplored(sumOf(scenes, 'plain'), sumOf(scenes, 'faults'));
  const left = all.planned - all.complete;
  const what = failure === null ? 'no violation' : `VIOLATION of ${failure.violation.property}`;
  const undecided = all.inconclusive === 0 ? '' : `, ${all.inconclusive} inconclusive`;
  return `${what}${undecided}; ${left === 0 ? 'complete within its bounds' : `${left} of ${all.planned} explorations are not complete`}`;
}

function exitCodeOf({ scenes, failure }: ProductReport): number {
  if (failure !== null) return exitCodes.violation;
  const undecided = sumOf(scenes, 'plain').inconclusive + sumOf(scenes, 'faults').inconclusive;
  return undecided > 0 ? exitCodes.trouble : exitCodes.ok;
}
