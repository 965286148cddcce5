/** `choir check`: the main job. Replays the corpus, then draws scenarios on each ground; prints a summary, saves what fails. */
import { writeFileSync } from 'node:fs';
import { execute } from '#properties/concurrent/execute.ts';
import { type AnyScenario, readRegressions, saveRegression } from '#properties/corpus/corpus.ts';
import { checkLockstep, type LockstepReport } from '#properties/lockstep/check-lockstep.ts';
import { runScenario } from '#properties/lockstep/run-scenario.ts';
import { ScenarioError } from '#properties/scenario-file/parts.ts';
import type { Tier } from '#simulations/world/authorities.ts';
import { groundOf } from '#simulations/world/lockstep-world.ts';
import { checkPage, commandText } from './campaign-page.ts';
import { huntCanary } from './canary.ts';
import {
  type CheckResults,
  type CorpusReplay,
  checkExitCode,
  corpusFailureLines,
  type GroundResult,
  jsonOf,
  printFailure,
  printSummary,
} from './check-report.ts';
import { suitesOf } from './check-suites.ts';
import { type CampaignResult, printFailure as printConcurrentFailure, runCampaign } from './concurrent.ts';
import { deliver } from './deliver.ts';
import { UsageError } from './exit-codes.ts';
import { freshSeed } from './fresh-seed.ts';
import { type GroundName, groundsFor, type LedgerName, openTier, type Tier as TierName } from './ground.ts';
import { regressionsDirectory } from './paths.ts';
import { createProgress } from './progress.ts';
import { tell } from './terminal/tell.ts';

export interface CheckOptions {
  readonly runs: number;
  readonly budget?: number;
  readonly seed?: number;
  /** Both when not given. */
  readonly tier?: TierName;
  readonly ledger?: LedgerName;
  readonly json?: string;
  readonly junit?: string;
  readonly html?: string;
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

const seconds = (fromMs: number): number => (performance.now() - fromMs) / 1000;

/** What of a saved scenario still fails; null when nothing does. */
async function stillFails(tier: Tier, scenario: AnyScenario): Promise<{ property: string; message: string } | null> {
  if (scenario.kind === 'concurrent') return (await execute(tier, scenario)).violation;
  return (await runScenario(groundOf(tier), scenario))?.violation ?? null;
}

type Corpus = ReturnType<typeof readRegressions>;

const nowMs = (): number => performance.now();

const notFailing = 'a real content store cannot be told to fail as this scenario wants';

/** The corpus on one ground; what is back is told at once. */
async function replayCorpus(tier: Tier, ground: GroundName, corpus: Corpus): Promise<readonly CorpusReplay[]> {
  const progress = createProgress(`${ground}, corpus`, corpus.length, process.stderr, nowMs);
  const replays: CorpusReplay[] = [];
  for (const { file, scenario } of corpus) {
    const startedMs = nowMs();
    const cannot = scenario.kind === 'concurrent' && tier.isRemote && !tier.hasContentFaults;
    const failure = cannot ? null : await stillFails(tier, scenario);
    const replay = {
      ground,
      file,
      kind: scenario.kind,
      seconds: seconds(startedMs),
      failure,
      skipped: cannot ? notFailing : null,
    };
    replays.push(replay);
    progress.report(replays.length, 'regressions');
    if (failure === null) continue;
    progress.end();
    tell('', ...corpusFailureLines(replay));
  }
  progress.end();
  return replays;
}

/** The corpus on one ground, then scenarios in lockstep where they are wanted. */
async function checkGround(
  ledger: GroundName,
  corpus: Corpus,
  options: CheckOptions & { readonly seed: number; readonly share: number },
): Promise<GroundCheck> {
  const startedMs = performance.now();
  const tier = await openTier(ledger);
  const ground = groundOf(tier);
  process.stderr.write(`${ground.describe()}\n`);
  try {
    const replays = await replayCorpus(tier, ledger, corpus);
    if (options.only === 'concurrent') return { result: null, replays };
    const report = await lockstepOn(ledger, ground, options);
    const savedAs = report.failure === null ? null : saveRegression(regressionsDirectory, report.failure.scenario);
    return { result: { ledger, ground: ground.describe(), seconds: seconds(startedMs), report, savedAs }, replays };
  } finally {
    await tier.close();
  }
}

async function lockstepOn(
  name: GroundName,
  ground: ReturnType<typeof groundOf>,
  { runs, seed, budget, share }: CheckOptions & { readonly seed: number; readonly share: number },
): Promise<LockstepReport> {
  const budgetMs = budget === undefined ? null : budget * share;
  const progress = createProgress(name, runs, process.stderr, nowMs, budgetMs);
  try {
    return await checkLockstep({
      ...{ ground, runs, seed },
      ...(budgetMs === null ? {} : { budgetMs }),
      onScenario: (done) => progress.report(done, 'scenarios'),
    });
  } finally {
    progress.end();
  }
}

interface GroundCheck {
  /** Null where nothing was to be run in lockstep. */
  readonly result: GroundResult | null;
  readonly replays: readonly CorpusReplay[];
}

function loadCorpus(): Corpus {
  try {
    return readRegressions(regressionsDirectory);
  } catch (error) {
    if (error instanceof ScenarioError) throw new UsageError(error.message);
    throw error;
  }
}

function typed({ runs, concurrent, budget, tier, ledger, only, jobs }: CheckOptions, seed: number): string {
  const limit = budget === undefined ? undefined : `${budget}ms`;
  return commandText('check', { runs, concurrent, budget: limit, tier, ledger, only, jobs, seed });
}

export async function check(options: CheckOptions): Promise<number> {
  const seed = options.seed ?? freshSeed();
  const names = groundsFor(options);
  const corpus = loadCorpus();
  const canary = await huntCanary(seed);
  const grounds: GroundResult[] = [];
  const campaigns: CampaignResult[] = [];
  const replays: CorpusReplay[] = [];
  const startedMs = nowMs();
  const kinds = options.only === undefined && options.concurrent > 0 ? 2 : 1;
  const share = 1 / (kinds * names.length);
  for (const ground of names) {
    const { result, replays: here } = await checkGround(ground, corpus, { ...options, seed, share });
    replays.push(...here);
    if (result !== null) {
      grounds.push(result);
      printFailure(result);
    }
    const runs = concurrentRuns(ground, options);
    if (runs === 0) continue;
    const budget = options.budget === undefined ? {} : { budgetMs: options.budget * share };
    const campaign = await runCampaign({ ground, runs, seed, jobs: Math.min(options.jobs, runs), ...budget });
    campaigns.push(campaign);
    printConcurrentFailure(campaign);
  }
  const results: CheckResults = { seed, grounds, campaigns, corpus: replays, canary };
  printSummary(results);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(jsonOf(results), null, 2)}\n`);
  if (options.html !== undefined) writeFileSync(options.html, checkPage(results, typed(options, seed)));
  const code = checkExitCode(results);
  deliver({ command: 'check', code, seed, seconds: seconds(startedMs), suites: suitesOf(results) }, options.junit);
  return code;
}
