/**
 * The confirmed views a client holds: the newest it ever got of each thread, from whichever backend. A view is replaced by a newer
 * one only, so what is shown never goes back; slices that do not complete yet leave their messages behind for the next one.
 */
import type { KnownThread, MessageView, ThreadSlice, ThreadView } from '../core/protocol.ts';
import { completeSlice } from '../core/thread-slice.ts';
import type { ThreadId } from '../ports/ids.ts';

export type Taken =
  /** The view the slice completes to, newer than what was shown or not. */
  | { readonly kind: 'complete'; readonly view: ThreadView; readonly adopted: boolean }
  /** More messages are needed: ask again; `known` says how many are held now. */
  | { readonly kind: 'incomplete'; readonly known: number };

export class ConfirmedViews {
  readonly #views = new Map<ThreadId, ThreadView>();
  /** Messages held beyond the view's own, while a longer view is being fetched in parts. */
  readonly #held = new Map<ThreadId, readonly MessageView[]>();

  get(thread: ThreadId): ThreadView | undefined {
    return this.#views.get(thread);
  }

  version(thread: ThreadId): number {
    return this.#views.get(thread)?.version ?? 0;
  }

  all(): readonly ThreadView[] {
    return [...this.#views.values()];
  }

  /** How many of its messages are held, in sequence from the first. */
  messages(thread: ThreadId): number {
    return this.#messages(thread).length;
  }

  known(): readonly KnownThread[] {
    const threads = new Set([...this.#views.keys(), ...this.#held.keys()]);
    return [...threads].map((thread) => ({ thread, version: this.version(thread), messages: this.messages(thread) }));
  }

  take(slice: ThreadSlice): Taken {
    const completed = completeSlice(this.#messages(slice.thread), slice);
    if (completed.kind === 'incomplete') {
      if (slice.version > this.version(slice.thread)) this.#held.set(slice.thread, completed.messages);
      return { kind: 'incomplete', known: this.messages(slice.thread) };
    }
    const { view } = completed;
    const adopted = view.version > this.version(slice.thread);
    if (adopted) {
      this.#views.set(slice.thread, view);
      this.#held.delete(slice.thread);
    }
    return { kind: 'complete', view, adopted };
  }

  /** A whole view, from the ledger itself; kept only when it is newer. */
  adopt(view: ThreadView): boolean {
    if (view.version <= this.version(view.thread)) return false;
    this.#views.set(view.thread, view);
    if (this.#messages(view.thread).length <= view.messages.length) this.#held.delete(view.thread);
    return true;
  }

  #messages(thread: ThreadId): readonly MessageView[] {
    return this.#held.get(thread) ?? this.#views.get(thread)?.messages ?? [];
  }
}
