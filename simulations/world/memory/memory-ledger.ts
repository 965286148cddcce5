/**
 * The ledger port on a memory chain: one client of it, as one backend has it. What a caller is told in each case is what the RPC
 * adapter tells behind a gateway with the same fault, because it is the same port; how many requests stand behind a call is not.
 */
import type { Signature, ThreadId, WalletId } from '#impl/ports/ids.ts';
import type {
  AtSlot,
  Commitment,
  EventPosition,
  Ledger,
  LedgerAction,
  LedgerEvent,
  PreparedTransaction,
  ReadOptions,
  SignedTransaction,
  StatusOptions,
  TransactionStatus,
} from '#impl/ports/ledger.ts';
import { applied, type Failure, failed, notApplied, type Outcome, ok, type Reply, unknown } from '#impl/ports/outcome.ts';
import { specKey } from '#model/solana/state.ts';
import { balanceOf } from '#model/solana/tokens.ts';
import type { CallRefusal, LostAs } from '../../solana/gateway-faults.ts';
import { BLOCKHASH_LIFE_SLOTS, bankSlot, commitmentOf } from '../../solana/slots.ts';
import { ledgerEvent, ledgerMessage, ledgerSpec, ledgerThread, recordedIn, refusalOf } from './ledger-shapes.ts';
import type { Bank, Landed, MemoryChain } from './memory-chain.ts';
import { decodeBytes, encodeMessage, type WireParts } from './transaction-text.ts';

/** Statuses a node still knows without searching its history, slots. */
const RECENT_STATUS_SLOTS = 300;

const failure = (kind: Failure['kind'], code: string, detail: string): Failure => ({ kind, authority: 'solana', code, detail });

const refused = (code: string, detail: string): Failure => failure('refused', code, detail);

const lostFailure = (as: LostAs): Failure =>
  as === 'reset'
    ? failure('unavailable', 'ConnectionLost', 'the connection broke before an answer came')
    : failure('timeout', 'RequestTimeout', 'no answer in time');

function refusalFailure(refusal: CallRefusal): Failure {
  switch (refusal.kind) {
    case 'rateLimited':
      return {
        ...failure('unavailable', 'RateLimited', 'too many requests (429)'),
        retryAfterMs: refusal.retryAfterS * 1_000,
      };
    case 'unavailable':
      return failure('unavailable', 'NodeUnavailable', 'the node is unavailable (503)');
    case 'behind':
      return failure('behind', 'NodeBehind', `Node is behind by ${refusal.slots} slots`);
  }
}

const behind = (slot: number, wanted: number): Failure =>
  failure('behind', 'MinContextSlotNotReached', `the node answers from slot ${slot}, expected at least ${wanted}`);

/** A client of the chain. `preflight`: each submission is simulated at `confirmed` first. */
export function createMemoryLedger(chain: MemoryChain, options: { readonly preflight?: boolean } = {}): Ledger {
  return new MemoryLedger(chain, options.preflight ?? false);
}

class MemoryLedger implements Ledger {
  readonly #chain: MemoryChain;
  readonly #preflight: boolean;
  /** The newest slot seen that is at least confirmed: no write is prepared from before it. */
  #settledSlot = 0;

  constructor(chain: MemoryChain, preflight: boolean) {
    this.#chain = chain;
    this.#preflight = preflight;
  }

