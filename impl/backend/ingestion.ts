/**
 * Follows the ledger's confirmed events from the durable checkpoint. One page at a time: reduce, write the new views, the ends of
 * our own intents, the projection tasks and the checkpoint in one atomic batch, sync, and only then show and publish them.
 * A gap in a thread's versions is filled by reading again from the last event that was applied to that thread.
 */

import type { Conflict } from '../core/conflict.ts';
import { EMPTY_CHAIN, extendChain } from '../core/hash-chain.ts';
import type { WriteEnd } from '../core/protocol.ts';
import { requestRetries, retryRead } from '../core/retry.ts';
import { KeyedQueue, SingleFlight } from '../core/single-flight.ts';
import { sliceOf } from '../core/thread-slice.ts';
import { applyEvent } from '../core/thread-view.ts';
import { namesThread, problemOf } from '../core/validate-event.ts';
import type { Clock } from '../ports/clock.ts';
import type { Signature, ThreadId } from '../ports/ids.ts';
import type { EventPosition, Ledger, LedgerEvent } from '../ports/ledger.ts';
import { ok, type Reply } from '../ports/outcome.ts';
import type { Store } from '../ports/store.ts';
import type { CachedThread, Landing, ThreadCache } from './cache.ts';
import { type Checkpoint, isSamePosition, type LoadedCheckpoint, loadCheckpoint, writesForCheckpoint } from './checkpoint.ts';
import type { ErrorSink } from './monitor/error-sink.ts';
import { type ProjectionQueue, tasksOf } from './projection-queue.ts';
import type { Publisher } from './publisher.ts';
import type { Conflicts } from './reconcile/conflicts.ts';
import { scanAll } from './tables.ts';
import { type Ended, ended, type Outbox } from './writing/outbox.ts';

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
  readonly conflicts: Conflicts;
  readonly errors: ErrorSink;
}

/** `gap`: events are missing. `rebuild`: nothing of it is shown until all that the ledger has of it was read again. */
type Behind = 'gap' | 'rebuild';

/** What one page or back-fill would change, before it is durable. */
interface Stage {
  readonly changed: Map<ThreadId, CachedThread>;
  readonly applied: LedgerEvent[];
  /** Threads with events that do not fit. */
  readonly behind: Map<ThreadId, Behind>;
  /** The highest version the stream has told of each thread so far. */
  readonly told: Map<ThreadId, number>;
}

const newStage = (): Stage => ({ changed: new Map(), applied: [], behind: new Map(), told: new Map() });

type Fit = 'applied' | 'stale' | 'gap';

export class Ingestion {
  /** Which checkpoint was the last valid one at opening. */
  readonly resumedFrom: LoadedCheckpoint['from'];
  readonly #ports: IngestionPorts;
  readonly #parts: IngestionParts;
  readonly #pageLimit: number;
  /** Pages and back-fills take turns: both read views, wait, and write them. */
  readonly #turns = new KeyedQueue();
  readonly #page = new SingleFlight(() => this.#turns.run('', () => this.#nextPage()));
  readonly #behind: Map<ThreadId, Behind>;
  #checkpoint: Checkpoint;
  #gaps = 0;
  #rejected = 0;

  private constructor(
    ports: IngestionPorts,
    parts: IngestionParts,
    state: LoadedCheckpoint & { readonly pageLimit: number; readonly behind: Map<ThreadId, Behind> },
  ) {
    this.#ports = ports;
    this.#parts = parts;
    this.#pageLimit = state.pageLimit;
    this.#checkpoint = state.checkpoint;
    this.#behind = state.behind;
    this.resumedFrom = state.from;
  }

