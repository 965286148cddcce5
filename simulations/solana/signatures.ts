/** Ed25519 verification by node:crypto, which neither bank does. Key objects are kept: making one costs a third of a verification. */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import bs58 from 'bs58';
import type { WireTransaction } from './wire.ts';

const KEPT_KEYS = 4096;
const keys = new Map<string, KeyObject>();
/** DER of an Ed25519 public key up to its 32 bytes: https://www.rfc-editor.org/rfc/rfc8410 */
const derPrefix = Buffer.from('302a300506032b6570032100', 'hex');

function keyOf(address: string): KeyObject {
  const known = keys.get(address);
  if (known !== undefined) return known;
  const der = Buffer.concat([derPrefix, bs58.decode(address)]);
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  if (keys.size >= KEPT_KEYS) keys.clear();
  keys.set(address, key);
  return key;
}

declare const verified: unique symbol;
/** A transaction whose every signature was found to be over its message by the account it stands for. */
export type VerifiedTransaction = WireTransaction & { readonly [verified]: true };

/** The transaction as verified, or the address whose signature is missing or wrong. */
export function verifySignatures(wire: WireTransaction): VerifiedTransaction | { readonly forged: string } {
  const { accounts, signatures, message } = wire;
  const index = signatures.findIndex((signature, at) => !verify(null, message, keyOf(accounts[at] ?? ''), signature));
  return index === -1 ? (wire as VerifiedTransaction) : { forged: accounts[index] ?? '' };
}
