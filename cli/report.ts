/** `choir report FILE`: runs a saved scenario and writes it as one HTML page that needs nothing else. Ends as `replay` does. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import type { AnyScenario } from '#properties/corpus/corpus.ts';
import { concurrentReport } from '#properties/report/concurrent-report.ts';
import { lockstepReport } from '#properties/report/lockstep-report.ts';
import { renderPage } from '#simulations/report/render-page.ts';
import type { Report } from '#simulations/report/report-model.ts';
import { groundOf } from '#simulations/world/lockstep-world.ts';
import { exitCodes, TroubleError, UsageError } from './exit-codes.ts';
import { type GroundName, type GroundOptions, openTier } from './ground.ts';
import { groundOfFile, loadScenario } from './load-scenario.ts';
import { fileToWrite } from './options.ts';
import { regressionsDirectory } from './paths.ts';

export interface ReportOptions extends GroundOptions {
  readonly out?: string;
}

export interface ReportsOptions extends ReportOptions {
  readonly new?: boolean;
  readonly outDir?: string;
}

const verdictCodes: Readonly<Record<Report['verdict']['kind'], number>> = {
  violation: exitCodes.violation,
  inconclusive: exitCodes.trouble,
  none: exitCodes.ok,
};

/** One page, or one for each scenario that is new. @param corpus where new ones are looked for */
export async function reports(
  file: string | undefined,
  { new: isForNew = false, outDir, ...options }: ReportsOptions,
  corpus: string = regressionsDirectory,
): Promise<number> {
  if (!isForNew && file !== undefined && outDir === undefined) return report(file, options);
  if (!isForNew) throw new UsageError(file === undefined ? 'expected a scenario, or --new' : '--out-dir: expected --new with it');
  if (file !== undefined || options.out !== undefined)
    throw new UsageError('--new: expected neither a scenario nor --out with it');
  const files = newFiles(corpus);
  if (files.length === 0) process.stdout.write('nothing new in properties/regressions/\n');
  const directory = madeDirectory(outDir ?? '.');
  for (const each of files) await report(each, { ...whereFound(each, options), out: pageIn(directory, each) });
  return exitCodes.ok;
}

function madeDirectory(path: string): string {
  try {
    mkdirSync(path, { recursive: true });
    return path;
  } catch (error) {
    throw new UsageError(`--out-dir: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const pageIn = (directory: string, file: string): string => join(directory, `${basename(file).replace(/\.json$/, '')}.html`);

/** Scenarios that git does not track, by name: what a run has just found. */
export function newFiles(directory: string): readonly string[] {
  const words = ['ls-files', '--others', '-z', '--', '*.json'];
  const { status, stdout, stderr } = spawnSync('git', words, { cwd: directory, encoding: 'utf8' });
  if (status !== 0) throw new TroubleError(`git cannot tell what is new: ${stderr?.trim() ?? 'there is no git'}`);
  const names = stdout.split('\0').filter((name) => name !== '');
  return names.sort().map((name) => join(directory, name));
}

/** Unless it is said, on the ledger that it was found on. */
function whereFound(file: string, options: GroundOptions): GroundOptions {
  if (options.tier !== undefined || options.ledger !== undefined) return options;
  const ledger = loadScenario(file).found?.ledger;
  if (ledger === 'memory') return { tier: 'memory' };
  return ledger === 'litesvm' || ledger === 'bankrun' ? { ledger } : {};
}

export async function report(file: string, options: ReportOptions): Promise<number> {
  const scenario = loadScenario(file);
  const page = pageFor(file, options.out);
  const made = await reportOf(scenario, groundOfFile(scenario, options), basename(file));
  writeFileSync(page, renderPage(made));
  const { kind, property, message } = made.verdict;
  process.stdout.write(`${kind === 'violation' ? `VIOLATION of ${property}\n` : ''}${message}\nwritten ${page}\n`);
  return verdictCodes[kind];
}

/** Where the page goes: never over the scenario, nor where nothing can be written. */
function pageFor(file: string, out: string | undefined): string {
  const page = out ?? `${basename(file).replace(/\.json$/, '')}.html`;
  if (resolve(page) === resolve(file)) throw new UsageError(`--out: ${page} is the scenario itself`);
  try {
    return fileToWrite(page);
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw new UsageError(`${page}: ${error.message}`);
    throw error;
  }
}

async function reportOf(scenario: AnyScenario, ground: GroundName, name: string): Promise<Report> {
  const tier = await openTier(ground, scenario.kind === 'concurrent' ? 'faults' : 'anything');
  try {
    if (scenario.kind === 'concurrent') return await concurrentReport(tier, scenario, name);
    return await lockstepReport(groundOf(tier), scenario, name);
  } finally {
    await tier.close();
  }
}
