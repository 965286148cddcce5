/**
 * Everything that can happen to Choir as a whole, as data: what clients ask, what fails, what time does.
 * Names are symbolic (`wallet#1`, `thread#2`, `backend#0`); a message's hash is its identity (thread, author, text).
 */

export type WalletName = string;
export type ThreadName = string;
export type BackendName = string;
/** A client acts for the wallet of the same name. */
export type ClientName = WalletName;

/** Names a message's content: equal exactly when thread, author and text are. */
export interface ContentName {
  readonly thread: ThreadName;
  readonly author: WalletName;
  readonly text: string;
}

export type WriteOperation =
  | { readonly kind: 'createThread'; readonly thread: ThreadName }
  | { readonly kind: 'post'; readonly thread: ThreadName; readonly text: string }
  | { readonly kind: 'submitSpec'; readonly thread: ThreadName; readonly text: string; readonly stake: bigint }
  | { readonly kind: 'vote'; readonly content: ContentName; readonly choice: 'approve' | 'deny' }
  | { readonly kind: 'settle'; readonly content: ContentName }
  | { readonly kind: 'divest'; readonly thread: ThreadName };

export type ReadOperation =
  | { readonly kind: 'readStrong'; readonly thread: ThreadName }
  | { readonly kind: 'readCached'; readonly thread: ThreadName }
  | { readonly kind: 'search'; readonly text: string; readonly thread?: ThreadName; readonly author?: WalletName };

/**
 * Texts of a thread's recorded messages, `from` (a sequence) onwards, at most `limit`. Asked only where everybody acts at once: what is
 * answered while Qdrant is away depends on what a backend keeps in memory, of which the model knows nothing.
 */
export interface ContentOperation {
  readonly kind: 'readContent';
  readonly thread: ThreadName;
  readonly from: number;
  /** 1 to 64. */
  readonly limit: number;
}

export type SessionOperation =
  | { readonly kind: 'connect'; readonly backend: BackendName }
  | { readonly kind: 'disconnect' }
  | { readonly kind: 'signIn' }
  | { readonly kind: 'signOut' };

export type Operation = WriteOperation | ReadOperation | SessionOperation;

/** Faults of the lockstep harness. The model is told that an answer was lost, never whether the effect happened. */
export type Fault =
  | { readonly kind: 'crashBackend'; readonly backend: BackendName }
  | { readonly kind: 'restartBackend'; readonly backend: BackendName }
  | { readonly kind: 'linkDown'; readonly authority: 'solana' | 'qdrant' }
  | { readonly kind: 'linkUp'; readonly authority: 'solana' | 'qdrant' }
  | { readonly kind: 'loseResponse'; readonly authority: 'solana' | 'qdrant'; readonly thenDown: boolean };

export type Action =
  /** `untilMs`: the virtual time at its answer, if known; bounds when a late effect happened (else the 30 s deadline does). */
  | { readonly kind: 'operation'; readonly client: ClientName; readonly operation: Operation; readonly untilMs?: number }
  | { readonly kind: 'fault'; readonly fault: Fault }
  /** The virtual clock as the world reads it now; never goes back. */
  | { readonly kind: 'clock'; readonly nowMs: number }
  /** One round of background work by everybody who runs (behaviour, section 5). `untilMs`: the virtual time at its end, if known. */
  | { readonly kind: 'round'; readonly untilMs?: number };
