/**
 * What the Solana authority holds: each thread's ownership tuple with every earlier version of it, each spec ever submitted,
 * and every token. Leaves out how transactions get here (submission, blockhashes, forks); see the sequences.
 *
 * Hashes, threads and wallets are opaque texts here, so that the same reducer serves symbolic names and real ids.
 */

/** Limits fixed at genesis. */
export interface Rules {
  /** Base units of CHOIR. */
  readonly minimumStake: bigint;
  readonly maxCoAuthors: number;
  /** Seconds from submission until a spec expires. */
  readonly specLifetimeS: number;
}

export const rulesOf = (minimumStake: bigint): Rules => ({ minimumStake, maxCoAuthors: 16, specLifetimeS: 604_800 });

export interface Message {
  readonly hash: string;
  readonly author: string;
  /** 0, 1, 2 ... within the thread. */
  readonly sequence: number;
}

export type Settlement = 'approved' | 'denied' | 'split' | 'expired' | 'returned';

export interface Spec {
  readonly hash: string;
  readonly author: string;
  readonly stake: bigint;
  /** Unix seconds. */
  readonly expiresAtS: number;
  /** The co-authors at submission, in joining order. */
  readonly voters: readonly string[];
  /** Both in the order of `voters`. */
  readonly approvals: readonly string[];
  readonly denials: readonly string[];
  readonly status: 'open' | Settlement;
}

/** A thread's ownership tuple at one version. Whoever shows a thread at that version must show exactly this. */
export interface Tuple {
  /** 1 at creation. */
  readonly version: number;
  /** In joining order, never empty. */
  readonly coAuthors: readonly string[];
  readonly vault: bigint;
  /** Messages are append-only: version's messages are the thread's first `messageCount`. */
  readonly messageCount: number;
  /** In order of submission. */
  readonly openSpecs: readonly Spec[];
}

export interface Thread {
  readonly id: string;
  readonly now: Tuple;
  /** Every tuple the thread ever had: version v at index v - 1; the last is `now`. */
  readonly history: readonly Tuple[];
  /** In sequence order. */
  readonly messages: readonly Message[];
  /** Every spec ever submitted, by `specKey`. */
  readonly specs: ReadonlyMap<string, Spec>;
}

export interface SolanaState {
  readonly rules: Rules;
  readonly threads: ReadonlyMap<string, Thread>;
  /** CHOIR of each wallet; a wallet that is absent holds nothing. */
  readonly wallets: ReadonlyMap<string, bigint>;
  readonly treasury: bigint;
}

export function genesis(rules: Rules, wallets: ReadonlyMap<string, bigint>): SolanaState {
  return { rules, threads: new Map(), wallets, treasury: 0n };
}

export function specKey(hash: string, author: string): string {
  return `${author.length}:${author}${hash}`;
}

export function isRecorded(thread: Thread, hash: string): boolean {
  return thread.messages.some((message) => message.hash === hash);
}

/** The thread one version on. */
export function nextVersion(
  thread: Thread,
  change: Partial<Omit<Tuple, 'version'>>,
  rest: Partial<Pick<Thread, 'messages' | 'specs'>> = {},
): Thread {
  const now = { ...thread.now, ...change, version: thread.now.version + 1 };
  return { ...thread, ...rest, now, history: [...thread.history, now] };
}

/** Appends a message unless its hash is recorded already. */
export function recorded(thread: Thread, hash: string, author: string): readonly Message[] {
  if (isRecorded(thread, hash)) return thread.messages;
  return [...thread.messages, { hash, author, sequence: thread.messages.length }];
}
