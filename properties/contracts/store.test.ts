import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LibsqlStore } from '#impl/adapters/store/libsql.ts';
import { type DurableImage, MemoryStore } from '#impl/adapters/store/memory.ts';
import { type StoreGround, storeContract } from './store.contract.ts';

function memoryGround(): StoreGround {
  let image: DurableImage | undefined;
  let current: MemoryStore | undefined;
  return {
    open: async () => {
      // A closed store has synced everything: what it would leave behind is what it left.
      image = current?.crash() ?? image;
      current = new MemoryStore(image);
      return current;
    },
    crash: () => {
      image = current?.crash();
    },
    dispose: () => undefined,
  };
}

function libsqlGround(durability: 'machine' | 'process'): StoreGround {
  const folder = mkdtempSync(join(tmpdir(), 'choir-store-'));
  return {
    open: async () => LibsqlStore.open({ path: join(folder, 'store.db'), durability }),
    crash: (store) => (store as LibsqlStore).crash(),
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}

storeContract('memory', memoryGround);
storeContract('libsql, synchronous=FULL', () => libsqlGround('machine'));
storeContract('libsql, synchronous=OFF', () => libsqlGround('process'));

describe('LibsqlStore alone', () => {
  it('[ST12] refuses a file that is no store, as StoreCorrupt naming the file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'choir-store-'));
    const path = join(folder, 'broken.db');
    writeFileSync(path, 'this was never a database, and it is long enough to have a header of a hundred bytes '.repeat(4));
    expect(() => LibsqlStore.open({ path })).toThrow(
      expect.objectContaining({ code: 'StoreCorrupt', message: expect.stringContaining(path) }),
    );
    rmSync(folder, { recursive: true, force: true });
  });

  it('[ST13] sees, after a process was killed without closing, exactly what it had synced', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'choir-store-'));
    const path = join(folder, 'store.db');
    const killed = LibsqlStore.open({ path });
    await killed.write([{ kind: 'put', table: 't', key: 'synced', value: 1 }]);
    await killed.sync();
    await killed.write([{ kind: 'put', table: 't', key: 'lost', value: 1 }]);
    // The first store is never closed: only the file counts.
    const next = LibsqlStore.open({ path });
    expect(await next.scan('t')).toEqual([['synced', 1]]);
    await next.close();
    killed.crash();
    rmSync(folder, { recursive: true, force: true });
  });
});