  /** Takes up at the checkpoint. Threads that the cache found damaged are to be rebuilt, which is durable when this resolves. */
  static async load(ports: IngestionPorts, parts: IngestionParts, pageLimit: number): Promise<Ingestion> {
    const { damaged } = parts.cache;
    const { checkpoint, from } = await loadCheckpoint(ports.store);
    const kept = (await scanAll(ports.store, 'behind')).map(([key, kind]) => [key as ThreadId, kind as Behind] as const);
    const behind = new Map([...kept, ...[...damaged].map((thread) => [thread, 'rebuild'] as const)]);
    const ingestion = new Ingestion(ports, parts, { pageLimit, checkpoint, from, behind });
    if (damaged.size > 0) await ingestion.#writeOff([...damaged]);
    return ingestion;
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

  /** Events that no ledger could have told, met so far; nothing was made of them. */
  get rejected(): number {
    return this.#rejected;
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
    return this.#behind.size === 0 ? ok(undefined) : this.#turns.run('', () => this.#fill([...this.#behind.keys()]));
  }

  /**
   * The specification's rebuild_derived_state: forgets what is cached of a thread, durably, and reads it again from its beginning. It
   * is shown again only once all that the ledger has of it was read.
   */
  rebuild(thread: ThreadId): Promise<Reply<void>> {
    return this.#turns.run('', async () => {
      await this.#writeOff([thread]);
      return this.#fill([thread]);
    });
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
      if (stage.behind.has(event.thread) || this.#behind.get(event.thread) === 'rebuild') continue;
      this.#noteOrder(stage, event);
      if (this.#apply(stage, event) !== 'gap') continue;
      this.#gaps += 1;
      const filled = await this.#backfill(stage, event.thread, event.version);
      if (!filled.ok) return filled;
      const reached = stage.changed.get(event.thread)?.view.version ?? 0;
      if (this.#apply(stage, event) === 'gap' && reached < event.version) stage.behind.set(event.thread, 'gap');
    }
    await this.#commit(stage, { position: next, atMs: this.#ports.clock.nowMs() });
    return ok(isSamePosition(next, after) ? 'end' : 'more');
  }

  async #fill(threads: readonly ThreadId[]): Promise<Reply<void>> {
    const stage = newStage();
    for (const thread of threads) {
      const filled = await this.#backfill(stage, thread, Number.POSITIVE_INFINITY);
      if (!filled.ok) return filled;
      if (filled.value === 'gap') stage.behind.set(thread, this.#behind.get(thread) ?? 'gap');
      else if (this.#behind.get(thread) === 'rebuild') {
        const whole = await this.#isWhole(thread, stage.changed.get(thread)?.view.version ?? 0);
        if (!whole.ok) return whole;
        if (!whole.value) stage.behind.set(thread, 'rebuild');
      }
    }
    for (const [thread, kind] of stage.behind) if (kind === 'rebuild') unstage(stage, thread);
    await this.#commit(stage, this.#checkpoint, threads);
    return ok(undefined);
  }

  /** Whether a thread read from its beginning has come as far as the ledger is: earlier it would show an older version than before. */
  async #isWhole(thread: ThreadId, version: number): Promise<Reply<boolean>> {
    const { clock, ledger } = this.#ports;
    const minContextSlot = this.#checkpoint.position?.slot ?? 0;
    const read = await retryRead(clock, requestRetries, () => ledger.thread(thread, { commitment: 'confirmed', minContextSlot }));
    return read.ok ? ok((read.value.value?.version ?? 0) <= version) : read;
  }

