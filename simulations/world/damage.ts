/** Rows of a backend's durable store that are not what was written any more, as a failing disk leaves them. */
import type { JsonValue } from '#impl/ports/store.ts';
import type { Damage } from './concurrent/command.ts';
import type { Disk } from './disk.ts';

const rowsOf: Readonly<Record<Damage, readonly { readonly table: string; readonly prefix: string; readonly limit: number }[]>> = {
  // Key order puts `checkpoint` before `checkpoint.previous`.
  checkpoint: [{ table: 'meta', prefix: 'checkpoint', limit: 1 }],
  checkpoints: [{ table: 'meta', prefix: 'checkpoint', limit: 2 }],
  thread: [{ table: 'threads', prefix: '', limit: 1 }],
  message: [{ table: 'messages', prefix: '', limit: 1 }],
};

/** Nothing may have the disk's store open. How many rows were damaged. */
export async function damage(disk: Disk, what: Damage): Promise<number> {
  const store = disk.open();
  let count = 0;
  for (const { table, ...range } of rowsOf[what]) {
    for (const [key, row] of await store.scan(table, range)) {
      await store.write([{ kind: 'put', table, key, value: damaged(row) }]);
      count += 1;
    }
  }
  await store.sync();
  disk.crash();
  return count;
}

/** As a flipped bit would have it: readable, and the first number in it is another one. */
function damaged(row: JsonValue): JsonValue {
  let isDone = false;
  const flip = (value: JsonValue): JsonValue => {
    if (typeof value === 'number' && !isDone) {
      isDone = true;
      return value + 1_024;
    }
    if (Array.isArray(value)) return value.map(flip);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, flip(each)]));
  };
  return flip(row);
}
