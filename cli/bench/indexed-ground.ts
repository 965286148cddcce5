/**
 * For the benchmark of reconciling: authorities whose every answer costs what is asked for, however much they hold, so that what is
 * measured is the backend's own. Threads have one message each.
 */
import bs58 from 'bs58';
import { MemoryStore } from '#impl/adapters/store/memory.ts';
import { Backend } from '#impl/backend/backend.ts';
import { hashContent } from '#impl/core/content.ts';
import { EMPTY_CHAIN, extendChain } from '#impl/core/hash-chain.ts';
import type { ContentStore, StoredMessage, ThreadMetadata } from '#impl/ports/content-store.ts';
import { backendId, type ContentHash, signature, type ThreadId, threadId, walletId } from '#impl/ports/ids.ts';
import type { Ledger, LedgerEvent, LedgerThread } from '#impl/ports/ledger.ts';
import { applied, ok } from '#impl/ports/outcome.ts';
import { VirtualClock } from '#simulations/engine/virtual-clock.ts';

const author = walletId(bs58.encode(new Uint8Array(32).fill(5)));
const idOf = (n: number): ThreadId => threadId(n.toString(16).padStart(64, '0'));
const textOf = (n: number, sequence: number): string => `message ${sequence} of thread ${n}`;

export class IndexedGround {
  readonly clock = new VirtualClock(1_735_689_600_000);
  backend!: Backend;
  /** Calls to either authority. */
  calls = 0;
  readonly #events: LedgerEvent[] = [];
  readonly #byThread = new Map<ThreadId, LedgerEvent[]>();
  readonly #place = new Map<string, number>();
  readonly #messages = new Map<ThreadId, Map<ContentHash, StoredMessage>>();
  readonly #metadata = new Map<ThreadId, ThreadMetadata>();

  /** So many threads, all ingested, brought to the content store, and compared. */
  static async open(threads: number): Promise<IndexedGround> {
    const ground = new IndexedGround();
    for (let n = 0; n < threads; n += 1) {
      const creation = { kind: 'threadCreated', creator: author } as const;
      ground.#land(idOf(n), creation);
      ground.change(n);
    }
    ground.backend = await Backend.open({
      id: backendId('b0'),
      ledger: ground.#ledger() as Ledger,
      contentStore: ground.#content() as ContentStore,
      embedder: { dimensions: 1, embed: async (texts) => ok(texts.map(() => [1])) },
      store: new MemoryStore(),
      clock: ground.clock,
      random: { bytes: (count) => new Uint8Array(count) },
      options: { ensureCollections: false, syncEveryMs: Number.MAX_SAFE_INTEGER },
    });
    await ground.backend.round();
    // Everything was compared with both authorities, and what was ingested read again as often as it is.
    for (let pass = 0; pass < 5 + threads / 256; pass += 1) await ground.backend.sync();
    return ground;
  }

  /** One more message in this thread, stored and recorded. */
  change(n: number): void {
    const thread = idOf(n);
    const sequence = this.#byThread.get(thread)?.filter(({ kind }) => kind === 'messagePosted').length ?? 0;
    const draft = { thread, author, text: textOf(n, sequence) };
    const hash = hashContent(draft);
    this.#land(thread, { kind: 'messagePosted', hash, author, sequence });
    const stored = this.#messages.get(thread) ?? new Map<ContentHash, StoredMessage>();
    this.#messages.set(thread, stored.set(hash, { ...draft, hash, state: 'recorded', sequence }));
  }

  /** Qdrant forgets what it had of this thread's metadata. */
  spoil(n: number): void {
    this.#metadata.delete(idOf(n));
  }

  isMended(n: number): boolean {
    return this.#metadata.get(idOf(n))?.version === this.#byThread.get(idOf(n))?.length;
  }

  #land(
    thread: ThreadId,
    what:
      | { kind: 'threadCreated'; creator: typeof author }
      | { kind: 'messagePosted'; hash: ContentHash; author: typeof author; sequence: number },
  ): void {
    const own = this.#byThread.get(thread) ?? [];
    this.#byThread.set(thread, own);
    const n = this.#events.length;
    const bytes = new Uint8Array(64).fill(1);
    new DataView(bytes.buffer).setUint32(0, n);
    const event = { ...what, thread, version: own.length + 1, vault: 0n, slot: n + 1, signature: signature(bs58.encode(bytes)) };
    this.#place.set(event.signature, n);
    this.#events.push(event);
    own.push(event);
  }

  #ledger(): Partial<Ledger> {
    return {
      events: async (after, limit, thread) => {
        this.calls += 1;
        const from = after === null ? 0 : (this.#place.get(after.signature) ?? -1) + 1;
        const events =
          thread === undefined
            ? this.#events.slice(from, from + limit)
            : (this.#byThread.get(thread) ?? []).filter(({ slot }) => slot > from).slice(0, limit);
        const last = events.at(-1);
        return ok({ events, next: last === undefined ? after : { slot: last.slot, signature: last.signature } });
      },
      thread: async (id) => {
        this.calls += 1;
        return ok({ slot: this.#events.length, value: this.#account(id) });
      },
      blockHeight: async () => ok({ slot: this.#events.length, value: this.#events.length }),
    };
  }

  #account(id: ThreadId): LedgerThread | null {
    const own = this.#byThread.get(id);
    if (own === undefined) return null;
    const hashes = own.flatMap((event) => (event.kind === 'messagePosted' ? [event.hash] : []));
    const counts = {
      version: own.length,
      messageCount: hashes.length,
      openSpecs: 0,
      hashChain: extendChain(EMPTY_CHAIN, hashes),
    };
    return { id, ...counts, coAuthors: [author], vault: 0n, createdSlot: 0, updatedSlot: 0 };
  }

  #content(): Partial<ContentStore> {
    return {
      thread: async (id) => {
        this.calls += 1;
        return ok(this.#metadata.get(id) ?? null);
      },
      threadMessages: async (id) => {
        this.calls += 1;
        return ok({ messages: [...(this.#messages.get(id)?.values() ?? [])], next: null });
      },
      messages: async (hashes) => {
        this.calls += 1;
        const all = [...this.#messages.values()].flatMap((own) => hashes.flatMap((hash) => own.get(hash) ?? []));
        return ok(all);
      },
      putThread: async (metadata) => {
        this.calls += 1;
        this.#metadata.set(metadata.thread, metadata);
        return applied('written');
      },
      markRecorded: async () => {
        this.calls += 1;
        return applied('recorded');
      },
    };
  }
}
