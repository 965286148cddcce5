/**
 * Settling what became of a transaction. A node that took the bytes promises nothing, a null status is not a failure, and a
 * failure counts only once it is confirmed; the one proof that bytes can never land is: the confirmed block height is above
 * their last valid one, and *after that* a status query with history still finds nothing, answered from a bank at least as new as
 * the one that told the height: another node may lag, and know nothing of what landed meanwhile.
 *
 *   submit -> wait -> status -- landed, confirmed ---------------------------> landed
 *      ^               |   \--- landed, processed --> wait, status again
 *      |             notSeen -> height > last? --yes--> status + history: notSeen -> expired
 *      |                              |no
 *      +--- the same bytes, later ----+                 deadline -----------> unknown
 *
 * Source: https://solana.com/developers/guides/advanced/confirmation (expiry), https://solana.com/docs/rpc/http/getsignaturestatuses.
 */
import type { Clock } from '../ports/clock.ts';
import type { Signature } from '../ports/ids.ts';
import type { Ledger, Refusal, SignedTransaction, StatusOptions } from '../ports/ledger.ts';
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
  | {
      readonly kind: 'unknown';
      readonly failure: Failure | null;
      /** Seen in a block that is not confirmed yet. */
      readonly processed: boolean;
    };

/** What identifies a transaction to whoever does not hold its bytes. */
export interface TransactionReference {
  readonly signature: Signature;
  readonly lastValidBlockHeight: number;
}

export interface ConfirmOptions {
  /** How long to keep at it before answering `unknown`. */
  readonly deadlineMs: number;
  /**
   * For bytes that were sent before: look first, send only if they are nowhere, and answer `unknown` at the first sign that the
   * ledger cannot be reached, instead of waiting for it to come back.
   */
  readonly resumed: boolean;
}

/** The first look comes two slots (of 400 ms) after the submission: sooner, no block can be confirmed. */
const polling: RetryPolicy = { attempts: Number.POSITIVE_INFINITY, firstDelayMs: 800, maxDelayMs: 3_200 };

const unknown = (failure: Failure | null, processed = false): Extract<Fate, { kind: 'unknown' }> => ({
  kind: 'unknown',
  failure,
  processed,
});

/** One look at the ledger, sending nothing. Without `searchHistory` the first look sees recent transactions only. */
export async function inquire(ledger: Ledger, reference: TransactionReference, searchHistory = true): Promise<Fate> {
  const first = await look(ledger, reference.signature, { searchHistory });
  if (first.kind !== 'notSeen') return first;
  const height = await ledger.blockHeight();
  if (!height.ok) return unknown(height.failure);
  const { slot, value } = height.value;
  if (value <= reference.lastValidBlockHeight) return unknown(null);
  const last = await look(ledger, reference.signature, { searchHistory: true, minContextSlot: slot });
  return last.kind === 'notSeen' ? { kind: 'expired' } : last;
}

type Look = Extract<Fate, { kind: 'landed' | 'unknown' }> | { readonly kind: 'notSeen' };

async function look(ledger: Ledger, signature: Signature, options: StatusOptions): Promise<Look> {
  const status = await ledger.transactionStatus(signature, options);
  if (!status.ok) return unknown(status.failure);
  if (status.value.kind === 'notSeen') return { kind: 'notSeen' };
  if (status.value.commitment === 'processed') return unknown(null, true);
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
  let fate: Fate | null = options.resumed ? await inquire(ledger, transaction) : null;
  for (let attempt = 1; ; attempt += 1) {
    if (fate !== null && fate.kind !== 'unknown') return fate;
    if (options.resumed && fate !== null && fate.failure !== null && isTransient(fate.failure)) return fate;
    const sent = fate?.processed === true ? null : await ledger.submit(transaction);
    if (sent?.kind === 'notApplied' && sent.failure.kind === 'invalid' && attempt === 1 && !options.resumed) {
      return { kind: 'rejected', failure: sent.failure };
    }
    const failure = sent === null || sent.kind === 'applied' ? null : sent.failure;
    const waitMs = delayBeforeMs(polling, Math.min(attempt, 8) + 1, failure);
    if (clock.nowMs() + waitMs > deadlineMs) return unknown(failure);
    await clock.sleep(waitMs);
    fate = await inquire(ledger, transaction, options.resumed);
  }
}