  async prepare(action: LedgerAction, signer: WalletId): Promise<Reply<PreparedTransaction>> {
    const bank = this.#read({
      commitment: 'confirmed',
      ...(this.#settledSlot === 0 ? {} : { minContextSlot: this.#settledSlot }),
    });
    if (!bank.ok) return bank;
    const { slot, value } = bank.value;
    const missing = missingFor(action, value, slot);
    if (missing !== null) return failed(missing);
    this.#note(slot, 'confirmed');
    const message = encodeMessage({ signer, blockhash: { slot, world: this.#chain.seed }, action });
    return ok({ signer, message, lastValidBlockHeight: slot + BLOCKHASH_LIFE_SLOTS });
  }

  async submit({ bytes, signature }: SignedTransaction): Promise<Outcome<Signature>> {
    const closed = this.#closed();
    if (closed !== null) return notApplied(closed);
    const wire = decodeBytes(bytes);
    if (wire === null) return notApplied(failure('invalid', 'InvalidRequest', 'failed to deserialize transaction'));
    if (wire.signature !== signature) {
      const detail = `the node took the bytes as ${wire.signature}, expected ${signature}`;
      return unknown(failure('unavailable', 'SignatureMismatch', detail));
    }
    return this.#send(wire);
  }

  async transactionStatus(signature: Signature, { searchHistory, ...options }: StatusOptions): Promise<Reply<TransactionStatus>> {
    const read = this.#read({ commitment: 'processed', ...options });
    if (!read.ok) return read;
    const tip = read.value.slot;
    const found = this.#chain.transaction(signature, tip);
    if (found === null || (!searchHistory && found.slot <= tip - RECENT_STATUS_SLOTS)) return ok({ kind: 'notSeen' });
    const commitment = commitmentOf(found.slot, tip);
    this.#note(found.slot, commitment);
    const refusal = found.refusal === null ? null : refusalOf(found.refusal);
    return ok({ kind: 'landed', slot: found.slot, commitment, refusal });
  }

  async blockHeight(): Promise<Reply<AtSlot<number>>> {
    const read = this.#read({ commitment: 'confirmed' });
    if (!read.ok) return read;
    // Every slot has a block.
    const { slot } = read.value;
    return ok({ slot, value: slot });
  }

  thread(...[id, options]: Parameters<Ledger['thread']>): ReturnType<Ledger['thread']> {
    return this.#at(options, (bank) => ledgerThread(bank, id));
  }

  spec(...[{ thread, hash, author }, options]: Parameters<Ledger['spec']>): ReturnType<Ledger['spec']> {
    return this.#at(options, ({ state }) => {
      const spec = state.threads.get(thread)?.specs.get(specKey(hash, author));
      return spec === undefined ? null : ledgerSpec(thread, spec);
    });
  }

  message(...[{ thread, hash }, options]: Parameters<Ledger['message']>): ReturnType<Ledger['message']> {
    return this.#at(options, ({ state }) => recordedIn(state.threads.get(thread), hash));
  }

