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

export type InMutated<Report> =
  | { readonly kind: 'reported'; readonly report: Report }
  | { readonly kind: 'skipped' | 'broken'; readonly message: string };

/** What of a worker's order follows from the mutant. */
export type PlacedBy = 'ground' | 'lie';

/**
 * Has a worker do something where one mutant has been planted. Never rejects: a process that dies is a mutant that is broken.
 * @param order what it is to do, beside where
 * @param scratch an existing directory for what is written
 */
export async function inMutated<Report>(
  mutant: Mutant,
  { file, order, scratch }: { readonly file: string; readonly order: object; readonly scratch: string },
  onProgress: (done: number) => void = () => undefined,
): Promise<InMutated<Report>> {
  try {
    const prepared = prepare(mutant, scratch);
    if (prepared.kind === 'noCompiler') return { kind: 'skipped', message: prepared.detail };
    if (prepared.kind !== 'ready') return { kind: 'broken', message: prepared.detail };
    const where = { ground: groundOf(mutant), ...(mutant.believes === undefined ? {} : { lie: mutant.believes }) };
    const [report] = await inWorkers<object, Report>(
      file,
      [{ ...order, ...where }],
      (_, done) => onProgress(done),
      prepared.imports,
    );
    return report === undefined ? { kind: 'broken', message: 'no report' } : { kind: 'reported', report };
  } catch (error) {
    return { kind: 'broken', message: error instanceof Error ? error.message : String(error) };
  }
}

/** As `inMutated`: never rejects. */
export async function huntMutant(
  mutant: Mutant,
  { scenarios, seed, budget, shrinks = true }: HuntMutantOptions,
  scratch: string,
  onScenario: (done: number) => void,
): Promise<Hunted> {
  const startedMs = performance.now();
  const order: Omit<HuntOrder, PlacedBy> = { scenarios, seed, shrinks, ...(budget === undefined ? {} : { budgetMs: budget }) };
  const told = await inMutated<HuntReport>(mutant, { file: workerFile, order, scratch }, onScenario);
  const seconds = (performance.now() - startedMs) / 1000;
  return { mutant, report: told.kind === 'reported' ? told.report : told, seconds };
}
