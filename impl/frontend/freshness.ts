/**
 * How old what a client holds may be at most: the newest moment, on its own clock, of which it knows that everything the ledger had
 * confirmed by then is included. Requests tell (the moment before they were sent, less the age that the answer names); pushes do not,
 * since nobody knows how long they were on their way.
 */
import type { Clock } from '../ports/clock.ts';
import type { ThreadId } from '../ports/ids.ts';

export class Freshness {
  readonly #clock: Clock;
  /** Of every thread. */
  #allMs = 0;
  readonly #threadsMs = new Map<ThreadId, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  /** All threads are held as of that moment; milliseconds since the Unix epoch. */
  ofAll(asOfMs: number): void {
    this.#allMs = Math.max(this.#allMs, asOfMs);
  }

  ofThread(thread: ThreadId, asOfMs: number): void {
    this.#threadsMs.set(thread, Math.max(asOfMs, this.#threadsMs.get(thread) ?? 0));
  }

  /** Milliseconds; since the epoch when it is not known at all. */
  ageMs(thread: ThreadId): number {
    return Math.max(0, this.nowMs() - Math.max(this.#allMs, this.#threadsMs.get(thread) ?? 0));
  }
}