  async messages(...[thread, range, options]: Parameters<Ledger['messages']>): ReturnType<Ledger['messages']> {
    const { from, limit } = range;
    const wrong =
      outOfRange(limit, 1_024) ?? (Number.isInteger(from) && from >= 0 ? null : `from: expected 0 or more, got ${from}`);
    if (wrong !== null) return failed(failure('invalid', 'InvalidRange', wrong));
    return this.#at(options, ({ state }) =>
      (state.threads.get(thread)?.messages ?? []).slice(from, from + limit).map(ledgerMessage),
    );
  }

  balance(...[wallet, options]: Parameters<Ledger['balance']>): ReturnType<Ledger['balance']> {
    return this.#at(options, ({ state }) => balanceOf(state, wallet));
  }

  async events(...[after, limit, thread]: Parameters<Ledger['events']>): ReturnType<Ledger['events']> {
    const wrong = outOfRange(limit, 1_000);
    if (wrong !== null) return failed(failure('invalid', 'InvalidRange', wrong));
    const read = this.#read({ commitment: 'confirmed' });
    if (!read.ok) return read;
    const listed = this.#listed(after, read.value.slot, thread).slice(0, limit);
    const hidden = listed.findIndex(({ refusal }) => refusal === null && this.#chain.faults.hides());
    if (hidden === 0)
      return failed(failure('behind', 'TransactionNotAvailable', 'the node lists a transaction that it does not have'));
    const page = hidden === -1 ? listed : listed.slice(0, hidden);
    const last = page.at(-1);
    return ok({
      events: page
        .map(ledgerEvent)
        .filter((event): event is LedgerEvent => event !== null && (thread === undefined || event.thread === thread)),
      next: last === undefined ? after : { slot: last.slot, signature: last.signature },
    });
  }

  /**
   * Everything (of one thread, or all) after the position up to `slot`, oldest first; a position the chain does not have is replaced
   * by its slot.
   */
  #listed(after: EventPosition | null, slot: number, thread: ThreadId | undefined): readonly Landed[] {
    const newestFirst: Landed[] = [];
    for (const landed of this.#chain.history(slot)) {
      if (landed.signature === after?.signature || landed.slot < (after?.slot ?? 0)) break;
      if (thread === undefined || landed.thread === thread) newestFirst.push(landed);
    }
    const seen = new Set<Landed>(this.#chain.faults.disturb(newestFirst).toReversed());
    return [...seen].sort((a, b) => a.slot - b.slot);
  }

  #send(wire: WireParts): Outcome<Signature> {
    const { faults } = this.#chain;
    const { signature } = wire;
    const unlandable = this.#chain.unlandable(wire, this.#chain.tip());
    if (unlandable === 'SignatureFailure')
      return notApplied(failure('invalid', 'SignatureVerificationFailure', 'Transaction signature verification failure'));
    const fault = faults.takeSubmit();
    if (fault !== null) faults.fired.push({ fault, noticeable: fault.kind !== 'dropSubmit' || unlandable === null });
    if (fault?.kind === 'failPreflight') return notApplied(refused(fault.error, `preflight: ${fault.error}`));
    if (fault?.kind === 'dropSubmit') return applied(signature);
    if (fault?.kind === 'loseSubmit' && fault.position === 'before') return unknown(lostFailure(fault.as));
    const objection = this.#preflight ? this.#preflightRefusal(wire) : null;
    if (objection === 'AlreadyProcessed') return applied(signature);
    if (objection !== null) return notApplied(refused(objection, `preflight: ${refusalOf(objection).detail}`));
    // Whether it can land or not, a node without preflight takes it.
    this.#chain.land(wire);
    return fault?.kind === 'loseSubmit' ? unknown(lostFailure(fault.as)) : applied(signature);
  }

  #preflightRefusal(wire: WireParts): string | null {
    return this.#chain.unlandable(wire, bankSlot(this.#nodeTip(), 'confirmed')) ?? this.#chain.simulate(wire);
  }

  #nodeTip(): number {
    return this.#chain.tip() - this.#chain.faults.lagSlots;
  }

  #note(slot: number, commitment: Commitment): void {
    if (commitment !== 'processed') this.#settledSlot = Math.max(this.#settledSlot, slot);
  }

  /** Why no call gets through at all, or null; counts the call. */
  #closed(): Failure | null {
    const { faults, isUp } = this.#chain;
    if (!isUp) {
      faults.fired.push({ fault: { kind: 'linkDown' }, noticeable: true });
      return failure('unavailable', 'ConnectionRefused', 'connect ECONNREFUSED');
    }
    const refusal = faults.takeCall();
    return refusal === null ? null : refusalFailure(refusal);
  }

  /** The bank that answers a read. */
  #read({ commitment, minContextSlot }: ReadOptions): Reply<AtSlot<Bank>> {
    const closed = this.#closed();
    if (closed !== null) return failed(closed);
    const { faults } = this.#chain;
    const slot = bankSlot(this.#nodeTip(), commitment);
    if (minContextSlot !== undefined && slot < minContextSlot) return failed(behind(slot, minContextSlot));
    const slots = faults.lagSlots;
    if (slots > 0) {
      const noticeable = this.#chain.bank(slot) !== this.#chain.bank(slot + slots);
      faults.fired.push({ fault: { kind: 'lag', slots }, noticeable });
    }
    return ok({ slot, value: this.#chain.bank(slot) });
  }

  async #at<T>(options: ReadOptions, look: (bank: Bank) => T): Promise<Reply<AtSlot<T>>> {
    const read = this.#read(options);
    if (!read.ok) return read;
    const { slot, value } = read.value;
    this.#note(slot, options.commitment);
    return ok({ slot, value: look(value) });
  }
}

/** What the action's accounts depend on and is not there, named as the adapter names it; null when nothing is missing. */
function missingFor(action: LedgerAction, { state }: Bank, slot: number): Failure | null {
  if (action.kind === 'createThread') return null;
  const thread = state.threads.get(action.thread);
  if (thread === undefined) return refused('ThreadNotFound', `no thread ${action.thread} at slot ${slot}`);
  if (action.kind !== 'vote' && action.kind !== 'settle') return null;
  if (thread.specs.has(specKey(action.hash, action.author))) return null;
  return refused('SpecNotFound', `no such spec in thread ${action.thread} at slot ${slot}`);
}

const outOfRange = (limit: number, most: number): string | null =>
  Number.isInteger(limit) && limit >= 1 && limit <= most ? null : `limit: expected 1 to ${most}, got ${limit}`;
