/**
 * A wallet whose key lives in this process, signing with node:crypto. It reads what it is asked to sign and refuses everything but
 * exactly the action it was told, by itself, for the Choir program; who prepared the message need not be trusted.
 */
import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { Message } from '@solana/web3.js';
import bs58 from 'bs58';
import { type Signature, signature, type WalletId, walletId } from '../../ports/ids.ts';
import type { LedgerAction, PreparedTransaction, SignedTransaction, Wallet } from '../../ports/ledger.ts';
import { failed, ok, type Reply } from '../../ports/outcome.ts';
import { encodeInstruction, PROGRAM_ID } from './codec/index.ts';

/** DER of an Ed25519 private key up to its 32 bytes: https://www.rfc-editor.org/rfc/rfc8410 */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

/** @throws RangeError unless `seed` has 32 bytes: they are the private key. */
export function createKeypairWallet(seed: Uint8Array): Wallet {
  if (seed.length !== 32) throw new RangeError(`seed: expected 32 bytes, got ${seed.length}`);
  const der = Buffer.concat([pkcs8Prefix, seed]);
  return new KeypairWallet(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
}

class KeypairWallet implements Wallet {
  readonly id: WalletId;
  private readonly key: KeyObject;

  constructor(key: KeyObject) {
    this.key = key;
    this.id = walletId(bs58.encode(createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32)));
  }

  signAction(prepared: PreparedTransaction, action: LedgerAction): Reply<SignedTransaction> {
    const message = Buffer.from(prepared.message, 'base64');
    const wrong = this.objection(prepared, message, action);
    if (wrong !== null) return failed({ kind: 'refused', authority: 'solana', code: 'UnexpectedMessage', detail: wrong });
    const bytes = sign(null, message, this.key);
    return ok({
      signature: this.nameOf(bytes),
      bytes: Buffer.concat([Buffer.from([1]), bytes, message]).toString('base64'),
      lastValidBlockHeight: prepared.lastValidBlockHeight,
    });
  }

  /**
   * @throws TypeError `UnsafeText` unless the text begins with a printable character. A message begins with its number of
   * signatures of 64 bytes each; 32 (the first printable character) of them exceed the 1,232 bytes of a transaction, so that no
   * text signed here can ever be one.
   */
  signText(text: string): string {
    const bytes = Buffer.from(text, 'utf8');
    if ((bytes[0] ?? 0) < 0x20) throw new TypeError('UnsafeText: expected text that begins with a printable character');
    return bs58.encode(sign(null, bytes, this.key));
  }

  private nameOf(bytes: Uint8Array): Signature {
    return signature(bs58.encode(bytes));
  }

  /** What is wrong with the message, or null when it is exactly the action. */
  private objection(prepared: PreparedTransaction, bytes: Buffer, action: LedgerAction): string | null {
    if (prepared.signer !== this.id) return `prepared for ${prepared.signer}, this is ${this.id}`;
    const message = readMessage(bytes);
    if (message === null) return 'the bytes are not a legacy transaction message';
    const { header, accountKeys, instructions } = message;
    const [instruction, ...others] = instructions;
    if (instruction === undefined || others.length > 0) return `expected one instruction, got ${instructions.length}`;
    if (header.numRequiredSignatures !== 1) return `expected one signer, got ${header.numRequiredSignatures}`;
    if (accountKeys[0]?.toBase58() !== this.id) return `the signer is ${accountKeys[0]?.toBase58()}, expected ${this.id}`;
    const program = accountKeys[instruction.programIdIndex];
    if (!program?.equals(PROGRAM_ID)) return `the program is ${program?.toBase58()}, expected ${PROGRAM_ID.toBase58()}`;
    const expected = encodeInstruction(action);
    return Buffer.compare(bs58.decode(instruction.data), expected) === 0 ? null : `the instruction is not ${action.kind} as told`;
  }
}

/** null unless the bytes are a whole legacy message and nothing more. */
function readMessage(bytes: Buffer): Message | null {
  try {
    const message = Message.from(bytes);
    return Buffer.compare(message.serialize(), bytes) === 0 ? message : null;
  } catch {
    // web3.js throws whatever its buffer readers throw; every one of them means the same.
    return null;
  }
}
