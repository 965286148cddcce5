/**
 * What clients may ask about writes that wait here: to take one, to drop one, which there are, and what became of them. They are
 * carried out by their clients, whose signature they need (`writes.ts` then, like any other).
 */
import { checkText } from '../../core/content.ts';
import { type Answer, actionOf, type QueuedWrite, textOf, type WriteEnd, type WriteResult } from '../../core/protocol.ts';
import { encodedBytes } from '../../core/protocol-codec.ts';
import { queuedText } from '../../core/queued-write.ts';
import { verifyText } from '../../core/sign-in.ts';
import { KeyedQueue } from '../../core/single-flight.ts';
import type { BackendId, IntentId, ThreadId, WalletId } from '../../ports/ids.ts';
import { contentOf, isSameAction } from './actions.ts';
import { type Ended, keyOf, type Outbox, type OutboxEntry } from './outbox.ts';
import type { WriteQueue } from './write-queue.ts';

export interface QueuedWritesParts {
  readonly id: BackendId;
  readonly queue: WriteQueue;
  readonly outbox: Outbox;
}

/** The most that one answer tells, besides what fits its frame. */
const MOST_TOLD = 256;

const refused = (code: string, detail: string): Answer & { readonly kind: 'refused' } => ({
  kind: 'refused',
  refusal: { code, authority: 'backend', detail },
});
const unsettled: WriteResult = { kind: 'unsettled' };

export class QueuedWrites {
  readonly #parts: QueuedWritesParts;
  readonly #turns = new KeyedQueue();

  constructor(parts: QueuedWritesParts) {
    this.#parts = parts;
  }

  /** Answers `queued` once it is durable, or `written` when it was carried out before. Safe to repeat. */
  async accept(wallet: WalletId, asked: Pick<QueuedWrite, 'intent' | 'write' | 'proof'>): Promise<Answer> {
    const { id, queue } = this.#parts;
    const { intent, write, proof } = asked;
    const text = textOf(write);
    const problem = text === null ? null : checkText(text);
    if (problem !== null) return refused(problem.code, problem.detail);
    if (!verifyText(wallet, queuedText({ backend: id, wallet, intent, write }), proof)) {
      return refused('SignatureInvalid', `proof: expected ${wallet}'s Ed25519 signature, base58, of the queued write's text`);
    }
    return this.#turns.run(keyOf(wallet, intent), async () => {
      const row = queue.get(wallet, intent);
      if (row !== undefined) {
        const isSame = isSameAction(actionOf(row.write, wallet), actionOf(write, wallet));
        return isSame ? { kind: 'queued' } : refused('IntentMismatch', `intent ${intent} is queued for another write`);
      }
      const result = this.#resultOf(wallet, intent);
      if (result !== null) return { kind: 'written', result };
      const full = queue.fullFor(wallet);
      if (full !== null) return { kind: 'refused', refusal: full };
      await queue.add(wallet, asked);
      return { kind: 'queued' };
    });
  }

  /**
   * Answers `dropped` once that is durable, however often it is asked; `written` when it is too late. That is its end: the request that
   * left it here may come once more, from a client or a network that repeats what went astray, and is told so.
   */
  drop(wallet: WalletId, intent: IntentId): Promise<Answer> {
    const { queue, outbox } = this.#parts;
    return this.#turns.run(keyOf(wallet, intent), async () => {
      const row = queue.get(wallet, intent);
      const removal = queue.take(wallet, intent);
      if (row !== undefined && removal !== null) {
        await outbox.put(droppedAs(wallet, row, outbox.nextOrder()), removal);
        return { kind: 'dropped' };
      }
      if (isDropped(outbox.get(keyOf(wallet, intent)))) return { kind: 'dropped' };
      const result = this.#resultOf(wallet, intent);
      return result === null ? notQueued(intent) : { kind: 'written', result };
    });
  }

  /**
   * The oldest that wait for this wallet, as many as fit into so many bytes. Those behind one that is being carried out on the same thread
   * are not told yet: they would overtake it.
   */
  toldTo(wallet: WalletId, room: () => number): readonly QueuedWrite[] {
    const { queue, outbox } = this.#parts;
    const told: QueuedWrite[] = [];
    let busy: ReadonlySet<ThreadId> | null = null;
    let left = Number.NaN;
    for (const { intent, write, proof, order, attempt } of queue.of(wallet)) {
      if (busy === null) [busy, left] = [outbox.drainingThreads(wallet), room()];
      if (busy.has(write.thread)) continue;
      const row = { intent, write, proof, order, attempt };
      left -= encodedBytes(row) + 1;
      if (left < 0 || told.length >= MOST_TOLD) break;
      told.push(row);
    }
    return told;
  }

  /** How a write that was left here ended; null while it has not. */
  endOf(wallet: WalletId, intent: IntentId): WriteEnd | null {
    const { queue, outbox } = this.#parts;
    if (queue.get(wallet, intent) !== undefined) return null;
    const entry = outbox.attemptOf(wallet, intent) ?? outbox.get(keyOf(wallet, intent));
    if (entry?.state === 'submitting') return null;
    return entry?.state === 'ended' ? entry.end : notQueued(intent);
  }

  /** Of what has been carried out under this name already, or is being; null when nothing of the kind is known. */
  #resultOf(wallet: WalletId, intent: IntentId): WriteResult | null {
    const { outbox } = this.#parts;
    const direct = outbox.get(keyOf(wallet, intent));
    const isConfirmed = direct?.state === 'ended' && direct.end.kind === 'confirmed';
    const isDone = direct?.state === 'submitting' || isConfirmed || isDropped(direct);
    return resultOfAttempt(isDone ? direct : outbox.attemptOf(wallet, intent));
  }
}

const DROPPED = 'Dropped';

function droppedAs(wallet: WalletId, { intent, write }: QueuedWrite, order: number): Ended {
  const action = actionOf(write, wallet);
  const refusal = { code: DROPPED, authority: 'backend', detail: 'given up before it was carried out' } as const;
  const end = { kind: 'refused', refusal } as const;
  return { state: 'ended', wallet, intent, order, action, hash: contentOf(action), signature: null, end };
}

const isDropped = (entry: OutboxEntry | undefined): boolean =>
  entry?.state === 'ended' && entry.end.kind === 'refused' && entry.end.refusal.code === DROPPED;

/** null while nothing of it can land. */
export function resultOfAttempt(entry: OutboxEntry | undefined): WriteResult | null {
  if (entry === undefined || entry.state === 'preparing') return null;
  return entry.state === 'ended' ? entry.end : unsettled;
}

const notQueued = (intent: IntentId): Answer & { readonly kind: 'refused' } =>
  refused('NotQueued', `intent ${intent} is not queued here, and was not carried out as far as this backend remembers`);
