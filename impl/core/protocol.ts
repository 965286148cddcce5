/**
 * What frontends and backends say to each other over a `Connection`: requests, answers, pushes, as plain data.
 * Parsing and validation of frames live in `protocol-codec.ts`; the meaning of each is in `docs/behaviour.md`.
 */
import type { BackendId, ContentHash, IntentId, Signature, ThreadId, WalletId } from '../ports/ids.ts';
import type { LedgerAction, PreparedTransaction, SignedTransaction } from '../ports/ledger.ts';
import type { Authority } from '../ports/outcome.ts';
import { hashContent } from './content.ts';

export interface OpenSpecView {
  readonly hash: ContentHash;
  readonly author: WalletId;
  /** Base units of CHOIR. */
  readonly stake: bigint;
  /** Unix seconds. */
  readonly expiresAtS: number;
  readonly voters: readonly WalletId[];
  /** In the order of `voters`. */
  readonly approvals: readonly WalletId[];
  readonly denials: readonly WalletId[];
}

export interface MessageView {
  readonly hash: ContentHash;
  readonly author: WalletId;
  readonly sequence: number;
}

/** One thread at exactly one version: what caches hold, what reads answer, what is published. */
export interface ThreadView {
  readonly thread: ThreadId;
  readonly version: number;
  readonly coAuthors: readonly WalletId[];
  readonly vault: bigint;
  readonly messages: readonly MessageView[];
  /** Open ones, in order of submission. */
  readonly specs: readonly OpenSpecView[];
}

/** A view as it travels: messages `from` (a sequence) onwards, of `messageCount` in all; see `thread-slice.ts`. */
export interface ThreadSlice extends ThreadView {
  readonly from: number;
  readonly messageCount: number;
}

/** A certain "no": nothing was applied, and the reason has a stable name. */
export interface RequestRefusal {
  readonly code: string;
  readonly authority: Authority;
  readonly detail: string;
}

/** How a write ended, for good. */
export type WriteEnd =
  | { readonly kind: 'confirmed'; readonly thread: ThreadId; readonly version: number; readonly slot: number }
  | { readonly kind: 'refused'; readonly refusal: RequestRefusal };

/** How a write ended, as far as can be known now. */
export type WriteResult =
  | WriteEnd
  /** Not known yet; ask again with `writeStatus`. */
  | { readonly kind: 'unsettled' };

/** What a client asks to have written. Stakes are base units of CHOIR. */
export type WriteCommand =
  | { readonly kind: 'createThread'; readonly thread: ThreadId }
  | { readonly kind: 'post'; readonly thread: ThreadId; readonly text: string }
  | { readonly kind: 'submitSpec'; readonly thread: ThreadId; readonly text: string; readonly stake: bigint }
  | {
      readonly kind: 'vote';
      readonly thread: ThreadId;
      readonly hash: ContentHash;
      readonly author: WalletId;
      readonly choice: 'approve' | 'deny';
    }
  | { readonly kind: 'settle'; readonly thread: ThreadId; readonly hash: ContentHash; readonly author: WalletId }
  | { readonly kind: 'divest'; readonly thread: ThreadId };

/** A write whose end its client does not know, with all that any backend needs to settle it through the ledger. */
export interface UnsettledWrite {
  readonly intent: IntentId;
  readonly thread: ThreadId;
  readonly signature: Signature;
  readonly lastValidBlockHeight: number;
}

/** What a client holds of a thread. */
export interface KnownThread {
  readonly thread: ThreadId;
  readonly version: number;
  readonly messages: number;
}

export interface ReadRequest {
  readonly token: string;
  readonly thread: ThreadId;
  /** How many of its messages the client holds already. */
  readonly messages: number;
  /** The newest slot the client has seen; a strong read is never answered from an older bank. */
  readonly minSlot: number;
}

