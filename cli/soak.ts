/**
 * `choir soak`: long campaigns of concurrent scenarios, and saved scenarios replayed in other processes. Fails when anything is
 * violated, undecided or not reproducible, and when a long one leaves a mark of a fault or a race at 0.
 */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { concurrentScenarios } from '#properties/concurrent/arbitrary.ts';
import { execute } from '#properties/concurrent/execute.ts';
import { addFigures, type Figures, marksIn, noFigures } from '#properties/concurrent/figures.ts';
import type { ConcurrentScenario } from '#properties/concurrent/scenario.ts';
import { type CampaignResult, campaignLine, figureTables, missedMarks, printFailure, runCampaign } from './concurrent.ts';
import { exitCodes } from './exit-codes.ts';
import { freshSeed } from './fresh-seed.ts';
import { type GroundName, openTier } from './ground.ts';
import { table } from './table.ts';

export interface SoakOptions {
  /** Scenarios in memory. */
  readonly memory: number;
  /** Scenarios on real ledgers, half on each. */
  readonly svm: number;
  /** Scenarios saved, and replayed elsewhere. */
  readonly replays: number;
  readonly jobs: number;
  readonly seed?: number;
}

/** From so many scenarios on, a mark at 0 is no accident. */
const marksFrom = 20_000;

export async function soak({ memory, svm, replays, jobs, ...rest }: SoakOptions): Promise<number> {
  const seed = rest.seed ?? freshSeed();
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
    process.stdout.write(`${campaignLine(campaign)}\n`);
  }
  const figures = campaigns.reduce<Figures>((sum, each) => addFigures(sum, each.figures), noFigures);
  const differing = replays === 0 ? 0 : await replayElsewhere(replays, seed);
  const unmarked = printFigures(figures);
  process.stdout.write(`seed ${seed}\n`);
  if (campaigns.some(({ failure }) => failure !== null)) return exitCodes.violation;
  const isUnclear = figures.inconclusive > 0 || figures.nondeterministic > 0 || differing > 0;
  return isUnclear || (figures.scenarios >= marksFrom && unmarked > 0) ? exitCodes.trouble : exitCodes.ok;
}

/** How many required marks were never reached. */
function printFigures(figures: Figures): number {
  if (figures.scenarios === 0) return 0;
  for (const rows of figureTables(figures)) process.stdout.write(`\n${table(rows)}\n`);
  const marks = Object.entries(marksIn(figures));
  process.stdout.write(`\n${table([['mark', 'count'], ...marks.map(([name, count]) => [name, String(count)])])}\n`);
  const missed = missedMarks(figures);
  process.stdout.write(
    `\n${marks.length - missed.length} of ${marks.length} marks reached${missed.length === 0 ? '' : `; never: ${missed.join('; ')}`}\n`,
  );
  return missed.length;
}

/** Two processes at once, so that both cores are busy, each with half of the scenarios and the last first. How many came out otherwise. */
async function replayElsewhere(count: number, seed: number): Promise<number> {
  const scenarios = fc.sample(concurrentScenarios({ maxCommands: 12, exactly: true }), { numRuns: count, seed });
  const tier = await openTier('memory');
  const hashes: string[] = [];
  for (const scenario of scenarios) hashes.push((await execute(tier, scenario)).traceHash);
  await tier.close();
  const halves = [0, 1].map((half) =>
    scenarios
      .map((_, index) => index)
      .filter((index) => index % 2 === half)
      .reverse(),
  );
  const answers = await Promise.all(
    halves.map((indices) => hashesElsewhere(indices.map((index) => scenarios[index] as ConcurrentScenario))),
  );
  const wrong = halves.flatMap((indices, half) => indices.filter((index, at) => answers[half]?.[at] !== hashes[index]));
  process.stdout.write(
    `${count - wrong.length} of ${count} scenarios replayed to the same trace in another process, in another order, both cores busy\n`,
  );
  return wrong.length;
}

function hashesElsewhere(scenarios: readonly ConcurrentScenario[]): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, 'replay-worker.ts'), {
      execArgv: ['--import', 'tsx'],
      serialization: 'advanced',
    });
    let hashes: readonly string[] | null = null;
    child.on('message', (message) => {
      hashes = message as readonly string[];
    });
    child.on('error', reject);
    child.on('exit', (code) => (hashes === null ? reject(new Error(`a worker ended with exit code ${code}`)) : resolve(hashes)));
    child.send(scenarios);
  });
}
