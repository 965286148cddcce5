/**
 * The specification's maintain_sync: what the content store holds of every cached thread, compared with what the cache expects, and
 * reconciled where they differ. Finds what no event tells of: content lost or altered behind everybody's back, metadata likewise,
 * pending content that nobody needs any more (a late duplicate of a write that was cleaned up after).
 *
 * It only ever *queues* what looks wrong; the projection then asks the ledger where it must and mends it. Content whose text is not
 * held here is left to the backend that holds it, and reported as quarantined meanwhile. Reads everything: its cost is the size of
 * the threads, so it runs seldom.
 */
import { hashContent } from '../core/content.ts';
import type { ThreadView } from '../core/protocol.ts';
import { SingleFlight } from '../core/single-flight.ts';
import type { ContentStore, StoredMessage, ThreadMetadata } from '../ports/content-store.ts';
import type { ContentHash, ThreadId } from '../ports/ids.ts';
import { ok, type Reply } from '../ports/outcome.ts';
import type { Store } from '../ports/store.ts';
import type { ThreadCache } from './cache.ts';
import type { ContentTask, ProjectionQueue, ProjectionTask } from './projection-queue.ts';

export interface SyncReport {
  readonly threads: number;
  /** Tasks queued because something differed. */
  readonly diverged: number;
  /** Contents that the ledger has and Qdrant lacks or holds altered, whose text is not held here. */
  readonly quarantined: readonly ContentHash[];
}

const PAGE = 1_000;

/** What is stored is what its hash says. */
export const isGenuine = (message: StoredMessage): boolean => hashContent(message) === message.hash;

/** Metadata of exactly this view's version that says what the view says. */
export const isMetadataOf = ({ version, coAuthors, messages }: ThreadView, stored: ThreadMetadata): boolean =>
  stored.version === version &&
  stored.messageCount === messages.length &&
  stored.coAuthors.length === coAuthors.length &&
  stored.coAuthors.every((each, i) => each === coAuthors[i]);

export class Sync {
  readonly #contentStore: ContentStore;
  readonly #store: Store;
  readonly #cache: ThreadCache;
  readonly #queue: ProjectionQueue;
  readonly #flight = new SingleFlight(() => this.#pass());
  /** Pending contents that the pass before this one had no use for either: a write may have been on its way then. */
  #suspects: ReadonlySet<ContentHash> = new Set();
  #quarantined: readonly ContentHash[] = [];

  constructor(
    ports: { readonly contentStore: ContentStore; readonly store: Store },
    parts: { readonly cache: ThreadCache; readonly queue: ProjectionQueue },
  ) {
    this.#contentStore = ports.contentStore;
    this.#store = ports.store;
    this.#cache = parts.cache;
    this.#queue = parts.queue;
  }

  /** As of the last whole pass. */
  get quarantined(): readonly ContentHash[] {
    return this.#quarantined;
  }

  /** One pass over everything. Ends at the first failure, with nothing decided. Durable when it resolves. */
  run(): Promise<Reply<SyncReport>> {
    return this.#flight.run();
  }

  async #pass(): Promise<Reply<SyncReport>> {
    const tasks: ProjectionTask[] = [];
    const suspects = new Set<ContentHash>();
    const quarantined: ContentHash[] = [];
    const views = this.#cache.views();
    for (const { thread } of views) {
      const metadata = await this.#contentStore.thread(thread);
      if (!metadata.ok) return metadata;
      const stored = await this.#stored(thread);
      if (!stored.ok) return stored;
      // The view as it is after the reads: what was ingested meanwhile has tasks of its own.
      const view = this.#cache.view(thread);
      if (view === undefined) continue;
      if (isBehind(view, metadata.value)) tasks.push({ kind: 'thread', thread });
      for (const task of missingIn(view, stored.value)) {
        const isHeld = (await this.#store.get('texts', task.hash)) !== undefined;
        if (isHeld) tasks.push(task);
        else quarantined.push(task.hash);
      }
      for (const task of unneededIn(view, stored.value)) {
        suspects.add(task.hash);
        if (this.#suspects.has(task.hash)) tasks.push(task);
      }
    }
    if (tasks.length > 0) {
      await this.#store.write(this.#queue.writesFor(tasks));
      await this.#store.sync();
      this.#queue.adopt(tasks);
    }
    this.#suspects = suspects;
    this.#quarantined = quarantined;
    return ok({ threads: views.length, diverged: tasks.length, quarantined });
  }

  async #stored(thread: ThreadId): Promise<Reply<ReadonlyMap<ContentHash, StoredMessage>>> {
    const found = new Map<ContentHash, StoredMessage>();
    let after: string | null = null;
    do {
      const page: Awaited<ReturnType<ContentStore['threadMessages']>> = await this.#contentStore.threadMessages(thread, {
        after,
        limit: PAGE,
      });
      if (!page.ok) return page;
      for (const message of page.value.messages) found.set(message.hash, message);
      after = page.value.next;
    } while (after !== null);
    return ok(found);
  }
}

/** Nothing, older, or of this version and altered. Newer is another backend's work, done from more than is cached here. */
const isBehind = (view: ThreadView, stored: ThreadMetadata | null): boolean =>
  stored === null || stored.version < view.version || (stored.version === view.version && !isMetadataOf(view, stored));

/** Contents that should be there and are not, or not as they should be. */
function missingIn(view: ThreadView, stored: ReadonlyMap<ContentHash, StoredMessage>): readonly ContentTask[] {
  const { thread } = view;
  const recorded = view.messages.filter(({ hash, sequence }) => {
    const found = stored.get(hash);
    return found === undefined || found.state !== 'recorded' || found.sequence !== sequence || !isGenuine(found);
  });
  const open = view.specs.filter(({ hash }) => {
    const found = stored.get(hash);
    return found === undefined || !isGenuine(found);
  });
  return [...recorded, ...open].map(({ hash, author }) => ({ kind: 'content', hash, thread, author }));
}

/** Pending contents that this view has no use for. */
function unneededIn(view: ThreadView, stored: ReadonlyMap<ContentHash, StoredMessage>): readonly ContentTask[] {
  const needed = new Set([...view.messages, ...view.specs].map(({ hash }) => hash));
  return [...stored.values()]
    .filter(({ state, hash }) => state === 'pending' && !needed.has(hash))
    .map(({ hash, author }) => ({ kind: 'content', hash, thread: view.thread, author }));
}
