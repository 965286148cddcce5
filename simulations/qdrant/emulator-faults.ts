/**
 * Faults of the content authority as values: what happens to the effect of a request, and what its sender is told.
 * The two are independent, which is the whole difficulty of a remote write. A combination that would make the server lie
 * (telling `completed` about a write that was not applied) cannot be said.
 *
 *   id  | effect                | answer
 *   Q1  | queued or never       | acknowledged
 *   Q2  | now                   | lost, silent, waitTimeout or refused 408
 *   Q3  | never                 | refused 408, 429, 5xx
 *   Q4  | delayed               | lost (then `deliverDelayed`), or `redeliver` of one that was applied
 *   Q5  | (reads)               | `freezeReads`: a snapshot answers until `thawReads`
 *   Q6  | the first j of m      | refused 500
 *   Q9  | (stored points)       | `tamper`, `lose`
 */

export type WriteEffect =
  | { readonly kind: 'now' }
  | { readonly kind: 'never' }
  /** In the server's queue until `applyPending()` or a later write that waits (the queue is first in, first out). */
  | { readonly kind: 'queued' }
  /** Still on the network: arrives as a new write with `deliverDelayed()`. */
  | { readonly kind: 'delayed' }
  /** Only the first `count` points of the request are written. */
  | { readonly kind: 'firstPoints'; readonly count: number };

/** `status` is an HTTP status; `retryAfterS` whole seconds in the `retry-after` header. */
export type Refused = {
  readonly kind: 'refused';
  readonly status: 408 | 429 | 500 | 502 | 503 | 504 | 507;
  readonly retryAfterS?: number;
};
/** `lost`: the connection breaks. `silent`: it stays open and nothing ever comes. */
export type Unanswered = { readonly kind: 'lost' } | { readonly kind: 'silent' };

export type EmulatorFault =
  | {
      readonly on: 'write';
      readonly effect: WriteEffect;
      readonly answer: Refused | Unanswered | { readonly kind: 'acknowledged' } | { readonly kind: 'waitTimeout' };
      /** How many writes pass before the one that meets the fault (default 0). */
      readonly skip?: number;
    }
  | { readonly on: 'read'; readonly answer: Refused | Unanswered; readonly skip?: number };

export type WriteFault = Extract<EmulatorFault, { on: 'write' }>;
export type ReadFault = Extract<EmulatorFault, { on: 'read' }>;

/** A fault that met a request. */
export interface FiredFault {
  readonly fault: EmulatorFault;
  readonly collection: string;
  /** Whether stored points changed while the request was handled. */
  readonly changed: boolean;
}

/** One world's armed faults, first armed, first met. */
export class FaultPlan {
  readonly #armed: { readonly fault: EmulatorFault; skip: number }[] = [];
  readonly fired: FiredFault[] = [];

  arm(fault: EmulatorFault): void {
    const { skip = 0 } = fault;
    if (!Number.isSafeInteger(skip) || skip < 0) throw new RangeError(`fault.skip: expected a whole number from 0, got ${skip}`);
    if (fault.on === 'write' && fault.effect.kind === 'firstPoints' && !(fault.effect.count >= 0)) {
      throw new RangeError(`fault.effect.count: expected a whole number from 0, got ${fault.effect.count}`);
    }
    this.#armed.push({ fault, skip });
  }

  get armed(): number {
    return this.#armed.length;
  }

  disarm(): void {
    this.#armed.length = 0;
  }

  /** The fault that this request meets, if any; it is then no longer armed. */
  take<On extends EmulatorFault['on']>(on: On): Extract<EmulatorFault, { on: On }> | null {
    const index = this.#armed.findIndex((each) => each.fault.on === on);
    const found = this.#armed[index];
    if (found === undefined) return null;
    if (found.skip > 0) {
      found.skip--;
      return null;
    }
    this.#armed.splice(index, 1);
    return found.fault as Extract<EmulatorFault, { on: On }>;
  }
}
