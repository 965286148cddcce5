/**
 * What a message's content may be, and what its hash is. The hash names the content everywhere: on the ledger, in the content
 * store, in caches; it binds the text to its thread and author, so the same text elsewhere is another message.
 */
import { createHash } from 'node:crypto';
import bs58 from 'bs58';
import { type ContentHash, contentHash, type ThreadId, type WalletId } from '../ports/ids.ts';

/** The most UTF-8 bytes a message's text may have: 1 MiB. */
export const MAX_TEXT_BYTES: number = 1_048_576;

/** What a content hash is made of. */
export interface Content {
  readonly thread: ThreadId;
  readonly author: WalletId;
  readonly text: string;
}

export interface ContentProblem {
  readonly code: 'ContentEmpty' | 'ContentTooLarge' | 'ContentMalformed';
  readonly detail: string;
}

const domain = Buffer.from('choir:message:1\0', 'utf8');
const loneSurrogate = /\p{Surrogate}/u;

/** The first thing wrong with a text, or null when it may be stored: 1 to 1,048,576 bytes of UTF-8, no lone surrogates. */
export function checkText(text: string): ContentProblem | null {
  if (text === '') return { code: 'ContentEmpty', detail: 'the text is empty; expected at least one character' };
  const bytes = Buffer.byteLength(text, 'utf8');
  if (bytes > MAX_TEXT_BYTES) {
    return { code: 'ContentTooLarge', detail: `the text has ${bytes} bytes of UTF-8; expected at most ${MAX_TEXT_BYTES}` };
  }
  const at = text.search(loneSurrogate);
  if (at >= 0) {
    return { code: 'ContentMalformed', detail: `lone surrogate at UTF-16 index ${at}; expected well-formed Unicode text` };
  }
  return null;
}

/**
 * The bytes a content hash is taken of:
 * `utf8("choir:message:1\0") | thread (32 bytes) | author (32 bytes) | u32le text byte length | text as UTF-8`.
 * Throws a TypeError when the author is not 32 bytes of base58; expects a text that `checkText` accepts.
 */
export function canonicalBytes(content: Content): Uint8Array {
  const author = bs58.decode(content.author);
  if (author.length !== 32) throw new TypeError(`author: expected a base58 key of 32 bytes, got ${author.length} bytes`);
  const text = Buffer.from(content.text, 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  return Buffer.concat([domain, Buffer.from(content.thread, 'hex'), author, length, text]);
}

/**
 * Whether content still is what its hash says. False, never thrown, for what a store may have been made to hold: an author that is
 * no key of 32 bytes, or a lone surrogate, which hashes like the character that replaces it.
 */
export function isGenuine(content: Content & { readonly hash: ContentHash }): boolean {
  if (bs58.decodeUnsafe(content.author)?.length !== 32 || loneSurrogate.test(content.text)) return false;
  return hashContent(content) === content.hash;
}

declare const isVerified: unique symbol;

/** Content that was found to be what its hash says. Only `verified` makes one. */
export type VerifiedContent = Content & { readonly hash: ContentHash; readonly [isVerified]: true };

/** The content if it is genuine, else null. */
export const verified = (content: Content & { readonly hash: ContentHash }): VerifiedContent | null =>
  isGenuine(content) ? (content as VerifiedContent) : null;

/** SHA-256 of the canonical bytes. */
export function hashContent(content: Content): ContentHash {
  return contentHash(createHash('sha256').update(canonicalBytes(content)).digest('hex'));
}
