/**
 * A store in one SQLite file, through libsql's synchronous API. Batches are kept in memory until `sync`, which commits them all in
 * one transaction: so a crash of the process loses exactly what the port says it loses, and reads see un-synced writes.
 * With `durability: 'process'` SQLite does not flush to disk: safe against a crash of the process, not of the machine.
 * Sources: https://www.sqlite.org/pragma.html#pragma_synchronous, https://www.sqlite.org/rescode.html.
 */
import Database from 'libsql';
import { type JsonValue, type Store, StoreError, type StoreWrite } from '../../ports/store.ts';
import { type CheckedWrite, checkKey, checkLimit, checkTable, checkWrites, compareKeys } from './validation.ts';

export interface LibsqlStoreOptions {
  /** Path of the file; created when it does not exist. */
  readonly path: string;
  /** What `sync` survives: `machine` (default, synchronous=FULL) a power cut, `process` (synchronous=OFF) a killed process. */
  readonly durability?: 'machine' | 'process';
}

interface Row {
  readonly key: string;
  readonly value: string;
}

/** The file did not come from this store, or is damaged. */
const corruptCodes = new Set(['SQLITE_CORRUPT', 'SQLITE_NOTADB']);
const fullCodes = new Set(['SQLITE_FULL', 'SQLITE_IOERR']);

function translated(error: unknown, path: string): unknown {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  const name = String(code).split('_').slice(0, 2).join('_');
  if (corruptCodes.has(name) || /malformed|not a database/i.test(String(message))) {
    return new StoreError('StoreCorrupt', `${path}: expected a readable SQLite file (${String(message)})`, { cause: error });
  }
  if (fullCodes.has(name)) return new StoreError('StoreFull', `${path}: ${String(message)}`, { cause: error });
  return error;
}

