/**
 * The specification's SEQUENCE ownership_update, as its steps in order. No step begins before the one above it has ended, so nothing
 * but Solana ever shows a state that Solana has not confirmed.
 *
 *   1. update Solana state, 2. wait for confirmation      `updateSolana`
 *   3. update other systems: backend cache, then clients  `updateCacheAndFrontends`
 *                            then Qdrant                   `updateQdrant`
 *
 * A write that Solana refused, or that can never land any more, is closed by `end` instead of step 3's first half.
 */
import type { Fate } from './confirm.ts';
import type { RequestRefusal, WriteResult } from './protocol.ts';
import { refusalOf } from './refusal.ts';

export interface OwnershipUpdateSteps {
  /** Sends the signed bytes and stays with them until their fate is known, or unknown for now. */
  updateSolana(): Promise<Fate>;
  /** Durable in the cache before any client is told. `unsettled` when the ledger cannot show the event now. */
  updateCacheAndFrontends(): Promise<WriteResult>;
  /** One attempt; what fails stays queued, and changes nothing about the answer. */
  updateQdrant(): Promise<void>;
  /** Records durably that nothing of this write happened, and queues its content for removal. */
  end(refusal: RequestRefusal): Promise<WriteResult>;
}

export async function ownershipUpdate(steps: OwnershipUpdateSteps): Promise<WriteResult> {
  const result = await concludeFate(steps, await steps.updateSolana());
  if (result.kind !== 'unsettled') await steps.updateQdrant();
  return result;
}

/** Steps 2 and 3 without Qdrant, for a transaction whose fate somebody has looked up. */
export function concludeFate(
  steps: Pick<OwnershipUpdateSteps, 'updateCacheAndFrontends' | 'end'>,
  fate: Fate,
): Promise<WriteResult> {
  switch (fate.kind) {
    case 'landed':
      return fate.refusal === null ? steps.updateCacheAndFrontends() : steps.end({ ...fate.refusal, authority: 'solana' });
    case 'expired':
      return steps.end({
        code: 'Expired',
        authority: 'solana',
        detail: 'the last valid block height has passed and the transaction was not found after it; it can never land',
      });
    case 'rejected':
      return steps.end(refusalOf(fate.failure));
    case 'unknown':
      return Promise.resolve({ kind: 'unsettled' });
  }
}
