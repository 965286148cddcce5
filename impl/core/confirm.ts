/**
 * Settling what became of a transaction. A node that took the bytes promises nothing, a null status is not a failure, and a
 * failure counts only once it is confirmed; the one proof that bytes can never land is: the confirmed block height is above
 * their last valid one, and *after that* a status query with history still finds nothing.
 *
 *   submit -> status -- landed, confirmed ------------------------------> landed
 *               |  \--- landed, processed --> wait --> status again
 *             notSeen -> height > last? --yes--> status + history: notSeen -> expired
 *               ^            |no
 *               |         re-send the same bytes, wait         deadline ----> unknown
 *               +------------+
 *
 * Source: https://solana.com/developers/guides/advanced/confirmation (expiry), https://solana.com/docs/rpc/http/getsignaturestatuses.
 */
import type { Clock } from '../ports/clock.ts';
import type { Signature } from '../ports/ids.ts';
import type { Ledger, Refusal, SignedTransaction } from '../ports/ledger.ts';
import type { Failure } from '../ports/outcome.ts';
import { delayBeforeMs, isTransient, type RetryPolicy } from './retry.ts';

export type Fate =
  /** Confirmed in a block; `refusal` names why it changed nothing, null when it succeeded. */
  | { readonly kind: 'landed'; readonly slot: number; readonly refusal: Refusal | null }
  /** It can never land any more. */
  | { readonly kind: 'expired' }
  /** Certainly never broadcast, and malformed: no node will ever take these bytes. */
  | { readonly kind: 'rejected'; readonly failure: Failure }
  /** Not known yet; `failure` is the last one met, null when the ledger answered but had nothing confirmed. */
  | { readonly kind: 'unknown'; readonly failure: Failure | null };

/** What identifies a transaction to whoever does not hold its bytes. */
export interface TransactionReference {
  readonly signature: Signature;
  readonly lastValidBlockHeight: number;
}

export interface ConfirmOptions {
  /** How long to keep at it before answering `unknown`. */
  readonly deadlineMs: number;
  /** Answer `unknown` at the first sign that the ledger cannot be reached, instead of waiting for it to come back. */
  readonly giveUpWhenUnreachable: boolean;
}

const polling: RetryPolicy = { attempts: Number.POSITIVE_INFINITY, firstDelayMs: 200, maxDelayMs: 2_000 };

/** One look at the ledger, sending nothing. */
export async function inquire(ledger: Ledger, reference: TransactionReference, searchHistory = true): Promise<Fate> {
  const first = await look(ledger, reference.signature, searchHistory);
  if (first.kind !== 'notSeen') return first;
  const height = await ledger.blockHeight();
  if (!height.ok) return { kind: 'unknown', failure: height.failure };
  if (height.value <= reference.lastValidBlockHeight) return { kind: 'unknown', failure: null };
  const last = await look(ledger, reference.signature, true);
  return last.kind === 'notSeen' ? { kind: 'expired' } : last;
}

type Look = Extract<Fate, { kind: 'landed' | 'unknown' }> | { readonly kind: 'notSeen' };

async function look(ledger: Ledger, signature: Signature, searchHistory: boolean): Promise<Look> {
  const status = await ledger.transactionStatus(signature, { searchHistory });
  if (!status.ok) return { kind: 'unknown', failure: status.failure };
  if (status.value.kind === 'notSeen') return { kind: 'notSeen' };
  if (status.value.commitment === 'processed') return { kind: 'unknown', failure: null };
  return { kind: 'landed', slot: status.value.slot, refusal: status.value.refusal };
}

/** Submits the bytes and stays with them until their fate is known or the deadline has passed. Never signs, never alters them. */
export async function submitAndConfirm(
  ports: { readonly ledger: Ledger; readonly clock: Clock },
  transaction: SignedTransaction,
  options: ConfirmOptions,
): Promise<Fate> {
  const { ledger, clock } = ports;
  const deadlineMs = clock.nowMs() + options.deadlineMs;
  let everTaken = false;
  for (let attempt = 1; ; attempt += 1) {
    const submitted = await ledger.submit(transaction);
    everTaken ||= submitted.kind !== 'notApplied';
    let failure = submitted.kind === 'applied' ? null : submitted.failure;
    if (submitted.kind === 'notApplied' && submitted.failure.kind === 'invalid' && !everTaken) {
      return { kind: 'rejected', failure: submitted.failure };
    }
    const unreached = submitted.kind === 'notApplied' && isTransient(submitted.failure);
    if (!unreached || !options.giveUpWhenUnreachable) {
      // Right after a first submission nothing can have expired: the cheap look saves the height query of the common case.
      const fate = attempt === 1 && everTaken ? await firstLook(ledger, transaction) : await inquire(ledger, transaction);
      if (fate.kind !== 'unknown') return fate;
      failure = fate.failure;
    }
    if (failure !== null && options.giveUpWhenUnreachable && isTransient(failure)) return { kind: 'unknown', failure };
    const waitMs = delayBeforeMs(polling, Math.min(attempt, 8) + 1, failure);
    if (clock.nowMs() + waitMs > deadlineMs) return { kind: 'unknown', failure };
    await clock.sleep(waitMs);
  }
}

async function firstLook(ledger: Ledger, transaction: SignedTransaction): Promise<Fate> {
  const seen = await look(ledger, transaction.signature, false);
  return seen.kind === 'notSeen' ? { kind: 'unknown', failure: null } : seen;
}
