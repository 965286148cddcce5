/**
 * fast-check's `check` within a limit of wall time. fast-check itself does not wait for the scenario that is under way when the time
 * is over: its world would stay open beside those of whatever runs next, and what it finds would be lost. Here it ends first, and
 * how it ended counts.
 */
import fc from 'fast-check';

export interface Limits {
  readonly numRuns: number;
  readonly seed: number;
  /** False: the first failure is answered as it was drawn. */
  readonly shrinks: boolean;
  /** No scenario begins after this much wall time. */
  readonly budgetMs?: number | undefined;
}

export interface Checked {
  readonly failed: boolean;
  /** What the failing scenario threw; null where it threw nothing. */
  readonly error: unknown;
}

/** Tells of a scenario under way; gives it back. */
export type Watch = <End>(scenario: Promise<End>) => Promise<End>;

const held: Checked = { failed: false, error: null };

/**
 * @param propertyOf makes the property, whose predicate hands what it does to `watch`. The scenario may reject, or resolve to false:
 * it failed; `fc.pre` and its like skip it
 */
export async function checkWithin<Drawn>(
  propertyOf: (watch: Watch) => fc.IAsyncProperty<Drawn>,
  { numRuns, seed, shrinks, budgetMs }: Limits,
): Promise<Checked> {
  let last: Promise<Checked> = Promise.resolve(held);
  const thrown = new Set<unknown>();
  const property = propertyOf((scenario) => {
    last = scenario.then(
      (holds) => (holds === false ? { failed: true, error: null } : held),
      (error: unknown) => {
        if (error instanceof fc.PreconditionFailure) return held;
        thrown.add(error);
        return { failed: true, error };
      },
    );
    return scenario;
  });
  const { counterexample, errorInstance } = await fc.check(property, {
    numRuns,
    seed,
    endOnFailure: !shrinks,
    ...(budgetMs === undefined ? {} : { interruptAfterTimeLimit: budgetMs }),
  });
  const end = await last;
  if (counterexample === null) return end;
  // One that only says no is given an error by fast-check.
  return { failed: true, error: thrown.has(errorInstance) ? errorInstance : null };
}
