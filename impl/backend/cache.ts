/**
 * The backend's durable copy of every thread it has ingested, at the version it has ingested it to, and where in the event stream
 * that was. Memory holds what is durable and nothing else: a change is staged, written together with the checkpoint, synced, and
 * only then adopted here. Text is not kept here (`content-cache.ts` has some); the content store is its authority.
 *
 * Everything here can be derived from the ledger again, so its rows are sealed: a thread with a damaged row is not shown, and rebuilt.
 */
import type { MessageView, ThreadView } from '../core/protocol.ts';
import { seal, unseal } from '../core/sealed.ts';
import type { Signature, ThreadId } from '../ports/ids.ts';
import type { EventPosition, LedgerEvent } from '../ports/ledger.ts';
import type { Store, StoreWrite } from '../ports/store.ts';
import { scanAll, scanPrefix } from './tables.ts';

/** A view and the event that made it so: where to look again when something after it seems to be missing. */
export interface CachedThread {
  readonly view: ThreadView;
  readonly at: EventPosition;
  /** The ledger's digest of its messages, as far as they are in the view. */
  readonly chain: string;
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

/** As stored, sealed: with how many messages belong to it. */
type Head = Omit<ThreadView, 'messages'> & Pick<CachedThread, 'at' | 'chain'> & { readonly messageCount: number };

export class ThreadCache {
  readonly #threads = new Map<ThreadId, CachedThread>();
  /** In order of landing, as far as this backend saw them. */
  readonly #landings = new Map<Signature, Landing>();
  /** Threads whose rows were not what was written: not shown, until they are rebuilt from the ledger. */
  #damaged: ReadonlySet<ThreadId> = new Set();
  readonly #changes: Set<ThreadId>[] = [];
  #onAdopted: (view: ThreadView) => void = () => undefined;

  static async load(store: Store): Promise<ThreadCache> {
    const cache = new ThreadCache();
    const damaged = new Set<ThreadId>();
    const messages = new Map<ThreadId, MessageView[]>();
    for (const [key, row] of await scanAll(store, 'messages')) {
      const thread = key.slice(0, key.indexOf('/')) as ThreadId;
      const list = messages.get(thread) ?? [];
      messages.set(thread, list);
      const message = unseal<MessageView>(row);
      if (message === null || message.sequence !== list.length) damaged.add(thread);
      else list.push(message);
    }
    for (const [key, row] of await scanAll(store, 'threads')) {
      const thread = key as ThreadId;
      const head = unseal<Head>(row);
      const own = messages.get(thread) ?? [];
      messages.delete(thread);
      if (head === null || head.thread !== thread || head.messageCount !== own.length) damaged.add(thread);
      if (head === null || damaged.has(thread)) continue;
      const { at, chain, messageCount: _, ...rest } = head;
      cache.#threads.set(thread, { view: { ...rest, messages: own }, at, chain });
    }
    // Messages of a thread whose head is gone.
    for (const thread of messages.keys()) damaged.add(thread);
    cache.#damaged = damaged;
    for (const [key, row] of await scanAll(store, 'landings')) {
      const landing = unseal<Landing>(row);
      // Derived, too: what is not remembered is looked up in the event stream.
      if (landing !== null) cache.#landings.set(key.slice(key.indexOf('/') + 1) as Signature, landing);
    }
    return cache;
  }

  /** Threads that were damaged when this was loaded. */
  get damaged(): ReadonlySet<ThreadId> {
    return this.#damaged;
  }

  /** What must be written for a thread to be forgotten whole. */
  async writesToForget(store: Store, thread: ThreadId): Promise<StoreWrite[]> {
    const rows = await scanPrefix(store, 'messages', `${thread}/`);
    return [
      { kind: 'delete', table: 'threads', key: thread },
      ...rows.map(([key]): StoreWrite => ({ kind: 'delete', table: 'messages', key })),
    ];
  }

  /** Takes over what `writesToForget` made durable. */
  forget(thread: ThreadId): void {
    this.#threads.delete(thread);
    this.doubt(thread);
  }

  /**
   * A set that gets every thread whose view changes, or is doubted, from now on. Whoever asked for it takes out what it has dealt
   * with: so what is looked at costs what changed, not what exists.
   */
  changes(): Set<ThreadId> {
    const changes = new Set<ThreadId>();
    this.#changes.push(changes);
    return changes;
  }

  /** Says that this thread should be looked at again, though its view has not changed. */
  doubt(thread: ThreadId): void {
    for (const changes of this.#changes) changes.add(thread);
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

  /** Every cached thread, in order of adoption; may be taken slowly, while threads come and go. */
  threads(): IterableIterator<ThreadId> {
    return this.#threads.keys();
  }

  get size(): number {
    return this.#threads.size;
  }

  landing(signature: Signature): Landing | undefined {
    return this.#landings.get(signature);
  }

  /** Has `onAdopted` called with each view that is taken over, before anybody can read it here and go on. */
  watch(onAdopted: (view: ThreadView) => void): void {
    this.#onAdopted = onAdopted;
  }

  /** What must be written for these threads and events to be cached. */
  writesFor(changed: ReadonlyMap<ThreadId, CachedThread>, applied: readonly LedgerEvent[]): StoreWrite[] {
    const writes: StoreWrite[] = [];
    for (const [thread, { view, at, chain }] of changed) {
      const { messages, ...rest } = view;
      const head: Head = { ...rest, at, chain, messageCount: messages.length };
      writes.push({ kind: 'put', table: 'threads', key: thread, value: seal(head) });
      for (const message of messages.slice(this.view(thread)?.messages.length ?? 0)) {
        writes.push({ kind: 'put', table: 'messages', key: messageKey(thread, message.sequence), value: seal(message) });
      }
    }
    for (const event of applied) {
      const landing: Landing = { thread: event.thread, version: event.version, slot: event.slot };
      writes.push({ kind: 'put', table: 'landings', key: landingKey(event.slot, event.signature), value: seal(landing) });
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
    for (const [thread, cached] of changed) {
      this.#threads.set(thread, cached);
      this.doubt(thread);
      this.#onAdopted(cached.view);
    }
    for (const event of applied) {
      this.#landings.set(event.signature, { thread: event.thread, version: event.version, slot: event.slot });
    }
    for (const signature of this.#landings.keys()) {
      if (this.#landings.size <= KEPT_LANDINGS) break;
      this.#landings.delete(signature);
    }
  }
}
