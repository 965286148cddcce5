/**
 * The specification's TYPE ConsistencyError: what went wrong between authorities, as a value with everything that is needed to act
 * on it. How each is handled (logged, recovered from, told, made part of the health) is `backend/monitor/error-handler.ts`'s business.
 */
import type { IntentId, ThreadId } from '../ports/ids.ts';
import type { Authority, Failure } from '../ports/outcome.ts';

export type ConsistencyErrorKind =
  /** Something that was read is not what it may be: an event, a checkpoint, a row, a content. */
  | 'ValidationFailed'
  /** What one authority has could not be brought to the next one. */
  | 'PropagationFailed'
  /** Two authorities still differ after an attempt to mend them. */
  | 'ReconciliationFailed'
  /** No answer in time; what happened is not known. */
  | 'TimeoutError';

export interface ConsistencyError {
  readonly kind: ConsistencyErrorKind;
  /** Whose state or answer it is about. */
  readonly authority: Authority;
  /** Stable, PascalCase; compare this, never `detail`. */
  readonly code: string;
  /** For people: what was expected and what was found. */
  readonly detail: string;
  /** The failed call behind it; null when no call failed. */
  readonly cause: Failure | null;
  /** null where it is about no thread in particular. */
  readonly thread: ThreadId | null;
  /** The write it belongs to, if any. */
  readonly intent: IntentId | null;
  /** 1 for the first time in a row, then counting up until it has been recovered from. */
  readonly attempt: number;
}

/** What identifies an error that happens again: attempts are counted, and recovery is told, by this. */
export const keyOfError = ({ kind, authority, code, thread, intent }: Omit<ConsistencyError, 'attempt'>): string =>
  [kind, authority, code, thread ?? '', intent ?? ''].join('/');

/** The error that a failed call is, where the failure itself does not say more: no answer in time is a `TimeoutError`. */
export function errorOf(
  failure: Failure,
  kind: ConsistencyErrorKind,
  about: { readonly thread?: ThreadId; readonly intent?: IntentId } = {},
): Omit<ConsistencyError, 'attempt'> {
  return {
    kind: failure.kind === 'timeout' ? 'TimeoutError' : kind,
    authority: failure.authority,
    code: failure.code,
    detail: failure.detail,
    cause: failure,
    thread: about.thread ?? null,
    intent: about.intent ?? null,
  };
}
