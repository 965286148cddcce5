/**
 * The Solana authority as the implementation sees it: ownership, tokens, approvals.
 *
 * Writes are split into prepare, sign, submit and status, because each ends differently: `submit` says only whether a node
 * took the bytes; whether they landed is for `transactionStatus` and `blockHeight` to settle (see `core/confirm.ts`).
 * Sources: https://solana.com/docs/rpc/http (methods, commitments, minContextSlot),
 * https://solana.com/developers/guides/advanced/confirmation (expiry).
 */
import type { ContentHash, Signature, ThreadId, WalletId } from './ids.ts';
import type { Outcome, Reply } from './outcome.ts';

/** How settled a state is. Nothing irreversible is ever based on `processed`. */
export type Commitment = 'processed' | 'confirmed' | 'finalized';

/** The instructions of the on-chain program that a client can ask for. Stakes are in base units of CHOIR (9 decimals). */
export type LedgerAction =
  | { readonly kind: 'createThread'; readonly thread: ThreadId }
  | { readonly kind: 'postMessage'; readonly thread: ThreadId; readonly hash: ContentHash }
  | { readonly kind: 'submitSpec'; readonly thread: ThreadId; readonly hash: ContentHash; readonly stake: bigint }
  | {
      readonly kind: 'vote';
      readonly thread: ThreadId;
      readonly hash: ContentHash;
      readonly author: WalletId;
      readonly choice: 'approve' | 'deny';
    }
  | { readonly kind: 'settle'; readonly thread: ThreadId; readonly hash: ContentHash; readonly author: WalletId }
  | { readonly kind: 'divest'; readonly thread: ThreadId };

/** A compiled message waiting for its signature. It can land only while `blockHeight <= lastValidBlockHeight`. */
export interface PreparedTransaction {
  readonly signer: WalletId;
  /** The exact bytes to sign, base64. */
  readonly message: string;
  readonly lastValidBlockHeight: number;
}

export interface SignedTransaction {
  readonly signature: Signature;
  /** The whole wire transaction, base64. Re-sending means re-sending exactly these bytes. */
  readonly bytes: string;
  readonly lastValidBlockHeight: number;
}

export type TransactionStatus =
  /** The node knows nothing of it: not yet landed, dropped, or forgotten. This is not a failure. */
  | { readonly kind: 'notSeen' }
  /** In a block at `slot`. `refusal` names the program's error when it landed and failed (it then changed nothing). */
  | { readonly kind: 'landed'; readonly slot: number; readonly commitment: Commitment; readonly refusal: Refusal | null };

/** A domain refusal by the program or the runtime, by its stable name (see `adapters/solana/codec/errors.ts`). */
export interface Refusal {
  readonly code: string;
  readonly detail: string;
}

/** One page entry: the `sequence`-th message recorded in its thread (0, 1, 2 ...). */
export interface LedgerMessage {
  readonly hash: ContentHash;
  readonly author: WalletId;
  readonly sequence: number;
}

/** A thread's whole ownership tuple at one version; never a mix of two. */
export interface LedgerThread {
  readonly id: ThreadId;
  /** 1 at creation, plus one with every change. */
  readonly version: number;
  /** 1 to 16 wallets, in joining order. */
  readonly coAuthors: readonly WalletId[];
  readonly messageCount: number;
  readonly openSpecs: number;
  /** Running hash chain over recorded hashes, 64 hex digits; 64 zeros when no message was recorded. */
  readonly hashChain: string;
  /** Vault balance in base units of CHOIR. */
  readonly vault: bigint;
  readonly createdSlot: number;
  readonly updatedSlot: number;
}

export type SpecStatus =
  | 'open'
  | 'approved'
  | 'denied'
  | 'split'
  | 'expired'
  /** Stake returned: the thread had no room, or no awaited voter remained. */
  | 'returned';

export interface LedgerSpec {
  readonly thread: ThreadId;
  readonly hash: ContentHash;
  readonly author: WalletId;
  readonly stake: bigint;
  /** Unix seconds; votes are refused and settlement is open to anyone from this moment on. */
  readonly expiresAtS: number;
  /** The co-authors at submission, in order. */
  readonly voters: readonly WalletId[];
  readonly approvals: readonly WalletId[];
  readonly denials: readonly WalletId[];
  readonly status: SpecStatus;
}

