/** One mutant, hunted in a process of its own. */
import { join } from 'node:path';
import { prepare } from '#properties/mutants/apply.ts';
import type { HuntReport } from '#properties/mutants/hunt.ts';
import { groundOf, type Mutant } from '#properties/mutants/mutant.ts';
import type { Hunted } from './mutants-report.ts';
import type { HuntOrder } from './mutants-worker.ts';
import { inWorkers } from './workers.ts';

export interface HuntMutantOptions {
  readonly scenarios: number;
  readonly seed: number;
  /** About how long, milliseconds. */
  readonly budget?: number;
  /** False: what is found is not made smaller. */
  readonly shrinks?: boolean;
}

const workerFile = join(import.meta.dirname, 'mutants-worker.ts');

/**
 * Never rejects: a process that dies is a mutant that is broken.
 * @param scratch an existing directory for what is written
 */
export async function huntMutant(
  mutant: Mutant,
  { scenarios, seed, budget, shrinks = true }: HuntMutantOptions,
  scratch: string,
  onScenario: (done: number) => void,
): Promise<Hunted> {
  const startedMs = performance.now();
  const ended = (report: Hunted['report']): Hunted => ({ mutant, report, seconds: (performance.now() - startedMs) / 1000 });
  try {
    const prepared = prepare(mutant, scratch);
    if (prepared.kind === 'noCompiler') return ended({ kind: 'skipped', message: prepared.detail });
    if (prepared.kind !== 'ready') return ended({ kind: 'broken', message: prepared.detail });
    const order: HuntOrder = {
      ...{ ground: groundOf(mutant), scenarios, seed, shrinks },
      ...(budget === undefined ? {} : { budgetMs: budget }),
      ...(mutant.believes === undefined ? {} : { lie: mutant.believes }),
    };
    const [report] = await inWorkers<HuntOrder, HuntReport>(workerFile, [order], (_, done) => onScenario(done), prepared.imports);
    return ended(report ?? { kind: 'broken', message: 'no report' });
  } catch (error) {
    return ended({ kind: 'broken', message: error instanceof Error ? error.message : String(error) });
  }
}
