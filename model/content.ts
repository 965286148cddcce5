/**
 * What a message's content is to the model: its hash (a name that is equal exactly when thread, author and text are), the order
 * contents are listed in, and which texts are no content at all (behaviour, section 3).
 */
import type { ContentName } from './action.ts';
import { compareText } from './collections.ts';

/** Stands for SHA-256 of the canonical bytes. Injective; `contentOf` is its inverse. */
export function hashOf(content: ContentName): string {
  return `${content.thread.length},${content.author.length}:${content.thread}${content.author}${content.text}`;
}

/** The content that `hashOf` named. */
export function contentOf(hash: string): ContentName {
  const comma = hash.indexOf(',');
  const colon = hash.indexOf(':', comma);
  const author = colon + 1 + Number(hash.slice(0, comma));
  const text = author + Number(hash.slice(comma + 1, colon));
  return { thread: hash.slice(colon + 1, author), author: hash.slice(author, text), text: hash.slice(text) };
}

/** By thread, then author, then text, each by code unit. */
export function compareContents(a: ContentName, b: ContentName): number {
  return compareText(a.thread, b.thread) || compareText(a.author, b.author) || compareText(a.text, b.text);
}

export const maxContentBytes = 1_048_576;

export type ContentProblem = 'ContentEmpty' | 'ContentTooLarge' | 'ContentMalformed';

/** Why a text cannot be a message, or null. A lone surrogate counts three bytes, as its replacement would. */
export function contentProblem(text: string): ContentProblem | null {
  if (text === '') return 'ContentEmpty';
  let bytes = 0;
  let malformed = false;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (isSurrogatePair(unit, text.charCodeAt(at + 1))) {
      bytes += 4;
      at += 1;
    } else {
      bytes += 3;
      malformed ||= unit >= 0xd800 && unit <= 0xdfff;
    }
  }
  if (bytes > maxContentBytes) return 'ContentTooLarge';
  return malformed ? 'ContentMalformed' : null;
}

/** NaN, past the end of a text, is no low surrogate. */
function isSurrogatePair(unit: number, next: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff && next >= 0xdc00 && next <= 0xdfff;
}
