/**
 * For tests beside the sources: a ledger whose events and accounts are whatever the test says, and which counts its calls. Nothing is
 * executed; the real rules are in the program and are tested there.
 */
import { hashChainOf } from '../core/hash-chain.ts';
import type { ThreadView } from '../core/protocol.ts';
import { applyEvent } from '../core/thread-view.ts';
import type { ContentHash, Signature, ThreadId, WalletId } from '../ports/ids.ts';
import type { EventPosition, Ledger, LedgerEvent, LedgerMessage, LedgerSpec, LedgerThread } from '../ports/ledger.ts';
import { type Failure, failed, ok, type Reply } from '../ports/outcome.ts';

export const ledgerDown: Failure = { kind: 'unavailable', authority: 'solana', code: 'ConnectionRefused', detail: 'down' };

const position = (event: LedgerEvent): EventPosition => ({ slot: event.slot, signature: event.signature });

export class ScriptedLedger
  implements Pick<Ledger, 'events' | 'message' | 'spec' | 'thread' | 'blockHeight' | 'transactionStatus'>
{
  /** The whole history, oldest first. */
  history: LedgerEvent[] = [];
  /** Indices into `history` that the next `events` calls leave out, one set a call. */
  dropped: ReadonlySet<number>[] = [];
  readonly recorded = new Map<ContentHash, number>();
  readonly open = new Set<ContentHash>();
  down = false;
  height = 0;
  readonly calls: string[] = [];

  /** As the port wants it; what is not scripted is never called. */
  get port(): Ledger {
    return this as unknown as Ledger;
  }

  async events(after: EventPosition | null, limit: number, thread?: ThreadId): ReturnType<Ledger['events']> {
    this.calls.push('events');
    if (this.down) return failed(ledgerDown);
    const hidden = this.dropped.shift() ?? new Set<number>();
    const from = after === null ? 0 : this.history.findIndex((event) => event.signature === after.signature) + 1;
    const listed = [...this.history.entries()].slice(from).filter(([, event]) => thread === undefined || event.thread === thread);
    const page = listed.slice(0, limit);
    const last = page.at(-1)?.[1];
    const events = page.filter(([index]) => !hidden.has(index)).map(([, event]) => event);
    return ok({ events, next: last === undefined ? after : position(last) });
  }

  async message(key: { readonly hash: ContentHash }): ReturnType<Ledger['message']> {
    const sequence = this.recorded.get(key.hash);
    const value = sequence === undefined ? null : ({ hash: key.hash, sequence } as LedgerMessage);
    return this.#at('message', value);
  }

  async spec(key: { readonly hash: ContentHash }): ReturnType<Ledger['spec']> {
    return this.#at('spec', this.open.has(key.hash) ? ({ status: 'open' } as LedgerSpec) : null);
  }

  async thread(id: ThreadId): ReturnType<Ledger['thread']> {
    let view: ThreadView | undefined;
    for (const event of this.history.filter(({ thread }) => thread === id)) {
      const result = applyEvent(view, event);
      if (result.kind === 'applied') view = result.view;
    }
    return this.#at('thread', view === undefined ? null : accountOf(view));
  }

  async blockHeight(): ReturnType<Ledger['blockHeight']> {
    this.calls.push('blockHeight');
    return this.down ? failed(ledgerDown) : ok({ slot: this.height, value: this.height });
  }

  async transactionStatus(signature: Signature): ReturnType<Ledger['transactionStatus']> {
    this.calls.push('transactionStatus');
    if (this.down) return failed(ledgerDown);
    const event = this.history.find((each) => each.signature === signature);
    if (event === undefined) return ok({ kind: 'notSeen' });
    return ok({ kind: 'landed', slot: event.slot, commitment: 'confirmed', refusal: null });
  }

  #at<T>(method: string, value: T): Reply<{ readonly slot: number; readonly value: T }> {
    this.calls.push(method);
    return this.down ? failed(ledgerDown) : ok({ slot: this.history.at(-1)?.slot ?? 0, value });
  }
}

/** The ledger's account of a thread that its events have brought there. */
export function accountOf({ thread, messages, specs, ...rest }: ThreadView): LedgerThread {
  const counts = { messageCount: messages.length, openSpecs: specs.length };
  return { ...rest, ...counts, id: thread, hashChain: hashChainOf(messages), createdSlot: 0, updatedSlot: 0 };
}

/** The `n`-th transaction of a scripted history: slot and signature follow from it. */
export function transaction(n: number): { readonly slot: number; readonly signature: Signature } {
  const digits = n
    .toString(9)
    .padStart(6, '0')
    .replace(/\d/g, (digit) => String(Number(digit) + 1));
  return { slot: 100 + n, signature: `${'s'.repeat(66)}${digits}` as Signature };
}

/** A thread created by `creator` and `posts` messages in it, as transactions `first` onwards. */
export function historyOf(thread: ThreadId, creator: WalletId, hashes: readonly ContentHash[], first = 0): LedgerEvent[] {
  const created: LedgerEvent = { kind: 'threadCreated', thread, creator, version: 1, vault: 0n, ...transaction(first) };
  const posted = hashes.map(
    (hash, sequence): LedgerEvent => ({
      kind: 'messagePosted',
      thread,
      hash,
      author: creator,
      sequence,
      version: sequence + 2,
      vault: 0n,
      ...transaction(first + sequence + 1),
    }),
  );
  return [created, ...posted];
}
