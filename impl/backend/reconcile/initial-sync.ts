/**
 * The specification's initial_sync: one thread, from whatever this backend and Qdrant hold of it to a state that is the ledger's.
 *
 *   solana_state   the cached view, held against the ledger's account now, and read from the ledger's events where it was not equal
 *   qdrant_state   metadata and all stored messages
 *   VERIFY         solana_state.hashes in qdrant_state.hashes; solana_state.authors = qdrant_state.authors
 *                  what is missing or differs is mended first, where this backend can
 *   RETURN         the view, synchronized; or what it lacks
 *
 * An empty, partial, stale or inconsistent Qdrant are all the same to it. One run a thread at a time; every step is idempotent.
 */
import type { Conflict } from '../../core/conflict.ts';
import type { ThreadView } from '../../core/protocol.ts';
import { KeyedQueue } from '../../core/single-flight.ts';
import type { ContentHash, ThreadId } from '../../ports/ids.ts';
import { type Failure, failed, ok, type Reply } from '../../ports/outcome.ts';
import type { ThreadCache } from '../cache.ts';
import type { Propagation } from '../monitor/propagation.ts';
import type { Sync, ThreadSync } from './sync.ts';
import type { Verification } from './verification.ts';

export interface InitialSyncReport {
  readonly view: ThreadView;
  /** What differed before anything was mended. */
  readonly found: readonly Conflict[];
  /** VERIFY solana_state.hashes is contained in qdrant_state.hashes, each with the text that it says. */
  readonly hashesContained: boolean;
  /** VERIFY solana_state.authors = qdrant_state.authors, of the view's version. */
  readonly authorsEqual: boolean;
  /** Contents without which the hashes are not contained, and which nobody here holds. */
  readonly quarantined: readonly ContentHash[];
}

export interface InitialSyncParts {
  readonly cache: ThreadCache;
  readonly verification: Verification;
  readonly sync: Sync;
  readonly propagation: Pick<Propagation, 'passed'>;
}

export class InitialSync {
  readonly #parts: InitialSyncParts;
  readonly #turns = new KeyedQueue();

  constructor(parts: InitialSyncParts) {
    this.#parts = parts;
  }

  /** Refused `ThreadNotFound` when the ledger has none; `CacheDiffers` when the ledger's events do not lead to its account now. */
  run(thread: ThreadId): Promise<Reply<InitialSyncReport>> {
    return this.#turns.run(thread, async () => {
      const { cache, verification, sync, propagation } = this.#parts;
      const equal = await verification.check(thread);
      if (!equal.ok) return equal;
      if (!equal.value) return failed(apart(thread));
      if (cache.view(thread) === undefined) return failed(notFound(thread));
      const synced = await sync.one(thread);
      // What the last pass left apart may be found mended by this.
      propagation.passed(sync.quarantinedThreads);
      if (!synced.ok) return synced;
      return synced.value === null ? failed(apart(thread)) : ok(reportOf(synced.value));
    });
  }
}

function reportOf({ view, found, left, quarantined }: ThreadSync): InitialSyncReport {
  return {
    view,
    found,
    hashesContained: left.every(({ kind }) => kind !== 'HashMismatch'),
    // Metadata that is missing or of another version has no authors of this one.
    authorsEqual: left.every(({ kind }) => kind !== 'OwnershipConflict' && kind !== 'StateDesync'),
    quarantined,
  };
}

const apart = (thread: ThreadId): Failure => ({
  kind: 'behind',
  authority: 'solana',
  code: 'CacheDiffers',
  detail: `the ledger's events of thread ${thread} do not lead to its account; a node may be behind`,
});

const notFound = (thread: ThreadId): Failure => ({
  kind: 'refused',
  authority: 'solana',
  code: 'ThreadNotFound',
  detail: `no thread ${thread} at commitment confirmed`,
});
