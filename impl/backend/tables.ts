/**
 * The tables of a backend's store and their format. One version number for all of them: a store of another version, or of another
 * backend, is refused at opening rather than misread later.
 */
import { type JsonValue, type Store, StoreError } from '../ports/store.ts';

export type Table =
  /**
   * `format`, `backend`: what this store is. `checkpoint`: the event position everything below is as of. `audited`: up to where it
   * was read again.
   */
  | 'meta'
  | 'threads'
  | 'messages'
  | 'landings'
  /** Threads known to miss events. */
  | 'behind'
  | 'outbox'
  /** Texts of content brought in here that is recorded or may still be, by content hash: what a lost one is restored from. */
  | 'texts'
  /** What must still be brought to the content store. */
  | 'projection'
  | 'sessions';

const FORMAT = 1;

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

/** Every entry of a table in key order. */
export async function scanAll(store: Store, table: Table): Promise<readonly (readonly [string, JsonValue])[]> {
  const entries: (readonly [string, JsonValue])[] = [];
  for (;;) {
    const last = entries.at(-1);
    const page = await store.scan(table, last === undefined ? { limit: PAGE } : { after: last[0], limit: PAGE });
    entries.push(...page);
    if (page.length < PAGE) return entries;
  }
}
