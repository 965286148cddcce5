/** `choir mutate`: mutation testing of the code with StrykerJS, and whether every mutant that is left alive is explained. */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { judge } from '#properties/mutation/judge.ts';
import { type JudgedMutant, mutantsOf } from '#properties/mutation/report.ts';
import { readSurvivors } from '#properties/mutation/survivors.ts';
import { TroubleError } from './exit-codes.ts';
import { linesOf, mutateExitCode } from './mutate-report.ts';

export type MutateScope = 'core' | 'model' | 'explore' | 'protocols';

/** Percent of the mutants that must be killed; the configurations of Stryker break at the same. */
const goals: Readonly<Record<MutateScope, number>> = { core: 85, model: 95, explore: 95, protocols: 93 };

export interface MutateOptions {
  /** These files only, as globs; all of the scope when none is named. */
  readonly only?: readonly string[];
  /** Judge this report of Stryker's instead of running anything. */
  readonly report?: string;
  /** Forget the results of earlier runs. */
  readonly force?: true;
}

const root = join(import.meta.dirname, '..');

/** Writes the report of the scope. Stryker's own exit code is no verdict: it cannot tell a low score from a run that failed. */
function runStryker(scope: MutateScope, { only = [], force }: MutateOptions): void {
  const main = join(dirname(createRequire(import.meta.url).resolve('@stryker-mutator/core/package.json')), 'bin/stryker.js');
  const chosen = only.length === 0 ? [] : ['--mutate', [...only, '!**/*.test.ts'].join(',')];
  const { error } = spawnSync(
    process.execPath,
    [main, 'run', `properties/mutation/${scope}.stryker.mjs`, ...chosen, ...(force === true ? ['--force'] : [])],
    { cwd: root, stdio: 'inherit' },
  );
  if (error !== undefined) throw new TroubleError(`Stryker could not be started: ${error.message}`);
}

/** Throws a TroubleError: no report, or none of Stryker's. */
function readReport(path: string): readonly JudgedMutant[] {
  try {
    return mutantsOf(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new TroubleError(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

export async function mutate(scope: MutateScope, options: MutateOptions): Promise<number> {
  const own = join(root, `.stryker/${scope}.json`);
  const path = options.report ?? own;
  if (options.report === undefined) {
    // A run that fails writes none, and an older one must not be taken for it.
    rmSync(own, { force: true });
    runStryker(scope, options);
  }
  const judgement = judge(readReport(path), readSurvivors());
  // Survivors may be many: who reads them from a pipe must have them all before the process ends.
  await new Promise((resolve) => process.stdout.write(`${linesOf(judgement, goals[scope]).join('\n')}\n`, resolve));
  return mutateExitCode(judgement, goals[scope]);
}
