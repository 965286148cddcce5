/**
 * What can be seen of Choir from outside: the answer to one operation, and the state each reachable authority shows.
 * The lockstep property compares only these, never internals. Unreachable authorities show nothing (`null`).
 */
import type { BackendName, ClientName, ContentName, ThreadName, WalletName } from './action.ts';

export interface SpecObservation {
  readonly content: ContentName;
  readonly stake: bigint;
  readonly expiresAtS: number;
  readonly voters: readonly WalletName[];
  readonly approvals: readonly WalletName[];
  readonly denials: readonly WalletName[];
}

/** A thread's ownership tuple at one version, as the ledger, a strong read, a cached read or a published view shows it. */
export interface ThreadObservation {
  readonly thread: ThreadName;
  readonly version: number;
  /** In joining order. */
  readonly coAuthors: readonly WalletName[];
  readonly vault: bigint;
  /** In sequence order. */
  readonly messages: readonly ContentName[];
  /** Open specs, sorted by thread, author, text. */
  readonly openSpecs: readonly SpecObservation[];
}

/** The answer a client gets. */
export type Answer =
  | { readonly kind: 'done' }
  | { readonly kind: 'confirmed'; readonly version: number }
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'unsettled' }
  | { readonly kind: 'view'; readonly view: ThreadObservation }
  /** Recorded messages found, sorted by thread, author, text. */
  | { readonly kind: 'hits'; readonly hits: readonly ContentName[] };

export interface LedgerObservation {
  /** Sorted by name. */
  readonly threads: readonly ThreadObservation[];
  /** CHOIR of each wallet, base units, sorted by name. */
  readonly wallets: readonly (readonly [WalletName, bigint])[];
  /** CHOIR gained by the treasury since this world began. */
  readonly treasury: bigint;
  /** CHOIR locked in open specs. */
  readonly escrowed: bigint;
}

export interface ContentObservation {
  /** Sorted by name. */
  readonly threads: readonly {
    readonly thread: ThreadName;
    readonly version: number;
    readonly coAuthors: readonly WalletName[];
  }[];
  readonly recorded: readonly ContentName[];
  readonly pending: readonly ContentName[];
}

export interface BackendObservation {
  readonly backend: BackendName;
  /** The whole cached view of each thread, sorted by name. */
  readonly cache: readonly ThreadObservation[];
  /** Wallets with a session that is neither revoked nor expired, sorted, each once. */
  readonly sessions: readonly WalletName[];
}

export interface ClientObservation {
  readonly client: ClientName;
  /** null when offline. */
  readonly backend: BackendName | null;
  /** Confirmed views the client shows, sorted by name. */
  readonly threads: readonly ThreadObservation[];
  /** Writes whose end it does not know yet. */
  readonly unsettled: number;
}

export interface Observation {
  readonly ledger: LedgerObservation | null;
  readonly content: ContentObservation | null;
  /** Running backends only, sorted by name. */
  readonly backends: readonly BackendObservation[];
  /** Every client, sorted by name. */
  readonly clients: readonly ClientObservation[];
}
