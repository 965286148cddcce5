/**
 * The specification's TYPE Conflict: two holders of the same truth that say different things, as data with the evidence. Who is right
 * is the domain table's to say (`core/domains.ts`); what resolves each, `backend/reconcile/divergence.ts`'s and `backend/reconcile/verification.ts`'s.
 */
import type { ContentHash, ThreadId } from '../ports/ids.ts';
import type { Authority } from '../ports/outcome.ts';

export type Conflict =
  /** What is stored under a hash is absent, or is not what the hash says. */
  | {
      readonly kind: 'HashMismatch';
      readonly thread: ThreadId;
      readonly hash: ContentHash;
      readonly found: 'missing' | 'altered';
    }
  /** A copy's co-authors of a version are not the ledger's of that version. */
  | {
      readonly kind: 'OwnershipConflict';
      readonly thread: ThreadId;
      readonly at: Exclude<Authority, 'solana'>;
      readonly version: number;
    }
  /** A copy is older than its source, or says something else of the same version. `expected` and `found` are versions; 0: nothing. */
  | {
      readonly kind: 'StateDesync';
      readonly thread: ThreadId;
      readonly at: Exclude<Authority, 'solana'>;
      readonly expected: number;
      readonly found: number;
    }
  /** An order that is not the chain's (slot, then sequence): events told out of order, or content stored at another sequence. */
  | {
      readonly kind: 'TimestampConflict';
      readonly thread: ThreadId;
      readonly of: 'events' | 'content';
      /** Versions of events, or sequences of content. */
      readonly expected: number;
      readonly found: number;
    };

export type ConflictKind = Conflict['kind'];

/** Two conflicts with one key are the same one, met again. */
export function keyOfConflict(conflict: Conflict): string {
  const { kind, thread } = conflict;
  switch (kind) {
    case 'HashMismatch':
      return `${kind}/${thread}/${conflict.hash}`;
    case 'OwnershipConflict':
    case 'StateDesync':
      return `${kind}/${thread}/${conflict.at}`;
    case 'TimestampConflict':
      return `${kind}/${thread}/${conflict.of}`;
  }
}
