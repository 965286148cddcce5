/** What opens a session. What a green run does not show: that a nonce is good once (`backend/sessions.test.ts`). */
import { generateKeyPairSync, sign } from 'node:crypto';
import bs58 from 'bs58';
import { describe, expect, it } from 'vitest';
import { backendId, type WalletId, walletId } from '../ports/ids.ts';
import { signInText, verifyText } from './sign-in.ts';

/** A wallet and how it signs; DER of a public key ends with its 32 bytes. */
function keyPair(): { readonly wallet: WalletId; readonly signed: (text: string) => string } {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const wallet = walletId(bs58.encode(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)));
  return { wallet, signed: (text) => bs58.encode(sign(null, Buffer.from(text, 'utf8'), privateKey)) };
}

const [ann, ben] = [keyPair(), keyPair()];

describe('signing in', () => {
  it('[SG1] signs a text that names backend, wallet, nonce and its end, a line each', () => {
    const parts = { backend: backendId('b0'), wallet: ann.wallet, nonce: '0f'.repeat(32), expiresAtMs: 1_700_000_000_000 };
    expect(signInText(parts).split('\n')).toEqual([
      'Choir sign-in',
      'Backend: b0',
      `Wallet: ${ann.wallet}`,
      `Nonce: ${'0f'.repeat(32)}`,
      'Expires: 1700000000000',
    ]);
  });

  it('[SG2] takes a signature for its wallet and its text alone, the second time as the first', () => {
    const signature = ann.signed('téxt');
    for (let time = 1; time <= 2; time += 1) {
      expect(verifyText(ann.wallet, 'téxt', signature)).toBe(true);
      expect(verifyText(ann.wallet, 'text', signature)).toBe(false);
      expect(verifyText(ben.wallet, 'téxt', signature)).toBe(false);
    }
  });

  it('[SG2] takes what is no key or no signature for nothing', () => {
    const signature = ann.signed('text');
    const noKeys = ['0OIl', '', bs58.encode(new Uint8Array(31).fill(1)), bs58.encode(new Uint8Array(33).fill(1))];
    for (const wallet of noKeys) expect([wallet, verifyText(wallet as WalletId, 'text', signature)]).toEqual([wallet, false]);
    const noSignatures = ['0OIl', '', bs58.encode(new Uint8Array(63).fill(1)), `${signature}1`];
    for (const each of noSignatures) expect([each, verifyText(ann.wallet, 'text', each)]).toEqual([each, false]);
  });
});
