/**
 * What the generator may know when it chooses a step's arguments: the model's own state, reduced to what makes a step
 * interesting or refused. Nothing here judges anything.
 */
import type { ContentName, ThreadName, WalletName } from '#model/action.ts';

export interface GlimpsedClient {
  readonly name: WalletName;
  /** The backend it is connected to, or null. */
  readonly backend: string | null;
  /** Whether its token for that backend is valid now. */
  readonly signedIn: boolean;
  readonly balance: bigint;
}

export interface GlimpsedSpec {
  readonly content: ContentName;
  /** Voters who still have to decide; empty when the votes decide. */
  readonly awaited: readonly WalletName[];
  /** Voters who have decided. */
  readonly voted: readonly WalletName[];
  readonly expiresAtMs: number;
}

export interface GlimpsedThread {
  readonly thread: ThreadName;
  readonly coAuthors: readonly WalletName[];
  readonly open: readonly GlimpsedSpec[];
  readonly settled: readonly ContentName[];
}

export interface Glimpse {
  readonly nowMs: number;
  readonly minimumStake: bigint;
  readonly clients: readonly GlimpsedClient[];
  readonly backends: readonly { readonly name: string; readonly up: boolean }[];
  readonly links: { readonly solana: boolean; readonly qdrant: boolean };
  readonly threads: readonly GlimpsedThread[];
  /** When sessions and open specs end next, soonest first. */
  readonly deadlinesMs: readonly number[];
}
