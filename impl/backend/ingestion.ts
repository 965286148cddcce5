/**
 * Follows the ledger's confirmed events from the durable checkpoint. One page at a time: reduce, write the new views, the ends of
 * our own intents, the projection tasks and the checkpoint in one atomic batch, sync, and only then show and publish them.
 * A gap in a thread's versions is filled by reading again from the last event that was applied to that thread.
 */

import type { WriteEnd } from '../core/protocol.ts';
import { requestRetries, retryRead } from '../core/retry.ts';
import { KeyedQueue, SingleFlight } from '../core/single-flight.ts';
import { sliceOf } from '../core/thread-slice.ts';
import { applyEvent } from '../core/thread-view.ts';
import type { Clock } from '../ports/clock.ts';
import type { Signature, ThreadId } from '../ports/ids.ts';
import type { EventPosition, Ledger, LedgerEvent } from '../ports/ledger.ts';
import { ok, type Reply } from '../ports/outcome.ts';
import type { Store } from '../ports/store.ts';
import type { CachedThread, Landing, ThreadCache } from './cache.ts';
import { type Checkpoint, isSamePosition, loadCheckpoint, writesForCheckpoint } from './checkpoint.ts';
import { type Ended, ended, type Outbox } from './outbox.ts';
import { type ProjectionQueue, tasksOf } from './projection-queue.ts';
import type { Publisher } from './publisher.ts';
import { scanAll } from './tables.ts';

export interface IngestionPorts {
  readonly ledger: Ledger;
  readonly store: Store;
  readonly clock: Clock;
}

export interface IngestionParts {
  readonly cache: ThreadCache;
  readonly outbox: Outbox;
  readonly queue: ProjectionQueue;
  readonly publisher: Publisher;
}

/** What one page or back-fill would change, before it is durable. */
interface Stage {
  readonly changed: Map<ThreadId, CachedThread>;
  readonly applied: LedgerEvent[];
  /** Threads with events that do not fit, and those that fit again. */
  readonly behind: Set<ThreadId>;
}

const newStage = (): Stage => ({ changed: new Map(), applied: [], behind: new Set() });

export class Ingestion {
  readonly #ports: IngestionPorts;
  readonly #parts: IngestionParts;
  readonly #pageLimit: number;
  /** Pages and back-fills take turns: both read views, wait, and write them. */
  readonly #turns = new KeyedQueue();
  readonly #page = new SingleFlight(() => this.#turns.run('', () => this.#nextPage()));
  readonly #behind: Set<ThreadId>;
  #checkpoint: Checkpoint;
  #gaps = 0;

  private constructor(
    ports: IngestionPorts,
    parts: IngestionParts,
    state: { pageLimit: number; checkpoint: Checkpoint; behind: Set<ThreadId> },
  ) {
    this.#ports = ports;
    this.#parts = parts;
    this.#pageLimit = state.pageLimit;
    this.#checkpoint = state.checkpoint;
    this.#behind = state.behind;
  }

  static async load(ports: IngestionPorts, parts: IngestionParts, pageLimit: number): Promise<Ingestion> {
    const checkpoint = await loadCheckpoint(ports.store);
    const behind = new Set((await scanAll(ports.store, 'behind')).map(([key]) => key as ThreadId));
    return new Ingestion(ports, parts, { pageLimit, checkpoint, behind });
  }

  /** Where this backend stands, and when it last heard from the ledger. */
  get checkpoint(): Checkpoint {
    return this.#checkpoint;
  }

  get behind(): number {
    return this.#behind.size;
  }

  /** Gaps met so far, filled or not. */
  get gaps(): number {
    return this.#gaps;
  }

  /** Ingests until `until` holds (by default: until there is nothing new). True when it holds in the end. */
  async catchUp(until: () => boolean = () => false): Promise<Reply<boolean>> {
    for (;;) {
      if (until()) return ok(true);
      const page = await this.#page.run();
      if (!page.ok) return page;
      if (page.value === 'end') return ok(until());
    }
  }

