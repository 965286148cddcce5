import { describe, expect, it } from 'vitest';
import { canonical } from './canonical.ts';
import { range, sortedEntries } from './collections.ts';

describe('canonical text', () => {
  it('[MC3] is the same for the same data in another order', () => {
    expect(canonical({ a: 1, b: [2n, null] })).toBe(canonical({ b: [2n, null], a: 1 }));
    expect(canonical({ a: 1, b: undefined })).toBe(canonical({ a: 1 }));
    expect(canonical(new Map([['a', 1], ['b', 2]]))).toBe(canonical(new Map([['b', 2], ['a', 1]]))); // biome-ignore format: two orders side by side
    expect(canonical(new Set(['a', 'b']))).toBe(canonical(new Set(['b', 'a'])));
  });

  it('[MC3] is as long as it must be: sizes, so that no text can be taken for two, and nothing of what is not there', () => {
    const data = { b: [1, 'xy', null], a: undefined, c: new Map<unknown, unknown>([['k', 2n], [1, true]]), d: new Set([2, 1]) }; // biome-ignore format: one value
    expect(canonical(data)).toBe('{,1"b=[1,2"xy,null],1"c=m{1"k=2n,1=true},1"d=s{1,2}}');
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

describe('collections', () => {
  it('[MC3] are gone through in the order of their keys, by code unit', () => {
    const entries = [
      ['b', 1],
      ['B', 2],
      ['a', 3],
      ['ab', 4],
    ] as const;
    expect(sortedEntries(new Map(entries)).map(([key]) => key)).toEqual(['B', 'a', 'ab', 'b']);
    expect(range(3)).toEqual([0, 1, 2]);
  });
});
