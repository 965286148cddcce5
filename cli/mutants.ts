/** `choir mutants`: plants one mistake at a time in a process of its own, hunts it there, and says which were found, how soon, and how small. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { changedSource } from '#properties/mutants/apply.ts';
import { knownMutants } from '#properties/mutants/known.ts';
import { type Mutant, MutantError, readMutants } from '#properties/mutants/mutant.ts';
import { chosenAmong } from './chosen-mutants.ts';
import { deliver } from './deliver.ts';
import { UsageError } from './exit-codes.ts';
import { freshSeed } from './fresh-seed.ts';
import { huntMutant } from './hunt-mutant.ts';
import { type Hunted, linesOf, mutantsExitCode, resultLine, suitesOf, summaryOf } from './mutants-report.ts';
import { createProgress } from './progress.ts';
import { tell } from './terminal/tell.ts';
import { forEach } from './workers.ts';

export interface MutantsOptions {
  readonly file?: string;
  /** All when none is named. */
  readonly only?: readonly string[];
  /** For each. */
  readonly budget?: number;
  readonly scenarios: number;
  readonly seed?: number;
  readonly json?: string;
  readonly junit?: string;
  readonly jobs: number;
}

/** Those that are to be hunted; each fits its file. Throws a UsageError. */
function chosen({ file, only }: MutantsOptions): readonly Mutant[] {
  try {
    const all = file === undefined ? knownMutants : readMutants(file);
    const mutants = chosenAmong(all, only);
    for (const mutant of mutants) changedSource(mutant);
    return mutants;
  } catch (error) {
    if (error instanceof MutantError) throw new UsageError(error.message);
    throw error;
  }
}

export async function mutants(options: MutantsOptions): Promise<number> {
  const todo = chosen(options);
  const all = todo.length;
  const seed = options.seed ?? freshSeed();
  const scratch = mkdtempSync(join(tmpdir(), 'choir-mutants-'));
  const startedMs = performance.now();
  const progress = createProgress('mutants', all, process.stderr, () => performance.now());
  const hunted: Hunted[] = [];
  let scenarios = 0;
  const work = async (mutant: Mutant): Promise<void> => {
    let counted = 0;
    const each = await huntMutant(mutant, { ...options, seed }, scratch, (done) => {
      scenarios += done - counted;
      counted = done;
      progress.report(hunted.length, `${scenarios} scenarios, now ${mutant.id}`);
    });
    hunted.push(each);
    progress.say(resultLine(each, hunted.length, all));
  };
  try {
    await forEach(todo, options.jobs, work);
  } finally {
    progress.end();
    rmSync(scratch, { recursive: true, force: true });
  }
  tell(...linesOf(hunted, seed));
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(summaryOf(hunted, seed), null, 2)}\n`);
  const code = mutantsExitCode(hunted);
  const seconds = (performance.now() - startedMs) / 1000;
  deliver({ command: 'mutants', code, seed, seconds, suites: suitesOf(hunted) }, options.junit);
  return code;
}
