import { createHash } from 'node:crypto';
import bs58 from 'bs58';
import { describe, expect, it } from 'vitest';
import { threadId, walletId } from '../ports/ids.ts';
import { canonicalBytes, checkText, hashContent, isGenuine, MAX_TEXT_BYTES, verified } from './content.ts';

const thread = threadId('ab'.repeat(32));
const author = walletId(bs58.encode(new Uint8Array(32).fill(7)));

describe('content hash', () => {
  it('[CN1] is SHA-256 of domain, thread, author, length and text, in that order', () => {
    const text = 'héllo';
    const expected = Buffer.concat([
      Buffer.from('choir:message:1\0'),
      Buffer.alloc(32, 0xab),
      Buffer.alloc(32, 7),
      Buffer.from([6, 0, 0, 0]),
      Buffer.from(text, 'utf8'),
    ]);
    expect(Buffer.from(canonicalBytes({ thread, author, text }))).toEqual(expected);
    expect(hashContent({ thread, author, text })).toBe(createHash('sha256').update(expected).digest('hex'));
  });

  it('[CN2] differs as soon as thread, author or text does', () => {
    const other = walletId(bs58.encode(new Uint8Array(32).fill(8)));
    const hashes = [
      hashContent({ thread, author, text: 'a' }),
      hashContent({ thread, author, text: 'b' }),
      hashContent({ thread, author: other, text: 'a' }),
      hashContent({ thread: threadId('cd'.repeat(32)), author, text: 'a' }),
      // Composed and decomposed: the bytes count, not the look.
      hashContent({ thread, author, text: 'é' }),
      hashContent({ thread, author, text: 'e\u0301' }),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it('[CN3] is refused for an author that is not 32 bytes', () => {
    const short = walletId('1'.repeat(40));
    expect(() => hashContent({ thread, author: short, text: 'a' })).toThrow(/author: expected a base58 key of 32 bytes, got \d+/);
  });

  it('[CN7] is told from any other content under it, whatever a store was made to hold', () => {
    const genuine = { thread, author, text: 'a\ufffd' };
    const hash = hashContent(genuine);
    expect(isGenuine({ ...genuine, hash })).toBe(true);
    const altered = [
      { text: 'b' },
      // Hashes like the character that replaces it.
      { text: 'a\ud800' },
      { thread: threadId('cd'.repeat(32)) },
      { author: walletId(bs58.encode(new Uint8Array(32).fill(8))) },
      { author: walletId('1'.repeat(40)) },
      { author: 'no base58: 0OIl' as typeof author },
    ];
    for (const change of altered) {
      expect(isGenuine({ ...genuine, ...change, hash })).toBe(false);
      expect(verified({ ...genuine, ...change, hash })).toBeNull();
    }
    expect(verified({ ...genuine, hash })).toEqual({ ...genuine, hash });
  });
});

describe('text', () => {
  it.each([
    ['', 'ContentEmpty'],
    ['a'.repeat(MAX_TEXT_BYTES + 1), 'ContentTooLarge'],
    [`${'é'.repeat(MAX_TEXT_BYTES / 2)}a`, 'ContentTooLarge'],
    ['a\ud800b', 'ContentMalformed'],
    ['\udc00', 'ContentMalformed'],
    // Too large before malformed; a lone surrogate counts three bytes.
    [`\ud800${'a'.repeat(MAX_TEXT_BYTES - 2)}`, 'ContentTooLarge'],
    [`\ud800${'a'.repeat(MAX_TEXT_BYTES - 3)}`, 'ContentMalformed'],
  ])('[CN4] case %# is refused with its own code', (text, code) => {
    expect(checkText(text)?.code).toBe(code);
  });

  it.each([['a'], [' '], ['\0'], ['😀'], ['é'.repeat(MAX_TEXT_BYTES / 2)]])('[CN5] case %# may be stored', (text) => {
    expect(checkText(text)).toBeNull();
  });

  it('[CN6] says where a lone surrogate is', () => {
    expect(checkText('ab\udc00')?.detail).toContain('index 2');
  });
});
