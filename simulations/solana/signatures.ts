/** Ed25519 verification by node:crypto, which neither bank does. Key objects are kept: making one costs a third of a verification. */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { addressBytes } from './base58.ts';
import type { WireTransaction } from './wire.ts';

const KEPT_KEYS = 4096;
const keys = new Map<string, KeyObject>();
/** DER of an Ed25519 public key up to its 32 bytes: https://www.rfc-editor.org/rfc/rfc8410 */
const derPrefix = Buffer.from('302a300506032b6570032100', 'hex');

function keyOf(address: string): KeyObject {
  const known = keys.get(address);
  if (known !== undefined) return known;
  const der = Buffer.concat([derPrefix, addressBytes(address)]);
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  if (keys.size >= KEPT_KEYS) keys.clear();
  keys.set(address, key);
  return key;
}

/** Transactions found to be signed; wire transactions never change. */
const verified = new WeakSet<WireTransaction>();

/** The address whose signature is missing or not over the message, or null when every signature holds. */
export function forgedSigner(wire: WireTransaction): string | null {
  if (verified.has(wire)) return null;
  const { accounts, signatures, message } = wire;
  const index = signatures.findIndex((signature, at) => !verify(null, message, keyOf(accounts[at] ?? ''), signature));
  if (index !== -1) return accounts[index] ?? '';
  verified.add(wire);
  return null;
}
