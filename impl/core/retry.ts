/**
 * Repeating a call that failed for a passing reason, a bounded number of times, on the Clock port.
 * A read is repeated freely. A write is repeated only where the caller knows that it is idempotent; when any attempt was
 * unknown and none was applied, the whole is unknown, whatever the last attempt said.
 */
import type { Clock } from '../ports/clock.ts';
import type { Failure, Outcome, Reply } from '../ports/outcome.ts';

export interface RetryPolicy {
  /** Calls in total, at least 1. */
  readonly attempts: number;
  /** Wait before the second call; doubles from there. */
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
}

export const requestRetries: RetryPolicy = { attempts: 3, firstDelayMs: 100, maxDelayMs: 2_000 };

/** Whether the same call may succeed later without anything about it being changed. */
export function isTransient(failure: Failure): boolean {
  switch (failure.kind) {
    case 'unavailable':
    case 'timeout':
    case 'behind':
      return true;
    case 'refused':
    case 'invalid':
      return false;
  }
}

/** The wait before attempt `attempt` (2, 3 ...): doubling, or what the authority asked for, never above the policy's maximum. */
export function delayBeforeMs(policy: RetryPolicy, attempt: number, failure: Failure | null): number {
  const backoffMs = policy.firstDelayMs * 2 ** Math.max(0, attempt - 2);
  return Math.min(policy.maxDelayMs, Math.max(backoffMs, failure?.retryAfterMs ?? 0));
}

/** Repeats a read while it fails transiently; answers the last reply. */
export async function retryRead<T>(clock: Clock, policy: RetryPolicy, call: () => Promise<Reply<T>>): Promise<Reply<T>> {
  for (let attempt = 1; ; attempt += 1) {
    const reply = await call();
    if (reply.ok || !isTransient(reply.failure) || attempt >= policy.attempts) return reply;
    await clock.sleep(delayBeforeMs(policy, attempt + 1, reply.failure));
  }
}

/** Repeats an idempotent write while it is not applied for a transient reason. */
export async function retryWrite<T>(clock: Clock, policy: RetryPolicy, call: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
  let mayHaveHappened = false;
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await call();
    if (outcome.kind === 'applied') return outcome;
    mayHaveHappened ||= outcome.kind === 'unknown';
    if (!isTransient(outcome.failure) || attempt >= policy.attempts) {
      return mayHaveHappened ? { kind: 'unknown', failure: outcome.failure } : outcome;
    }
    await clock.sleep(delayBeforeMs(policy, attempt + 1, outcome.failure));
  }
}
