/** Where the parts of a backend hand in consistency errors, and say that one is over. */
import type { ConsistencyError } from '../../core/consistency-error.ts';
import type { Reply } from '../../ports/outcome.ts';

/** Tries to set right what an error is about. Rejects only when the program itself is wrong. */
export type AttemptRecovery = () => Promise<Reply<void>>;

export interface ErrorSink {
  /** Has everything done about an error, the attempt to recover from it included; resolves with whether it is over. */
  attempt(error: Omit<ConsistencyError, 'attempt'>, recover: AttemptRecovery): Promise<boolean>;
  raise(error: Omit<ConsistencyError, 'attempt'>): void;
  /** Of the open errors, those that have all these fields are over. */
  recovered(which: Partial<Pick<ConsistencyError, 'kind' | 'authority' | 'code' | 'thread' | 'intent'>>): void;
}
