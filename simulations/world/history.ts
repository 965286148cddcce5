/**
 * What a concurrent run leaves behind to be judged: who asked what and when, what the ledger executed in its own order, what every
 * observer showed at which step, what the content store did. All in symbolic names. Positions (`at`, `call`) are the run's step
 * order: whole numbers that never go down; two events at one position are concurrent. Records nothing about why.
 */
import type { BackendName, ClientName, ContentName, ContentOperation, Operation, ThreadName, WalletName } from '#model/action.ts';
import type { Answer, Observation, ThreadObservation } from '#model/observation.ts';
import type { Instruction } from '#model/solana/action.ts';
import type { Rules } from '#model/solana/state.ts';

/** A message as an answer names it: its place, and the content that its hash is the hash of. */
export interface NamedMessage {
  readonly sequence: number;
  readonly content: ContentName;
}

/** What a client was shown of a thread's contents, after its own checks. Messages are in sequence. */
export interface ContentsAnswer {
  readonly kind: 'contents';
  readonly thread: ThreadName;
  readonly version: number;
  readonly messageCount: number;
  readonly from: number;
  readonly texts: readonly (NamedMessage & { readonly text: string; readonly source: 'cache' | 'qdrant' })[];
  readonly missing: readonly (NamedMessage & { readonly reason: 'absent' | 'altered' | 'unreachable' })[];
  readonly next: number | null;
  readonly degraded: boolean;
}

export interface Answered {
  readonly at: number;
  /** Virtual time, milliseconds. */
  readonly atMs: number;
  readonly answer: Answer | ContentsAnswer;
  /** How old a read says it is; null for answers that say nothing of it. */
  readonly ageMs: number | null;
  /** Who a read says has answered it; left out: a backend. `direct`: the authority itself. `own`: what the client held. */
  readonly source?: ReadSource;
}

export type ReadSource = 'backend' | 'direct' | 'own';

/** How a write ended that was first answered `unsettled` or not at all. */
export interface Settled {
  readonly at: number;
  readonly answer: Extract<Answer, { kind: 'confirmed' | 'refused' }>;
}

export interface OperationRecord {
  /** Unique in its history. */
  readonly id: number;
  readonly client: ClientName;
  /** The observer's name of the program that was asked; left out where a client has only one. */
  readonly node?: string;
  /** Who was asked; null when the client was offline. */
  readonly backend: BackendName | null;
  readonly operation: Operation | ContentOperation;
  readonly call: number;
  readonly calledAtMs: number;
  /** null: the answer never came. */
  readonly end: Answered | null;
  /** null unless the end was learnt later. */
  readonly settled: Settled | null;
  /** The operation whose very transaction this one's was, too: asked for twice, executed once, both told the one end. */
  readonly sameTransactionAs: number | null;
  /** The backend at which its client left it queued, and knew that it had; left out where it was not queued. */
  readonly queuedAt?: BackendName;
  /** A node that lagged told it of the thread: it can know of nothing newer than what its client and its backend had seen. */
  readonly shownThePast?: true;
  /** Its client went away for good: nobody waits for the end. */
  readonly abandoned: boolean;
  /** Virtual time after which its signed bytes can never land; null when nothing was signed. */
  readonly canLandUntilMs: number | null;
}

/** One instruction that the ledger executed on the chain that stands in the end. */
export interface Landing {
  /** When it became visible at `confirmed`. */
  readonly at: number;
  /** The ledger's clock in its block, Unix seconds. */
  readonly clockS: number;
  /** The operation whose bytes these were; null for somebody outside the history. */
  readonly operation: number | null;
  readonly signer: WalletName;
  readonly instruction: Instruction;
  readonly outcome:
    | { readonly kind: 'committed'; readonly view: ThreadObservation }
    | { readonly kind: 'refused'; readonly code: string };
  /** CHOIR after it, base units, as read from the ledger: wallets whose balance it changed, and where else tokens are. */
  readonly tokens: {
    readonly wallets: readonly (readonly [WalletName, bigint])[];
    readonly treasury: bigint;
    readonly escrowed: bigint;
  };
}

/** Something an observer shows from `at` on. Recorded whenever it changes, and after a reconnect or restart. */
export type Showing = { readonly at: number } & (
  | { readonly kind: 'cache'; readonly backend: BackendName; readonly view: ThreadObservation }
  | { readonly kind: 'client'; readonly client: ClientName; readonly view: ThreadObservation }
  /** A thread's metadata in the content store. */
  | {
      readonly kind: 'metadata';
      readonly thread: ThreadName;
      readonly version: number;
      readonly coAuthors: readonly WalletName[];
    }
  /** The store lost it (a fault): what it shows of it next may be older. */
  | { readonly kind: 'metadataLost'; readonly thread: ThreadName }
  /** How a client shows its own write apart from confirmed views; `unmarked`: as if it were confirmed; `gone`: no longer. */
  | {
      readonly kind: 'own';
      readonly client: ClientName;
      readonly operation: number;
      readonly mark: 'optimistic' | 'unsettled' | 'confirmed' | 'unmarked' | 'gone';
    }
);

/** `acknowledged`: the writer was told that the store has it, applied and durable. The others are effects. */
export type StoreEvent = { readonly at: number; readonly content: ContentName } & (
  | { readonly kind: 'acknowledged'; readonly state: 'pending' | 'recorded' }
  | { readonly kind: 'discarded' }
  /** It was stored as recorded, and no fault took it away: it is gone, or only pending. */
  | { readonly kind: 'unrecorded' }
  /** The writer was told that it is recorded, and it is not. */
  | { readonly kind: 'claimed' }
  /** Taken away by a fault that nobody promised to survive, with every copy of the text. */
  | { readonly kind: 'destroyed' }
);

/** Everything that can be seen at one moment. */
export interface Look {
  readonly at: number;
  readonly atMs: number;
  readonly observation: Observation;
  /** Stored contents whose text is not what their id says. */
  readonly mismatched: readonly ContentName[];
  /** Of the contents stored as recorded: at which sequence of its thread. */
  readonly sequences: readonly { readonly content: ContentName; readonly sequence: number | null }[];
}

export interface History {
  readonly setup: {
    /** CHOIR of each wallet at the start, base units. */
    readonly wallets: readonly (readonly [WalletName, bigint])[];
    readonly rules: Rules;
    /** How far behind the newest confirmed block a node that answers may be, milliseconds of virtual time. */
    readonly maxLagMs: number;
  };
  /** By `call`. */
  readonly operations: readonly OperationRecord[];
  /** In the ledger's own order; null where that could not be read. */
  readonly landings: readonly Landing[] | null;
  /** By `at`. */
  readonly showings: readonly Showing[];
  /** By `at`. */
  readonly store: readonly StoreEvent[];
  /** By `at`. */
  readonly looks: readonly Look[];
  /** By `at`. */
  readonly crashes: readonly { readonly at: number; readonly backend: BackendName }[];
  /** When faults ended and a fair schedule began, and within how many steps all must agree; null when the run never healed. */
  readonly healed: { readonly at: number; readonly withinSteps: number } | null;
  /** `pending`: what somebody still had to do then, one line each (an outbox, a queue). */
  readonly ended: { readonly at: number; readonly atMs: number; readonly pending: readonly string[] };
}
