/**
 * Writes that clients have left here because an authority was away, durably and in order of arrival, until their signed bytes are
 * durable in the outbox, they end refused for good, or they are dropped. Bounded in all and for each wallet.
 *
 * Keeps only records; what may be queued, and what became of it, is `queued-writes.ts`'s business.
 */
import { pack, unpack } from '../../core/json.ts';
import type { QueuedWrite, RequestRefusal } from '../../core/protocol.ts';
import type { IntentId, WalletId } from '../../ports/ids.ts';
import type { Store, StoreWrite } from '../../ports/store.ts';
import { scanAll } from '../tables.ts';

export interface QueueLimits {
  readonly total: number;
  readonly perWallet: number;
}

type Row = QueuedWrite & { readonly wallet: WalletId };

const keyOf = (order: number): string => String(order).padStart(16, '0');
const put = (row: Row): StoreWrite => ({ kind: 'put', table: 'queued', key: keyOf(row.order), value: pack(row) });

export class WriteQueue {
  readonly #store: Store;
  readonly #limits: QueueLimits;
  /** By wallet, in order of arrival. */
  readonly #rows = new Map<WalletId, Map<IntentId, Row>>();
  /** Not durable yet: counted, told to nobody. */
  readonly #arriving = new Set<Row>();
  #size = 0;
  #nextOrder = 0;

  private constructor(store: Store, limits: QueueLimits) {
    this.#store = store;
    this.#limits = limits;
  }

  static async load(store: Store, limits: QueueLimits): Promise<WriteQueue> {
    const queue = new WriteQueue(store, limits);
    for (const [, value] of await scanAll(store, 'queued')) queue.#hold(unpack<Row>(value));
    return queue;
  }

  get size(): number {
    return this.#size;
  }

  /** How many it takes in all. */
  get limit(): number {
    return this.#limits.total;
  }

  /** Those for whom something waits. */
  wallets(): readonly WalletId[] {
    return [...this.#rows.keys()];
  }

  get(wallet: WalletId, intent: IntentId): QueuedWrite | undefined {
    const row = this.#rows.get(wallet)?.get(intent);
    return row === undefined || this.#arriving.has(row) ? undefined : row;
  }

  /** A wallet's, in order of arrival. */
  *of(wallet: WalletId): Iterable<QueuedWrite> {
    for (const row of this.#rows.get(wallet)?.values() ?? []) if (!this.#arriving.has(row)) yield row;
  }

  /** Why no more of this wallet is taken now, or null. */
  fullFor(wallet: WalletId): RequestRefusal | null {
    const { total, perWallet } = this.#limits;
    const full = (detail: string): RequestRefusal => ({ code: 'QueueFull', authority: 'backend', detail });
    if (this.#size >= total) return full(`expected at most ${total} queued writes at this backend`);
    const mine = this.#rows.get(wallet)?.size ?? 0;
    return mine >= perWallet ? full(`expected at most ${perWallet} queued writes of one wallet at this backend`) : null;
  }

  /** Durable when it resolves. */
  async add(wallet: WalletId, { intent, write, proof }: Pick<QueuedWrite, 'intent' | 'write' | 'proof'>): Promise<void> {
    const row: Row = { wallet, intent, write, proof, order: this.#nextOrder, attempt: 1 };
    this.#arriving.add(row);
    this.#hold(row);
    await this.#store.write([put(row)]);
    await this.#store.sync();
    this.#arriving.delete(row);
  }

  /** From now on it is not queued any more; what to add to the batch that makes it so. null when it was not. */
  take(wallet: WalletId, intent: IntentId): StoreWrite[] | null {
    const rows = this.#rows.get(wallet);
    const row = rows?.get(intent);
    if (rows === undefined || row === undefined) return null;
    rows.delete(intent);
    this.#size -= 1;
    if (rows.size === 0) this.#rows.delete(wallet);
    return [{ kind: 'delete', table: 'queued', key: keyOf(row.order) }];
  }

  /** Its attempt is over, for a passing reason: the next has another number. What to add to the batch that ends it. */
  again(wallet: WalletId, intent: IntentId): StoreWrite[] {
    const rows = this.#rows.get(wallet);
    const row = rows?.get(intent);
    if (rows === undefined || row === undefined) return [];
    const next: Row = { ...row, attempt: row.attempt + 1 };
    // In its place: a key that is there keeps its turn.
    rows.set(intent, next);
    return [put(next)];
  }

  #hold(row: Row): void {
    const rows = this.#rows.get(row.wallet) ?? new Map<IntentId, Row>();
    this.#rows.set(row.wallet, rows);
    rows.set(row.intent, row);
    this.#size += 1;
    this.#nextOrder = Math.max(this.#nextOrder, row.order + 1);
  }
}