export type Request =
  /** Second half of connecting, and the catch-up of every round. Views need no session; settling writes does. */
  | {
      readonly kind: 'hello';
      readonly token: string | null;
      readonly known: readonly KnownThread[];
      readonly unsettled: readonly UnsettledWrite[];
    }
  | { readonly kind: 'challenge'; readonly wallet: WalletId }
  | { readonly kind: 'signIn'; readonly wallet: WalletId; readonly nonce: string; readonly signature: string }
  | { readonly kind: 'signOut'; readonly token: string }
  /** Asks only whether the token is still good. */
  | { readonly kind: 'session'; readonly token: string }
  | { readonly kind: 'prepareWrite'; readonly token: string; readonly intent: IntentId; readonly write: WriteCommand }
  | { readonly kind: 'executeWrite'; readonly token: string; readonly intent: IntentId; readonly signed: SignedTransaction }
  | { readonly kind: 'writeStatus'; readonly token: string; readonly write: UnsettledWrite }
  | ({ readonly kind: 'readStrong' } & ReadRequest)
  | ({ readonly kind: 'readCached' } & ReadRequest)
  | {
      readonly kind: 'search';
      readonly token: string;
      readonly text: string;
      readonly thread: ThreadId | null;
      readonly author: WalletId | null;
      /** 1 to 1,000. */
      readonly limit: number;
    };

export interface Hit {
  readonly hash: ContentHash;
  readonly thread: ThreadId;
  readonly author: WalletId;
  readonly sequence: number;
  /** -1 to 1. */
  readonly score: number;
  /** Verified against `hash`; null when this and the better hits' texts do not fit one frame together. */
  readonly text: string | null;
}

export type Answer =
  | {
      readonly kind: 'welcome';
      readonly backend: BackendId;
      /** Threads newer here than the client knows them. */
      readonly slices: readonly ThreadSlice[];
      /** Whether there are more than fit: say hello again with what is known then. */
      readonly more: boolean;
      /** Whether the token that was sent is good: without a session no end of a write is told. */
      readonly signedIn: boolean;
      /** The ends of those unsettled writes that are known now; empty without a valid session. */
      readonly ends: readonly { readonly intent: IntentId; readonly end: WriteEnd }[];
    }
  | { readonly kind: 'challenge'; readonly nonce: string; readonly expiresAtMs: number }
  /** `token` is 64 hex digits, told only here. */
  | { readonly kind: 'signedIn'; readonly token: string; readonly expiresAtMs: number }
  | { readonly kind: 'signedOut' }
  | { readonly kind: 'session'; readonly wallet: WalletId; readonly expiresAtMs: number }
  | { readonly kind: 'prepared'; readonly prepared: PreparedTransaction }
  | { readonly kind: 'written'; readonly result: WriteResult }
  /** `ageMs` since this backend last compared its cache with the ledger; 0 for a strong read. `slot` is where it then was. */
  | { readonly kind: 'view'; readonly slice: ThreadSlice; readonly ageMs: number; readonly slot: number }
  | { readonly kind: 'hits'; readonly hits: readonly Hit[] }
  | { readonly kind: 'refused'; readonly refusal: RequestRefusal };

/** Told unasked to every connected client: threads that have just reached a new version, with their new messages. */
export interface Push {
  readonly kind: 'threads';
  readonly slices: readonly ThreadSlice[];
}

/** The ledger action a command stands for. Client and backend derive it independently; neither takes the other's word. */
export function actionOf(write: WriteCommand, wallet: WalletId): LedgerAction {
  switch (write.kind) {
    case 'createThread':
    case 'vote':
    case 'settle':
    case 'divest':
      return write;
    case 'post': {
      const hash = hashContent({ thread: write.thread, author: wallet, text: write.text });
      return { kind: 'postMessage', thread: write.thread, hash };
    }
    case 'submitSpec': {
      const hash = hashContent({ thread: write.thread, author: wallet, text: write.text });
      return { kind: 'submitSpec', thread: write.thread, hash, stake: write.stake };
    }
  }
}

/** The text of a command that carries content, else null. */
export function textOf(write: WriteCommand): string | null {
  switch (write.kind) {
    case 'post':
    case 'submitSpec':
      return write.text;
    case 'createThread':
    case 'vote':
    case 'settle':
    case 'divest':
      return null;
  }
}
