/**
 * For tests beside the sources and for benches: a ledger on which createThread and postMessage really happen, at once and confirmed,
 * each in time that does not depend on how much there is; and wallets that sign for it. The real rules are in the program.
 */
import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import bs58 from 'bs58';
import { EMPTY_CHAIN, extendChain } from '../core/hash-chain.ts';
import { pack, unpack } from '../core/json.ts';
import { type Signature, signature, type ThreadId, type WalletId, walletId } from '../ports/ids.ts';
import type {
  EventPosition,
  Ledger,
  LedgerAction,
  LedgerEvent,
  LedgerThread,
  SignedTransaction,
  Wallet,
} from '../ports/ledger.ts';
import { applied, type Failure, failed, notApplied, ok, type Reply } from '../ports/outcome.ts';
import { ledgerDown } from './scripted-ledger.ts';

/** What a message says, as base64 of its JSON. */
interface Message {
  readonly action: LedgerAction;
  readonly signer: WalletId;
  /** Makes messages prepared at different heights different ones. */
  readonly height: number;
}

const VALID_HEIGHTS = 150;
const refusedWith = (code: string): Failure => ({ kind: 'refused', authority: 'solana', code, detail: '' });

export class ScriptedProgram {
  down = false;
  height = 1;
  /** Called with each submission before it happens. */
  onSubmit: (action: LedgerAction) => void = () => undefined;
  /** Every action that took effect, in order. */
  readonly landed: LedgerAction[] = [];
  readonly #history: LedgerEvent[] = [];
  readonly #positions = new Map<string, number>();
  readonly #statuses = new Map<Signature, { readonly slot: number; readonly refusal: string | null }>();
  readonly #threads = new Map<ThreadId, LedgerThread>();
  readonly #recorded = new Set<string>();

  get port(): Ledger {
    const at = <T>(value: T): Promise<Reply<{ readonly slot: number; readonly value: T }>> =>
      this.#reply({ slot: this.height, value });
    return {
      prepare: async (action, signer) => {
        const isMissing = action.kind !== 'createThread' && !this.#threads.has(action.thread);
        if (!this.down && isMissing) return failed(refusedWith('ThreadNotFound'));
        const message: Message = { action, signer, height: this.height };
        const bytes = Buffer.from(JSON.stringify(pack(message)), 'utf8').toString('base64');
        return this.#reply({ signer, message: bytes, lastValidBlockHeight: this.height + VALID_HEIGHTS });
      },
      submit: async (transaction) => {
        const { action, signer } = messageOf(transaction);
        this.onSubmit(action);
        if (this.down) return notApplied(ledgerDown);
        if (!this.#statuses.has(transaction.signature)) this.#execute(action, signer, transaction.signature);
        return applied(transaction.signature);
      },
      transactionStatus: async (of) => {
        const found = this.#statuses.get(of);
        if (found === undefined) return this.#reply({ kind: 'notSeen' });
        const refusal = found.refusal === null ? null : { code: found.refusal, detail: '' };
        return this.#reply({ kind: 'landed', slot: found.slot, commitment: 'confirmed', refusal });
      },
      blockHeight: () => at(this.height),
      thread: (id) => at(this.#threads.get(id) ?? null),
      spec: () => at(null),
      message: () => at(null),
      messages: () => at([]),
      balance: () => at(0n),
      events: async (after, limit, thread) => {
        const from = after === null ? 0 : (this.#positions.get(after.signature) ?? -1) + 1;
        const page = this.#history.slice(from, from + limit);
        const last = page.at(-1);
        const next: EventPosition | null = last === undefined ? after : { slot: last.slot, signature: last.signature };
        return this.#reply({ events: page.filter((event) => thread === undefined || event.thread === thread), next });
      },
    };
  }

  async #reply<T>(value: T): Promise<Reply<T>> {
    return this.down ? failed(ledgerDown) : ok(value);
  }

  #execute(action: LedgerAction, signer: WalletId, by: Signature): void {
    this.height += 1;
    const slot = this.height;
    const before = this.#threads.get(action.thread);
    const refusal = this.#objection(action, signer, before);
    this.#statuses.set(by, { slot, refusal });
    if (refusal !== null) return;
    this.landed.push(action);
    const { thread } = action;
    const head = { thread, version: (before?.version ?? 0) + 1, vault: 0n, slot, signature: by };
    if (action.kind === 'postMessage' && before !== undefined) {
      const { hash } = action;
      this.#recorded.add(`${thread} ${hash}`);
      this.#append({ ...head, kind: 'messagePosted', hash, author: signer, sequence: before.messageCount });
      const hashChain = extendChain(before.hashChain, [hash]);
      const messageCount = before.messageCount + 1;
      this.#threads.set(thread, { ...before, version: head.version, messageCount, hashChain, updatedSlot: slot });
      return;
    }
    this.#append({ ...head, kind: 'threadCreated', creator: signer });
    const empty = { messageCount: 0, openSpecs: 0, hashChain: EMPTY_CHAIN, vault: 0n };
    this.#threads.set(thread, { id: thread, version: 1, coAuthors: [signer], ...empty, createdSlot: slot, updatedSlot: slot });
  }

  #append(event: LedgerEvent): void {
    this.#positions.set(event.signature, this.#history.length);
    this.#history.push(event);
  }

  #objection(action: LedgerAction, signer: WalletId, thread: LedgerThread | undefined): string | null {
    if (action.kind === 'createThread') return thread === undefined ? null : 'ThreadAlreadyExists';
    if (action.kind !== 'postMessage') throw new Error(`the scripted program knows no ${action.kind}`);
    if (thread === undefined) return 'ThreadNotFound';
    if (!thread.coAuthors.includes(signer)) return 'NotCoAuthor';
    return this.#recorded.has(`${action.thread} ${action.hash}`) ? 'HashAlreadyRecorded' : null;
  }
}

function messageOf({ bytes }: SignedTransaction): Message {
  return unpack<Message>(JSON.parse(Buffer.from(bytes, 'base64').subarray(65).toString('utf8')));
}

/** DER of an Ed25519 private key up to its 32 bytes (RFC 8410). */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A wallet for it, with every signature real: the same seed is the same wallet. @param seed one byte, repeated */
export function scriptedWallet(seed: number): Wallet {
  const der = Buffer.concat([pkcs8Prefix, Buffer.alloc(32, seed)]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const id = walletId(bs58.encode(createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32)));
  return {
    id,
    signText: (text) => bs58.encode(sign(null, Buffer.from(text, 'utf8'), key)),
    signAction: ({ message, lastValidBlockHeight }, action) => {
      const bytes = Buffer.from(message, 'base64');
      const told = unpack<Message>(JSON.parse(bytes.toString('utf8')));
      if (JSON.stringify(pack(told.action)) !== JSON.stringify(pack(action))) return failed(refusedWith('UnexpectedMessage'));
      const signed = sign(null, bytes, key);
      const wire = Buffer.concat([Buffer.from([1]), signed, bytes]).toString('base64');
      return ok({ signature: signature(bs58.encode(signed)), bytes: wire, lastValidBlockHeight });
    },
  };
}
