/**
 * The ledger's running digest of a thread's recorded messages: SHA-256 over the chain so far and the next hash, 32 bytes each, from 32
 * zero bytes. Two holders with the same chain have the same hashes in the same order, however many there are.
 * As the on-chain program computes it (`program/src/messages.h`).
 */
import { createHash } from 'node:crypto';
import type { ContentHash } from '../ports/ids.ts';

/** Of a thread without messages. */
export const EMPTY_CHAIN: string = '0'.repeat(64);

/** `chain` and the answer are 64 hex digits; `hashes` are those recorded after it, in sequence. */
export function extendChain(chain: string, hashes: readonly ContentHash[]): string {
  let bytes: Buffer = Buffer.from(chain, 'hex');
  for (const hash of hashes) bytes = createHash('sha256').update(bytes).update(Buffer.from(hash, 'hex')).digest();
  return bytes.toString('hex');
}

/** @param messages in order of their sequence, from the first */
export const hashChainOf = (messages: readonly { readonly hash: ContentHash }[]): string =>
  extendChain(
    EMPTY_CHAIN,
    messages.map(({ hash }) => hash),
  );
