/**
 * What a wallet signs to open a session, and how the signature is checked. Both sides build the text from its parts, so a wallet
 * never signs words that somebody else chose, and a text for one backend is worth nothing at another.
 */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import bs58 from 'bs58';
import type { BackendId, WalletId } from '../ports/ids.ts';

export interface SignInParts {
  readonly backend: BackendId;
  readonly wallet: WalletId;
  /** 64 lowercase hex digits. */
  readonly nonce: string;
  /** Milliseconds since the Unix epoch: from then on the nonce is worthless. */
  readonly expiresAtMs: number;
}

/** UTF-8 text that no ledger message can begin like. */
export function signInText(parts: SignInParts): string {
  return [
    'Choir sign-in',
    `Backend: ${parts.backend}`,
    `Wallet: ${parts.wallet}`,
    `Nonce: ${parts.nonce}`,
    `Expires: ${parts.expiresAtMs}`,
  ].join('\n');
}

/** DER of an Ed25519 SubjectPublicKeyInfo up to the 32 key bytes (RFC 8410). */
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');

/** Keys as the library wants them: making one costs as much as a signature. The oldest goes first. */
const keys = new Map<WalletId, KeyObject>();
const KEPT_KEYS = 10_000;

function publicKeyOf(wallet: WalletId): KeyObject | null {
  const known = keys.get(wallet);
  if (known !== undefined) return known;
  const bytes = bs58.decodeUnsafe(wallet);
  if (bytes?.length !== 32) return null;
  const key = createPublicKey({ key: Buffer.concat([spkiPrefix, bytes]), format: 'der', type: 'spki' });
  for (const oldest of keys.keys()) {
    if (keys.size < KEPT_KEYS) break;
    keys.delete(oldest);
  }
  keys.set(wallet, key);
  return key;
}

/** Whether `signature` (base58) is the wallet's Ed25519 signature of the text; false for anything malformed. */
export function verifyText(wallet: WalletId, text: string, signature: string): boolean {
  const key = publicKeyOf(wallet);
  const bytes = bs58.decodeUnsafe(signature);
  if (key === null || bytes?.length !== 64) return false;
  return verify(null, Buffer.from(text, 'utf8'), key, bytes);
}
