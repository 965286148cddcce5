/**
 * The specification's SEQUENCE ownership_update, a cross-domain update of the ownership domain. No step begins before the one above it
 * has ended, so nothing but Solana ever shows a state that Solana has not confirmed.
 *
 *   1. update Solana state, 2. wait for confirmation      `updateSolana`
 *   3. update other systems: backend cache, then clients  `updateCacheAndFrontends`
 *                            then Qdrant                   `updateQdrant`
 *
 * A write that Solana refused, or that can never land any more, is closed by `end` instead of step 3's first half.
 */
import type { Authority } from '../ports/outcome.ts';
import type { Fate } from './confirm.ts';
import { crossDomainUpdate, type StepEnd, whenDone } from './cross-domain-update.ts';
import type { Domain } from './domains.ts';
import type { RequestRefusal, WriteEnd, WriteResult } from './protocol.ts';
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

const open: WriteResult = { kind: 'unsettled' };

export const ownershipUpdate = (steps: OwnershipUpdateSteps): Promise<WriteResult> => secondHalf('ownership', steps, []);

/** From the ledger on: all of an ownership update, the rest of a content update. `before`: who has it already. */
export function secondHalf(domain: Domain, steps: OwnershipUpdateSteps, before: readonly Authority[]): Promise<WriteResult> {
  // The durable end is written in one batch with the cache, so that no crash can come between them; `commit` only tells it.
  let end: WriteEnd | null = null;
  return crossDomainUpdate<WriteResult>(
    {
      domain,
      pivot: 'solana',
      steps: [
        { authority: 'solana', apply: async () => stepEndOf(await steps.updateSolana()) },
        {
          authority: 'backend',
          apply: async () => {
            const shown = await steps.updateCacheAndFrontends();
            if (shown.kind !== 'unsettled') end = shown;
            return shown.kind === 'unsettled' ? { kind: 'unknown' } : { kind: 'done' };
          },
        },
        { authority: 'qdrant', apply: () => whenDone(steps.updateQdrant()) },
      ],
      verify: () => Promise.resolve(end === null ? { kind: 'unknown' } : { kind: 'done' }),
      commit: () => Promise.resolve(end ?? open),
      compensate: async (refusal) => {
        const ended = await steps.end(refusal);
        await steps.updateQdrant();
        return ended;
      },
      open,
    },
    before,
  );
}

/** Steps 2 and 3 without Qdrant, for a transaction whose fate somebody has looked up. */
export const concludeFate = (
  steps: Pick<OwnershipUpdateSteps, 'updateCacheAndFrontends' | 'end'>,
  fate: Fate,
): Promise<WriteResult> =>
  secondHalf('ownership', { ...steps, updateSolana: () => Promise.resolve(fate), updateQdrant: () => Promise.resolve() }, []);

function stepEndOf(fate: Fate): StepEnd {
  switch (fate.kind) {
    case 'landed':
      return fate.refusal === null ? { kind: 'done' } : { kind: 'refused', refusal: { ...fate.refusal, authority: 'solana' } };
    case 'expired':
      return {
        kind: 'refused',
        refusal: {
          code: 'Expired',
          authority: 'solana',
          detail: 'the last valid block height has passed and the transaction was not found after it; it can never land',
        },
      };
    case 'rejected':
      return { kind: 'refused', refusal: refusalOf(fate.failure) };
    case 'unknown':
      return { kind: 'unknown' };
  }
}
