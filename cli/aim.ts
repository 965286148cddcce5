/** `choir aim`: scenarios aimed at what of the designs' small scope nobody has walked yet; says what is left, and saves what walks the rest. */
import { existsSync } from 'node:fs';
import { aim as search } from '#properties/aimed/aim.ts';
import { fewest, readWalks, writeWalks } from '#properties/aimed/corpus.ts';
import type { Run } from '#properties/aimed/run.ts';
import { exceptionOf, exceptions } from '#properties/conformance/exceptions.ts';
import { enumerateGround, type Ground } from '#properties/conformance/ground.ts';
import { ScenarioError } from '#properties/scenario-file/parts.ts';
import type { Tier } from '#simulations/world/authorities.ts';
import { openMemoryTier } from '#simulations/world/memory/memory-tier.ts';
import { keptFailure } from './concurrent.ts';
import { exitCodes, UsageError } from './exit-codes.ts';
import { freshSeed } from './fresh-seed.ts';
import { walksFile } from './paths.ts';
import { createProgress } from './progress.ts';
import { table } from './table.ts';
import { tell } from './terminal/tell.ts';

export interface AimCommand {
  /** Scenarios at most, those of the corpus included. */
  readonly runs: number;
  /** Milliseconds. */
  readonly budget?: number;
  readonly seed?: number;
  /** The committed one where none is named. */
  readonly from?: string;
  readonly shard?: { readonly number: number; readonly of: number };
  readonly save?: string;
  readonly list?: boolean;
}

const nowMs = (): number => performance.now();

export async function aim(command: AimCommand): Promise<number> {
  const seed = command.seed ?? freshSeed();
  const ground = enumerateGround();
  const tier = await openMemoryTier();
  const corpus = corpusIn(command.from ?? walksFile);
  const { number = 1, of = 1 } = command.shard ?? {};
  const wanted = [...ground.steps].filter((step) => exceptionOf(step) === null).sort();
  const mine = new Set(wanted.filter((_, index) => index % of === number - 1));
  const progress = createProgress('aimed', command.runs, process.stderr, nowMs, command.budget ?? null);
  const startedMs = nowMs();
  const report = await search({
    ...{ tier, ground, seed, runs: command.runs, nowMs, corpus },
    isExcepted: (step) => !mine.has(step),
    ...(command.budget === undefined ? {} : { budgetMs: command.budget }),
    onScenario: (done, walked) => progress.report(done, `scenarios, ${walked} steps walked`),
  });
  progress.end();
  const found = await tellViolations(tier, report.violations);
  tell(summaryOf(ground, report.walked));
  const left = wanted.filter((step) => !report.walked.has(step));
  if (command.list === true) tell(...left.map((step) => `  ${step}`));
  if (command.save !== undefined) {
    const few = fewest(report.kept, (step) => ground.steps.has(step)).map(({ scenario }) => scenario);
    writeWalks(command.save, few);
    tell(`saved  ${command.save}: ${few.length} scenarios that walk all of it`);
  }
  tell(`${report.scenarios} scenarios in ${((nowMs() - startedMs) / 1000).toFixed(1)} s, seed ${seed}`);
  const broken = [...report.walked].filter((step) => exceptionOf(step) !== null);
  tell(...broken.map((step) => `WALKED, though said to be never taken: ${step}`));
  return found > 0 || broken.length > 0 ? exitCodes.violation : exitCodes.ok;
}

function corpusIn(file: string): ReturnType<typeof readWalks> {
  if (!existsSync(file)) throw new UsageError(`--from: there is no file ${file}`);
  try {
    return readWalks(file);
  } catch (error) {
    if (error instanceof ScenarioError) throw new UsageError(`${file}: ${error.message}`);
    throw error;
  }
}

/** The smallest of each property, shrunk and saved. */
async function tellViolations(tier: Tier, runs: readonly Run[]): Promise<number> {
  const byProperty = new Map<string, Run>();
  for (const run of runs) {
    const property = run.violation?.property ?? '';
    const known = byProperty.get(property);
    if (known === undefined || run.scenario.commands.length < known.scenario.commands.length) byProperty.set(property, run);
  }
  for (const { scenario, violation } of byProperty.values()) {
    if (violation === null) continue;
    tell('', ...(await keptFailure(tier, scenario, violation)));
  }
  return byProperty.size;
}

/** How much of the small scope was walked, design by design, and what of it is never taken. */
function summaryOf(ground: Ground, walked: ReadonlySet<string>): string {
  const designs = [...new Set([...ground.steps].map((step) => step.split(':')[0] ?? ''))].sort();
  const rows = [...designs, ''].map((design) => {
    const all = [...ground.steps].filter((step) => step.startsWith(design));
    const can = all.filter((step) => exceptionOf(step) === null);
    const done = can.filter((step) => walked.has(step)).length;
    return [
      design === '' ? 'all' : design,
      String(all.length),
      String(all.length - can.length),
      `${done} of ${can.length} (${Math.round((100 * done) / can.length)}%)`,
      String(can.length - done),
    ];
  });
  const reasons = exceptions.map((each) => {
    const count = [...ground.steps].filter((step) => exceptionOf(step) === each).length;
    return `  ${count} ${each.name}: ${each.reason}`;
  });
  return [
    '',
    table([['small scope', 'steps', 'never taken', 'walked', 'left'], ...rows]),
    '',
    'never taken (properties/conformance/exceptions.ts):',
    ...reasons,
    '',
  ].join('\n');
}
