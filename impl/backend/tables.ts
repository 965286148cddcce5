/**
 * The tables of a backend's store and their format. One version number for all of them: a store of another version, or of another
 * backend, is refused at opening rather than misread later.
 */
import { type JsonValue, type Store, StoreError } from '../ports/store.ts';

export type Table =
  /**
   * `format`, `backend`: what this store is. `checkpoint`: the event position everything below is as of, `checkpoint.previous` the one
   * before it. `audited`: up to where it was read again.
   */
  | 'meta'
  | 'threads'
  | 'messages'
  | 'landings'
  /** Threads known to miss events (`gap`), or to be read again whole (`rebuild`). */
  | 'behind'
  | 'outbox'
  /** Writes that wait for an authority to be back, in order of arrival. */
  | 'queued'
  /** Texts of content brought in here that is recorded or may still be, by content hash: what a lost one is restored from. */
  | 'texts'
  /** What must still be brought to the content store. */
  | 'projection'
  /** Digests of threads as of which the content store was last found to hold what it should. */
  | 'verified'
  | 'sessions';

const FORMAT = 2;

/** Refuses with `StoreCorrupt` a store that was written by another backend or in another format; marks an empty one. */
export async function claimStore(store: Store, backend: string): Promise<void> {
  const format = await store.get('meta', 'format');
  const owner = await store.get('meta', 'backend');
  if (format === undefined && owner === undefined) {
    await store.write([
      { kind: 'put', table: 'meta', key: 'format', value: FORMAT },
      { kind: 'put', table: 'meta', key: 'backend', value: backend },
    ]);
    return store.sync();
  }
  if (format !== FORMAT) throw new StoreError('StoreCorrupt', `store format: expected ${FORMAT}, got ${JSON.stringify(format)}`);
  if (owner !== backend) {
    throw new StoreError('StoreCorrupt', `store of backend ${JSON.stringify(owner)}: expected one of ${JSON.stringify(backend)}`);
  }
}

const PAGE = 1_000;

type Entry = readonly [key: string, value: JsonValue];

/** Every entry of a table in key order. */
export const scanAll = (store: Store, table: Table): Promise<readonly Entry[]> => scanPrefix(store, table, '');

/** Every entry of a table whose key begins so, in key order. */
export async function scanPrefix(store: Store, table: Table, prefix: string): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for (;;) {
    const last = entries.at(-1);
    const page = await store.scan(table, { prefix, limit: PAGE, ...(last === undefined ? {} : { after: last[0] }) });
    entries.push(...page);
    if (page.length < PAGE) return entries;
  }
}
