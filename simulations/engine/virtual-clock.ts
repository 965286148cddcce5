/**
 * Time that moves only when told to. Sleepers are woken in order of their due time, ties in order of arrival,
 * so a run's timers fire the same way every time and cost no wall time at all.
 */

interface Sleeper {
  readonly dueMs: number;
  readonly wake: () => void;
}

export class VirtualClock {
  #nowMs: number;
  /** Sorted by due time, then arrival. */
  readonly #sleepers: Sleeper[] = [];

  /** @param startMs milliseconds since the Unix epoch at which time begins */
  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  /** Resolves when `nowMs()` has reached now + `ms`. `ms` below 0 counts as 0; 0 still waits for the next `fireDue`. */
  sleep(ms: number): Promise<void> {
    return new Promise((wake) => {
      const dueMs = this.#nowMs + Math.max(0, ms);
      const at = this.#sleepers.findIndex((other) => other.dueMs > dueMs);
      this.#sleepers.splice(at === -1 ? this.#sleepers.length : at, 0, { dueMs, wake });
    });
  }

  /** When the next sleeper is due, or null when nobody sleeps. */
  nextDueMs(): number | null {
    return this.#sleepers[0]?.dueMs ?? null;
  }

  /** Moves time forward, waking nobody. Throws a RangeError on an attempt to go back. */
  advanceTo(toMs: number): void {
    if (!(toMs >= this.#nowMs)) throw new RangeError(`virtual time cannot go from ${this.#nowMs} back to ${toMs}`);
    this.#nowMs = toMs;
  }

  /** Wakes the first sleeper that is due; false when none is. */
  fireDue(): boolean {
    const first = this.#sleepers[0];
    if (first === undefined || first.dueMs > this.#nowMs) return false;
    this.#sleepers.shift();
    first.wake();
    return true;
  }
}
