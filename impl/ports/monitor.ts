/**
 * Where a backend tells what happens to it, as typed facts: from these come the log, the metrics and the health. Telling never fails,
 * never waits and never changes what is told about. Times are the backend's own clock.
 */
import type { Conflict } from '../core/conflict.ts';
import type { ConsistencyError } from '../core/consistency-error.ts';
import type { ContentHash, ThreadId } from './ids.ts';
import type { Authority } from './outcome.ts';

export type BreakerState = 'closed' | 'open' | 'halfOpen';

export type MonitorEvent =
  /** A consistency error was met; the same one again has a higher `attempt`. */
  | { readonly kind: 'error'; readonly error: ConsistencyError }
  /** What `error` told of is over; `tookMs` since its first attempt. */
  | { readonly kind: 'recovered'; readonly error: ConsistencyError; readonly tookMs: number }
  /** A conflict was met for the first time since it was last settled. */
  | { readonly kind: 'conflict'; readonly conflict: Conflict }
  /** It is gone (`resolved`), or cannot be mended here and is kept in view (`quarantined`); `tookMs` since it was met. */
  | {
      readonly kind: 'settled';
      readonly conflict: Conflict;
      readonly how: 'resolved' | 'quarantined';
      readonly tookMs: number;
    }
  /** So many threads were compared with what is expected of them, and so many differed. */
  | { readonly kind: 'compared'; readonly threads: number; readonly diverged: number }
  /** A thread's version is durable in the cache; from here its propagation delay counts. */
  | { readonly kind: 'cached'; readonly thread: ThreadId; readonly version: number }
  /** Qdrant is known to hold that version's metadata and content; `delayMs` since it was cached. */
  | { readonly kind: 'propagated'; readonly thread: ThreadId; readonly version: number; readonly delayMs: number }
  /** How many threads' copies in Qdrant are known, or not yet known not, to differ from the cache. */
  | { readonly kind: 'drift'; readonly threads: number }
  /** Content that Qdrant lacked, or held altered, was put back, with its text from this backend's store, its cache, or a client. */
  | {
      readonly kind: 'restored';
      readonly thread: ThreadId;
      readonly hash: ContentHash;
      readonly from: 'store' | 'cache' | 'client';
    }
  | { readonly kind: 'breaker'; readonly authority: Authority; readonly state: BreakerState }
  | { readonly kind: 'queue'; readonly name: string; readonly size: number; readonly limit: number }
  /** State was recovered at opening: from the newest checkpoint, from the one before, or from the ledger's beginning. */
  | {
      readonly kind: 'recovery';
      readonly from: 'checkpoint' | 'previousCheckpoint' | 'beginning';
      readonly missed: number;
      readonly rebuilt: number;
    };

export interface Monitor {
  tell(event: MonitorEvent): void;
}

export const silent: Monitor = { tell: () => undefined };
