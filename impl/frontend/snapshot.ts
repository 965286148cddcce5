/**
 * What a client shows, as one immutable value: the same object until something changes, and inside it the same objects for threads
 * that did not, so that a user interface can compare by reference.
 */
import type { UnsettledWrite, WriteEnd } from '../core/protocol.ts';
import type { BackendId, IntentId, ThreadId, WalletId } from '../ports/ids.ts';
import { display, type Overlay, type OverlayEntry, type ThreadDisplay } from './optimistic.ts';
import type { Waiting } from './own-queue.ts';
import type { ConfirmedViews } from './views.ts';

export interface Snapshot {
  readonly wallet: WalletId;
  /** null when offline. */
  readonly backend: BackendId | null;
  /** Whether a token for that backend is held; the backend may know better. */
  readonly signedIn: boolean;
  /** The backend it has lost and reads around; null when online, when offline by its user's wish, or when it cannot do without. */
  readonly lost: BackendId | null;
  /** Sorted by thread id. */
  readonly threads: readonly ThreadDisplay[];
  /** Writes whose end is not known yet, in the order they were begun. */
  readonly unsettled: readonly UnsettledWrite[];
  /** Own writes that wait at a backend until an authority is back, as far as this client knows. */
  readonly queued: readonly Waiting[];
  /** The ends of writes that had been unsettled or queued, newest last, at most 100. */
  readonly settled: readonly { readonly intent: IntentId; readonly end: WriteEnd }[];
}

interface Remembered {
  readonly entries: Overlay;
  readonly shown: ThreadDisplay;
}

/** Builds thread displays, giving back the earlier object where nothing about the thread has changed. */
export class Displays {
  readonly #wallet: WalletId;
  #remembered = new Map<ThreadId, Remembered>();

  constructor(wallet: WalletId) {
    this.#wallet = wallet;
  }

  all(views: ConfirmedViews, overlay: Overlay): readonly ThreadDisplay[] {
    const own = new Map<ThreadId, OverlayEntry[]>();
    for (const entry of overlay) own.set(entry.action.thread, [...(own.get(entry.action.thread) ?? []), entry]);
    const threads = [...new Set([...views.all().map((view) => view.thread), ...own.keys()])].sort();
    const next = new Map<ThreadId, Remembered>();
    for (const thread of threads) {
      const confirmed = views.get(thread) ?? null;
      const entries = own.get(thread) ?? [];
      const before = this.#remembered.get(thread);
      const same = before !== undefined && before.shown.confirmed === confirmed && isSame(before.entries, entries);
      next.set(thread, same ? before : { entries, shown: display(thread, confirmed, entries, this.#wallet) });
    }
    this.#remembered = next;
    return [...next.values()].map((each) => each.shown);
  }
}

const isSame = (a: Overlay, b: Overlay): boolean => a.length === b.length && a.every((entry, i) => entry === b[i]);
