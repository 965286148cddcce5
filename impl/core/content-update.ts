/**
 * The specification's SEQUENCE content_update. Between steps 1 and 2 the client signs, so the sequence comes in two halves:
 *
 *   1. store content in Qdrant      `storeContent`: first the intent with its text durably in the outbox, then pending in Qdrant
 *   2. record hash on Solana        `recordContent`, which is an ownership update:
 *   3. update backend cache           its step 3, first half,
 *   4. propagate to frontend          in this order; then Qdrant's copy is marked recorded
 *
 * Content without an outbox entry behind it is impossible, so whatever goes wrong later, somebody knows to complete or remove it.
 */
import type { Reply } from '../ports/outcome.ts';
import { type OwnershipUpdateSteps, ownershipUpdate } from './ownership-update.ts';
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
export async function storeContent(steps: ContentStorageSteps): Promise<WriteResult | null> {
  await steps.keepIntentAndText();
  const stored = await steps.putPending();
  return stored.ok ? null : steps.end(refusalOf(stored.failure));
}

/** Steps 2 to 4. */
export const recordContent: (steps: OwnershipUpdateSteps) => Promise<WriteResult> = ownershipUpdate;
