/**
 * What a tier puts under the implementation: the two authorities with their faults, the clients' wallets, the backends' disks.
 * Everything above it (backends, frontends, the gate, what is recorded) is the same on every tier.
 */
import type { ContentStore } from '#impl/ports/content-store.ts';
import type { Embedder } from '#impl/ports/embedder.ts';
import type { ContentHash, ThreadId, WalletId } from '#impl/ports/ids.ts';
import type { Ledger, LedgerAction, Wallet } from '#impl/ports/ledger.ts';
import type { Random } from '#impl/ports/random.ts';
import type { ContentObservation, LedgerObservation, ThreadObservation } from '#model/observation.ts';
import type { EmulatorFault } from '../qdrant/emulator-faults.ts';
import type { GatewayFaults } from '../solana/gateway-faults.ts';
import type { Disk } from './disk.ts';
import type { Landing } from './history.ts';
import type { Names } from './names.ts';
import type { WorldSetup } from './system.ts';

export type LinkState = 'up' | 'down';

/** A transaction in a block, and what it left behind. */
export interface LandedFact {
  readonly signature: string;
  readonly slot: number;
  /** The ledger's clock in its block, Unix seconds. */
  readonly clockS: number;
  /** Why it changed nothing; null when it succeeded. */
  readonly refusal: string | null;
  /** Its thread right after it; null when it changed nothing. */
  readonly view: ThreadObservation | null;
  readonly tokens: Landing['tokens'];
}

/** An authority holds what nobody who keeps the rules could have put there, so that it cannot even be compared: a violation by itself. */
export class UnreadableError extends Error {
  constructor(detail: string) {
    super(`the ledger holds what nobody who keeps the rules has put there: ${detail}`);
    this.name = 'UnreadableError';
  }
}

export interface LedgerSide {
  /** A client of it, one for each backend. */
  connect(): Ledger;
  readonly faults: GatewayFaults;
  readonly isUp: boolean;
  setLink(state: LinkState): Promise<void>;
  /** The newest slot. */
  tip(): number;
  /** Transactions in blocks that are not confirmed yet. */
  unconfirmed(): number;
  /** Whether a transaction is in a block now, confirmed or not. */
  isInBlock(signature: string): boolean;
  /** Takes the newest `count` of those out; their signatures, newest first. */
  forkOut(count: number): Promise<readonly string[]>;
  /** To be called after every submission, so that what it left behind is looked at while it is the newest state. */
  noteLanded(actionOf: (signature: string) => LedgerAction | null): void | Promise<void>;
  /** Confirmed transactions from the `from`-th on, oldest first. They never change any more. */
  confirmedFrom(from: number): readonly LandedFact[];
  /** Everything at `confirmed`, read from the authority itself. */
  observe(): Promise<LedgerObservation>;
}

/** What is really stored, in the implementation's ids. */
export interface Stored {
  readonly messages: ReadonlyMap<string, { readonly state: string; readonly genuine: boolean; readonly sequence: number | null }>;
  readonly threads: ReadonlyMap<
    string,
    { readonly thread: string; readonly version: number; readonly coAuthors: readonly string[] }
  >;
}

/** What only a content store of our own making can be told to do. */
export interface ContentFaults {
  arm(fault: EmulatorFault): void;
  disarm(): void;
  armed(): number;
  /** Faults met so far, and whether stored points changed while the last of them was handled. */
  fired(): { readonly count: number; readonly changed: boolean };
  /** Ordinary reads are answered from this moment until `thawReads`. */
  freezeReads(): void;
  thawReads(): void;
  /** Whether a frozen moment differs from what is stored now. */
  isStale(): boolean;
  applyPending(): number;
  deliverDelayed(): number;
  /** Delivers the write `back` places before the newest one once more. False when there is none. */
  redeliver(back: number): boolean;
  alter(hash: ContentHash): boolean;
  /** Puts a recorded message at another sequence. False when there is none. */
  misorder(hash: ContentHash): boolean;
  /** Replaces the co-authors of stored metadata, at the same version. False when there is none. */
  alterMetadata(thread: ThreadId, coAuthors: readonly WalletId[]): boolean;
  lose(what: { readonly hash: ContentHash } | { readonly thread: ThreadId }): boolean;
}

export interface ContentSide {
  /** A client of it, one for each backend. */
  connect(random: Random): ContentStore;
  readonly isUp: boolean;
  setLink(state: LinkState): Promise<void>;
  /** Arms one lost answer for the next write: all that a real server's proxy can do. */
  readonly lossy: {
    arm(fault: { on: 'write'; effect: { kind: 'now' } | { kind: 'never' }; answer: { kind: 'lost' } }): void;
    armed(): number;
    disarm(): void;
  };
  /** null where the content store is a real server. */
  readonly faults: ContentFaults | null;
  stored(): Stored | Promise<Stored>;
  observe(): Promise<ContentObservation>;
}

export interface Authorities {
  /** Base units of CHOIR. */
  readonly minimumStake: bigint;
  readonly embedder: Embedder;
  /** One a client, in order. */
  readonly wallets: readonly Wallet[];
  readonly ledger: LedgerSide;
  readonly content: ContentSide;
  /** The backend's of that number. */
  disk(index: number): Disk;
  close(): Promise<void>;
}

export interface AuthoritiesOptions {
  /** Distinguishes what this world keeps on shared servers. */
  readonly name: string;
  readonly setup: WorldSetup;
  readonly names: Names;
  /** Virtual milliseconds since the Unix epoch; never goes back. */
  readonly nowMs: () => number;
}

/** Where authorities of one kind come from: the shared virtual machine and servers under them. */
export interface Tier {
  /** The ledger's name: `memory`, `litesvm`, `bankrun`. */
  readonly ledger: string;
  /** One line a person: what it runs on. */
  describe(): string;
  /** Fresh ones; one world after another, never two at once. */
  open(options: AuthoritiesOptions): Promise<Authorities>;
  /** Whether effects leave this process's own code: sockets, native calls. */
  readonly isRemote: boolean;
  /** Whether its content store can be told to fail in every way. */
  readonly hasContentFaults: boolean;
  close(): Promise<void>;
}

/** Names of worlds are all the same, so that a scenario takes the very same steps in every world. */
export const worldName = 'choir';
