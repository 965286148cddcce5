import { describe, expect, it } from 'vitest';
import { compareContents, contentOf, contentProblem, hashOf, maxContentBytes } from './content.ts';

describe('content', () => {
  it('[MC1] names a content by thread, author and text, wherever the boundaries between them lie', () => {
    const parts = ['', 'a', 'ab', 'b', '1', ',', ':', '1,1:ab'];
    const contents = parts.flatMap((thread) => parts.flatMap((author) => parts.map((text) => ({ thread, author, text }))));
    expect(new Set(contents.map(hashOf)).size).toBe(contents.length);
    expect(contents.map((content) => contentOf(hashOf(content)))).toEqual(contents);
  });

  it('[MC1] orders contents by thread, then author, then text', () => {
    const of = (thread: string, author: string, text: string) => ({ thread, author, text });
    const ordered = [of('a', 'a', 'a'), of('a', 'a', 'b'), of('a', 'b', 'a'), of('b', 'a', 'a')];
    expect([...ordered].reverse().sort(compareContents)).toEqual(ordered);
    expect(compareContents(of('a', 'a', 'a'), of('a', 'a', 'a'))).toBe(0);
  });

  it('[MC2] refuses no text, too many bytes of UTF-8, and lone surrogates, in this order', () => {
    expect(contentProblem('')).toBe('ContentEmpty');
    expect(contentProblem(' ')).toBeNull();
    expect(contentProblem('a'.repeat(maxContentBytes))).toBeNull();
    expect(contentProblem('a'.repeat(maxContentBytes + 1))).toBe('ContentTooLarge');
    for (const [letter, bytes] of [
      ['\x7f', 1],
      ['\x80', 2],
      ['é', 2],
      ['\u07ff', 2],
      ['\u0800', 3],
      ['€', 3],
      ['\ud7ff', 3],
      ['\ue000', 3],
      ['\ud800\udc00', 4],
      ['\udbff\udfff', 4],
      ['😀', 4],
    ] as const) {
      const most = Math.floor(maxContentBytes / bytes);
      const filled = letter.repeat(most) + 'a'.repeat(maxContentBytes - most * bytes);
      expect([letter, contentProblem(filled), contentProblem(`${filled}a`)]).toEqual([letter, null, 'ContentTooLarge']);
    }
    for (const lone of [
      '\ud7ff\udc00',
      '\udbff\ue000',
      '\ud800\udbff',
      '\udc00\udc00',
      '\udfff€',
      '\ud800',
      'a\udc00',
      '\ud800a',
      '\udc00\ud800',
      '\ud83d\ud83d\ude00',
    ]) {
      expect([lone, contentProblem(lone)]).toEqual([lone, 'ContentMalformed']);
    }
    expect(contentProblem('\ud800'.repeat(349_526))).toBe('ContentTooLarge');
    expect(contentProblem('\ud800'.repeat(349_525))).toBe('ContentMalformed');
  });
});