export class LibsqlStore implements Store {
  readonly #path: string;
  readonly #db: Database.Database;
  readonly #statements: {
    readonly get: Database.Statement;
    readonly put: Database.Statement;
    readonly delete: Database.Statement;
    readonly scan: Database.Statement;
  };
  /** By table and key; null deletes. */
  readonly #unsynced = new Map<string, Map<string, string | null>>();
  #closed = false;

  private constructor(path: string, db: Database.Database) {
    this.#path = path;
    this.#db = db;
    this.#statements = {
      get: db.prepare('SELECT value FROM entries WHERE tab = ? AND key = ?'),
      put: db.prepare(
        'INSERT INTO entries (tab, key, value) VALUES (?, ?, ?) ON CONFLICT (tab, key) DO UPDATE SET value = excluded.value',
      ),
      delete: db.prepare('DELETE FROM entries WHERE tab = ? AND key = ?'),
      scan: db.prepare('SELECT key, value FROM entries WHERE tab = ? AND key >= ? ORDER BY key LIMIT ?'),
    };
  }

  /** Throws `StoreCorrupt` when the file exists and is not a healthy store. */
  static open(options: LibsqlStoreOptions): LibsqlStore {
    const { path } = options;
    let db: Database.Database | null = null;
    try {
      db = new Database(path);
      db.pragma('journal_mode = WAL');
      db.pragma(`synchronous = ${options.durability === 'process' ? 'OFF' : 'FULL'}`);
      const health = db.prepare('PRAGMA quick_check').get() as { readonly quick_check?: unknown } | undefined;
      if (health !== undefined && health.quick_check !== 'ok') {
        throw new StoreError('StoreCorrupt', `${path}: expected quick_check to answer ok, got ${JSON.stringify(health)}`);
      }
      db.exec(
        'CREATE TABLE IF NOT EXISTS entries (tab TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (tab, key)) WITHOUT ROWID',
      );
      return new LibsqlStore(path, db);
    } catch (error) {
      db?.close();
      throw translated(error, path);
    }
  }

  async get(table: string, key: string): Promise<JsonValue | undefined> {
    this.#check();
    checkTable(table);
    checkKey(key);
    const unsynced = this.#unsynced.get(table)?.get(key);
    if (unsynced !== undefined) return unsynced === null ? undefined : (JSON.parse(unsynced) as JsonValue);
    const row = this.#guard(() => this.#statements.get.get(table, key)) as Pick<Row, 'value'> | undefined;
    return row === undefined ? undefined : this.#parse(row.value, table, key);
  }

  async scan(
    table: string,
    range: { readonly after?: string; readonly prefix?: string; readonly limit?: number } = {},
  ): Promise<readonly (readonly [string, JsonValue])[]> {
    this.#check();
    checkTable(table);
    const { after = '', prefix = '', limit = 1_000 } = range;
    checkLimit(limit);
    const unsynced = this.#unsynced.get(table) ?? new Map<string, string | null>();
    // As many more as could be hidden by un-synced deletions, and one for the key each page begins at.
    const wanted = limit + unsynced.size + 1;
    const merged = new Map<string, string>();
    let from = compareKeys(after, prefix) >= 0 ? after : prefix;
    for (;;) {
      const rows = this.#guard(() => this.#statements.scan.all(table, from, wanted)) as readonly Row[];
      for (const row of rows) if (row.key.startsWith(prefix) && compareKeys(after, row.key) < 0) merged.set(row.key, row.value);
      const last = rows.at(-1);
      if (last === undefined || rows.length < wanted || merged.size >= wanted || isBeyond(last.key, prefix)) break;
      from = last.key;
    }
    for (const [key, text] of unsynced) {
      if (!key.startsWith(prefix) || compareKeys(after, key) >= 0) continue;
      if (text === null) merged.delete(key);
      else merged.set(key, text);
    }
    return [...merged]
      .sort(([a], [b]) => compareKeys(a, b))
      .slice(0, limit)
      .map(([key, text]) => [key, this.#parse(text, table, key)]);
  }

  async write(writes: readonly StoreWrite[]): Promise<void> {
    this.#check();
    for (const write of checkWrites(writes)) this.#buffer(write);
  }

  async sync(): Promise<void> {
    this.#check();
    if (this.#unsynced.size === 0) return;
    this.#guard(() => {
      this.#db.exec('BEGIN IMMEDIATE');
      try {
        for (const [table, rows] of this.#unsynced) {
          for (const [key, text] of rows) {
            if (text === null) this.#statements.delete.run(table, key);
            else this.#statements.put.run(table, key, text);
          }
        }
        this.#db.exec('COMMIT');
      } catch (error) {
        if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
        throw error;
      }
    });
    this.#unsynced.clear();
  }

  async close(): Promise<void> {
    await this.sync();
    this.#release();
  }

  /** Drops everything that was not synced and lets go of the file, as the death of the process would. */
  crash(): void {
    if (!this.#closed) this.#release();
  }

  #release(): void {
    this.#closed = true;
    this.#unsynced.clear();
    this.#db.close();
  }

  #buffer(write: CheckedWrite): void {
    const rows = this.#unsynced.get(write.table) ?? new Map<string, string | null>();
    this.#unsynced.set(write.table, rows);
    rows.set(write.key, write.text);
  }

  #guard<T>(call: () => T): T {
    try {
      return call();
    } catch (error) {
      throw translated(error, this.#path);
    }
  }

  #parse(text: string, table: string, key: string): JsonValue {
    try {
      return JSON.parse(text) as JsonValue;
    } catch (error) {
      throw new StoreError('StoreCorrupt', `${this.#path}: ${table}/${key}: expected JSON`, { cause: error });
    }
  }

  #check(): void {
    if (this.#closed) throw new StoreError('StoreClosed', `${this.#path}: the store was closed; expected one that is open`);
  }
}

/** Whether, in key order, everything from `key` on comes after every key with that prefix. */
function isBeyond(key: string, prefix: string): boolean {
  return compareKeys(key.slice(0, prefix.length), prefix) > 0;
}
