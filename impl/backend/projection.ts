/**
 * Brings the content store to what the ledger says: content recorded, kept pending or discarded, thread metadata at the cached
 * version. Works off the durable queue in batches (`core/batch.ts`); what cannot be done now stays in it. Order within one attempt:
 * first everything that has to be asked, then everything that is written, contents before the metadata that counts them, so that an
 * unreachable ledger leaves the content store untouched; then what was written is looked at once more.
 *
 * Content of a hash: recorded on the ledger -> recorded here; an open spec -> kept; neither -> discarded, but only when the ledger
 * itself says so just now and no intent of this backend could still land with it. Another backend's intent might: therefore the
 * ledger is asked once more after a discard for as long as this backend holds the text, and whoever's transaction lands restores
 * what is missing from the texts it holds (`held-texts.ts`).
 */
import { type BatchItem, runBatch } from '../core/batch.ts';
import { isGenuine } from '../core/content.ts';
import type { ThreadView } from '../core/protocol.ts';
import { isTransient, type RetryPolicy, retryWrite } from '../core/retry.ts';
import { SingleFlight } from '../core/single-flight.ts';
import type { Clock } from '../ports/clock.ts';
import type { ContentStore, StoredMessage } from '../ports/content-store.ts';
import type { Embedder } from '../ports/embedder.ts';
import type { ContentHash, ThreadId } from '../ports/ids.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { Monitor } from '../ports/monitor.ts';
import { applied, type Failure, notApplied, type Outcome, ok, type Reply } from '../ports/outcome.ts';
import type { Store, StoreWrite } from '../ports/store.ts';
import type { ThreadCache } from './cache.ts';
import type { HeldTexts } from './contents/held-texts.ts';
import { inGroups } from './groups.ts';
import { type ContentTask, type ProjectionQueue, type ProjectionTask, type ThreadTask, taskKey } from './projection-queue.ts';
import { isMetadataOf } from './reconcile/divergence.ts';
import type { Outbox } from './writing/outbox.ts';

/** An answer lost on the way is asked for once more at once; an unreachable store is left to the next round. */
const writing: RetryPolicy = { attempts: 2, firstDelayMs: 0, maxDelayMs: 0 };
/** Tasks taken on together, and calls under way at a time. */
const BATCH = 256;
const WIDTH = 8;

type Truth = { readonly kind: 'recorded'; readonly sequence: number } | { readonly kind: 'open' } | { readonly kind: 'none' };
/** `written`: changed just now, to be looked at once more. `later`: to be looked at again in another attempt. */
type Done = 'done' | 'written' | 'later';
type Ending = Done | Failure;

export interface ProjectionPorts {
  readonly ledger: Ledger;
  readonly contentStore: ContentStore;
  readonly embedder: Embedder;
  readonly store: Store;
  readonly clock: Clock;
}

export interface ProjectionParts {
  readonly cache: ThreadCache;
  readonly outbox: Outbox;
  readonly queue: ProjectionQueue;
  readonly texts: HeldTexts;
  readonly monitor: Monitor;
}

export class Projection {
  readonly #ports: ProjectionPorts;
  readonly #cache: ThreadCache;
  readonly #outbox: Outbox;
  readonly #queue: ProjectionQueue;
  readonly #texts: HeldTexts;
  readonly #monitor: Monitor;
  readonly #flight = new SingleFlight(() => this.#attempt());
  /** Hashes and threads this backend has just written itself: nobody else can have projected them, so reading first is a waste. */
  readonly #fresh = new Set<ContentHash | ThreadId>();
  /** Hashes whose stored content looked wrong to somebody: these are looked at, however fresh they are said to be. */
  readonly #doubted = new Set<ContentHash>();
  #missing = 0;

  constructor(ports: ProjectionPorts, parts: ProjectionParts) {
    this.#ports = ports;
    this.#cache = parts.cache;
    this.#outbox = parts.outbox;
    this.#queue = parts.queue;
    this.#texts = parts.texts;
    this.#monitor = parts.monitor;
  }

  /** Contents found recorded or open on the ledger, absent from the content store, and held by no outbox here. */
  get missing(): number {
    return this.#missing;
  }

