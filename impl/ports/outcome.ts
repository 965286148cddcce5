/**
 * What a call on a remote authority can end in. There are three endings, never two: a write is applied, not applied,
 * or UNKNOWN, and UNKNOWN is settled by reading the authority, never by guessing or by blind retry.
 * Reads have two endings: a value, or a failure that changed nothing.
 */

/** The authorities of the specification. */
export type Authority = 'solana' | 'qdrant' | 'backend' | 'frontend';

/**
 * Why a call failed, as a value.
 * - `unavailable`  the authority could not be reached or refused for load; nothing about the request was wrong.
 * - `timeout`      no answer in time; for a write this is what makes an outcome unknown.
 * - `refused`      the authority understood the request and said no; `code` is its own stable name for the reason.
 * - `invalid`      the request was malformed; it was refused before it had any effect.
 * - `behind`       the node answering has not reached the slot or state the caller demanded.
 */
export interface Failure {
  readonly kind: 'unavailable' | 'timeout' | 'refused' | 'invalid' | 'behind';
  readonly authority: Authority;
  /** Stable, PascalCase: an on-chain error name, or one of the adapter's own. Compare this, never `detail`. */
  readonly code: string;
  /** For people: what was wrong and what was expected. */
  readonly detail: string;
  /** Milliseconds to wait before a retry, when the authority said so. */
  readonly retryAfterMs?: number;
}

/** The ending of a write. */
export type Outcome<T> =
  | { readonly kind: 'applied'; readonly value: T }
  | { readonly kind: 'notApplied'; readonly failure: Failure }
  | { readonly kind: 'unknown'; readonly failure: Failure };

/** The ending of a read. */
export type Reply<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

export const applied = <T>(value: T): Outcome<T> => ({ kind: 'applied', value });
export const notApplied = (failure: Failure): Outcome<never> => ({ kind: 'notApplied', failure });
export const unknown = (failure: Failure): Outcome<never> => ({ kind: 'unknown', failure });
export const ok = <T>(value: T): Reply<T> => ({ ok: true, value });
export const failed = (failure: Failure): Reply<never> => ({ ok: false, failure });
