/**
 * The backend's durable copy of every thread it has ingested, at the version it has ingested it to, and where in the event stream
 * that was. Memory holds what is durable and nothing else: a change is staged, written together with the checkpoint, synced, and
 * only then adopted here. Text is not cached; the content store is its authority.
 */

import { pack, unpack } from '../core/json.ts';
import type { MessageView, ThreadView } from '../core/protocol.ts';
import type { Signature, ThreadId } from '../ports/ids.ts';
import type { EventPosition, LedgerEvent } from '../ports/ledger.ts';
import type { Store, StoreWrite } from '../ports/store.ts';
import { scanAll } from './tables.ts';

/** A view and the event that made it so: where to look again when something after it seems to be missing. */
export interface CachedThread {
  readonly view: ThreadView;
  readonly at: EventPosition;
}

/** Where a transaction's success brought its thread. */
export interface Landing {
  readonly thread: ThreadId;
  readonly version: number;
  readonly slot: number;
}

/** How many landings are remembered, newest first; an older transaction is looked up in the event stream again. */
const KEPT_LANDINGS = 10_000;

const messageKey = (thread: ThreadId, sequence: number): string => `${thread}/${sequence.toString().padStart(10, '0')}`;
const landingKey = (slot: number, signature: Signature): string => `${slot.toString().padStart(16, '0')}/${signature}`;

type Head = Omit<ThreadView, 'messages'> & { readonly at: EventPosition };

export class ThreadCache {
  readonly #threads = new Map<ThreadId, CachedThread>();
  /** In order of landing, as far as this backend saw them. */
  readonly #landings = new Map<Signature, Landing>();

  static async load(store: Store): Promise<ThreadCache> {
    const cache = new ThreadCache();
    const messages = new Map<string, MessageView[]>();
    for (const [key, value] of await scanAll(store, 'messages')) {
      const thread = key.slice(0, key.indexOf('/'));
      const list = messages.get(thread) ?? [];
      list.push(unpack<MessageView>(value));
      messages.set(thread, list);
    }
    for (const [, value] of await scanAll(store, 'threads')) {
      const { at, ...head } = unpack<Head>(value);
      cache.#threads.set(head.thread, { view: { ...head, messages: messages.get(head.thread) ?? [] }, at });
    }
    for (const [key, value] of await scanAll(store, 'landings')) {
      cache.#landings.set(key.slice(key.indexOf('/') + 1) as Signature, unpack<Landing>(value));
    }
    return cache;
  }

  get(thread: ThreadId): CachedThread | undefined {
    return this.#threads.get(thread);
  }

  view(thread: ThreadId): ThreadView | undefined {
    return this.#threads.get(thread)?.view;
  }

  views(): readonly ThreadView[] {
    return [...this.#threads.values()].map((each) => each.view);
  }

  landing(signature: Signature): Landing | undefined {
    return this.#landings.get(signature);
  }

  /** What must be written for these threads and events to be cached. */
  writesFor(changed: ReadonlyMap<ThreadId, CachedThread>, applied: readonly LedgerEvent[]): StoreWrite[] {
    const writes: StoreWrite[] = [];
    for (const [thread, { view, at }] of changed) {
      const { messages, ...head } = view;
      writes.push({ kind: 'put', table: 'threads', key: thread, value: pack({ ...head, at }) });
      for (const message of messages.slice(this.view(thread)?.messages.length ?? 0)) {
        writes.push({ kind: 'put', table: 'messages', key: messageKey(thread, message.sequence), value: pack(message) });
      }
    }
    for (const event of applied) {
      const landing: Landing = { thread: event.thread, version: event.version, slot: event.slot };
      writes.push({ kind: 'put', table: 'landings', key: landingKey(event.slot, event.signature), value: pack(landing) });
    }
    let surplus = this.#landings.size + applied.length - KEPT_LANDINGS;
    for (const [signature, landing] of this.#landings) {
      if (surplus <= 0) break;
      writes.push({ kind: 'delete', table: 'landings', key: landingKey(landing.slot, signature) });
      surplus -= 1;
    }
    return writes;
  }

  /** Takes over what `writesFor` made durable. */
  adopt(changed: ReadonlyMap<ThreadId, CachedThread>, applied: readonly LedgerEvent[]): void {
    for (const [thread, cached] of changed) this.#threads.set(thread, cached);
    for (const event of applied) {
      this.#landings.set(event.signature, { thread: event.thread, version: event.version, slot: event.slot });
    }
    for (const signature of this.#landings.keys()) {
      if (this.#landings.size <= KEPT_LANDINGS) break;
      this.#landings.delete(signature);
    }
  }
}
