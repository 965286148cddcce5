/**
 * The specification's maintain_sync: what the content store holds of a thread, compared with what the cache expects, and reconciled
 * where they differ. Finds what no event tells of: content lost or altered behind everybody's back, metadata likewise, pending content
 * that nobody needs any more (a late duplicate of a write that was cleaned up after).
 *
 *   digest of what is expected != digest as of which Qdrant was last found right  ->  read, compare (divergence.ts)
 *     -> queue durably "look at this again" -> projection asks and mends -> read again: resolved?
 *     \-> text not held here: quarantined, left to who holds it: another backend, or a client that offers it (content-offers.ts)
 *
 * What a pass costs: the threads whose digest changed since Qdrant was found to hold them, those that were wrong, and, in turn, a
 * bounded share of all others (`SCRUB_THREADS`), because nothing tells when Qdrant loses something by itself. Never what exists.
 *
 * It writes nothing to the content store itself and never concludes from the cache alone that something may go.
 */
import { type Conflict, keyOfConflict } from '../../core/conflict.ts';
import type { ThreadView } from '../../core/protocol.ts';
import { SingleFlight } from '../../core/single-flight.ts';
import { digestOf } from '../../core/view-digest.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ContentStore } from '../../ports/content-store.ts';
import type { ContentHash, ThreadId } from '../../ports/ids.ts';
import type { Monitor } from '../../ports/monitor.ts';
import { failed, ok, type Reply } from '../../ports/outcome.ts';
import type { Store, StoreWrite } from '../../ports/store.ts';
import type { ThreadCache } from '../cache.ts';
import type { HeldTexts } from '../contents/held-texts.ts';
import type { ErrorSink } from '../monitor/error-sink.ts';
import type { Projection } from '../projection.ts';
import type { ProjectionTask } from '../projection-queue.ts';
import { scanAll } from '../tables.ts';
import type { Conflicts } from './conflicts.ts';
import { type Divergence, divergedContents, divergedMetadata, factsOf, type StoredFacts, unneededIn } from './divergence.ts';

export interface SyncReport {
  /** Threads compared. */
  readonly threads: number;
  /** Tasks queued because something differed. */
  readonly diverged: number;
  /** Contents that the ledger has and Qdrant lacks or holds altered, whose text is not held here; of all threads. */
  readonly quarantined: readonly ContentHash[];
}

/** What one thread's comparison found, and what is left of it after mending. */
export interface ThreadSync {
  /** What Qdrant was held against. */
  readonly view: ThreadView;
  readonly found: readonly Conflict[];
  readonly left: readonly Conflict[];
  /** Of those left: contents that nobody here holds. */
  readonly quarantined: readonly ContentHash[];
}

export interface SyncPorts {
  readonly contentStore: ContentStore;
  readonly store: Store;
  readonly clock: Clock;
}

export interface SyncParts {
  readonly cache: ThreadCache;
  readonly projection: Projection;
  readonly conflicts: Conflicts;
  readonly errors: ErrorSink;
  readonly monitor: Monitor;
  readonly texts: HeldTexts;
}

/** Messages read at a time: of at most 1 MiB each, so that a page of the longest ones still fits memory and a time-out. */
const PAGE = 64;
/** Threads without any sign of change that a pass looks at all the same, in turn. */
const SCRUB_THREADS = 64;
/**
 * For how long pending content must have looked unneeded before the ledger is asked about it. Another backend's write may be on its
 * way with it, and its transaction can land for about that long; should it land later still, its backend puts the content back.
 */
const SUSPECT_MS = 60_000;

/** What one look at a thread found. */
interface Look {
  /** What was compared: what has come since is for the next look. */
  readonly view: ThreadView;
  readonly digest: string;
  readonly conflicts: readonly Conflict[];
  readonly tasks: readonly ProjectionTask[];
  readonly quarantined: readonly ContentHash[];
  /** Pending contents without a use, and since when they look so, milliseconds. */
  readonly suspects: ReadonlyMap<ContentHash, number>;
}

export class Sync {
  readonly #ports: SyncPorts;
  readonly #parts: SyncParts;
  readonly #texts: HeldTexts;
  readonly #flight = new SingleFlight(() => this.#pass());
  /** Threads of which Qdrant is not known to hold what is expected now. */
  readonly #unverified: Set<ThreadId>;
  /** Of the others: digests as of which it was. */
  readonly #verified: Map<ThreadId, string>;
  /** What the last look at a thread found, where that was anything. Suspects are forgotten in a crash, which only delays. */
  readonly #found = new Map<ThreadId, Pick<Look, 'quarantined' | 'suspects'>>();
  #scrubber: IterableIterator<ThreadId>;

  private constructor(ports: SyncPorts, parts: SyncParts, verified: Map<ThreadId, string>) {
    this.#ports = ports;
    this.#parts = parts;
    this.#texts = parts.texts;
    this.#verified = verified;
    this.#unverified = parts.cache.changes();
    this.#scrubber = parts.cache.threads();
  }

