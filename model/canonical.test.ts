import { describe, expect, it } from 'vitest';
import { canonical } from './canonical.ts';

describe('canonical text', () => {
  it('[MC3] is the same for the same data in another order', () => {
    expect(canonical({ a: 1, b: [2n, null] })).toBe(canonical({ b: [2n, null], a: 1 }));
    expect(canonical({ a: 1, b: undefined })).toBe(canonical({ a: 1 }));
    expect(canonical(new Map([['a', 1], ['b', 2]]))).toBe(canonical(new Map([['b', 2], ['a', 1]]))); // biome-ignore format: two orders side by side
    expect(canonical(new Set(['a', 'b']))).toBe(canonical(new Set(['b', 'a'])));
  });

  it('[MC3] differs for different data', () => {
    const different: readonly unknown[] = [
      null,
      true,
      false,
      0,
      1,
      1n,
      '1',
      '1n',
      'null',
      '',
      [],
      [1],
      [1, 2],
      [[1], 2],
      ['1,2'],
      ['1', '2'],
      {},
      { a: 1 },
      { a: '1' },
      { b: 1 },
      { a: { b: 1 } },
      new Map(),
      new Map([['a', 1]]),
      new Map([[1, 'a']]),
      new Set(),
      new Set(['a']),
      new Set(['a', 'b']),
    ];
    const texts = different.map(canonical);
    expect(new Set(texts).size).toBe(different.length);
    expect(different.map(canonical)).toEqual(texts);
  });
});
