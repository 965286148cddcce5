/** Runs one effect to its end, and tells whether it was truly asynchronous: code it resumes then needs longer to come to rest. */
import { isThenable, within } from './rest.ts';
import type { StuckError } from './stuck-error.ts';
import type { EffectOutcome } from './trace.ts';

export interface Performed {
  readonly outcome: EffectOutcome;
  /** It took a turn of the event loop. */
  readonly slow: boolean;
}

/** How long it may take. */
export interface Watchdog {
  /** Wall time, milliseconds; no limit when undefined. Code that never yields is not noticed. */
  readonly hangMs: number | undefined;
  /** What is thrown when it takes longer. */
  readonly hung: () => StuckError;
}

/** Gives a promise only where the effect does; that promise rejects when the effect hangs, and with nothing else. */
export function performEffect(run: () => unknown, watchdog: Watchdog): Performed | Promise<Performed> {
  try {
    const value = run();
    return isThenable(value) ? awaited(value, watchdog) : { outcome: { ok: true, value }, slow: false };
  } catch (error) {
    return { outcome: { ok: false, error }, slow: false };
  }
}

async function awaited(promise: PromiseLike<unknown>, { hangMs, hung }: Watchdog): Promise<Performed> {
  let slow = false;
  let isHung = false;
  process.nextTick(() => {
    slow = true;
  });
  const giveUp = (): StuckError => {
    isHung = true;
    return hung();
  };
  try {
    return { outcome: { ok: true, value: await (hangMs === undefined ? promise : within(hangMs, promise, giveUp)) }, slow };
  } catch (error) {
    if (isHung) throw error;
    return { outcome: { ok: false, error }, slow };
  }
}
