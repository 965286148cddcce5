/**
 * The life of a write at its backend: prepared, stored, submitted, ended; retried, asked about, and settled in the background.
 * The order of steps is `core/content-update.ts`'s and `core/ownership-update.ts`'s; here they meet the outbox, the ingestion and the
 * projection. One intent is handled one request at a time, so a retry finds what its first attempt left.
 */
import bs58 from 'bs58';
import { type ConfirmOptions, type Fate, inquire, submitAndConfirm } from '../../core/confirm.ts';
import { checkText } from '../../core/content.ts';
import { recordContent, storeContent } from '../../core/content-update.ts';
import { pack } from '../../core/json.ts';
import { concludeFate, type OwnershipUpdateSteps, ownershipUpdate } from '../../core/ownership-update.ts';
import {
  type Answer,
  actionOf,
  type RequestRefusal,
  textOf,
  type UnsettledWrite,
  type WriteCommand,
  type WriteResult,
} from '../../core/protocol.ts';
import { attemptIntent, isAway } from '../../core/queued-write.ts';
import { refusalOf } from '../../core/refusal.ts';
import { delayBeforeMs, isTransient, type RetryPolicy, requestRetries, retryRead, retryWrite } from '../../core/retry.ts';
import { KeyedQueue } from '../../core/single-flight.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ContentStore } from '../../ports/content-store.ts';
import type { Embedder } from '../../ports/embedder.ts';
import type { IntentId, WalletId } from '../../ports/ids.ts';
import type { AtSlot, Ledger, LedgerAction, PreparedTransaction, SignedTransaction } from '../../ports/ledger.ts';
import type { Monitor } from '../../ports/monitor.ts';
import { type Failure, ok, type Reply } from '../../ports/outcome.ts';
import type { StoreWrite } from '../../ports/store.ts';
import type { ThreadCache } from '../cache.ts';
import type { Ingestion } from '../ingestion.ts';
import type { Projection } from '../projection.ts';
import type { ContentTask, ProjectionQueue } from '../projection-queue.ts';
import { contentOf, isSameAction } from './actions.ts';
import {
  type Ended,
  ended,
  keyOf,
  keyOfEntry,
  type Outbox,
  type OutboxEntry,
  type Preparing,
  type Submitting,
  threadOf,
} from './outbox.ts';
import { resultOfAttempt } from './queued-writes.ts';
import type { WriteQueue } from './write-queue.ts';

export interface WritePorts {
  readonly ledger: Ledger;
  readonly contentStore: ContentStore;
  readonly embedder: Embedder;
  readonly clock: Clock;
}

export interface WriteParts {
  readonly cache: ThreadCache;
  readonly outbox: Outbox;
  readonly queue: ProjectionQueue;
  readonly waiting: WriteQueue;
  readonly ingestion: Ingestion;
  readonly projection: Projection;
  readonly monitor: Monitor;
}

export interface WriteOptions {
  /** How long a write waits for its confirmation before it is answered `unsettled`. */
  readonly deadlineMs: number;
  readonly limits: { readonly openWrites: number; readonly queuedUpdates: number };
}

/** Open intents a wallet may have at once; more are refused before anything happens. */
const MAX_OPEN_INTENTS = 256;
/** How long a background round stays with one transaction that a node took. */
const ROUND_DEADLINE_MS = 5_000;

/** Looks for the event of a transaction known to have landed, before the write is left to a later round. */
const showing: RetryPolicy = { attempts: 5, firstDelayMs: 200, maxDelayMs: 2_000 };
const expiredUnsigned: RequestRefusal = {
  code: 'Expired',
  authority: 'solana',
  detail: 'prepared, but not handed in before its blockhash expired',
};

const refused = (code: string, detail: string): WriteResult & { readonly kind: 'refused' } => ({
  kind: 'refused',
  refusal: { code, authority: 'backend', detail },
});
const notQueued = (intent: IntentId): WriteResult & { readonly kind: 'refused' } =>
  refused('NotQueued', `intent ${intent} is not queued here any more`);
