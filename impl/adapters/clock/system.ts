/** The machine's clock. Wall time may be set back; what this clock tells never goes back within one process. */
import type { Clock } from '../../ports/clock.ts';

/** setTimeout takes at most 2^31 - 1 ms; longer sleeps are made of several. */
const LONGEST_TIMER_MS = 2_147_483_647;

export class SystemClock implements Clock {
  #lastMs = 0;

  nowMs(): number {
    // biome-ignore lint/style/noRestrictedGlobals: this adapter is where time comes from.
    this.#lastMs = Math.max(this.#lastMs, Date.now());
    return this.#lastMs;
  }

  async sleep(ms: number): Promise<void> {
    const untilMs = this.nowMs() + Math.max(0, ms);
    // A timer may fire a millisecond early by the wall clock; the port promises that the time has come.
    do {
      const waitMs = Math.min(LONGEST_TIMER_MS, Math.max(1, untilMs - this.nowMs()));
      // biome-ignore lint/style/noRestrictedGlobals: this adapter is where timers come from.
      await new Promise<void>((resolve) => setTimeout(resolve, waitMs));
    } while (this.nowMs() < untilMs);
  }

  /** As `sleep`, but keeps no process alive and is over, with its timer, as soon as `signal` is aborted. At most 2^31 - 1 ms. */
  idle(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) {
        resolve();
        return;
      }
      const over = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', over);
        resolve();
      };
      // biome-ignore lint/style/noRestrictedGlobals: this adapter is where timers come from.
      const timer = setTimeout(over, Math.max(1, ms)).unref();
      signal.addEventListener('abort', over);
    });
  }
}
