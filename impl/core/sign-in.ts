/**
 * What a wallet signs to open a session, and how the signature is checked. Both sides build the text from its parts, so a wallet
 * never signs words that somebody else chose, and a text for one backend is worth nothing at another.
 */
import { createPublicKey, verify } from 'node:crypto';
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

/** Whether `signature` (base58) is the wallet's Ed25519 signature of the text; false for anything malformed. */
export function verifyText(wallet: WalletId, text: string, signature: string): boolean {
  const key = bs58.decodeUnsafe(wallet);
  const bytes = bs58.decodeUnsafe(signature);
  if (key?.length !== 32 || bytes?.length !== 64) return false;
  const publicKey = createPublicKey({ key: Buffer.concat([spkiPrefix, key]), format: 'der', type: 'spki' });
  return verify(null, Buffer.from(text, 'utf8'), publicKey, bytes);
}