/** What a reader needs to move a thread from `version - 1` to `version` without reading accounts. */
export type LedgerEvent = {
  readonly thread: ThreadId;
  readonly version: number;
  /** The thread's vault after the event. */
  readonly vault: bigint;
  readonly slot: number;
  readonly signature: Signature;
} & (
  | { readonly kind: 'threadCreated'; readonly creator: WalletId }
  | { readonly kind: 'messagePosted'; readonly hash: ContentHash; readonly author: WalletId; readonly sequence: number }
  | {
      readonly kind: 'specSubmitted';
      readonly hash: ContentHash;
      readonly author: WalletId;
      readonly stake: bigint;
      readonly expiresAtS: number;
    }
  | {
      readonly kind: 'voted';
      readonly hash: ContentHash;
      readonly author: WalletId;
      readonly voter: WalletId;
      readonly choice: 'approve' | 'deny';
    }
  | {
      readonly kind: 'settled';
      readonly hash: ContentHash;
      readonly author: WalletId;
      readonly status: Exclude<SpecStatus, 'open'>;
      /** The recorded message's sequence when `approved` recorded one, else null. */
      readonly sequence: number | null;
      /** Whether the author joined the co-authors by this settlement. */
      readonly joined: boolean;
    }
  | { readonly kind: 'divested'; readonly wallet: WalletId; readonly payout: bigint }
);

/** Where a reader of the event stream stands: everything up to and including this transaction has been seen. */
export interface EventPosition {
  readonly slot: number;
  readonly signature: Signature;
}

export interface ReadOptions {
  readonly commitment: Commitment;
  /** Refuse (failure kind `behind`) to answer from a bank older than this slot. */
  readonly minContextSlot?: number;
}

export interface StatusOptions {
  /** Look beyond the recent-status cache, too. */
  readonly searchHistory: boolean;
  /** Refuse (failure kind `behind`) to answer from a bank older than this slot: what such a one has not seen proves nothing. */
  readonly minContextSlot?: number;
}

/** A value and the slot of the bank that answered. */
export interface AtSlot<T> {
  readonly slot: number;
  readonly value: T;
}

export interface Ledger {
  /**
   * Reads what the action's accounts depend on, fetches a blockhash at `confirmed` and compiles the message.
   * Changes nothing; safe to repeat. Refuses with `ThreadNotFound`, `SpecNotFound` where a needed account is absent.
   */
  prepare(action: LedgerAction, signer: WalletId): Promise<Reply<PreparedTransaction>>;
  /**
   * Hands the bytes to a node once; no retry of its own, no preflight unless the adapter is configured so.
   * - applied: a node took them. They have not landed yet.
   * - notApplied: certainly never broadcast by this call (refused connection, bad signature, expired blockhash, preflight).
   * - unknown: they may land until their last valid block height passes.
   * Sending the same bytes twice is safe: the ledger runs a signature at most once ("already processed" is `applied`).
   */
  submit(transaction: SignedTransaction): Promise<Outcome<Signature>>;
  /** The best status any commitment knows. */
  transactionStatus(signature: Signature, options: StatusOptions): Promise<Reply<TransactionStatus>>;
  /** Current block height at `confirmed`, and the slot of that block. */
  blockHeight(): Promise<Reply<AtSlot<number>>>;
  /** One thread, its vault included, from one bank (atomic); null when it does not exist at that commitment. */
  thread(id: ThreadId, options: ReadOptions): Promise<Reply<AtSlot<LedgerThread | null>>>;
  spec(
    key: { readonly thread: ThreadId; readonly hash: ContentHash; readonly author: WalletId },
    options: ReadOptions,
  ): Promise<Reply<AtSlot<LedgerSpec | null>>>;
  /** Whether, and as which sequence, a hash is recorded in a thread. */
  message(
    key: { readonly thread: ThreadId; readonly hash: ContentHash },
    options: ReadOptions,
  ): Promise<Reply<AtSlot<LedgerMessage | null>>>;
  /**
   * Recorded messages `from` (0-based sequence, inclusive) onwards, at most `limit` (1 to 1,024), read page by page.
   * Pages are append-only, so a longer answer never contradicts a shorter one.
   */
  messages(
    thread: ThreadId,
    range: { readonly from: number; readonly limit: number },
    options: ReadOptions,
  ): Promise<Reply<AtSlot<readonly LedgerMessage[]>>>;
  /** CHOIR held by a wallet's associated token account, base units; 0 when there is no account. */
  balance(wallet: WalletId, options: ReadOptions): Promise<Reply<AtSlot<bigint>>>;
  /**
   * Confirmed events in ledger order, strictly after `after` (null = from the beginning), at most `limit` (1 to 1,000)
   * transactions. `next` is where to go on from; it equals `after` when there was nothing new.
   * With `thread`, only transactions that touched that thread, and only its events: what costs then is that thread's history.
   */
  events(
    after: EventPosition | null,
    limit: number,
    thread?: ThreadId,
  ): Promise<Reply<{ readonly events: readonly LedgerEvent[]; readonly next: EventPosition | null }>>;
}

/** Holds one wallet's key. Signs nothing it cannot read: the message must decode to exactly the action it was told. */
export interface Wallet {
  readonly id: WalletId;
  /** Refused with code `UnexpectedMessage` when the message is not that action, by this signer, for this program. */
  signAction(prepared: PreparedTransaction, action: LedgerAction): Reply<SignedTransaction>;
  /** Ed25519 over UTF-8 bytes, base58; used for sign-in. The text may never be a valid transaction message. */
  signText(text: string): string;
}
