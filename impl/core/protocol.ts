/**
 * What frontends and backends say to each other over a `Connection`: requests, answers, pushes, as plain data.
 * Parsing and validation of frames live in `protocol-codec.ts`; the meaning of each is in `docs/behaviour.md`.
 */
import type { ContentHash, IntentId, ThreadId, WalletId } from '../ports/ids.ts';
import type { LedgerAction, PreparedTransaction, SignedTransaction } from '../ports/ledger.ts';
import type { Authority } from '../ports/outcome.ts';

export interface OpenSpecView {
  readonly hash: ContentHash;
  readonly author: WalletId;
  /** Base units of CHOIR. */
  readonly stake: bigint;
  /** Unix seconds. */
  readonly expiresAtS: number;
  readonly voters: readonly WalletId[];
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
  readonly specs: readonly OpenSpecView[];
}

/** A certain "no": nothing was applied, and the reason has a stable name. */
export interface RequestRefusal {
  readonly code: string;
  readonly authority: Authority;
  readonly detail: string;
}

/** How a write ended, as far as can be known now. */
export type WriteResult =
  | { readonly kind: 'confirmed'; readonly thread: ThreadId; readonly version: number; readonly slot: number }
  | { readonly kind: 'refused'; readonly refusal: RequestRefusal }
  /** Not known yet; ask again with `writeStatus`. */
  | { readonly kind: 'unsettled' };