  /** Nothing of these is shown any more, and they are to be rebuilt: durable when it resolves. */
  async #writeOff(threads: readonly ThreadId[]): Promise<void> {
    const { cache } = this.#parts;
    const { store } = this.#ports;
    for (const thread of threads) {
      const rows = await cache.writesToForget(store, thread);
      await store.write([...rows, { kind: 'put', table: 'behind', key: thread, value: 'rebuild' }]);
    }
    await store.sync();
    for (const thread of threads) {
      cache.forget(thread);
      this.#behind.set(thread, 'rebuild');
    }
  }

  #apply(stage: Stage, event: LedgerEvent): Fit {
    const before = stage.changed.get(event.thread) ?? this.#parts.cache.get(event.thread);
    const problem = problemOf(event, before);
    if (problem !== null) {
      this.#reject(event, problem);
      // Whose it is cannot be known; reading the stream again will tell (`audit.ts`).
      return namesThread(event) ? 'gap' : 'stale';
    }
    const result = applyEvent(before?.view, event);
    if (result.kind === 'stale') this.#noteContradiction(before, event);
    if (result.kind !== 'applied') return result.kind;
    const { view } = result;
    const added = view.messages.slice(before?.view.messages.length ?? 0).map(({ hash }) => hash);
    const chain = extendChain(before?.chain ?? EMPTY_CHAIN, added);
    stage.changed.set(event.thread, { view, chain, at: { slot: event.slot, signature: event.signature } });
    stage.applied.push(event);
    return 'applied';
  }

  /** Nothing is made of it: the thread is behind, as if it had not come, and is read again from the ledger. */
  #reject(event: LedgerEvent, problem: string): void {
    const { thread, version } = event;
    this.#rejected += 1;
    this.#parts.errors.raise({
      kind: 'ValidationFailed',
      authority: 'solana',
      code: 'EventInvalid',
      detail: `version ${version}: ${problem}`,
      cause: null,
      thread: namesThread(event) ? thread : null,
      intent: null,
    });
  }

  /** The stream is in the chain's order, slot then sequence; where it is not, the chain wins: versions say what it was. */
  #noteOrder({ told }: Stage, { thread, version }: LedgerEvent): void {
    const newest = told.get(thread) ?? 0;
    told.set(thread, Math.max(newest, version));
    if (version >= newest) return;
    const conflict: Conflict = { kind: 'TimestampConflict', thread, of: 'events', expected: newest, found: version };
    this.#parts.conflicts.met(conflict);
    this.#parts.conflicts.resolved(conflict);
  }

  /** One version by two transactions: one of them is not the ledger's, and which is for the ledger's accounts to say. */
  #noteContradiction(before: CachedThread | undefined, event: LedgerEvent): void {
    if (before === undefined || event.version !== before.view.version || event.signature === before.at.signature) return;
    this.#parts.cache.doubt(event.thread);
  }

  /** Reads on from the thread's last applied event (null: from the beginning) up to `version` or the end. */
  async #backfill(stage: Stage, thread: ThreadId, version: number): Promise<Reply<'fits' | 'gap'>> {
    let after = (stage.changed.get(thread) ?? this.#parts.cache.get(thread))?.at ?? null;
    let last: Fit = 'stale';
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
    const whole = [...stage.changed.keys(), ...checked].filter((thread) => !stage.behind.has(thread));
    const fits = [...new Set(whole)].filter((thread) => this.#behind.has(thread));
    const moved = !isSamePosition(checkpoint.position, this.#checkpoint.position);
    if (stage.applied.length === 0 && stage.behind.size === 0 && fits.length === 0) {
      // A checkpoint that moved over nothing of ours may be forgotten: the same nothing would be read again.
      if (moved) await store.write(writesForCheckpoint(checkpoint, this.#checkpoint));
      this.#checkpoint = checkpoint;
      return;
    }
    const ends = stage.applied.flatMap((event) => this.#endsOf(event));
    const tasks = stage.applied.flatMap(tasksOf);
    await store.write([
      ...cache.writesFor(stage.changed, stage.applied),
      ...outbox.writesFor(ends),
      ...queue.writesFor(tasks),
      ...[...stage.behind].map(([key, value]) => ({ kind: 'put' as const, table: 'behind', key, value })),
      ...fits.map((key) => ({ kind: 'delete' as const, table: 'behind', key })),
      ...writesForCheckpoint(checkpoint, this.#checkpoint),
    ]);
    await store.sync();
    const slices = [...stage.changed.values()].map(({ view }) => sliceOf(view, cache.view(view.thread)?.messages.length ?? 0));
    cache.adopt(stage.changed, stage.applied);
    outbox.adopt(ends);
    queue.adopt(tasks);
    for (const [thread, kind] of stage.behind) this.#behind.set(thread, kind);
    for (const thread of fits) this.#behind.delete(thread);
    for (const thread of whole) this.#parts.errors.recovered({ code: 'EventInvalid', thread });
    this.#checkpoint = checkpoint;
    publisher.publish(slices);
  }

  /** The ends of our own intents that this event is the success of. */
  #endsOf(event: LedgerEvent): Ended[] {
    const end: WriteEnd = { kind: 'confirmed', thread: event.thread, version: event.version, slot: event.slot };
    return this.#parts.outbox.submitting(event.signature).map((entry) => ended(entry, end));
  }
}

/** As if nothing of it had been read. */
function unstage({ changed, applied }: Stage, thread: ThreadId): void {
  changed.delete(thread);
  const kept = applied.filter((event) => event.thread !== thread);
  applied.splice(0, applied.length, ...kept);
}
