/**
 * The Qdrant authority as the implementation sees it: message content with embeddings, and derived thread metadata.
 *
 * Every write is sent with `wait=true` and strong ordering, is idempotent, and ends in one of three outcomes.
 * Point ids are derived from content hashes, so a repeated write meets its own first attempt.
 * Sources: https://qdrant.tech/documentation/concepts/points/ (wait, ordering, conditional updates),
 * https://api.qdrant.tech/ (status codes).
 */
import type { ContentHash, ThreadId, WalletId } from './ids.ts';
import type { Outcome, Reply } from './outcome.ts';

/** `pending` content is stored durably but hidden from search; `recorded` content has its hash on the ledger. */
export type ContentState = 'pending' | 'recorded';

export interface StoredMessage {
  readonly hash: ContentHash;
  readonly thread: ThreadId;
  readonly author: WalletId;
  readonly text: string;
  readonly state: ContentState;
  /** Position in the thread once recorded; null while pending. */
  readonly sequence: number | null;
}

/** Derived from the ledger; `version` says from which state of it. */
export interface ThreadMetadata {
  readonly thread: ThreadId;
  readonly version: number;
  readonly coAuthors: readonly WalletId[];
  readonly messageCount: number;
}

export interface SearchQuery {
  readonly vector: readonly number[];
  readonly thread?: ThreadId;
  readonly author?: WalletId;
  /** 1 to 1,000. */
  readonly limit: number;
}

export interface SearchHit {
  readonly message: StoredMessage;
  /** Cosine similarity, -1 to 1; hits come best first, ties by hash. */
  readonly score: number;
}

/** What is wrong with a store's collections, for health checks; empty means nothing. */
export type IndexProblem = string;

export interface ContentStore {
  /** Creates collections and payload indexes that are missing; refuses `WrongDimension` when one exists with another size. */
  ensureCollections(): Promise<Outcome<void>>;
  /**
   * Stores content durably as pending. Never downgrades a recorded message and never changes an existing text:
   * when the point already exists this does nothing and is still `applied`.
   */
  putPending(message: Omit<StoredMessage, 'state' | 'sequence'>, vector: readonly number[]): Promise<Outcome<void>>;
  /**
   * Makes the message recorded at `sequence`, inserting it whole when it is missing (so that it also restores lost content), and
   * written over when it says something else. Never moves a recorded message back.
   */
  putRecorded(
    message: Omit<StoredMessage, 'state' | 'sequence'> & { readonly sequence: number },
    vector: readonly number[],
  ): Promise<Outcome<void>>;
  /**
   * Flips a stored pending message to recorded without needing its text; one that is recorded at another sequence is put in its place.
   * `missing` when no such point exists: the caller must then restore it with `putRecorded`.
   */
  markRecorded(hash: ContentHash, sequence: number): Promise<Outcome<'recorded' | 'missing'>>;
  /** Deletes the message only while it is pending. `kept` when it is recorded. */
  discardPending(hash: ContentHash): Promise<Outcome<'discarded' | 'kept'>>;
  /** The stored messages among `hashes` (at most 1,000), in no particular order; absent ones are left out. */
  messages(hashes: readonly ContentHash[]): Promise<Reply<readonly StoredMessage[]>>;
  /** All stored messages of a thread in pages by point id; `next` is null after the last page. Not a snapshot. */
  threadMessages(
    thread: ThreadId,
    page: { readonly after: string | null; readonly limit: number },
  ): Promise<Reply<{ readonly messages: readonly StoredMessage[]; readonly next: string | null }>>;
  /**
   * Writes metadata if and only if the stored version is older, or the same with other content: it was altered behind its
   * version then, and is mended (compare-and-set by version, write token and read-back).
   * `superseded` when the stored version is newer, or the same with the same content; nothing changed then.
   */
  putThread(metadata: ThreadMetadata): Promise<Outcome<'written' | 'superseded'>>;
  thread(id: ThreadId): Promise<Reply<ThreadMetadata | null>>;
  /** Recorded messages only, best first. */
  search(query: SearchQuery): Promise<Reply<readonly SearchHit[]>>;
  /** Looks for missing collections, wrong vector sizes, missing payload indexes and red or grey status. */
  verifyIndexes(): Promise<Reply<readonly IndexProblem[]>>;
}
