/** What of a backend's store outlives the backend: a SQLite file, or an image in memory. */
import { rmSync } from 'node:fs';
import { LibsqlStore } from '#impl/adapters/store/libsql.ts';
import { type DurableImage, MemoryStore } from '#impl/adapters/store/memory.ts';
import type { Store } from '#impl/ports/store.ts';

export interface Disk {
  /** The store as it was left. One at a time. */
  open(): Store;
  /** Drops what the open store had not synced, and the store. */
  crash(): void;
  /** Forgets everything; nothing may be open. */
  remove(): void;
}

/** @param path of the file; created when it does not exist */
export function fileDisk(path: string): Disk {
  let store: LibsqlStore | null = null;
  return {
    open: () => {
      store = LibsqlStore.open({ path, durability: 'process' });
      return store;
    },
    crash: () => store?.crash(),
    remove: () => {
      for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
    },
  };
}

export function memoryDisk(): Disk {
  let image: DurableImage = new Map();
  let store: MemoryStore | null = null;
  return {
    open: () => {
      store = new MemoryStore(image);
      return store;
    },
    crash: () => {
      if (store !== null) image = store.crash();
      store = null;
    },
    remove: () => {
      image = new Map();
    },
  };
}
