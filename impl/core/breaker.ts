/**
 * A circuit breaker for one authority: after some failures in a row nobody asks it for a while, and then one call at a time finds out
 * whether it is back. Callers are told at once, certainly not applied, instead of waiting for time-outs.
 *
 *   closed --failures in a row--> open --cool-down over--> half open --probe answered--> closed
 *                                  ^                          |
 *                                  +---- twice as long -------+ probe failed
 *
 * A failure is an authority that cannot be reached or does not answer in time; one that says no is well. Time is the given clock's.
 */
import type { Clock } from '../ports/clock.ts';
import type { Authority, Failure } from '../ports/outcome.ts';

export interface BreakerOptions {
  /** Failures in a row that open it, at least 1. */
  readonly failures: number;
  /** How long it then stays open, milliseconds; doubles with each probe that fails. */
  readonly cooldownMs: number;
  readonly maxCooldownMs: number;
}

export const defaultBreaker: BreakerOptions = { failures: 5, cooldownMs: 1_000, maxCooldownMs: 30_000 };

export type BreakerState = 'closed' | 'open' | 'halfOpen';
/** One call that was let through; a probe is the only one of its time. */
export type Ticket = 'call' | 'probe';

export class CircuitBreaker {
  readonly authority: Authority;
  readonly #clock: Clock;
  readonly #options: BreakerOptions;
  readonly #onChange: (state: BreakerState) => void;
  #state: BreakerState = 'closed';
  #failuresInARow = 0;
  #cooldownMs: number;
  #openUntilMs = 0;
  #probing = false;

  constructor(
    authority: Authority,
    clock: Clock,
    options: BreakerOptions = defaultBreaker,
    onChange: (state: BreakerState) => void = () => undefined,
  ) {
    this.authority = authority;
    this.#clock = clock;
    this.#options = options;
    this.#onChange = onChange;
    this.#cooldownMs = options.cooldownMs;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** A ticket: go ahead, and say with `left` how it went. Else nobody may ask now, and the failure says when it may be tried again. */
  enter(): Ticket | Failure {
    if (this.#state === 'closed') return 'call';
    const leftMs = this.#openUntilMs - this.#clock.nowMs();
    if (leftMs <= 0) this.#become('halfOpen');
    if (this.#state === 'open') return this.#refusal(leftMs);
    if (this.#probing) return this.#refusal(this.#options.cooldownMs);
    this.#probing = true;
    return 'probe';
  }

  /** How a call that was let through ended; null: it was answered. */
  left(ticket: Ticket, failure: Failure | null): void {
    if (failure === null || (failure.kind !== 'unavailable' && failure.kind !== 'timeout')) {
      this.#close();
      return;
    }
    this.#failuresInARow += 1;
    if (ticket === 'probe') {
      this.#probing = false;
      this.#cooldownMs = Math.min(this.#options.maxCooldownMs, this.#cooldownMs * 2);
    } else if (this.#state !== 'closed' || this.#failuresInARow < this.#options.failures) return;
    this.#openUntilMs = this.#clock.nowMs() + Math.max(this.#cooldownMs, failure.retryAfterMs ?? 0);
    this.#become('open');
  }

  #close(): void {
    this.#failuresInARow = 0;
    this.#probing = false;
    this.#cooldownMs = this.#options.cooldownMs;
    this.#become('closed');
  }

  #become(state: BreakerState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#onChange(state);
  }

  #refusal(retryAfterMs: number): Failure {
    const detail = `${this.authority} failed ${this.#failuresInARow} times in a row and is not asked before ${retryAfterMs} ms have passed`;
    return { kind: 'unavailable', authority: this.authority, code: 'BreakerOpen', detail, retryAfterMs };
  }
}
