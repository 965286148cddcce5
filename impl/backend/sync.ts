/**
 * The specification's maintain_sync: what the content store holds of every cached thread, compared with what the cache expects, and
 * reconciled where they differ. Finds what no event tells of: content lost or altered behind everybody's back, metadata likewise,
 * pending content that nobody needs any more (a late duplicate of a write that was cleaned up after).
 *
 *   read metadata and messages -> compare (divergence.ts) -> queue durably "look at this again" -> projection asks and mends
 *                                                        \-> text not held here: quarantined, left to the backend that holds it
 *
 * It writes nothing to the content store itself and never concludes from the cache alone that something may go. Reads everything:
 * its cost is the size of the threads, so it runs seldom.
 */
import { SingleFlight } from '../core/single-flight.ts';
import type { Clock } from '../ports/clock.ts';
import type { ContentStore } from '../ports/content-store.ts';
import type { ContentHash, ThreadId } from '../ports/ids.ts';
import { ok, type Reply } from '../ports/outcome.ts';
import type { Store } from '../ports/store.ts';
import type { ThreadCache } from './cache.ts';
import { divergedIn, factsOf, isBehind, type StoredFacts, unneededIn } from './divergence.ts';
import type { Projection } from './projection.ts';
import type { ContentTask, ProjectionQueue, ProjectionTask } from './projection-queue.ts';

export interface SyncReport {
  /** Threads compared. */
  readonly threads: number;
  /** Tasks queued because something differed. */
  readonly diverged: number;
  /** Contents that the ledger has and Qdrant lacks or holds altered, whose text is not held here. */
  readonly quarantined: readonly ContentHash[];
}

export interface SyncPorts {
  readonly contentStore: ContentStore;
  readonly store: Store;
  readonly clock: Clock;
}

export interface SyncParts {
  readonly cache: ThreadCache;
  readonly queue: ProjectionQueue;
  readonly projection: Projection;
}

/** Messages read at a time: of at most 1 MiB each, so that a page of the longest ones still fits memory and a time-out. */
const PAGE = 64;
/**
 * For how long pending content must have looked unneeded before the ledger is asked about it. Another backend's write may be on its
 * way with it, and its transaction can land for about that long; should it land later still, its backend puts the content back.
 */
const SUSPECT_MS = 60_000;

export class Sync {
  readonly #ports: SyncPorts;
  readonly #parts: SyncParts;
  readonly #flight = new SingleFlight(() => this.#pass());
  /** Pending contents that no pass since this time, milliseconds, had a use for. Forgotten in a crash, which only delays. */
  #suspects: ReadonlyMap<ContentHash, number> = new Map();
  #quarantined: readonly ContentHash[] = [];

  constructor(ports: SyncPorts, parts: SyncParts) {
    this.#ports = ports;
    this.#parts = parts;
  }

  /** As of the last whole pass. */
  get quarantined(): readonly ContentHash[] {
    return this.#quarantined;
  }

  /**
   * One pass over everything; whoever asks while one runs shares the next. Ends at the first failure of the content store, with
   * nothing queued. What it queued is durable when it resolves; working it off is the projection's.
   */
  run(): Promise<Reply<SyncReport>> {
    return this.#flight.run();
  }

  async #pass(): Promise<Reply<SyncReport>> {
    const { cache } = this.#parts;
    const atMs = this.#ports.clock.nowMs();
    const tasks: ProjectionTask[] = [];
    const suspects = new Map<ContentHash, number>();
    const quarantined: ContentHash[] = [];
    const views = cache.views();
    for (const { thread } of views) {
      const before = cache.view(thread);
      if (before === undefined) continue;
      const metadata = await this.#ports.contentStore.thread(thread);
      if (!metadata.ok) return metadata;
      const stored = await this.#stored(thread);
      if (!stored.ok) return stored;
      const after = cache.view(thread) ?? before;
      if (isBehind(before, metadata.value)) tasks.push({ kind: 'thread', thread });
      for (const { task, needsText } of divergedIn(before, after, stored.value)) {
        if (needsText && !(await this.#holds(task))) quarantined.push(task.hash);
        else tasks.push(task);
      }
      for (const task of unneededIn(after, stored.value)) {
        const sinceMs = this.#suspects.get(task.hash) ?? atMs;
        suspects.set(task.hash, sinceMs);
        if (atMs - sinceMs >= SUSPECT_MS) tasks.push(task);
      }
    }
    await this.#queue(tasks);
    this.#suspects = suspects;
    this.#quarantined = quarantined;
    return ok({ threads: views.length, diverged: tasks.length, quarantined });
  }

  async #queue(tasks: readonly ProjectionTask[]): Promise<void> {
    if (tasks.length === 0) return;
    const { queue, projection } = this.#parts;
    await this.#ports.store.write(queue.writesFor(tasks));
    await this.#ports.store.sync();
    projection.doubt(tasks.flatMap((task) => (task.kind === 'content' ? [task.hash] : [])));
    queue.adopt(tasks);
  }

  async #holds({ hash }: ContentTask): Promise<boolean> {
    return (await this.#ports.store.get('texts', hash)) !== undefined;
  }

  async #stored(thread: ThreadId): Promise<Reply<ReadonlyMap<ContentHash, StoredFacts>>> {
    const found = new Map<ContentHash, StoredFacts>();
    let after: string | null = null;
    do {
      const page: Awaited<ReturnType<ContentStore['threadMessages']>> = await this.#ports.contentStore.threadMessages(thread, {
        after,
        limit: PAGE,
      });
      if (!page.ok) return page;
      for (const message of page.value.messages) found.set(message.hash, factsOf(message));
      after = page.value.next;
    } while (after !== null);
    return ok(found);
  }
}
