/**
 * `choir soak`: long campaigns of concurrent scenarios, and saved scenarios replayed in other processes. Fails when anything is
 * violated, undecided or not reproducible, and where a long one shows nothing of something (`properties/concurrent/vacuity.ts`).
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { concurrentScenarios } from '#properties/concurrent/arbitrary.ts';
import { execute } from '#properties/concurrent/execute.ts';
import { type Figures, marksIn, sumOf } from '#properties/concurrent/figures.ts';
import { type ConcurrentScenario, printConcurrent } from '#properties/concurrent/scenario.ts';
import { gatesOf, trippedAmong } from '#properties/concurrent/vacuity.ts';
import { commandText, soakPage } from './campaign-page.ts';
import { campaignSuite, vacuitySuite } from './campaign-suites.ts';
import {
  type CampaignResult,
  campaignLine,
  figureTables,
  marksLine,
  printFailure,
  runCampaign,
  vacuityLines,
} from './concurrent.ts';
import { deliver } from './deliver.ts';
import { exitCodes, UsageError } from './exit-codes.ts';
import { freshSeed } from './fresh-seed.ts';
import { type GroundName, openTier } from './ground.ts';
import { createProgress } from './progress.ts';
import { table } from './table.ts';
import { tell } from './terminal/tell.ts';
import { passed, type Suite, troubleIn } from './verdicts.ts';
import { inWorkers, summing } from './workers.ts';

export interface SoakOptions {
  /** Scenarios in memory. */
  readonly memory: number;
  /** Scenarios on real ledgers, half on each. */
  readonly svm: number;
  /** Scenarios saved, and replayed elsewhere. */
  readonly replays: number;
  readonly jobs: number;
  readonly seed?: number;
  readonly junit?: string;
  readonly html?: string;
}

export async function soak({ memory, svm, replays, jobs, ...rest }: SoakOptions): Promise<number> {
  if (memory + svm + replays === 0) throw new UsageError('nothing to do: --memory, --svm and --replays are all 0');
  const seed = rest.seed ?? freshSeed();
  const startedMs = nowMs();
  const plan: readonly (readonly [GroundName, number])[] = [
    ['memory', memory],
    ['litesvm', Math.ceil(svm / 2)],
    ['bankrun', Math.floor(svm / 2)],
  ];
  const campaigns: CampaignResult[] = [];
  for (const [ground, runs] of plan) {
    if (runs === 0) continue;
    const campaign = await runCampaign({ ground, runs, seed, jobs: Math.min(jobs, runs) });
    campaigns.push(campaign);
    printFailure(campaign);
    tell(campaignLine(campaign));
  }
  const figures = sumOf(campaigns);
  const differing = replays === 0 ? 0 : await replayElsewhere(replays, seed);
  printFigures(figures);
  tell(`seed ${seed}`);
  if (rest.html !== undefined)
    writeFileSync(rest.html, soakPage({ seed, campaigns, differing }, commandText('soak', { memory, svm, replays, jobs, seed })));
  const code = soakExitCode({ figures, hasFailure: campaigns.some(({ failure }) => failure !== null), differing });
  const suites = soakSuites({ campaigns, replays, differing });
  deliver({ command: 'soak', code, seed, seconds: (nowMs() - startedMs) / 1000, suites }, rest.junit);
  return code;
}

const nowMs = (): number => performance.now();

interface SoakResults {
  readonly campaigns: readonly CampaignResult[];
  readonly replays: number;
  /** Scenarios that were another run in another process. */
  readonly differing: number;
}

export function soakSuites({ campaigns, replays, differing }: SoakResults): readonly Suite[] {
  const message = `${differing} of ${replays} saved scenarios were another run in another process`;
  const outcome = differing === 0 ? passed : { kind: 'trouble' as const, ...troubleIn(message) };
  return [
    ...campaigns.map(campaignSuite),
    ...(campaigns.length === 0 ? [] : [vacuitySuite('concurrent', trippedAmong(gatesOf(sumOf(campaigns))))]),
    ...(replays === 0 ? [] : [{ name: 'replays', cases: [{ name: 'same trace elsewhere', seconds: 0, outcome }] }]),
  ];
}

export interface SoakVerdict {
  readonly figures: Figures;
  readonly hasFailure: boolean;
  /** Scenarios that were another run in another process. */
  readonly differing: number;
}

export function soakExitCode({ figures, hasFailure, differing }: SoakVerdict): number {
  if (hasFailure) return exitCodes.violation;
  const isUnclear = figures.inconclusive > 0 || figures.nondeterministic > 0 || differing > 0;
  return isUnclear || trippedAmong(gatesOf(figures)).length > 0 ? exitCodes.trouble : exitCodes.ok;
}

function printFigures(figures: Figures): void {
  if (figures.scenarios === 0) return;
  for (const rows of figureTables(figures)) tell('', table(rows));
  const marks = Object.entries(marksIn(figures));
  tell('', table([['mark', 'count'], ...marks.map(([name, count]) => [name, String(count)])]));
  tell('', marksLine(figures, 'marks'), ...vacuityLines(trippedAmong(gatesOf(figures))));
}

/** Of each scenario in turn, run in this process. */
export async function traceHashes(
  scenarios: readonly ConcurrentScenario[],
  onScenario: (done: number) => void,
): Promise<readonly string[]> {
  const tier = await openTier('memory');
  const hashes: string[] = [];
  try {
    for (const scenario of scenarios) {
      hashes.push((await execute(tier, scenario)).traceHash);
      onScenario(hashes.length);
    }
    return hashes;
  } finally {
    await tier.close();
  }
}

const workerFile = join(import.meta.dirname, 'replay-worker.ts');

/** Two processes at once, so that both cores are busy, each with half of the scenarios and the last first. How many came out otherwise. */
async function replayElsewhere(count: number, seed: number): Promise<number> {
  const scenarios = fc.sample(concurrentScenarios({ maxCommands: 12, exactly: true }), { numRuns: count, seed });
  const progress = createProgress('replays', 2 * count, process.stderr, nowMs);
  const hashes = await traceHashes(scenarios, (done) => progress.report(done, 'runs of saved scenarios'));
  const directory = mkdtempSync(join(tmpdir(), 'choir-soak-'));
  try {
    const files = scenarios.map((_, index) => join(directory, `${index}.json`));
    for (const [index, file] of files.entries()) writeFileSync(file, printConcurrent(scenarios[index] as ConcurrentScenario));
    const halves = [0, 1].map((half) => [...files.keys()].filter((index) => index % 2 === half).reverse());
    const orders = halves.map((indices) => indices.map((index) => files[index] as string));
    const answers = await inWorkers<readonly string[], readonly string[]>(
      workerFile,
      orders,
      summing((done) => progress.report(count + done, 'runs of saved scenarios, now elsewhere')),
    );
    const same = halves.flatMap((indices, half) => indices.filter((index, at) => answers[half]?.[at] === hashes[index]));
    const where = 'in another process, in another order, both cores busy';
    tell(`${same.length} of ${count} saved scenarios replayed to the same trace ${where}`);
    return count - same.length;
  } finally {
    progress.end();
    rmSync(directory, { recursive: true, force: true });
  }
}
