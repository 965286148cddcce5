/**
 * A backend's durable memory: named tables of string keys and JSON values, with one explicit durability barrier.
 *
 * Writes are visible to the same process at once and durable only after `sync()`. A crash loses every batch that was not
 * synced, and keeps whole every batch that was; never half of one. Keys are ordered by Unicode code point.
 */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

export type StoreWrite =
  | { readonly kind: 'put'; readonly table: string; readonly key: string; readonly value: JsonValue }
  | { readonly kind: 'delete'; readonly table: string; readonly key: string };

export interface Store {
  get(table: string, key: string): Promise<JsonValue | undefined>;
  /** Entries with `after < key` and, if given, a `prefix`, in key order, at most `limit` (default 1,000). */
  scan(
    table: string,
    range?: { readonly after?: string; readonly prefix?: string; readonly limit?: number },
  ): Promise<readonly (readonly [key: string, value: JsonValue])[]>;
  /** Applies all writes atomically, in order; not durable yet. */
  write(writes: readonly StoreWrite[]): Promise<void>;
  /** Returns once every earlier write is durable. */
  sync(): Promise<void>;
  /** Syncs and releases. Later calls reject with `StoreClosed`. */
  close(): Promise<void>;
}

/** What the store throws: `code` is `StoreClosed`, `StoreCorrupt`, `StoreFull` or `StoreInvalid` (bad table name, key or value). */
export class StoreError extends Error {
  readonly code: 'StoreClosed' | 'StoreCorrupt' | 'StoreFull' | 'StoreInvalid';
  constructor(code: StoreError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
    this.code = code;
  }
}