  /** As `catchUp`, for one thread to have reached `version`; reads its past again when the stream has passed it over. */
  async catchUpThread(thread: ThreadId, version: number): Promise<Reply<boolean>> {
    const reached = (): boolean => (this.#parts.cache.view(thread)?.version ?? 0) >= version;
    const caughtUp = await this.catchUp(reached);
    if (!caughtUp.ok || caughtUp.value) return caughtUp;
    const filled = await this.refill(thread);
    return filled.ok ? ok(reached()) : filled;
  }

  /** Reads a thread's events again from the last one applied to it: the stream may have passed one over. */
  refill(thread: ThreadId): Promise<Reply<void>> {
    return this.#turns.run('', () => this.#fill([thread]));
  }

  /** Tries again to fill the gaps of threads that are behind. */
  async repair(): Promise<Reply<void>> {
    return this.#behind.size === 0 ? ok(undefined) : this.#turns.run('', () => this.#fill([...this.#behind]));
  }

  /** Where a transaction landed, by reading the stream from its beginning: for those no longer remembered. */
  async locate(signature: Signature): Promise<Reply<Landing | null>> {
    let after: EventPosition | null = null;
    for (;;) {
      const page = await this.read(after);
      if (!page.ok) return page;
      const event = page.value.events.find((each) => each.signature === signature);
      if (event !== undefined) return ok({ thread: event.thread, version: event.version, slot: event.slot });
      if (isSamePosition(page.value.next, after)) return ok(null);
      after = page.value.next;
    }
  }

  /** One page of the ledger's stream, of everything or of one thread, strictly after `after`; takes over nothing. */
  read(after: EventPosition | null, thread?: ThreadId): ReturnType<Ledger['events']> {
    return retryRead(this.#ports.clock, requestRetries, () => this.#ports.ledger.events(after, this.#pageLimit, thread));
  }

  async #nextPage(): Promise<Reply<'more' | 'end'>> {
    const after = this.#checkpoint.position;
    const page = await this.read(after);
    if (!page.ok) return page;
    const { events, next } = page.value;
    const stage = newStage();
    for (const event of events) {
      // One attempt a page and thread: what could not be filled for one event cannot be for the next.
      if (stage.behind.has(event.thread) || this.#apply(stage, event) !== 'gap') continue;
      this.#gaps += 1;
      const filled = await this.#backfill(stage, event.thread, event.version);
      if (!filled.ok) return filled;
      if (this.#apply(stage, event) === 'gap') stage.behind.add(event.thread);
    }
    await this.#commit(stage, { position: next, atMs: this.#ports.clock.nowMs() });
    return ok(isSamePosition(next, after) ? 'end' : 'more');
  }

  async #fill(threads: readonly ThreadId[]): Promise<Reply<void>> {
    const stage = newStage();
    for (const thread of threads) {
      const filled = await this.#backfill(stage, thread, Number.POSITIVE_INFINITY);
      if (!filled.ok) return filled;
      if (filled.value === 'gap') stage.behind.add(thread);
    }
    await this.#commit(stage, this.#checkpoint, threads);
    return ok(undefined);
  }

  #apply(stage: Stage, event: LedgerEvent): 'applied' | 'stale' | 'gap' {
    const before = stage.changed.get(event.thread) ?? this.#parts.cache.get(event.thread);
    const result = applyEvent(before?.view, event);
    if (result.kind !== 'applied') return result.kind;
    stage.changed.set(event.thread, { view: result.view, at: { slot: event.slot, signature: event.signature } });
    stage.applied.push(event);
    return 'applied';
  }

  /** Reads on from the thread's last applied event (null: from the beginning) up to `version` or the end. */
  async #backfill(stage: Stage, thread: ThreadId, version: number): Promise<Reply<'fits' | 'gap'>> {
    let after = (stage.changed.get(thread) ?? this.#parts.cache.get(thread))?.at ?? null;
    let last: 'applied' | 'stale' | 'gap' = 'stale';
    for (;;) {
      const page = await this.read(after, thread);
      if (!page.ok) return page;
      for (const event of page.value.events) last = this.#apply(stage, event);
      const reached = (stage.changed.get(thread)?.view.version ?? 0) >= version;
      if (reached || isSamePosition(page.value.next, after)) return ok(last === 'gap' ? 'gap' : 'fits');
      after = page.value.next;
    }
  }

  /** One atomic batch, durable before anything of it is seen. `checked` are threads whose being behind is settled by this stage. */
  async #commit(stage: Stage, checkpoint: Checkpoint, checked: readonly ThreadId[] = []): Promise<void> {
    const { cache, outbox, queue, publisher } = this.#parts;
    const { store } = this.#ports;
    const fits = [...stage.changed.keys(), ...checked].filter((thread) => !stage.behind.has(thread) && this.#behind.has(thread));
    const moved = !isSamePosition(checkpoint.position, this.#checkpoint.position);
    if (stage.applied.length === 0 && stage.behind.size === 0 && fits.length === 0) {
      // A checkpoint that moved over nothing of ours may be forgotten: the same nothing would be read again.
      if (moved) await store.write(writesForCheckpoint(checkpoint));
      this.#checkpoint = checkpoint;
      return;
    }
    const ends = stage.applied.flatMap((event) => this.#endsOf(event));
    const tasks = stage.applied.flatMap(tasksOf);
    await store.write([
      ...cache.writesFor(stage.changed, stage.applied),
      ...outbox.writesFor(ends),
      ...queue.writesFor(tasks),
      ...[...stage.behind].map((key) => ({ kind: 'put' as const, table: 'behind', key, value: true })),
      ...fits.map((key) => ({ kind: 'delete' as const, table: 'behind', key })),
      ...writesForCheckpoint(checkpoint),
    ]);
    await store.sync();
    const slices = [...stage.changed.values()].map(({ view }) => sliceOf(view, cache.view(view.thread)?.messages.length ?? 0));
    cache.adopt(stage.changed, stage.applied);
    outbox.adopt(ends);
    queue.adopt(tasks);
    for (const thread of stage.behind) this.#behind.add(thread);
    for (const thread of fits) this.#behind.delete(thread);
    this.#checkpoint = checkpoint;
    publisher.publish(slices);
  }

  /** The ends of our own intents that this event is the success of. */
  #endsOf(event: LedgerEvent): Ended[] {
    const end: WriteEnd = { kind: 'confirmed', thread: event.thread, version: event.version, slot: event.slot };
    return this.#parts.outbox.submitting(event.signature).map((entry) => ended(entry, end));
  }
}