const written = (result: WriteResult): Answer => ({ kind: 'written', result });

export class Writes {
  readonly #ports: WritePorts;
  readonly #parts: WriteParts;
  readonly #deadlineMs: number;
  readonly #limits: WriteOptions['limits'];
  readonly #turns = new KeyedQueue();

  constructor(ports: WritePorts, parts: WriteParts, options: WriteOptions) {
    this.#ports = ports;
    this.#parts = parts;
    this.#deadlineMs = options.deadlineMs;
    this.#limits = options.limits;
  }

  /**
   * Behaviour, section 3, steps 1 to 3. Answers `prepared`, or `written` when the intent is past that already.
   * `queued`: the queued write that this is an attempt of.
   */
  prepare(wallet: WalletId, intent: IntentId, command: WriteCommand, queued: IntentId | null): Promise<Answer> {
    const text = textOf(command);
    const problem = text === null ? null : checkText(text);
    if (problem !== null) return Promise.resolve(written(refused(problem.code, problem.detail)));
    const action = actionOf(command, wallet);
    return this.#turns.run(keyOf(wallet, intent), async () => {
      const entry = this.#parts.outbox.get(keyOf(wallet, intent));
      if (entry !== undefined && !isSameAction(entry.action, action)) {
        return written(refused('IntentMismatch', `intent ${intent} was used for another write: ${entry.action.kind}`));
      }
      const result =
        queued === null ? this.#resultOfQueued(wallet, intent) : this.#notTheTurnOf({ wallet, intent, queued, action, entry });
      if (result !== null) return written(result);
      if (entry?.state === 'ended') return written(entry.end);
      if (entry?.state === 'submitting') return written({ kind: 'unsettled' });
      return entry === undefined ? this.#begin({ wallet, intent, queued }, action, text) : this.#store(entry, text);
    });
  }

  /** An intent that is queued, or was, is carried out as that and nothing else. */
  #resultOfQueued(wallet: WalletId, intent: IntentId): WriteResult | null {
    const { outbox, waiting } = this.#parts;
    if (waiting.get(wallet, intent) !== undefined) return { kind: 'unsettled' };
    return resultOfAttempt(outbox.attemptOf(wallet, intent));
  }

  /** Why this is not the attempt to be made at a queued write now, or null. */
  #notTheTurnOf(attempt: {
    readonly wallet: WalletId;
    readonly intent: IntentId;
    readonly queued: IntentId;
    readonly action: LedgerAction;
    readonly entry: OutboxEntry | undefined;
  }): WriteResult | null {
    const { wallet, intent, queued, action, entry } = attempt;
    if (entry?.state === 'submitting') return null;
    const row = this.#parts.waiting.get(wallet, queued);
    if (row === undefined) return entry?.state === 'ended' ? null : notQueued(queued);
    if (intent !== attemptIntent(queued, row.attempt)) {
      return refused('AttemptOver', `expected attempt ${row.attempt} at the queued write ${queued}, got intent ${intent}`);
    }
    if (isSameAction(actionOf(row.write, wallet), action)) return null;
    return refused('IntentMismatch', `intent ${queued} is queued for another write: ${row.write.kind}`);
  }

  async #begin(
    { wallet, intent, queued }: { readonly wallet: WalletId; readonly intent: IntentId; readonly queued: IntentId | null },
    action: LedgerAction,
    text: string | null,
  ): Promise<Answer> {
    const { ledger, clock } = this.#ports;
    const full = this.#fullQueue(wallet);
    if (full !== null) return written(full);
    const prepared = await retryRead(clock, requestRetries, () => ledger.prepare(action, wallet));
    const hash = contentOf(action);
    const of = queued === null ? {} : { queued };
    if (!prepared.ok) {
      const refusal = refusalOf(prepared.failure);
      if (queued !== null && !isTransient(prepared.failure)) {
        const end = { kind: 'refused', refusal } as const;
        const order = this.#parts.outbox.nextOrder();
        const over: Ended = { state: 'ended', wallet, intent, order, action, hash, ...of, signature: null, end };
        await this.#parts.outbox.put(over, this.#parts.waiting.take(wallet, queued) ?? []);
      }
      return written({ kind: 'refused', refusal });
    }
    const order = this.#parts.outbox.nextOrder();
    return this.#store({ state: 'preparing', wallet, intent, order, action, hash, ...of, prepared: prepared.value }, text);
  }

  /** How full everything is that could keep a write from being begun. */
  #queues(): readonly { readonly name: string; readonly size: number; readonly limit: number; readonly what: string }[] {
    const { outbox, queue } = this.#parts;
    return [
      { name: 'outbox', size: outbox.openCount, limit: this.#limits.openWrites, what: 'open writes' },
      { name: 'projection', size: queue.size, limit: this.#limits.queuedUpdates, what: 'updates that wait for Qdrant' },
    ];
  }

  /** Tells the monitor how full every queue is, that of writes which wait for an authority included. */
  tellQueues(): void {
    const { monitor, waiting } = this.#parts;
    for (const { name, size, limit } of [...this.#queues(), { name: 'queuedWrites', size: waiting.size, limit: waiting.limit }])
      monitor.tell({ kind: 'queue', name, size, limit });
  }

  /** Back-pressure: nothing is begun that could not be kept, or that Qdrant is too far behind for. */
  #fullQueue(wallet: WalletId): (WriteResult & { readonly kind: 'refused' }) | null {
    const { outbox } = this.#parts;
    if (outbox.openOf(wallet) >= MAX_OPEN_INTENTS)
      return refused('TooManyIntents', `expected at most ${MAX_OPEN_INTENTS} open writes of one wallet`);
    const queues = this.#queues();
    this.tellQueues();
    const full = queues.find(({ size, limit }) => size >= limit);
    if (full === undefined) return null;
    return refused(
      'QueueFull',
      `expected at most ${full.limit} ${full.what} at this backend; try again later, or another backend`,
    );
  }

  async #store(entry: Preparing, text: string | null): Promise<Answer> {
    const { outbox } = this.#parts;
    if (entry.hash === null || text === null) {
      outbox.hold(entry);
      return { kind: 'prepared', prepared: entry.prepared };
    }
    const message = { hash: entry.hash, thread: threadOf(entry), author: entry.wallet, text };
    const end = await storeContent({
      keepIntentAndText: () => {
        const value = pack({ thread: message.thread, author: message.author, text });
        return outbox.put(entry, [{ kind: 'put', table: 'texts', key: message.hash, value }]);
      },
      putPending: async () => {
        const { clock, contentStore, embedder } = this.#ports;
        const vectors = await retryRead(clock, requestRetries, () => embedder.embed([text]));
        if (!vectors.ok) return vectors;
        const vector = vectors.value[0] ?? [];
        const put = await retryWrite(clock, requestRetries, () => contentStore.putPending(message, vector));
        return put.kind === 'applied' ? ok(undefined) : { ok: false, failure: put.failure };
      },
      end: (refusal) => this.#end(entry, refusal),
    });
    return end === null ? { kind: 'prepared', prepared: entry.prepared } : written(end);
  }

  /** Behaviour, section 3, steps 4 and 5. Safe to repeat with the same intent: nothing but the first bytes is ever sent. */
  execute(wallet: WalletId, intent: IntentId, signed: SignedTransaction): Promise<WriteResult> {
    const key = keyOf(wallet, intent);
    return this.#turns.run(key, async () => {
      const entry = this.#parts.outbox.get(key);
      if (entry === undefined) return refused('IntentNotPrepared', `expected prepareWrite for intent ${intent} first`);
      if (entry.state === 'preparing') {
        const problem = mismatch(entry.prepared, signed);
        if (problem !== null) return refused('InvalidRequest', problem);
        const removal = entry.queued === undefined ? [] : this.#parts.waiting.take(wallet, entry.queued);
        if (removal === null) return this.#end(entry, notQueued(entry.queued ?? intent).refusal);
        // In one batch: from here on nobody is told that it waits, and nobody signs it again.
        await this.#parts.outbox.put(submittingOf(entry, signed), removal);
      }
      const submitting = this.#parts.outbox.get(key);
      if (submitting?.state !== 'submitting') return this.#resultOf(key);
      const steps = this.#steps(submitting, { deadlineMs: this.#deadlineMs, resumed: false });
      return submitting.hash === null ? ownershipUpdate(steps) : recordContent(steps);
    });
  }

  /** What is known of a write begun here or elsewhere; sends nothing. The wallet's own, or by signature from the ledger. */
  async status(wallet: WalletId, write: UnsettledWrite): Promise<WriteResult> {
    const key = keyOf(wallet, write.intent);
    if (this.#turns.busy(key)) return { kind: 'unsettled' };
    return this.#turns.run(key, async () => {
      const entry = this.#parts.outbox.get(key);
      if (entry?.state === 'ended') return entry.end;
      if (entry?.state === 'submitting') {
        return concludeFate(this.#steps(entry, null), await inquire(this.#ports.ledger, entry.signed));
      }
      const landing = this.#parts.cache.landing(write.signature);
      if (landing !== undefined) return { kind: 'confirmed', ...landing };
      const steps = { updateCacheAndFrontends: () => this.#showForeign(write), end: endForeign };
      return concludeFate(steps, await inquire(this.#ports.ledger, write));
    });
  }

  /**
   * Background: every intent that is still open and in nobody's hands, in order of submission. Stops at the first sign that the
   * ledger is unreachable.
   */
  async settleOpen(): Promise<Reply<void>> {
    let height: Reply<AtSlot<number>> | null = null;
    for (const each of this.#parts.outbox.open()) {
      const key = keyOfEntry(each);
      if (this.#turns.busy(key)) continue;
      if (each.state === 'preparing') height ??= await this.#ports.ledger.blockHeight();
      const failure = await this.#turns.run(key, async () => {
        const entry = this.#parts.outbox.get(key);
        if (entry?.state === 'submitting') return this.#settle(entry);
        return entry?.state === 'preparing' && height !== null ? this.#expire(entry, height) : null;
      });
      if (failure !== null && isTransient(failure)) return { ok: false, failure };
    }
    return ok(undefined);
  }

  async #settle(entry: Submitting): Promise<Failure | null> {
    const fate = await submitAndConfirm(this.#ports, entry.signed, {
      deadlineMs: ROUND_DEADLINE_MS,
      resumed: true,
    });
    await concludeFate(this.#steps(entry, null), fate);
    return fate.kind === 'unknown' ? fate.failure : null;
  }

  /** A prepared write whose client never came back with the signed bytes can be closed once they could no longer land. */
  async #expire(entry: Preparing, height: Reply<AtSlot<number>>): Promise<Failure | null> {
    if (!height.ok) return height.failure;
    if (height.value.value <= entry.prepared.lastValidBlockHeight) return null;
    if (entry.hash === null) this.#parts.outbox.forget(entry);
    else await this.#end(entry, expiredUnsigned);
    return null;
  }

  /** `sending` null: the fate is already known, only what follows from it is wanted. */
  #steps(entry: Submitting, sending: ConfirmOptions | null): OwnershipUpdateSteps {
    const { projection } = this.#parts;
    return {
      updateSolana: (): Promise<Fate> =>
        sending === null ? inquire(this.#ports.ledger, entry.signed) : submitAndConfirm(this.#ports, entry.signed, sending),
      updateCacheAndFrontends: () => this.#show(entry),
      updateQdrant: async () => {
        projection.expectFresh(threadOf(entry));
        if (entry.hash !== null) projection.expectFresh(entry.hash);
        await projection.run();
      },
      end: (refusal) => this.#end(entry, refusal),
    };
  }

  /** Ingests until the event of this transaction has ended the intent; durable and published when it has. */
  async #show(entry: Submitting): Promise<WriteResult> {
    const { cache, outbox, ingestion } = this.#parts;
    const key = keyOfEntry(entry);
    const landing = cache.landing(entry.signed.signature);
    // Ingested before this intent waited for it: another intent made the very same transaction.
    if (landing !== undefined) await outbox.put(ended(entry, { kind: 'confirmed', ...landing }));
    const shown = (): boolean => outbox.get(key)?.state === 'ended';
    // The node that answers for events may be behind the one that told of the landing, or may have skipped one.
    for (let attempt = 1; ; attempt += 1) {
      const caughtUp = await ingestion.catchUp(shown);
      if (caughtUp.ok && !caughtUp.value) await ingestion.refill(threadOf(entry));
      if (!caughtUp.ok || shown() || attempt >= showing.attempts) return this.#resultOf(key);
      await this.#ports.clock.sleep(delayBeforeMs(showing, attempt + 1, null));
    }
  }

  /** As `#show`, for a transaction that another backend (or an earlier life of this one) sent. */
  async #showForeign(write: UnsettledWrite): Promise<WriteResult> {
    const { cache, ingestion } = this.#parts;
    const caughtUp = await ingestion.catchUp(() => cache.landing(write.signature) !== undefined);
    if (!caughtUp.ok) return { kind: 'unsettled' };
    const known = cache.landing(write.signature);
    if (known !== undefined) return { kind: 'confirmed', ...known };
    const located = await ingestion.locate(write.signature);
    return located.ok && located.value !== null ? { kind: 'confirmed', ...located.value } : { kind: 'unsettled' };
  }

  #resultOf(key: string): WriteResult {
    const entry = this.#parts.outbox.get(key);
    return entry?.state === 'ended' ? entry.end : { kind: 'unsettled' };
  }

  /** Durably: refused, and its content to be looked after. */
  async #end(entry: Preparing | Submitting, refusal: RequestRefusal): Promise<WriteResult> {
    const { outbox, queue } = this.#parts;
    const end = ended(entry, { kind: 'refused', refusal });
    const tasks: ContentTask[] =
      entry.hash === null ? [] : [{ kind: 'content', hash: entry.hash, thread: threadOf(entry), author: entry.wallet }];
    await outbox.put(end, [...queue.writesFor(tasks), ...this.#queueAfter(entry, refusal)]);
    queue.adopt(tasks);
    return end.end;
  }

  /** An attempt that ended before anything was signed: the queued write stays for the next one, unless the reason does. */
  #queueAfter(entry: Preparing | Submitting, refusal: RequestRefusal): readonly StoreWrite[] {
    const { waiting } = this.#parts;
    if (entry.queued === undefined || entry.state === 'submitting') return [];
    const isOver = refusal !== expiredUnsigned && !isAway(refusal.code);
    return isOver ? (waiting.take(entry.wallet, entry.queued) ?? []) : waiting.again(entry.wallet, entry.queued);
  }
}

const endForeign = (refusal: RequestRefusal): Promise<WriteResult> => Promise.resolve({ kind: 'refused', refusal });

function submittingOf(entry: Preparing, signed: SignedTransaction): Submitting {
  return { ...entry, state: 'submitting', signed };
}

/** Why these bytes are not the prepared message signed, or null. Wire format: one signature, 64 bytes, then the message. */
function mismatch(prepared: PreparedTransaction, signed: SignedTransaction): string | null {
  if (signed.lastValidBlockHeight !== prepared.lastValidBlockHeight) {
    return `signed.lastValidBlockHeight: expected ${prepared.lastValidBlockHeight}, as prepared, got ${signed.lastValidBlockHeight}`;
  }
  const bytes = Buffer.from(signed.bytes, 'base64');
  const message = Buffer.from(prepared.message, 'base64');
  if (bytes.length !== 65 + message.length || bytes[0] !== 1 || !bytes.subarray(65).equals(message)) {
    return 'signed.bytes: expected one signature followed by exactly the prepared message';
  }
  const signature = bs58.encode(bytes.subarray(1, 65));
  return signature === signed.signature ? null : `signed.signature: expected ${signature}, the one in the bytes`;
}
