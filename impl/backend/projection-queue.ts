/**
 * What must still be brought to the content store, durably: at most one task a thread and one a content hash, however many events
 * called for it. A task says only *what* to look at; what is right is read from the cache and the ledger when it is worked off, so
 * a task done late, or twice, still ends in the newest state.
 */
import { pack, unpack } from '../core/json.ts';
import type { ContentHash, ThreadId, WalletId } from '../ports/ids.ts';
import type { LedgerEvent } from '../ports/ledger.ts';
import type { Store, StoreWrite } from '../ports/store.ts';
import { scanAll } from './tables.ts';

export interface ThreadTask {
  readonly kind: 'thread';
  readonly thread: ThreadId;
}

export interface ContentTask {
  readonly kind: 'content';
  readonly hash: ContentHash;
  readonly thread: ThreadId;
  readonly author: WalletId;
}

export type ProjectionTask = ThreadTask | ContentTask;

export const taskKey = (task: ProjectionTask): string =>
  task.kind === 'thread' ? `thread/${task.thread}` : `content/${task.hash}`;

/** The tasks an ingested event calls for. */
export function tasksOf(event: LedgerEvent): readonly ProjectionTask[] {
  const thread: ThreadTask = { kind: 'thread', thread: event.thread };
  switch (event.kind) {
    case 'threadCreated':
    case 'voted':
    case 'divested':
      return [thread];
    case 'messagePosted':
    case 'specSubmitted':
    case 'settled':
      return [thread, { kind: 'content', hash: event.hash, thread: event.thread, author: event.author }];
  }
}

/** Told of each task that was not queued before, and of each that is no more. */
export interface QueueWatch {
  queued(task: ProjectionTask): void;
  done(task: ProjectionTask): void;
}

export class ProjectionQueue {
  readonly #store: Store;
  readonly #watch: QueueWatch | null;
  readonly #tasks = new Map<string, ProjectionTask>();

  private constructor(store: Store, watch: QueueWatch | null) {
    this.#store = store;
    this.#watch = watch;
  }

  static async load(store: Store, watch: QueueWatch | null = null): Promise<ProjectionQueue> {
    const queue = new ProjectionQueue(store, watch);
    queue.adopt((await scanAll(store, 'projection')).map(([, value]) => unpack<ProjectionTask>(value)));
    return queue;
  }

  get size(): number {
    return this.#tasks.size;
  }

  tasks(): readonly ProjectionTask[] {
    return [...this.#tasks.values()];
  }

  /** For a batch that somebody else writes; `adopt` once it is durable. */
  writesFor(tasks: readonly ProjectionTask[]): StoreWrite[] {
    return tasks.map((task) => ({ kind: 'put', table: 'projection', key: taskKey(task), value: pack(task) }));
  }

  adopt(tasks: readonly ProjectionTask[]): void {
    for (const task of tasks) {
      const isNew = !this.#tasks.has(taskKey(task));
      this.#tasks.set(taskKey(task), task);
      if (isNew) this.#watch?.queued(task);
    }
  }

  /** Takes these very tasks off, unless a newer one has taken their place. Not synced: a task that comes back does no harm. */
  async done(tasks: readonly ProjectionTask[], others: readonly StoreWrite[]): Promise<void> {
    const writes: StoreWrite[] = [...others];
    for (const task of tasks) {
      const key = taskKey(task);
      if (this.#tasks.get(key) !== task) continue;
      this.#tasks.delete(key);
      this.#watch?.done(task);
      writes.push({ kind: 'delete', table: 'projection', key });
    }
    if (writes.length > 0) await this.#store.write(writes);
  }
}
