/** `choir report FILE`: runs a saved scenario and writes it as one HTML page that needs nothing else. Ends as `replay` does. */
import { writeFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import type { AnyScenario } from '#properties/corpus/corpus.ts';
import { concurrentReport } from '#properties/report/concurrent-report.ts';
import { lockstepReport } from '#properties/report/lockstep-report.ts';
import { renderPage } from '#simulations/report/render-page.ts';
import type { Report } from '#simulations/report/report-model.ts';
import { groundOf } from '#simulations/world/lockstep-world.ts';
import { exitCodes, UsageError } from './exit-codes.ts';
import { type GroundName, type GroundOptions, openTier } from './ground.ts';
import { groundOfFile, loadScenario } from './load-scenario.ts';
import { fileToWrite } from './options.ts';

export interface ReportOptions extends GroundOptions {
  readonly out?: string;
}

const verdictCodes: Readonly<Record<Report['verdict']['kind'], number>> = {
  violation: exitCodes.violation,
  inconclusive: exitCodes.trouble,
  none: exitCodes.ok,
};

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
