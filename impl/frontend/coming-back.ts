/**
 * The backend that a client has lost, and when to try again to reach one: at once, then after a second, doubling, at most half a
 * minute apart. One attempt at a time.
 */
import { delayBeforeMs, type RetryPolicy } from '../core/retry.ts';
import type { Clock } from '../ports/clock.ts';
import type { BackendId } from '../ports/ids.ts';

const apart: RetryPolicy = { attempts: Number.POSITIVE_INFINITY, firstDelayMs: 1_000, maxDelayMs: 30_000 };
/** Beyond it the wait no longer grows. */
const GROWING = 8;

/** One loss; another object each time, so that whoever comes back late notices. */
export interface Loss {
  readonly backend: BackendId;
}

export class ComingBack {
  readonly #others: readonly BackendId[];
  #loss: Loss | null = null;
  #failures = 0;
  #dueMs = 0;
  #isTrying = false;

  /** @param others where else to try, in order */
  constructor(others: readonly BackendId[]) {
    this.#others = others;
  }

  /** null while it is online, or offline because its user said so. */
  get lost(): BackendId | null {
    return this.#loss?.backend ?? null;
  }

  lose(backend: BackendId): void {
    this.#loss = { backend };
    this.#failures = 0;
    this.#dueMs = 0;
  }

  /** Its user has decided, or it is back. */
  forget(): void {
    this.#loss = null;
  }

  /** Tries the lost backend, then the others, when it is time; the one that was reached, else null. `reach` is told when to give up. */
  async attempt(
    clock: Clock,
    reach: (backend: BackendId, isWanted: () => boolean) => Promise<boolean>,
  ): Promise<BackendId | null> {
    const loss = this.#loss;
    if (loss === null || this.#isTrying || clock.nowMs() < this.#dueMs) return null;
    const isWanted = (): boolean => this.#loss === loss;
    this.#isTrying = true;
    try {
      for (const backend of [loss.backend, ...this.#others.filter((each) => each !== loss.backend)]) {
        if (!isWanted()) return null;
        if (await reach(backend, isWanted)) {
          // Reached and lost again already is another loss.
          if (isWanted()) this.forget();
          return backend;
        }
      }
    } finally {
      this.#isTrying = false;
    }
    if (!isWanted()) return null;
    this.#failures += 1;
    this.#dueMs = clock.nowMs() + delayBeforeMs(apart, Math.min(this.#failures, GROWING) + 1, null);
    return null;
  }
}
