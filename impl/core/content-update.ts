/**
 * The specification's SEQUENCE content_update, a cross-domain update of the content domain. Between steps 1 and 2 the client signs, so
 * it comes in two halves:
 *
 *   1. store content in Qdrant      `storeContent`: first the intent with its text durably in the outbox, then pending in Qdrant
 *   2. record hash on Solana        `recordContent`, which goes on where `storeContent` ended,
 *   3. update backend cache           as an ownership update does:
 *   4. propagate to frontend          in this order; then Qdrant's copy is marked recorded
 *
 * Content without an outbox entry behind it is impossible, so whatever goes wrong later, somebody knows to complete or remove it.
 */
import type { Reply } from '../ports/outcome.ts';
import { crossDomainUpdate } from './cross-domain-update.ts';
import { type OwnershipUpdateSteps, secondHalf } from './ownership-update.ts';
import type { RequestRefusal, WriteResult } from './protocol.ts';
import { refusalOf } from './refusal.ts';

export interface ContentStorageSteps {
  /** Durable when it resolves. */
  keepIntentAndText(): Promise<void>;
  /** Idempotent; repeats itself a bounded number of times. */
  putPending(): Promise<Reply<void>>;
  end(refusal: RequestRefusal): Promise<WriteResult>;
}

/** Step 1. Null when the content is stored; the write's end when it could not be. */
export function storeContent(steps: ContentStorageSteps): Promise<WriteResult | null> {
  return crossDomainUpdate<WriteResult | null>({
    domain: 'content',
    pivot: 'solana',
    begin: () => steps.keepIntentAndText(),
    steps: [
      {
        authority: 'qdrant',
        apply: async () => {
          const stored = await steps.putPending();
          return stored.ok ? { kind: 'done' } : { kind: 'refused', refusal: refusalOf(stored.failure) };
        },
      },
    ],
    // What the ledger will record is verified when it is: here a second look would see the same store say the same.
    verify: () => Promise.resolve({ kind: 'done' }),
    commit: () => Promise.resolve(null),
    compensate: (refusal) => steps.end(refusal),
    open: null,
  });
}

/** Steps 2 to 4. */
export const recordContent = (steps: OwnershipUpdateSteps): Promise<WriteResult> => secondHalf('content', steps, ['qdrant']);
