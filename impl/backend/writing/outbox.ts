/**
 * Every write a client has begun here, durably, until long after it has ended: so that a crash loses none, a retry repeats none,
 * and whoever asks later is told the same.
 *
 *   preparing --signed bytes--> submitting --landed / refused / expired--> ended
 *        \---------------- blockhash expired, content refused -------------^
 *
 * Keeps only records; sending and deciding is `writes.ts`'s business. Texts lie in a table of their own, by content hash.
 */
import { pack, unpack } from '../../core/json.ts';
import type { WriteEnd } from '../../core/protocol.ts';
import type { ContentHash, IntentId, Signature, ThreadId, WalletId } from '../../ports/ids.ts';
import type { LedgerAction, PreparedTransaction, SignedTransaction } from '../../ports/ledger.ts';
import type { Store, StoreWrite } from '../../ports/store.ts';
import { scanAll } from '../tables.ts';

interface Intent {
  readonly wallet: WalletId;
  readonly intent: IntentId;
  /** Counts the intents of this backend; settling goes in this order. */
  readonly order: number;
  readonly action: LedgerAction;
  /** The content that waits for this intent in the content store, null when it carries none. */
  readonly hash: ContentHash | null;
  /** The queued write that this is an attempt of; left out for all others. */
  readonly queued?: IntentId;
}

export type OutboxEntry =
  | (Intent & { readonly state: 'preparing'; readonly prepared: PreparedTransaction })
  | (Intent & { readonly state: 'submitting'; readonly prepared: PreparedTransaction; readonly signed: SignedTransaction })
  | (Intent & { readonly state: 'ended'; readonly signature: Signature | null; readonly end: WriteEnd });

export type Preparing = Extract<OutboxEntry, { state: 'preparing' }>;
export type Submitting = Extract<OutboxEntry, { state: 'submitting' }>;
export type Ended = Extract<OutboxEntry, { state: 'ended' }>;

export interface OutboxSizes {
  readonly preparing: number;
  readonly submitting: number;
  readonly ended: number;
}

export const keyOf = (wallet: WalletId, intent: IntentId): string => `${wallet}/${intent}`;
export const keyOfEntry = (entry: OutboxEntry): string => keyOf(entry.wallet, entry.intent);
export const threadOf = (entry: OutboxEntry): ThreadId => entry.action.thread;

export class Outbox {
  readonly #store: Store;
  /** How many ended intents are kept for `writeStatus` and retries; beyond it the oldest are forgotten. */
  readonly #retention: number;
  readonly #open = new Map<string, Preparing | Submitting>();
  /** In order of ending. */
  readonly #ended = new Map<string, Ended>();
  /** Two intents of the same action prepared on the same blockhash are one transaction. */
  readonly #bySignature = new Map<Signature, Set<string>>();
  /** The newest attempt of each queued write. */
  readonly #attempts = new Map<string, string>();
  #nextOrder = 0;

  private constructor(store: Store, retention: number) {
    this.#store = store;
    this.#retention = retention;
  }

  static async load(store: Store, retention: number): Promise<Outbox> {
    const outbox = new Outbox(store, retention);
    const rows = (await scanAll(store, 'outbox')).map(([, value]) => unpack<OutboxEntry>(value));
    for (const entry of rows.sort((a, b) => a.order - b.order)) outbox.#hold(entry);
    return outbox;
  }

  nextOrder(): number {
    const order = this.#nextOrder;
    this.#nextOrder += 1;
    return order;
  }

  get(key: string): OutboxEntry | undefined {
    return this.#open.get(key) ?? this.#ended.get(key);
  }

  /** The newest attempt of a write that was queued under that intent. */
  attemptOf(wallet: WalletId, queued: IntentId): OutboxEntry | undefined {
    const key = this.#attempts.get(keyOf(wallet, queued));
    return key === undefined ? undefined : this.get(key);
  }

