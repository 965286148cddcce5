/**
 * Faults between a client and the ledger, as values. Each is armed once and met by the first call it fits; two of them (the link,
 * a lagging node) last until they are lifted. What forks a chain is the ledger's own `forkOut` (S6).
 *
 *   id   | fault          | effect                | what the client sees
 *   S1   | dropSubmit     | none                  | a signature, as if all were well
 *   S3   | loseSubmit     | none, or landed       | a connection reset, or no answer at all
 *   S7   | lag            | reads from the past   | an older context slot
 *   S8   | failCall       | none                  | 429 with retry-after, 503, or "node is behind"
 *   S9   | disturbEvents  | none                  | a history with an entry missing, doubled or swapped
 *        | hideTransaction| none                  | an entry listed whose transaction the node does not have yet
 *   S10  | failPreflight  | none                  | a preflight error of that name
 *        | link down      | none                  | a refused connection
 *
 * S2, S4 and S5 need no fault here: time passes, clients sign anew, clients send twice.
 */
import { MAX_LAG_SLOTS } from './virtual-ledger.ts';

export type LostAs =
  /** The connection breaks. */
  | 'reset'
  /** Nothing ever comes; in process, the client's own time-out strikes at once. */
  | 'silence';

/** How an RPC node refuses a call. */
export type CallRefusal =
  | { readonly kind: 'rateLimited'; readonly retryAfterS: number }
  | { readonly kind: 'unavailable' }
  | { readonly kind: 'behind'; readonly slots: number };

export type GatewayFault =
  | { readonly kind: 'dropSubmit' }
  | { readonly kind: 'loseSubmit'; readonly position: 'before' | 'after'; readonly as: LostAs }
  /** `call`: 1 = the next HTTP request, 2 = the one after it ... */
  | { readonly kind: 'failCall'; readonly call: number; readonly refusal: CallRefusal }
  /** `index` counts from the newest entry; met by the first answer that has such an entry (for `swap`, also the one after it). */
  | { readonly kind: 'disturbEvents'; readonly change: 'drop' | 'double' | 'swap'; readonly index: number }
  /** `index` counts transactions that are asked for, from 0. */
  | { readonly kind: 'hideTransaction'; readonly index: number }
  /** `error` is a runtime error's name, e.g. `BlockhashNotFound`. Met by the next submission, whether it asks for preflight or not. */
  | { readonly kind: 'failPreflight'; readonly error: string };

export type SubmitFault = Extract<GatewayFault, { kind: 'dropSubmit' | 'loseSubmit' | 'failPreflight' }>;

/** A fault that met a call. `noticeable`: whether the ledger or the answer differs from what it would have been without it. */
export interface FiredFault {
  readonly fault: GatewayFault | { readonly kind: 'lag'; readonly slots: number } | { readonly kind: 'linkDown' };
  readonly noticeable: boolean;
}

const isSubmitFault = (fault: GatewayFault): fault is SubmitFault =>
  fault.kind === 'dropSubmit' || fault.kind === 'loseSubmit' || fault.kind === 'failPreflight';

/** One gateway's armed faults, first armed, first met. */
export class GatewayFaults {
  readonly fired: FiredFault[] = [];
  private armed: GatewayFault[] = [];
  private calls = 0;
  private readonly refusals = new Map<number, Extract<GatewayFault, { kind: 'failCall' }>>();
  private lagged = 0;

  arm(fault: GatewayFault): void {
    if (fault.kind !== 'failCall') {
      this.armed.push(fault);
      return;
    }
    if (!Number.isSafeInteger(fault.call) || fault.call < 1) throw new RangeError(`call: expected 1 or more, got ${fault.call}`);
    this.refusals.set(this.calls + fault.call, fault);
  }

  /** Faults armed and not met yet, in no particular order. */
  pending(): readonly GatewayFault[] {
    return [...this.armed, ...this.refusals.values()];
  }

  /** From now on every read answers from this many slots (0 to 32) before the newest; 0 lifts it. */
  lag(slots: number): void {
    if (!Number.isSafeInteger(slots) || slots < 0 || slots > MAX_LAG_SLOTS) {
      throw new RangeError(`lag: expected 0 to ${MAX_LAG_SLOTS} slots, got ${slots}`);
    }
    this.lagged = slots;
  }

  get lagSlots(): number {
    return this.lagged;
  }

  /** Forgets everything armed and lifts the lag. */
  heal(): void {
    this.armed = [];
    this.refusals.clear();
    this.lagged = 0;
  }

  /** Counts an HTTP request; answers how it is to be refused, if so. */
  takeCall(): CallRefusal | null {
    this.calls += 1;
    const fault = this.refusals.get(this.calls);
    if (fault === undefined) return null;
    this.refusals.delete(this.calls);
    this.fired.push({ fault, noticeable: true });
    return fault.refusal;
  }

  /** Whether the next submission meets a fault. */
  get expectsSubmit(): boolean {
    return this.armed.some(isSubmitFault);
  }

  takeSubmit(): SubmitFault | null {
    const at = this.armed.findIndex(isSubmitFault);
    return at === -1 ? null : ((this.armed.splice(at, 1)[0] as SubmitFault | undefined) ?? null);
  }

  /** Counts a transaction that is asked for; whether the node does not have it. */
  hides(): boolean {
    const at = this.armed.findIndex(({ kind }) => kind === 'hideTransaction');
    const fault = this.armed[at];
    if (fault?.kind !== 'hideTransaction') return false;
    if (fault.index > 0) {
      this.armed[at] = { ...fault, index: fault.index - 1 };
      return false;
    }
    this.armed.splice(at, 1);
    this.fired.push({ fault, noticeable: true });
    return true;
  }

  /** Disturbs a history (newest first) by the first armed fault that fits it. */
  disturb<T>(entries: readonly T[]): readonly T[] {
    const at = this.armed.findIndex((fault) => fault.kind === 'disturbEvents' && fits(fault, entries.length));
    const fault = this.armed[at];
    if (fault?.kind !== 'disturbEvents') return entries;
    this.armed.splice(at, 1);
    this.fired.push({ fault, noticeable: true });
    const disturbed = [...entries];
    const affected = disturbed.splice(fault.index, fault.change === 'swap' ? 2 : 1);
    disturbed.splice(fault.index, 0, ...replacement(fault.change, affected));
    return disturbed;
  }
}

const fits = (fault: { readonly change: string; readonly index: number }, count: number): boolean =>
  fault.index + (fault.change === 'swap' ? 2 : 1) <= count;

function replacement<T>(change: 'drop' | 'double' | 'swap', affected: readonly T[]): readonly T[] {
  switch (change) {
    case 'drop':
      return [];
    case 'double':
      return affected.flatMap((entry) => [entry, entry]);
    case 'swap':
      return affected.toReversed();
  }
}