  static async load(ports: SyncPorts, parts: SyncParts): Promise<Sync> {
    const rows = await scanAll(ports.store, 'verified');
    const verified = new Map(rows.map(([key, value]) => [key as ThreadId, String(value)]));
    const sync = new Sync(ports, parts, verified);
    for (const thread of parts.cache.threads()) {
      const cached = parts.cache.get(thread);
      if (cached !== undefined && verified.get(thread) !== digestOf(cached)) sync.#unverified.add(thread);
    }
    return sync;
  }

  /** As of the last look at each thread. */
  get quarantined(): readonly ContentHash[] {
    return [...this.#found.values()].flatMap(({ quarantined }) => quarantined);
  }

  /** Those with quarantined contents. */
  get quarantinedThreads(): ReadonlySet<ThreadId> {
    return new Set([...this.#found].filter(([, { quarantined }]) => quarantined.length > 0).map(([thread]) => thread));
  }

  /** As of the last look at this thread. */
  quarantinedIn(thread: ThreadId): readonly ContentHash[] {
    return this.#found.get(thread)?.quarantined ?? [];
  }

  /** Its text has just been handed in, and a task is about to be queued; the next look says whether it is mended. */
  takeOut(thread: ThreadId, hash: ContentHash): void {
    const found = this.#found.get(thread);
    if (found === undefined) return;
    this.#found.set(thread, { ...found, quarantined: found.quarantined.filter((each) => each !== hash) });
  }

  /** Threads of which Qdrant is not known to hold what is expected now. */
  get unverified(): number {
    return this.#unverified.size;
  }

  /**
   * One pass; whoever asks while one runs shares the next. Ends at the first failure of the content store, with nothing queued. What
   * it queued is durable when it resolves; working it off is the projection's.
   */
  run(): Promise<Reply<SyncReport>> {
    return this.#flight.run();
  }

  /** Looks once more at what the last pass found wrong, after it was worked off: the specification's verify_consistency. */
  async verify(): Promise<Reply<void>> {
    for (const thread of [...this.#unverified].filter((each) => this.#found.has(each))) {
      const look = await this.#look(thread);
      if (!look.ok) return look;
      if (look.value === null) continue;
      await this.#conclude([look.value]);
      if (look.value.conflicts.length > look.value.quarantined.length) await this.#attemptAgain(look.value);
    }
    return ok(undefined);
  }

  /** What was mended and is still wrong: once more, at once, before it is left to the next pass. */
  async #attemptAgain({ view: { thread }, conflicts }: Look): Promise<void> {
    const detail = `expected nothing apart after mending, found ${conflicts.map(({ kind }) => kind).join(', ')}`;
    const about = { kind: 'ReconciliationFailed', authority: 'qdrant', code: 'QdrantDiffers', thread } as const;
    await this.#parts.errors.attempt({ ...about, detail, cause: null, intent: null }, async () => {
      const again = await this.one(thread);
      if (!again.ok) return again;
      const left = (again.value?.left.length ?? 0) - (again.value?.quarantined.length ?? 0);
      return left <= 0 ? ok(undefined) : failed({ kind: 'unavailable', authority: 'qdrant', code: 'QdrantDiffers', detail });
    });
  }

  /**
   * One thread now: looks, queues what differs, has it worked off, and looks again. null: the thread is not cached. The first failure
   * of Qdrant or the ledger is answered; what was queued stays queued.
   */
  async one(thread: ThreadId): Promise<Reply<ThreadSync | null>> {
    const first = await this.#look(thread);
    if (!first.ok) return first;
    if (first.value === null) return ok(null);
    await this.#doubt(first.value.tasks);
    await this.#conclude([first.value]);
    const { view, conflicts: found } = first.value;
    if (found.length === 0) return ok({ view, found, left: [], quarantined: [] });
    const mended = await this.#parts.projection.run();
    if (!mended.ok) return mended;
    const second = await this.#look(thread);
    if (!second.ok) return second;
    if (second.value === null) return ok(null);
    await this.#conclude([second.value]);
    const { view: compared, conflicts: left, quarantined } = second.value;
    return ok({ view: compared, found, left, quarantined });
  }

  async #pass(): Promise<Reply<SyncReport>> {
    const looks: Look[] = [];
    const turn = this.#turn();
    for (const thread of turn) {
      const look = await this.#look(thread);
      if (!look.ok) return look;
      if (look.value !== null) looks.push(look.value);
    }
    const tasks = looks.flatMap((look) => look.tasks);
    await this.#doubt(tasks);
    await this.#conclude(looks);
    const diverged = looks.filter(({ conflicts }) => conflicts.length > 0).length;
    this.#parts.monitor.tell({ kind: 'compared', threads: looks.length, diverged });
    return ok({ threads: looks.length, diverged: tasks.length, quarantined: this.quarantined });
  }