  /** Threads on which a queued write of this wallet has been sent and has not ended. */
  drainingThreads(wallet: WalletId): ReadonlySet<ThreadId> {
    const threads = new Set<ThreadId>();
    for (const entry of this.#open.values())
      if (entry.wallet === wallet && entry.state === 'submitting' && entry.queued !== undefined) threads.add(threadOf(entry));
    return threads;
  }

  /** Intents that may still land, in order of submission. */
  open(): readonly (Preparing | Submitting)[] {
    return [...this.#open.values()].sort((a, b) => a.order - b.order);
  }

  /** The intents waiting for this signature to land. */
  submitting(signature: Signature): readonly Submitting[] {
    const entries = [...(this.#bySignature.get(signature) ?? [])].map((key) => this.#open.get(key));
    return entries.filter((entry): entry is Submitting => entry?.state === 'submitting');
  }

  /** Whether an intent of this backend could still bring this content onto the ledger. */
  canLand(hash: ContentHash): boolean {
    for (const entry of this.#open.values()) if (entry.hash === hash) return true;
    return false;
  }

  /** Open intents of everybody. */
  get openCount(): number {
    return this.#open.size;
  }

  /** Open intents of one wallet. */
  openOf(wallet: WalletId): number {
    let count = 0;
    for (const entry of this.#open.values()) if (entry.wallet === wallet) count += 1;
    return count;
  }

  sizes(): OutboxSizes {
    let submitting = 0;
    for (const entry of this.#open.values()) if (entry.state === 'submitting') submitting += 1;
    return { preparing: this.#open.size - submitting, submitting, ended: this.#ended.size };
  }

  /** Remembers in memory only: for prepared writes without content, which cost nothing when they are lost. */
  hold(entry: Preparing): void {
    this.#hold(entry);
  }

  /** Drops what `hold` remembered. */
  forget(entry: Preparing): void {
    this.#open.delete(keyOfEntry(entry));
  }

  /**
   * Durable when it resolves, together with `others` (one atomic batch). An open intent counts at once, so that nobody clears away
   * the content it is about to need; an ended one is told to nobody before it is durable.
   */
  async put(entry: OutboxEntry, others: readonly StoreWrite[] = []): Promise<void> {
    if (entry.state !== 'ended') this.#hold(entry);
    await this.#store.write([...this.writesFor([entry]), ...others]);
    await this.#store.sync();
    if (entry.state === 'ended') this.#hold(entry);
  }

  /** For a batch that somebody else writes: what to add to it, and what to call once it is durable. */
  writesFor(entries: readonly OutboxEntry[]): StoreWrite[] {
    const writes: StoreWrite[] = entries.map((entry) => ({
      kind: 'put',
      table: 'outbox',
      key: keyOfEntry(entry),
      value: pack(entry),
    }));
    const ending = entries.filter((entry) => entry.state === 'ended').length;
    let surplus = this.#ended.size + ending - this.#retention;
    for (const key of this.#ended.keys()) {
      if (surplus <= 0) break;
      writes.push({ kind: 'delete', table: 'outbox', key });
      surplus -= 1;
    }
    return writes;
  }

  adopt(entries: readonly OutboxEntry[]): void {
    for (const entry of entries) this.#hold(entry);
  }

  #hold(entry: OutboxEntry): void {
    const key = keyOfEntry(entry);
    if (entry.queued !== undefined) this.#attempts.set(keyOf(entry.wallet, entry.queued), key);
    this.#nextOrder = Math.max(this.#nextOrder, entry.order + 1);
    switch (entry.state) {
      case 'preparing':
        this.#open.set(key, entry);
        return;
      case 'submitting':
        this.#open.set(key, entry);
        this.#bySignature.set(entry.signed.signature, (this.#bySignature.get(entry.signed.signature) ?? new Set()).add(key));
        return;
      case 'ended':
        this.#open.delete(key);
        if (entry.signature !== null) this.#forgetSignature(entry.signature, key);
        this.#ended.set(key, entry);
        for (const [oldest, { wallet, queued }] of this.#ended) {
          if (this.#ended.size <= this.#retention) return;
          this.#ended.delete(oldest);
          if (queued !== undefined && this.#attempts.get(keyOf(wallet, queued)) === oldest)
            this.#attempts.delete(keyOf(wallet, queued));
        }
    }
  }

  #forgetSignature(signature: Signature, key: string): void {
    const keys = this.#bySignature.get(signature);
    keys?.delete(key);
    if (keys?.size === 0) this.#bySignature.delete(signature);
  }
}

/** The intent's record once it has ended. */
export function ended(entry: Preparing | Submitting, end: WriteEnd): Ended {
  const { wallet, intent, order, action, hash, queued } = entry;
  const signature = entry.state === 'submitting' ? entry.signed.signature : null;
  const attempt = queued === undefined ? {} : { queued };
  return { state: 'ended', wallet, intent, order, action, hash, ...attempt, signature, end };
}
