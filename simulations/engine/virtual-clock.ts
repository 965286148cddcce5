/**
 * Time that moves only when told to. Sleepers are woken in order of their due time, ties in order of arrival,
 * so a run's timers fire the same way every time and cost no wall time at all.
 */

/** Somebody who sleeps. `tag` is whatever the clock's watcher said of them. */
export interface Sleeper<Tag = unknown> {
  readonly dueMs: number;
  readonly tag: Tag;
  readonly wake: () => void;
}

export class VirtualClock {
  #nowMs: number;
  /** Sorted by due time, then arrival. */
  #sleepers: Sleeper[] = [];
  #watcher: (() => unknown) | null = null;

  /** @param startMs milliseconds since the Unix epoch at which time begins */
  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  /** Resolves when `nowMs()` has reached now + `ms`. `ms` below 0 counts as 0; 0 still waits for the next `fireDue`. */
  sleep(ms: number): Promise<void> {
    return this.sleepAs(ms, this.#watcher?.());
  }

  /** As `sleep`, under a tag of the caller's. */
  sleepAs(ms: number, tag: unknown): Promise<void> {
    return new Promise((wake) => {
      const dueMs = this.#nowMs + Math.max(0, ms);
      const at = this.#sleepers.findIndex((other) => other.dueMs > dueMs);
      this.#sleepers.splice(at === -1 ? this.#sleepers.length : at, 0, { dueMs, tag, wake });
    });
  }

  /** Asks `watcher` for a tag whenever somebody goes to sleep without one. */
  watch(watcher: () => unknown): void {
    this.#watcher = watcher;
  }

  /** Everyone asleep, the first to wake first. */
  sleepers(): readonly Sleeper[] {
    return this.#sleepers;
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

  /** Takes the first sleeper away without waking them. */
  takeFirst(): Sleeper | null {
    return this.#sleepers.shift() ?? null;
  }

  /** Takes away, for good, everyone whose tag fits. */
  drop(fits: (tag: unknown) => boolean): readonly Sleeper[] {
    const dropped = this.#sleepers.filter((sleeper) => fits(sleeper.tag));
    this.#sleepers = this.#sleepers.filter((sleeper) => !fits(sleeper.tag));
    return dropped;
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
