/**
 * What every Store must do, whatever it is made of. Run by `store.test.ts` on each adapter that can be had.
 * Where adapters differ: a memory store's `crash()` hands over an image and the next store opens from it; a libsql store is opened
 * again from its file. With `durability: 'process'` the file survives a killed process, not a power cut: no test here shows that.
 * Nobody else can hold a memory store open; two libsql stores on one file are two processes' business and not covered.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Store, StoreError, type StoreWrite } from '#impl/ports/store.ts';

/** One durable place, opened, crashed and opened again. */
export interface StoreGround {
  open(): Promise<Store>;
  /** The process dies: un-synced writes are lost, the opened store is unusable. */
  crash(store: Store): void;
  dispose(): void;
}

const put = (
  key: string,
  value: StoreWrite extends infer W ? (W extends { value: infer V } ? V : never) : never,
  table = 't',
): StoreWrite => ({
  kind: 'put',
  table,
  key,
  value,
});
const del = (key: string, table = 't'): StoreWrite => ({ kind: 'delete', table, key });
const keys = (entries: readonly (readonly [string, unknown])[]): string[] => entries.map(([key]) => key);

export function storeContract(name: string, createGround: () => StoreGround): void {
  describe(`Store contract: ${name}`, () => {
    let ground: StoreGround;
    let store: Store;
    const reopen = async (): Promise<void> => {
      ground.crash(store);
      store = await ground.open();
    };
    beforeEach(async () => {
      ground = createGround();
      store = await ground.open();
    });
    afterEach(async () => {
      await store.close().catch(() => undefined);
      ground.dispose();
    });

    it('[ST1] shows a write to the same process at once, before it is durable', async () => {
      await store.write([put('a', { n: 1, list: [true, null, 'ü'] })]);
      expect(await store.get('t', 'a')).toEqual({ n: 1, list: [true, null, 'ü'] });
      expect(keys(await store.scan('t'))).toEqual(['a']);
      expect(await store.get('other', 'a')).toBeUndefined();
    });

    it('[ST2] keeps every synced batch whole over a crash, and loses every later one whole', async () => {
      await store.write([put('a', 1), put('b', 1)]);
      await store.sync();
      await store.write([put('a', 2), del('b'), put('c', 2)]);
      await reopen();
      expect(await store.scan('t')).toEqual([
        ['a', 1],
        ['b', 1],
      ]);
    });

    it('[ST3] brings back a deleted entry whose deletion was not synced, and not one whose deletion was', async () => {
      await store.write([put('a', 1), put('b', 1)]);
      await store.sync();
      await store.write([del('a')]);
      await store.sync();
      await store.write([del('b')]);
      expect(await store.scan('t')).toEqual([]);
      await reopen();
      expect(await store.scan('t')).toEqual([['b', 1]]);
    });

    it('[ST4] applies a batch in order', async () => {
      await store.write([put('a', 1), del('a'), put('a', 2), put('b', 1), del('b')]);
      expect(await store.scan('t')).toEqual([['a', 2]]);
      await store.sync();
      await reopen();
      expect(await store.scan('t')).toEqual([['a', 2]]);
    });

    it.each(['synced', 'not synced'])(
      '[ST5] scans in code point order, after a key, by prefix, with a limit (%s)',
      async (state) => {
        const names = ['b', 'a/2', 'a/10', 'a/1', 'a', 'c', '\u{1f600}', '\uffee'];
        await store.write(names.map((name) => put(name, name)));
        if (state === 'synced') await store.sync();
        expect(keys(await store.scan('t'))).toEqual(['a', 'a/1', 'a/10', 'a/2', 'b', 'c', '\uffee', '\u{1f600}']);
        expect(keys(await store.scan('t', { prefix: 'a/' }))).toEqual(['a/1', 'a/10', 'a/2']);
        expect(keys(await store.scan('t', { prefix: 'a/', after: 'a/1', limit: 1 }))).toEqual(['a/10']);
        expect(keys(await store.scan('t', { after: 'a/2', limit: 2 }))).toEqual(['b', 'c']);
        expect(keys(await store.scan('t', { prefix: 'a/', after: 'b' }))).toEqual([]);
        expect(keys(await store.scan('t', { prefix: 'zz' }))).toEqual([]);
      },
    );

    it('[ST6] merges durable and un-synced entries in a scan, however many deletions lie between', async () => {
      await store.write(Array.from({ length: 30 }, (_, i) => put(`k${String(i).padStart(2, '0')}`, i)));
      await store.sync();
      await store.write([
        ...Array.from({ length: 20 }, (_, i) => del(`k${String(i).padStart(2, '0')}`)),
        put('k205', 'new'),
        put('k21', 'changed'),
      ]);
      expect(await store.scan('t', { limit: 3 })).toEqual([
        ['k20', 20],
        ['k205', 'new'],
        ['k21', 'changed'],
      ]);
    });

    it('[ST7] keeps tables apart', async () => {
      await store.write([put('a', 1, 'one'), put('a', 2, 'two')]);
      await store.sync();
      await store.write([del('a', 'one')]);
      expect(await store.get('one', 'a')).toBeUndefined();
      expect(await store.get('two', 'a')).toBe(2);
    });

    it('[ST8] gives back values that nobody can change afterwards through the one that was given', async () => {
      const value = { list: [1] };
      await store.write([put('a', value)]);
      value.list.push(2);
      const first = (await store.get('t', 'a')) as { list: number[] };
      first.list.push(3);
      expect(await store.get('t', 'a')).toEqual({ list: [1] });
    });

    it.each([
      ['an upper-case table', [put('a', 1, 'Bad')], /table name/],
      ['an empty key', [put('', 1)], /key: expected/],
      ['a key with a lone surrogate', [put('\ud800', 1)], /key: expected/],
      ['a key too long', [put('x'.repeat(513), 1)], /key: expected/],
      ['NaN', [put('a', Number.NaN)], /a: expected a finite number/],
      ['undefined inside', [put('a', { b: undefined } as never)], /a\.b: expected JSON/],
      ['a bigint inside', [put('a', [1n] as never)], /a\[0\]: expected JSON/],
      ['a date', [put('a', new Map() as never)], /a: expected JSON/],
    ])('[ST9] refuses %s as StoreInvalid, and the whole batch with it', async (_, writes, message) => {
      const attempt = store.write([put('good', 1), ...writes]);
      await expect(attempt).rejects.toThrow(message);
      await expect(attempt).rejects.toMatchObject({ name: 'StoreError', code: 'StoreInvalid' });
      expect(await store.get('t', 'good')).toBeUndefined();
    });

    it('[ST10] refuses limits outside 1 to 10,000', async () => {
      for (const limit of [0, -1, 1.5, 10_001]) {
        await expect(store.scan('t', { limit })).rejects.toMatchObject({ code: 'StoreInvalid' });
      }
    });

    it('[ST11] syncs when it is closed, and refuses every later call as StoreClosed', async () => {
      await store.write([put('a', 1)]);
      await store.close();
      const closed = store;
      for (const call of [
        () => closed.get('t', 'a'),
        () => closed.scan('t'),
        () => closed.write([put('a', 2)]),
        () => closed.sync(),
        () => closed.close(),
      ]) {
        const error = await call().catch((each: unknown) => each);
        expect(error).toBeInstanceOf(StoreError);
        expect((error as StoreError).code).toBe('StoreClosed');
      }
      store = await ground.open();
      expect(await store.get('t', 'a')).toBe(1);
    });
  });
}
