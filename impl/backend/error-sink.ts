/** Where the parts of a backend hand in consistency errors, and say that one is over. Both return at once. */
import type { ConsistencyError } from '../core/consistency-error.ts';

export interface ErrorSink {
  raise(error: Omit<ConsistencyError, 'attempt'>): void;
  /** Of the open errors, those that have all these fields are over. */
  recovered(which: Partial<Pick<ConsistencyError, 'kind' | 'authority' | 'code' | 'thread' | 'intent'>>): void;
}
