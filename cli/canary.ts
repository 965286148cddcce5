/**
 * Whether what is about to check anything would find anything: one known mistake is planted in a process of its own, and must be found
 * by the first scenarios that are drawn.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canaryId, knownMutants } from '#properties/mutants/known.ts';
import type { Mutant } from '#properties/mutants/mutant.ts';
import { huntMutant } from './hunt-mutant.ts';
import type { Hunted } from './mutants-report.ts';
import { type Outcome, passed, type Suite, troubleIn } from './verdicts.ts';

/** By so many scenarios at most. */
export const canaryScenarios = 50;

export function canaryMutant(): Mutant {
  const canary = knownMutants.find(({ id }) => id === canaryId);
  if (canary === undefined) throw new RangeError(`there is no mutant ${canaryId}`);
  return canary;
}

/** Never rejects. @param seed of the check that it goes before */
export async function huntCanary(seed: number, mutant = canaryMutant()): Promise<Hunted> {
  const scratch = mkdtempSync(join(tmpdir(), 'choir-canary-'));
  try {
    return await huntMutant(mutant, { scenarios: canaryScenarios, seed, shrinks: false }, scratch, () => undefined);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Null when it was found. */
export function canaryProblem({ mutant: { id, file, breaks }, report }: Hunted): string | null {
  switch (report.kind) {
    case 'found':
      return null;
    case 'survived':
      return (
        `CANARY the planted mistake ${id} was not found by ${report.scenarios} scenarios, so that nothing is shown by what was not found ` +
        `either. It is in ${file}: ${breaks}`
      );
    case 'broken':
    case 'skipped':
      return `CANARY the planted mistake ${id} could not be hunted, in ${file}: ${report.message}`;
  }
}

/** One line of the summary. */
export function canaryLine(hunted: Hunted): string {
  const { mutant, report } = hunted;
  if (report.kind !== 'found') return canaryProblem(hunted) ?? '';
  return `canary: the planted mistake ${mutant.id} was found by ${report.by}, in ${report.scenarios} of at most ${canaryScenarios} scenarios`;
}

export function canarySuite(hunted: Hunted): Suite {
  const problem = canaryProblem(hunted);
  const outcome: Outcome = problem === null ? passed : { kind: 'trouble', ...troubleIn(problem) };
  return { name: 'canary', cases: [{ name: `finds ${hunted.mutant.id}`, seconds: hunted.seconds, outcome }] };
}
