/**
 * Addresses between 32 bytes and base58, remembered: a conversion takes several microseconds, a transaction has a dozen of them,
 * and the same few addresses come again and again.
 */
import bs58 from 'bs58';

/** Addresses remembered at most, in either direction; then all are forgotten at once. */
const REMEMBERED = 20_000;

const texts = new Map<string, string>();
const bytesOf = new Map<string, Uint8Array>();

/** Base58 of a 32-byte address. */
export function addressText(bytes: Uint8Array): string {
  const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const known = texts.get(key);
  if (known !== undefined) return known;
  const text = bs58.encode(bytes);
  if (texts.size >= REMEMBERED) texts.clear();
  texts.set(key, text);
  return text;
}

/** The 32 bytes of a base58 address. Not to be changed by the caller. Throws on text that is not base58. */
export function addressBytes(text: string): Uint8Array {
  const known = bytesOf.get(text);
  if (known !== undefined) return known;
  const bytes = bs58.decode(text);
  if (bytesOf.size >= REMEMBERED) bytesOf.clear();
  bytesOf.set(text, bytes);
  return bytes;
}
