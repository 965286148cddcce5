/** A size of an update: who takes part, what may fail, and what is left out. */
import type { Rule } from '../explore/spec.ts';
import type { SolanaState } from '../solana/state.ts';
import type { BackendFaults } from './backend.ts';
import type { UpdateSlots, Write } from './slots.ts';

export interface UpdateScope {
  readonly name: string;
  readonly backends: number;
  readonly thread: string;
  readonly ledger: SolanaState;
  readonly writes: readonly Write[];
  readonly faults: BackendFaults & {
    readonly crashes: boolean;
    readonly forks: boolean;
    readonly loses: boolean;
  };
  /** Clients are shown versions, and Qdrant is brought up to date; left out where only the write itself is looked at. */
  readonly shows: boolean;
  /** Backends compare what Qdrant holds with what they have cached. */
  readonly compares: boolean;
  readonly landing: 'atOnce' | 'later';
  /** The writes differ by name only, and so does all that they start from. */
  readonly isSymmetric: boolean;
  /** Others who change the ledger meanwhile. */
  readonly others: readonly Rule<UpdateSlots>[];
}

export const noFaults = { calls: false, lags: false, crashes: false, forks: false, loses: false } as const;
export const allFaults = { calls: true, lags: true, crashes: true, forks: true, loses: true } as const;