  /** Which threads this pass looks at: all that changed or were wrong, and the next few of the others. */
  #turn(): ReadonlySet<ThreadId> {
    const { cache } = this.#parts;
    const turn = new Set(this.#unverified);
    for (let count = Math.min(SCRUB_THREADS, cache.size); count > 0; count -= 1) {
      let next = this.#scrubber.next();
      if (next.done === true) {
        this.#scrubber = cache.threads();
        next = this.#scrubber.next();
      }
      if (next.done === true) break;
      turn.add(next.value);
    }
    return turn;
  }

  /** null: the thread is not cached any more. */
  async #look(thread: ThreadId): Promise<Reply<Look | null>> {
    const { cache } = this.#parts;
    const atMs = this.#ports.clock.nowMs();
    const held = cache.get(thread);
    if (held === undefined) return ok(null);
    const before = held.view;
    const metadata = await this.#ports.contentStore.thread(thread);
    if (!metadata.ok) return metadata;
    const stored = await this.#stored(thread);
    if (!stored.ok) return stored;
    const after = cache.view(thread);
    if (after === undefined) return ok(null);
    const apart = divergedMetadata(before, metadata.value);
    const divergences = [...(apart === null ? [] : [apart]), ...divergedContents(before, after, stored.value)];
    const { tasks, quarantined } = await this.#resolutions(divergences);
    const known = this.#found.get(thread)?.suspects;
    const suspects = new Map<ContentHash, number>();
    for (const task of unneededIn(after, stored.value)) {
      const sinceMs = known?.get(task.hash) ?? atMs;
      suspects.set(task.hash, sinceMs);
      if (atMs - sinceMs >= SUSPECT_MS) tasks.push(task);
    }
    const conflicts = divergences.map(({ conflict }) => conflict);
    return ok({ view: before, digest: digestOf(held), conflicts, tasks, quarantined, suspects });
  }

  /** The specification's resolve_conflict: the task that mends each, where it can be mended here. */
  async #resolutions(
    divergences: readonly Divergence[],
  ): Promise<{ readonly tasks: ProjectionTask[]; readonly quarantined: readonly ContentHash[] }> {
    const tasks: ProjectionTask[] = [];
    const quarantined: ContentHash[] = [];
    for (const { task, needsText } of divergences) {
      if (needsText && task.kind === 'content' && !(await this.#texts.has(task))) quarantined.push(task.hash);
      else tasks.push(task);
    }
    return { tasks, quarantined };
  }

  async #conclude(looks: readonly Look[]): Promise<void> {
    const writes: StoreWrite[] = [];
    for (const { view, digest, conflicts, quarantined, suspects } of looks) {
      const { thread } = view;
      this.#follow(thread, conflicts, quarantined);
      if (conflicts.length > 0 || suspects.size > 0) {
        this.#found.set(thread, { quarantined, suspects });
        this.#unverified.add(thread);
        continue;
      }
      this.#found.delete(thread);
      const cached = this.#parts.cache.get(thread);
      // It has moved on while this was written down: then it is looked at again.
      if (cached === undefined || digestOf(cached) !== digest) continue;
      this.#unverified.delete(thread);
      if (this.#verified.get(thread) === digest) continue;
      this.#verified.set(thread, digest);
      writes.push({ kind: 'put', table: 'verified', key: thread, value: digest });
    }
    // May be lost in a crash: what was verified is then verified once more.
    if (writes.length > 0) await this.#ports.store.write(writes);
  }

  /** Keeps account of the conflicts of one thread with Qdrant. */
  #follow(thread: ThreadId, conflicts: readonly Conflict[], quarantined: readonly ContentHash[]): void {
    const { conflicts: account, errors } = this.#parts;
    const met = new Set(conflicts.map(keyOfConflict));
    for (const conflict of conflicts) {
      account.met(conflict);
      if (conflict.kind === 'HashMismatch' && quarantined.includes(conflict.hash)) account.quarantined(conflict);
    }
    account.resolveAll((conflict) => conflict.thread === thread && isOfQdrant(conflict) && !met.has(keyOfConflict(conflict)));
    const about = { kind: 'ReconciliationFailed', authority: 'qdrant', thread } as const;
    if (conflicts.length <= quarantined.length) errors.recovered({ ...about, code: 'QdrantDiffers' });
    if (quarantined.length === 0) errors.recovered({ ...about, code: 'ContentQuarantined' });
    else {
      const detail = `expected every content of the thread, found ${quarantined.length} missing or altered whose text is not held here`;
      errors.raise({ ...about, code: 'ContentQuarantined', detail, cause: null, intent: null });
    }
  }

  async #doubt(tasks: readonly ProjectionTask[]): Promise<void> {
    if (tasks.length > 0) await this.#parts.projection.doubt(tasks);
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

/** Between the ledger and Qdrant; those of the cache are `verification.ts`'s. */
function isOfQdrant(conflict: Conflict): boolean {
  switch (conflict.kind) {
    case 'HashMismatch':
      return true;
    case 'OwnershipConflict':
    case 'StateDesync':
      return conflict.at === 'qdrant';
    case 'TimestampConflict':
      return conflict.of === 'content';
  }
}
