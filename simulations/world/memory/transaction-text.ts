/**
 * Transactions of the memory tier: a message is one line of JSON that names signer, blockhash and action, and its signature is a
 * digest under the wallet's secret. Only the envelope is Solana's; of the rest, what matters is kept: equal requests are equal bytes,
 * another blockhash makes another transaction, and nobody signs for anybody else.
 */
import { createHash } from 'node:crypto';
import bs58 from 'bs58';
import { type ContentHash, type Signature, signature, type ThreadId, type WalletId } from '#impl/ports/ids.ts';
import type { LedgerAction, PreparedTransaction, SignedTransaction, Wallet } from '#impl/ports/ledger.ts';
import { failed, ok, type Reply } from '#impl/ports/outcome.ts';

export interface TransactionMessage {
  readonly signer: WalletId;
  /** The slot whose blockhash it carries, and the world that issued it. */
  readonly blockhash: { readonly slot: number; readonly world: string };
  readonly action: LedgerAction;
}

/** One spelling for each action, so that equal actions are equal bytes. */
function actionFields(action: LedgerAction): readonly string[] {
  switch (action.kind) {
    case 'createThread':
    case 'divest':
      return [action.kind, action.thread];
    case 'postMessage':
      return [action.kind, action.thread, action.hash];
    case 'submitSpec':
      return [action.kind, action.thread, action.hash, String(action.stake)];
    case 'vote':
      return [action.kind, action.thread, action.hash, action.author, action.choice];
    case 'settle':
      return [action.kind, action.thread, action.hash, action.author];
  }
}

/** Ids are taken as they are: a message that holds anything else than a wallet was told fails to be signed. */
function actionOf([kind, thread = '', hash = '', third = '', choice]: readonly string[]): LedgerAction | null {
  const named = { thread: thread as ThreadId, hash: hash as ContentHash, author: third as WalletId };
  switch (kind) {
    case 'createThread':
    case 'divest':
      return { kind, thread: named.thread };
    case 'postMessage':
      return { kind, thread: named.thread, hash: named.hash };
    case 'submitSpec':
      return /^\d+$/.test(third) ? { kind, thread: named.thread, hash: named.hash, stake: BigInt(third) } : null;
    case 'vote':
      return choice === 'approve' || choice === 'deny' ? { kind, ...named, choice } : null;
    case 'settle':
      return { kind, ...named };
    default:
      return null;
  }
}

const spelled = ({ signer, blockhash, action }: TransactionMessage): string =>
  JSON.stringify(['memory transaction', signer, String(blockhash.slot), blockhash.world, ...actionFields(action)]);

/** As `PreparedTransaction.message`. */
export const encodeMessage = (message: TransactionMessage): string => Buffer.from(spelled(message), 'utf8').toString('base64');

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** null unless the text is exactly what `encodeMessage` gives for some message. */
export function decodeMessage(encoded: string): TransactionMessage | null {
  const fields = parsed(Buffer.from(encoded, 'base64').toString('utf8'));
  if (!Array.isArray(fields) || !fields.every((field): field is string => typeof field === 'string')) return null;
  const [, signer = '', slot = '', world = '', ...rest] = fields;
  const action = actionOf(rest);
  if (action === null) return null;
  const message = { signer: signer as WalletId, blockhash: { slot: Number(slot), world }, action };
  return encodeMessage(message) === encoded ? message : null;
}

export interface WireParts {
  readonly signature: Signature;
  /** The 64 bytes it is the name of. */
  readonly signed: Buffer;
  /** As `PreparedTransaction.message`. */
  readonly encoded: string;
  readonly message: TransactionMessage;
}

/** The envelope is Solana's: the number of signatures, each of 64 bytes, and the message. */
const envelopeLength = 65;

/** A transaction's bytes taken apart; null when they are none. */
export function decodeBytes(text: string): WireParts | null {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length <= envelopeLength || bytes[0] !== 1) return null;
  const encoded = bytes.subarray(envelopeLength).toString('base64');
  const message = decodeMessage(encoded);
  const signed = bytes.subarray(1, envelopeLength);
  return message === null ? null : { signature: nameOf(signed), signed, encoded, message };
}

const nameOf = (bytes: Uint8Array): Signature => signature(bs58.encode(bytes));

/** 64 bytes that only the secret's holder can make. */
const signatureOf = (secret: string, encoded: string): Buffer => createHash('sha512').update(`${secret}\n${encoded}`).digest();

/** The wallets of a world, and whether a signature is really theirs. */
export class Keyring {
  readonly #secrets = new Map<string, string>();

  /**
   * A wallet that signs transactions of this tier under a secret of its own, and texts as `signer` does.
   * @param secret known to nobody else
   */
  wallet(signer: Pick<Wallet, 'id' | 'signText'>, secret: string): Wallet {
    const { id } = signer;
    this.#secrets.set(id, secret);
    return {
      id,
      signText: (text) => signer.signText(text),
      signAction: (prepared, action) => signAction(id, secret, prepared, action),
    };
  }

  /** Whether the message's own signer signed exactly it. */
  isSigned({ signed, encoded, message }: WireParts): boolean {
    const secret = this.#secrets.get(message.signer);
    return secret !== undefined && signatureOf(secret, encoded).equals(signed);
  }
}

function signAction(id: WalletId, secret: string, prepared: PreparedTransaction, action: LedgerAction): Reply<SignedTransaction> {
  const wrong = objection(id, prepared, action);
  if (wrong !== null) return failed({ kind: 'refused', authority: 'solana', code: 'UnexpectedMessage', detail: wrong });
  const signed = signatureOf(secret, prepared.message);
  const bytes = Buffer.concat([Buffer.from([1]), signed, Buffer.from(prepared.message, 'base64')]).toString('base64');
  return ok({ signature: nameOf(signed), bytes, lastValidBlockHeight: prepared.lastValidBlockHeight });
}

/** What is wrong with the message, or null when it is exactly the action by this wallet. */
function objection(id: WalletId, prepared: PreparedTransaction, action: LedgerAction): string | null {
  if (prepared.signer !== id) return `prepared for ${prepared.signer}, this is ${id}`;
  const message = decodeMessage(prepared.message);
  if (message === null) return 'the bytes are not a transaction message';
  if (message.signer !== id) return `the signer is ${message.signer}, expected ${id}`;
  const same = JSON.stringify(actionFields(message.action)) === JSON.stringify(actionFields(action));
  return same ? null : `the instruction is not ${action.kind} as told`;
}
