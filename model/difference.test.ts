import { describe, expect, it } from 'vitest';
import { differences, isSame, shown } from './difference.ts';

const content = (text: string) => ({ thread: 'thread#0', author: 'wallet#0', text });

describe('differences', () => {
  it('[MC4] finds none between equal values', () => {
    expect(differences({ a: [1n, { b: null }] }, { a: [1n, { b: null }] })).toEqual([]);
    expect(isSame([1], [1, 2])).toBe(false);
    expect(isSame([1], { 0: 1 })).toBe(false);
    expect(isSame({ a: 1 }, { b: 1 })).toBe(false);
    expect(isSame({ a: 1 }, null)).toBe(false);
    expect(isSame({ 0: 1 }, [1])).toBe(false);
    expect(isSame({ a: 1 }, { a: 1, b: 2 })).toBe(false);
    expect(isSame({ a: 1, b: 2 }, { a: 1, b: 3 })).toBe(false);
    expect(isSame([1, 2], [1, 3])).toBe(false);
  });

  it('[MC4] names the smallest part that differs', () => {
    const view = (version: number, vault: bigint) => ({ thread: 'thread#0', version, vault });
    expect(differences({ ledger: { threads: [view(1, 5n)] } }, { ledger: { threads: [view(2, 5n)] } })).toEqual([
      { path: 'ledger.threads[thread#0].version', expected: '1', observed: '2' },
    ]);
    expect(differences([['wallet#0', 1n]], [['wallet#0', 2n]], 'wallets')).toEqual([
      { path: 'wallets[wallet#0]', expected: '1', observed: '2' },
    ]);
    expect(differences({ backend: 'backend#0' }, { backend: null })).toEqual([
      { path: 'backend', expected: 'backend#0', observed: 'null' },
    ]);
    expect(differences({ ledger: null }, { ledger: { treasury: 1n } })).toEqual([
      { path: 'ledger', expected: 'null', observed: '{ treasury: 1 }' },
    ]);
    expect(differences({ list: ['a'] }, { list: null })).toEqual([{ path: 'list', expected: '[a]', observed: 'null' }]);
    expect(differences({ list: null }, { list: ['a'] })).toEqual([{ path: 'list', expected: 'null', observed: '[a]' }]);
    expect(differences({ view: { version: 1 } }, {})).toEqual([
      { path: 'view', expected: '{ version: 1 }', observed: 'nothing' },
    ]);
  });

  it('[MC4] says which named elements are missing or too many, and shows other lists whole', () => {
    const client = (name: string) => ({ client: name, backend: null });
    expect(differences([client('wallet#0')], [client('wallet#1')], 'clients')).toEqual([
      { path: 'clients[wallet#0]', expected: '{ client: wallet#0, backend: null }', observed: 'nothing' },
      { path: 'clients[wallet#1]', expected: 'nothing', observed: '{ client: wallet#1, backend: null }' },
    ]);
    expect(differences(['a', 'b'], ['b', 'a'], 'coAuthors')).toEqual([
      { path: 'coAuthors', expected: '[a, b]', observed: '[b, a]' },
    ]);
    expect(differences([content('x')], [content('y')], 'messages')).toEqual([
      { path: 'messages', expected: '[thread#0/wallet#0/"x"]', observed: '[thread#0/wallet#0/"y"]' },
    ]);
    const spec = (stake: bigint) => ({ content: content('x'), stake });
    expect(differences([spec(1n)], [spec(2n)], 'openSpecs')).toEqual([
      { path: 'openSpecs[thread#0/wallet#0/"x"].stake', expected: '1', observed: '2' },
    ]);
  });

  it('[MC4] shows a list whole when names repeat, are absent, or only the order differs', () => {
    const both = [
      { backend: 'backend#0', cache: [] },
      { backend: 'backend#1', cache: [] },
    ];
    expect(differences(both, [...both].reverse(), 'backends')).toHaveLength(1);
    expect(differences([both[0]], [both[0], both[0]], 'backends')).toHaveLength(1);
    expect(differences([{ size: 1 }], [{ size: 2 }], 'boxes')).toEqual([
      { path: 'boxes', expected: '[{ size: 1 }]', observed: '[{ size: 2 }]' },
    ]);
    const whole = (list: readonly unknown[], other: readonly unknown[]): unknown =>
      differences(list, other, 'list').map(({ path }) => path);
    expect(whole([['a', 1, 2]], [['a', 2, 2]])).toEqual(['list']);
    expect(whole([[1, 'a']], [[1, 'b']])).toEqual(['list']);
    expect(whole([both[0]], [both[0], { ...both[0], cache: [1] }])).toEqual(['list']);
    expect(whole([both[0]], [{ ...both[0], cache: [1] }])).toEqual(['list[backend#0].cache']);
  });

  it('[MC4] takes a content for one thing, and whatever lacks a part of one for several', () => {
    const { thread, author, text } = content('x');
    const paths = (one: object, other: object): unknown => differences(one, other).map(({ path }) => path);
    expect(paths({ at: content('x') }, { at: content('y') })).toEqual(['at']);
    expect(paths({ thread, text }, { thread, text: 'y' })).toEqual(['text']);
    expect(paths({ author, text }, { author, text: 'y' })).toEqual(['text']);
    expect(paths({ thread, author }, { thread, author: 'y' })).toEqual(['author']);
  });

  it('[MC4] shortens what is long', () => {
    expect(shown('x'.repeat(300))).toBe(`${'x'.repeat(200)}… (300 characters)`);
    expect(shown('x'.repeat(200))).toBe('x'.repeat(200));
  });
});