  /** Says that the next attempt need not look whether another backend has done these already. */
  expectFresh(...ids: readonly (ContentHash | ThreadId)[]): void {
    for (const id of ids) this.#fresh.add(id);
  }

  /**
   * What is stored looked wrong: these are queued, durably and in one batch with `others`, and the next attempt looks at their stored
   * content whatever else is said of it.
   */
  async doubt(tasks: readonly ProjectionTask[], others: readonly StoreWrite[] = []): Promise<void> {
    const { store } = this.#ports;
    await store.write([...others, ...this.#queue.writesFor(tasks)]);
    await store.sync();
    for (const task of tasks) if (task.kind === 'content') this.#doubted.add(task.hash);
    this.#queue.adopt(tasks);
  }

  /** Works off the queue as it is from now on, once. The first failure is answered; what failed stays queued. */
  run(): Promise<Reply<void>> {
    if (this.#queue.size > 0) return this.#flight.run();
    // Somebody's earlier attempt has done it. Said once more later, it would hide what has been altered since.
    this.#fresh.clear();
    return Promise.resolve(ok(undefined));
  }

  async #attempt(): Promise<Reply<void>> {
    const tasks = this.#queue.tasks();
    let failure: Failure | null = null;
    for (let at = 0; at < tasks.length; at += BATCH) {
      failure = (await this.#batch(tasks.slice(at, at + BATCH))) ?? failure;
      if (failure !== null && isTransient(failure)) break;
    }
    this.#fresh.clear();
    return failure === null ? ok(undefined) : { ok: false, failure };
  }

  async #batch(tasks: readonly ProjectionTask[]): Promise<Failure | null> {
    const contents = tasks.filter((task) => task.kind === 'content');
    const threads = tasks.filter((task) => task.kind === 'thread');
    const truths = await inGroups(contents, WIDTH, (task) => this.#truth(task));
    for (const truth of truths) if (!truth.ok) return truth.failure;
    const known = new Map(contents.map((task, i) => [taskKey(task), truths[i]?.ok === true ? truths[i].value : null]));
    const toRead = contents.filter((task) => this.#mustLook(task, known.get(taskKey(task)) ?? null));
    const stored = await this.#stored(toRead.map((task) => task.hash));
    if (!stored.ok) return stored.failure;
    const read = new Set(toRead);
    const bring = (task: ContentTask): Promise<Ending> => {
      const truth = known.get(taskKey(task)) ?? null;
      // A queued intent could still land with it: its own end brings the task back.
      if (truth === null) return Promise.resolve('done');
      return this.#bring(task, truth, read.has(task) ? (stored.value.get(task.hash) ?? null) : undefined);
    };
    // A thread's metadata says how many messages it has: those come first.
    const items = [
      ...contents.map((task) => itemOf(task, [], () => bring(task))),
      ...threads.map((task) =>
        itemOf(task, contents.filter(({ thread }) => thread === task.thread).map(taskKey), () => this.#bringThread(task)),
      ),
    ];
    const batch = await runBatch(items, { width: WIDTH, verify: (applied) => this.#verify(contents, known, applied) });
    if (!batch.ok) return batch.failure;
    const { applied, notApplied, unknown } = batch.value;
    const ended = new Set(applied.filter(({ value }) => value !== 'later').map(({ id }) => id));
    const done = tasks.filter((task) => ended.has(taskKey(task)));
    // Only who was looked at: an attempt begun before the doubt has not answered it.
    for (const task of done) if (task.kind === 'content' && read.has(task)) this.#doubted.delete(task.hash);
    const unneeded = new Set(contents.filter((task) => known.get(taskKey(task))?.kind === 'none').map(({ hash }) => hash));
    await this.#conclude(done, unneeded);
    return notApplied[0]?.failure ?? unknown[0]?.failure ?? null;
  }

  /** The ids of those just written that are not stored as they should be: an acknowledgement is not yet content that is there. */
  async #verify(
    contents: readonly ContentTask[],
    known: ReadonlyMap<string, Truth | null>,
    applied: readonly { readonly id: string; readonly value: Done }[],
  ): Promise<Reply<readonly string[]>> {
    const written = new Set(applied.filter(({ value }) => value === 'written').map(({ id }) => id));
    const tasks = contents.filter((task) => written.has(taskKey(task)));
    const stored = await this.#stored(tasks.map(({ hash }) => hash));
    if (!stored.ok) return stored;
    return ok(tasks.filter((task) => !isAs(known.get(taskKey(task)) ?? null, stored.value.get(task.hash))).map(taskKey));
  }

  /** @param unneeded contents that the ledger has no use for: their texts are let go of */
  async #conclude(done: readonly ProjectionTask[], unneeded: ReadonlySet<ContentHash>): Promise<void> {
    // What is recorded or may still be keeps its text: whoever brought it in can put it back when the content store loses it. The
    // table grows with the content brought in here, which is accepted for now.
    const texts: StoreWrite[] = done
      .filter((task) => task.kind === 'content' && unneeded.has(task.hash) && !this.#outbox.canLand(task.hash))
      .map((task) => ({ kind: 'delete', table: 'texts', key: (task as ContentTask).hash }));
    await this.#queue.done(done, texts);
    for (const task of done) if (task.kind === 'content') this.#texts.used(task.hash);
  }

  /** What the ledger says of this content; null while an intent of our own could still land with it. */
  async #truth(task: ContentTask): Promise<Reply<Truth | null>> {
    const cached = truthIn(this.#cache.view(task.thread), task);
    if (cached.kind !== 'none') return ok(cached);
    if (this.#outbox.canLand(task.hash)) return ok(null);
    return this.#askLedger(task);
  }

  async #askLedger(task: ContentTask): Promise<Reply<Truth>> {
    const { ledger } = this.#ports;
    const [message, spec] = await Promise.all([
      ledger.message(task, { commitment: 'confirmed' }),
      ledger.spec(task, { commitment: 'confirmed' }),
    ]);
    if (!message.ok) return message;
    if (!spec.ok) return spec;
    if (message.value.value !== null) return ok({ kind: 'recorded', sequence: message.value.value.sequence });
    return ok({ kind: spec.value.value?.status === 'open' ? 'open' : 'none' });
  }

  #mustLook(task: ContentTask, truth: Truth | null): boolean {
    if (truth === null) return false;
    return truth.kind === 'open' || this.#doubted.has(task.hash) || !this.#fresh.has(task.hash);
  }

  async #stored(hashes: readonly ContentHash[]): Promise<Reply<ReadonlyMap<ContentHash, StoredMessage>>> {
    if (hashes.length === 0) return ok(new Map());
    const reply = await this.#ports.contentStore.messages(hashes);
    return reply.ok ? ok(new Map(reply.value.map((message) => [message.hash, message]))) : reply;
  }

  /** `stored` is undefined when it was not looked up, null when there is none. */
  async #bring(task: ContentTask, truth: Truth, stored: StoredMessage | null | undefined): Promise<Ending> {
    switch (truth.kind) {
      case 'recorded': {
        if (stored?.state === 'recorded' && stored.sequence === truth.sequence && isGenuine(stored)) return 'done';
        if (stored === null || (stored !== undefined && !isGenuine(stored))) return this.#restore(task, truth.sequence);
        const marked = await this.#write(() => this.#ports.contentStore.markRecorded(task.hash, truth.sequence));
        if (!marked.ok) return marked.failure;
        return marked.value === 'recorded' ? 'written' : this.#restore(task, truth.sequence);
      }
      case 'open':
        return stored !== undefined && stored !== null && isGenuine(stored) ? 'done' : this.#restorePending(task, stored ?? null);
      case 'none':
        return stored === null ? 'done' : this.#discard(task);
    }
  }

  async #discard(task: ContentTask): Promise<Ending> {
    if (this.#outbox.canLand(task.hash)) return 'done';
    const discarded = await this.#ports.contentStore.discardPending(task.hash);
    // Not once more at once, as other writes are: the ledger may have recorded it meanwhile, and is asked again first.
    if (discarded.kind === 'unknown') return 'later';
    if (discarded.kind === 'notApplied') return discarded.failure;
    if ((await this.#ports.store.get('texts', task.hash)) === undefined) return 'done';
    const after = await this.#askLedger(task);
    if (!after.ok) return after.failure;
    return after.value.kind === 'none' ? 'done' : 'later';
  }

  /** Puts back content that should be there, from the text held here; `sequence` null keeps it pending. */
  async #restore(task: ContentTask, sequence: number | null): Promise<Ending> {
    const found = await this.#texts.get(task);
    if (found === null) {
      this.#missing += 1;
      return 'done';
    }
    const { held, from } = found;
    const vectors = await this.#ports.embedder.embed([held.text]);
    if (!vectors.ok) return vectors.failure;
    const vector = vectors.value[0] ?? [];
    const message = { hash: task.hash, ...held };
    const put = await this.#write<void>(() =>
      sequence === null
        ? this.#ports.contentStore.putPending(message, vector)
        : this.#ports.contentStore.putRecorded({ ...message, sequence }, vector),
    );
    if (!put.ok) return put.failure;
    this.#monitor.tell({ kind: 'restored', thread: task.thread, hash: task.hash, from });
    return 'written';
  }

  /**
   * As `#restore`, for an open spec's content. A pending write leaves alone whatever is in its place: altered content, or a point
   * that is not readable as content and so was read as none. That is removed first, but only by whoever holds the text; what is
   * stored as recorded stays (another backend may have ingested more), and is looked at again by the next pass.
   */
  async #restorePending(task: ContentTask, stored: StoredMessage | null): Promise<Ending> {
    if (!(await this.#texts.has(task))) return this.#restore(task, null);
    if (stored === null) {
      const put = await this.#restore(task, null);
      if (put !== 'written') return put;
      const back = await this.#stored([task.hash]);
      if (!back.ok) return back.failure;
      const found = back.value.get(task.hash);
      if (found !== undefined && isGenuine(found)) return 'done';
    }
    const discarded = await this.#write(() => this.#ports.contentStore.discardPending(task.hash));
    if (!discarded.ok) return discarded.failure;
    return discarded.value === 'kept' ? 'done' : this.#restore(task, null);
  }

  async #bringThread(task: ThreadTask): Promise<Ending> {
    const view = this.#cache.view(task.thread);
    if (view === undefined) return 'later';
    if (!this.#fresh.has(task.thread)) {
      const stored = await this.#ports.contentStore.thread(task.thread);
      if (!stored.ok) return stored.failure;
      const isDone = stored.value !== null && (stored.value.version > view.version || isMetadataOf(view, stored.value));
      if (isDone) return 'done';
    }
    const { thread, version, coAuthors, messages } = view;
    const put = await this.#write(() =>
      this.#ports.contentStore.putThread({ thread, version, coAuthors, messageCount: messages.length }),
    );
    return put.ok ? 'done' : put.failure;
  }

  async #write<T>(call: () => Promise<Outcome<T>>): Promise<Reply<T>> {
    const outcome = await retryWrite(this.#ports.clock, writing, call);
    return outcome.kind === 'applied' ? ok(outcome.value) : { ok: false, failure: outcome.failure };
  }
}

function truthIn(view: ThreadView | undefined, task: ContentTask): Truth {
  const message = view?.messages.findLast((each) => each.hash === task.hash);
  if (message !== undefined) return { kind: 'recorded', sequence: message.sequence };
  return { kind: view?.specs.some((spec) => spec.hash === task.hash) ? 'open' : 'none' };
}

/** Whether this is stored as the ledger says; what need not be there is as it should be, whatever is there. */
function isAs(truth: Truth | null, stored: StoredMessage | undefined): boolean {
  if (truth === null || truth.kind === 'none') return true;
  if (stored === undefined || !isGenuine(stored)) return false;
  return truth.kind === 'open' || (stored.state === 'recorded' && stored.sequence === truth.sequence);
}

function itemOf(task: ProjectionTask, dependsOn: readonly string[], bring: () => Promise<Ending>): BatchItem<Done> {
  return {
    id: taskKey(task),
    dependsOn,
    apply: async () => {
      const ending = await bring();
      return typeof ending === 'object' ? notApplied(ending) : applied(ending);
    },
  };
}
