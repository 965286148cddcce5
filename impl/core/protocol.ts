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

/** A write that waits at a backend until an authority is back (`queued-write.ts`). */
export interface QueuedWrite {
  readonly intent: IntentId;
  readonly write: WriteCommand;
  /** The wallet's signature of the queued write's text, base58. */
  readonly proof: string;
  /** Counts arrivals at its backend. */
  readonly order: number;
  /** The one to be made next: 1, 2, 3 ... */
  readonly attempt: number;
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

/** The most messages one request for contents may ask for. */
export const MAX_CONTENTS: number = 64;

/** The most contents a backend asks a client for at a time. */
export const MAX_WANTED: number = 32;

/** Texts of a thread's recorded messages, `from` (a sequence) onwards. */
export interface ContentRequest {
  readonly token: string;
  readonly thread: ThreadId;
  readonly from: number;
  /** 1 to `MAX_CONTENTS`. */
  readonly limit: number;
}

export type Request =
  /** Second half of connecting, and the catch-up of every round. Views need no session; settling writes does. */
  | {
      readonly kind: 'hello';
      readonly token: string | null;
      readonly known: readonly KnownThread[];
      readonly unsettled: readonly UnsettledWrite[];
      /** Writes left here whose ends are asked for, too. */
      readonly queued?: readonly IntentId[];
    }
  | { readonly kind: 'challenge'; readonly wallet: WalletId }
  | { readonly kind: 'signIn'; readonly wallet: WalletId; readonly nonce: string; readonly signature: string }
  | { readonly kind: 'signOut'; readonly token: string }
  /** Asks only whether the token is still good. */
  | { readonly kind: 'session'; readonly token: string }
  | {
      readonly kind: 'prepareWrite';
      readonly token: string;
      readonly intent: IntentId;
      readonly write: WriteCommand;
      /** The queued write that this is an attempt of. */
      readonly queued?: IntentId;
    }
  /** Leaves a write to be carried out by a client of this wallet when the authorities are back; `proof` as in `QueuedWrite`. */
  | {
      readonly kind: 'queueWrite';
      readonly token: string;
      readonly intent: IntentId;
      readonly write: WriteCommand;
      readonly proof: string;
    }
  | { readonly kind: 'dropQueued'; readonly token: string; readonly intent: IntentId }
  | { readonly kind: 'executeWrite'; readonly token: string; readonly intent: IntentId; readonly signed: SignedTransaction }
  | { readonly kind: 'writeStatus'; readonly token: string; readonly write: UnsettledWrite }
  | ({ readonly kind: 'readStrong' } & ReadRequest)
  | ({ readonly kind: 'readCached' } & ReadRequest)
  | ({ readonly kind: 'readContent' } & ContentRequest)
  /** Brings one thread together: ledger, the backend's cache, Qdrant; and says what is left apart. */
  | { readonly kind: 'syncThread'; readonly token: string; readonly thread: ThreadId }
  /** A text that the backend has said it lacks. */
  | {
      readonly kind: 'offerContent';
      readonly token: string;
      readonly thread: ThreadId;
      readonly author: WalletId;
      readonly text: string;
    }
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

/** One recorded message with its text, which was verified against `hash`. */
export interface ContentText extends MessageView {
  readonly text: string;
  /** Had from the backend's cache, or from Qdrant just now. */
  readonly source: 'cache' | 'qdrant';
}

/**
 * One recorded message whose text cannot be had now: Qdrant does not have it (`absent`), what it has is not what the hash says
 * (`altered`), or Qdrant cannot be reached (`unreachable`).
 */
export interface MissingText extends MessageView {
  readonly reason: 'absent' | 'altered' | 'unreachable';
}

/** Texts as of exactly one version of a thread. Each message of `from` up to `next`, or to the end of what was asked for, is in one list. */
export interface ContentSlice {
  readonly thread: ThreadId;
  readonly version: number;
  /** How many messages the thread has at that version. */
  readonly messageCount: number;
  readonly from: number;
  /** In sequence. */
  readonly texts: readonly ContentText[];
  /** In sequence. */
  readonly missing: readonly MissingText[];
  /** Where to go on, because no more fitted or Qdrant went away in the middle; null when all that was asked for is answered. */
  readonly next: number | null;
  /** Qdrant was asked and could not be reached: nothing but cached texts, however old. */
  readonly degraded: boolean;
  /** How long ago the oldest cached text of these was had from Qdrant, milliseconds; 0 without any. */
  readonly ageMs: number;
}

/** How a thread is after it was synchronized: the specification's initial_sync. */
export interface ThreadSynced {
  /** Of the view that was compared, which is the ledger's. */
  readonly version: number;
  /** Everything the ledger has of it is in Qdrant, as its hash says. */
  readonly hashesContained: boolean;
  /** Qdrant has the ledger's co-authors of that version. */
  readonly authorsEqual: boolean;
  /** What differed before anything was mended. */
  readonly found: number;
  /** Contents without which the hashes are not contained, and whose texts the backend does not hold. */
  readonly quarantined: number;
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
      /** How old the backend's cache is, as in `view`. */
      readonly ageMs?: number;
      /** The ends of those unsettled writes that are known now; empty without a valid session. */
      readonly ends: readonly { readonly intent: IntentId; readonly end: WriteEnd }[];
      /** Queued writes of this wallet, the oldest, as many as fit; left out when there are none, or without a valid session. */
      readonly queued?: readonly QueuedWrite[];
      /** Contents that Qdrant lacks and this backend does not hold, sorted, at most `MAX_WANTED`; left out as `queued` is. */
      readonly wanted?: readonly ContentHash[];
    }
  | { readonly kind: 'challenge'; readonly nonce: string; readonly expiresAtMs: number }
  /** `token` is 64 hex digits, told only here. */
  | { readonly kind: 'signedIn'; readonly token: string; readonly expiresAtMs: number }
  | { readonly kind: 'signedOut' }
  | { readonly kind: 'session'; readonly wallet: WalletId; readonly expiresAtMs: number }
  | { readonly kind: 'prepared'; readonly prepared: PreparedTransaction }
  | { readonly kind: 'written'; readonly result: WriteResult }
  | { readonly kind: 'queued' }
  | { readonly kind: 'dropped' }
  /** The offered text is kept durably and will be put back. */
  | { readonly kind: 'taken' }
  /** `ageMs` since this backend last compared its cache with the ledger; 0 for a strong read. `slot` is where it then was. */
  | { readonly kind: 'view'; readonly slice: ThreadSlice; readonly ageMs: number; readonly slot: number }
  | ({ readonly kind: 'synced' } & ThreadSynced)
  | { readonly kind: 'hits'; readonly hits: readonly Hit[] }
  | ({ readonly kind: 'contents' } & ContentSlice)
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
