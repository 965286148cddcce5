/** What the Solana authority can be asked, what it refuses with, and the event each success emits. */
import type { Settlement } from './state.ts';

/** The on-chain program's instructions, one a transaction. */
export type Instruction =
  | { readonly kind: 'createThread'; readonly thread: string }
  | { readonly kind: 'postMessage'; readonly thread: string; readonly hash: string }
  | { readonly kind: 'submitSpec'; readonly thread: string; readonly hash: string; readonly stake: bigint }
  | {
      readonly kind: 'vote';
      readonly thread: string;
      readonly hash: string;
      readonly author: string;
      readonly choice: 'approve' | 'deny';
    }
  | { readonly kind: 'settle'; readonly thread: string; readonly hash: string; readonly author: string }
  | { readonly kind: 'divest'; readonly thread: string };

/** An instruction landing: who signed it, and the ledger's clock (Unix seconds) in its block. */
export type SolanaAction = Instruction & { readonly signer: string; readonly nowS: number };

export type SolanaActionOf<Kind extends Instruction['kind']> = Extract<SolanaAction, { kind: Kind }>;

export const solanaRefusals = [
  'ThreadAlreadyExists',
  'ThreadNotFound',
  'NotCoAuthor',
  'HashAlreadyRecorded',
  'AuthorIsCoAuthor',
  'ThreadFull',
  'SpecAlreadyOpen',
  'SpecAlreadySettled',
  'StakeBelowMinimum',
  'InsufficientFunds',
  'SpecNotFound',
  'NotAVoter',
  'AlreadyVoted',
  'SpecExpired',
  'NotDecided',
  'LastCoAuthor',
] as const;

export type SolanaRefusal = (typeof solanaRefusals)[number];

/** What a reader needs to move a thread from `version - 1` to `version`. */
export type SolanaEvent = {
  readonly thread: string;
  readonly version: number;
  /** The thread's vault after the event. */
  readonly vault: bigint;
} & (
  | { readonly kind: 'threadCreated'; readonly creator: string }
  | { readonly kind: 'messagePosted'; readonly hash: string; readonly author: string; readonly sequence: number }
  | {
      readonly kind: 'specSubmitted';
      readonly hash: string;
      readonly author: string;
      readonly stake: bigint;
      readonly expiresAtS: number;
    }
  | {
      readonly kind: 'voted';
      readonly hash: string;
      readonly author: string;
      readonly voter: string;
      readonly choice: 'approve' | 'deny';
    }
  | {
      readonly kind: 'settled';
      readonly hash: string;
      readonly author: string;
      readonly status: Settlement;
      /** The recorded message's sequence when `approved` recorded one, else null. */
      readonly sequence: number | null;
      readonly joined: boolean;
    }
  | { readonly kind: 'divested'; readonly wallet: string; readonly payout: bigint }
);
