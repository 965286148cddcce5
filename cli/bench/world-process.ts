/**
 * What the `world` benchmark measures in a process of its own; prints one object as JSON on standard output.
 *
 *   memory                 RSS and kept heap after 2,000 and after 20,000 scenarios of the memory tier
 *   campaign JOBS RUNS SEED  how long `runCampaign` takes in memory with so many jobs
 */
import { openMemoryTier } from '#simulations/world/memory/memory-tier.ts';
import { runCampaign } from '../concurrent.ts';
import { drawTwelves, runRound } from './world-scenarios.ts';

/** Megabytes. */
export interface Memory {
  readonly scenarios: number;
  readonly rss: number;
  /** After collecting garbage, which comes after RSS is read. */
  readonly heap: number;
}

export interface MemoryGrowth {
  readonly looks: readonly Memory[];
  readonly seconds: number;
  readonly violations: number;
}

export interface CampaignTime {
  readonly scenarios: number;
  readonly seconds: number;
  /** The rule whose violation ended it early. */
  readonly stoppedBy: string | null;
}

const looksAt: ReadonlySet<number> = new Set([2_000, 20_000]);
const most = Math.max(...looksAt);
/** Drawn as they are needed: scenarios that wait for their turn would be memory too. */
const batch = 500;
const megabyte = 2 ** 20;

function look(scenarios: number): Memory {
  const rss = process.memoryUsage.rss() / megabyte;
  globalThis.gc?.();
  return { scenarios, rss, heap: process.memoryUsage().heapUsed / megabyte };
}

async function memoryGrowth(): Promise<MemoryGrowth> {
  const tier = await openMemoryTier();
  const startedMs = performance.now();
  const looks: Memory[] = [];
  let violations = 0;
  for (let done = batch; done <= most; done += batch) {
    violations += (await runRound(tier, drawTwelves(batch, done))).violations;
    if (looksAt.has(done)) looks.push(look(done));
  }
  await tier.close();
  return { looks, seconds: (performance.now() - startedMs) / 1_000, violations };
}

async function campaignTime(jobs: number, runs: number, seed: number): Promise<CampaignTime> {
  const { figures, seconds, failure, nondeterminism } = await runCampaign({ ground: 'memory', runs, seed, jobs });
  const stoppedBy = nondeterminism === null ? (failure?.violation.property ?? null) : 'nondeterminism';
  return { scenarios: figures.scenarios, seconds, stoppedBy };
}

const [what, ...rest] = process.argv.slice(2);
const [jobs = 1, runs = 1, seed = 1] = rest.map(Number);
if (what !== 'memory' && what !== 'campaign') throw new TypeError(`expected memory or campaign, got ${what}`);
const measured = what === 'memory' ? await memoryGrowth() : await campaignTime(jobs, runs, seed);
process.stdout.write(JSON.stringify(measured), () => process.exit());
