/** Runs one effect to its end, and tells whether it was truly asynchronous: code it resumes then needs longer to come to rest. */
import { isThenable, within } from './rest.ts';
import { StuckError } from './stuck-error.ts';
import type { EffectOutcome } from './trace.ts';

export interface Performed {
  readonly outcome: EffectOutcome;
  /** It took a turn of the event loop. */
  readonly slow: boolean;
}

/**
 * Gives a promise only where the effect does.
 * @param hangMs wall time it may take, milliseconds; no limit when left out
 * @param hung what is thrown when it takes longer
 */
export function performEffect(
  run: () => unknown,
  hangMs: number | undefined,
  hung: () => StuckError,
): Performed | Promise<Performed> {
  try {
    const value = run();
    if (!isThenable(value)) return { outcome: { ok: true, value }, slow: false };
    return awaited(hangMs === undefined ? value : within(hangMs, value, hung));
  } catch (error) {
    return { outcome: { ok: false, error }, slow: false };
  }
}

async function awaited(promise: PromiseLike<unknown>): Promise<Performed> {
  let slow = false;
  process.nextTick(() => {
    slow = true;
  });
  try {
    return { outcome: { ok: true, value: await promise }, slow };
  } catch (error) {
    if (error instanceof StuckError) throw error;
    return { outcome: { ok: false, error }, slow };
  }
}
