/**
 * What connected clients are known to hold of the cache, told by them (`hello.known`) and by what was sent to them since: for each
 * only what it is *not* known to hold. A push may be lost, so what was sent counts as held for a while only, until the client's next
 * hello confirms it or shows that it never came.
 *
 *   newer version, pushed   -> on its way -> next hello knows it      -> held
 *                                         \-> next hello lacks it     -> on its way again, lacking since then
 *   newer version, no frame takes it, or more than one hello takes -> not sent: lags at once
 */
import type { KnownThread, ThreadSlice, ThreadView } from '../../core/protocol.ts';
import type { Peer } from '../../ports/channel.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ThreadId } from '../../ports/ids.ts';

/** For how long what was sent counts as held without the client having said so. */
export const CONFIRM_WITHIN_MS = 30_000;
/** Threads of one client that are followed one by one; of further ones only that there are some. */
const MAX_THREADS = 1_000;

/** What one client was last known to hold. */
export interface PeerEvidence {
  readonly peer: string;
  /** Since it said what it holds; null: it never did. */
  readonly saidMsAgo: number | null;
  /** Threads that it is not known to hold as they are cached, and has no fresh push of. */
  readonly lagging: number;
  /** Threads whose newest version is on its way to it. */
  readonly onTheirWay: number;
  /** How long the longest of what it lags in has been missing; 0: it lags in nothing. */
  readonly lagMs: number;
}

interface Missing {
  /** When it was first known to be missing. */
  readonly sinceMs: number;
  /** When the newest version was sent; null: it was not. */
  readonly sentMs: number | null;
}

interface Known {
  saidMs: number | null;
  readonly missing: Map<ThreadId, Missing>;
  /** More than are followed are missing, since then. */
  moreSinceMs: number | null;
}

export class PeerViews {
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #peers = new Map<string, Known>();

  constructor(clock: Pick<Clock, 'nowMs'>) {
    this.#clock = clock;
  }

  connected(peer: Pick<Peer, 'id'>): void {
    this.#peers.set(peer.id, { saidMs: null, missing: new Map(), moreSinceMs: null });
  }

  gone(peer: Pick<Peer, 'id'>): void {
    this.#peers.delete(peer.id);
  }

  /** A client has said what it holds, `views` are cached, and `sent` is what it is answered. */
  said(peer: string, known: readonly KnownThread[], views: readonly ThreadView[], sent: readonly ThreadSlice[]): void {
    const at = this.#peers.get(peer);
    if (at === undefined) return;
    const nowMs = this.#clock.nowMs();
    const held = new Map(known.map(({ thread, version }) => [thread, version]));
    const answered = new Set(sent.map(({ thread }) => thread));
    const before = new Map(at.missing);
    at.saidMs = nowMs;
    at.missing.clear();
    let isMore = false;
    for (const { thread, version } of views) {
      if ((held.get(thread) ?? 0) >= version) continue;
      const sinceMs = before.get(thread)?.sinceMs ?? nowMs;
      if (at.missing.size < MAX_THREADS) at.missing.set(thread, { sinceMs, sentMs: answered.has(thread) ? nowMs : null });
      else isMore = true;
    }
    at.moreSinceMs = isMore ? (at.moreSinceMs ?? nowMs) : null;
  }

  /** Newer versions have been cached, and have been pushed to everybody who is connected, or could not be (`isSent` false). */
  published(slices: readonly Pick<ThreadSlice, 'thread'>[], isSent: boolean): void {
    const nowMs = this.#clock.nowMs();
    for (const at of this.#peers.values()) {
      for (const { thread } of slices) {
        const before = at.missing.get(thread);
        if (before === undefined && at.missing.size >= MAX_THREADS) {
          at.moreSinceMs ??= nowMs;
          continue;
        }
        // A push carries what is new: who lacks something before it cannot show it, and waits for its next hello.
        const isUsable = isSent && (before === undefined || before.sentMs !== null);
        at.missing.set(thread, { sinceMs: before?.sinceMs ?? nowMs, sentMs: isUsable ? nowMs : null });
      }
    }
  }

  /** One for each connected client. */
  evidence(): readonly PeerEvidence[] {
    const nowMs = this.#clock.nowMs();
    return [...this.#peers].map(([peer, { saidMs, missing, moreSinceMs }]) => {
      const sinces = moreSinceMs === null ? [] : [moreSinceMs];
      let onTheirWay = 0;
      for (const { sinceMs, sentMs } of missing.values()) {
        if (sentMs !== null && nowMs - sinceMs <= CONFIRM_WITHIN_MS) onTheirWay += 1;
        else sinces.push(sinceMs);
      }
      const lagMs = sinces.length === 0 ? 0 : nowMs - Math.min(...sinces);
      return { peer, saidMsAgo: saidMs === null ? null : nowMs - saidMs, lagging: sinces.length, onTheirWay, lagMs };
    });
  }
}
