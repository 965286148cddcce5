/**
 * Runs the same thing twice and compares the traces. Where they differ, something in the system under test is outside the gate:
 * time, randomness, the order of a hash table, leaked identity in a result. Such a run is no finding, and shrinking it would
 * chase noise. Equal traces do not show that nothing is outside the gate, only that it made no difference twice.
 */
import { describeStep, type Trace } from './trace.ts';

/** What one execution leaves; its trace must have kept its steps (`keepTrace`). */
export interface Execution<T> {
  readonly trace: Trace;
  readonly value: T;
}

export type RunTwiceVerdict<T> =
  | { readonly kind: 'deterministic'; readonly hash: string; readonly value: T }
  | {
      readonly kind: 'nondeterminism';
      /** The first step that differs, from 1. */
      readonly step: number;
      /** That step in each run; null where the run had ended. */
      readonly first: string | null;
      readonly second: string | null;
    };

/** @param make opens a fresh world, runs it to its end, and closes it; called twice, one after the other */
export async function runTwice<T>(make: () => Promise<Execution<T>>): Promise<RunTwiceVerdict<T>> {
  const one = await make();
  const two = await make();
  const hash = one.trace.hash();
  if (hash === two.trace.hash()) return { kind: 'deterministic', hash, value: one.value };
  const line = (trace: Trace, index: number): string | null => {
    const step = trace.steps[index];
    return step === undefined ? null : describeStep(step);
  };
  for (let index = 0; ; index += 1) {
    const first = line(one.trace, index);
    const second = line(two.trace, index);
    if (first === null && second === null)
      throw new RangeError('runTwice: the hashes differ, yet the traces kept no steps to compare');
    if (first !== second) return { kind: 'nondeterminism', step: index + 1, first, second };
  }
}
