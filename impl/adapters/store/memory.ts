/**
 * A store that keeps nothing when the process ends, but crashes exactly as the port says: whole synced batches survive, everything
 * later is lost. `crash()` hands over what a disk would hold, to open the next store from.
 */
import { type JsonValue, type Store, StoreError, type StoreWrite } from '../../ports/store.ts';
import { type CheckedWrite, checkKey, checkLimit, checkTable, checkWrites, compareKeys } from './validation.ts';

/** What is durable: JSON text by table and key. */
export type DurableImage = ReadonlyMap<string, ReadonlyMap<string, string>>;

type Tables = Map<string, Map<string, string>>;

const copy = (image: DurableImage): Tables => new Map([...image].map(([table, rows]) => [table, new Map(rows)]));

function applyTo(tables: Tables, write: CheckedWrite): void {
  const rows = tables.get(write.table) ?? new Map<string, string>();
  tables.set(write.table, rows);
  if (write.text === null) rows.delete(write.key);
  else rows.set(write.key, write.text);
}

export class MemoryStore implements Store {
  readonly #tables: Tables;
  readonly #durable: Tables;
  #unsynced: CheckedWrite[] = [];
  #closed: string | null = null;

  /** @param image what an earlier store's `crash()` or `close()` left */
  constructor(image: DurableImage = new Map()) {
    this.#tables = copy(image);
    this.#durable = copy(image);
  }

  async get(table: string, key: string): Promise<JsonValue | undefined> {
    this.#check();
    checkTable(table);
    checkKey(key);
    const text = this.#tables.get(table)?.get(key);
    return text === undefined ? undefined : (JSON.parse(text) as JsonValue);
  }

  async scan(
    table: string,
    range: { readonly after?: string; readonly prefix?: string; readonly limit?: number } = {},
  ): Promise<readonly (readonly [string, JsonValue])[]> {
    this.#check();
    checkTable(table);
    const { after, prefix = '', limit = 1_000 } = range;
    checkLimit(limit);
    return [...(this.#tables.get(table) ?? [])]
      .filter(([key]) => key.startsWith(prefix) && (after === undefined || compareKeys(after, key) < 0))
      .sort(([a], [b]) => compareKeys(a, b))
      .slice(0, limit)
      .map(([key, text]) => [key, JSON.parse(text) as JsonValue]);
  }

  async write(writes: readonly StoreWrite[]): Promise<void> {
    this.#check();
    const checked = checkWrites(writes);
    for (const write of checked) applyTo(this.#tables, write);
    this.#unsynced.push(...checked);
  }

  async sync(): Promise<void> {
    this.#check();
    for (const write of this.#unsynced) applyTo(this.#durable, write);
    this.#unsynced = [];
  }

  async close(): Promise<void> {
    await this.sync();
    this.#closed = 'closed';
  }

  /** Loses what was not synced and refuses every later call, as a dead process would. Answers what is left. */
  crash(): DurableImage {
    this.#closed ??= 'crashed';
    return copy(this.#durable);
  }

  #check(): void {
    if (this.#closed !== null) throw new StoreError('StoreClosed', `the store has ${this.#closed}; expected one that is open`);
  }
}
