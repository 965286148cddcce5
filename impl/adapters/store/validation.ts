/** What every store refuses alike: bad table names, bad keys, values that are not JSON. Refused before anything is written. */
import { type JsonValue, StoreError, type StoreWrite } from '../../ports/store.ts';

const tableName = /^[a-z][a-z0-9_]{0,31}$/;
/** UTF-16 units; enough for every key made of our ids, short enough for any index. */
const MAX_KEY_LENGTH = 512;
const loneSurrogate = /\p{Surrogate}/u;

const invalid = (message: string): StoreError => new StoreError('StoreInvalid', message);

export function checkTable(table: string): void {
  if (!tableName.test(table))
    throw invalid(`table name: expected ${tableName.source}, got ${JSON.stringify(table).slice(0, 80)}`);
}

export function checkKey(key: string): void {
  if (typeof key !== 'string' || key === '' || key.length > MAX_KEY_LENGTH || loneSurrogate.test(key)) {
    const shown = JSON.stringify(key)?.slice(0, 80);
    throw invalid(`key: expected 1 to ${MAX_KEY_LENGTH} characters of well-formed Unicode, got ${shown}`);
  }
}

export function checkLimit(limit: number): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000) throw invalid(`limit: expected 1 to 10,000, got ${limit}`);
}

/** The value as JSON text; `path` names it in the error. */
export function jsonText(value: JsonValue, path: string): string {
  checkJson(value, path);
  return JSON.stringify(value);
}

function checkJson(value: unknown, path: string): void {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return;
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return;
    throw invalid(`${path}: expected a finite number, got ${value}`);
  }
  if (Array.isArray(value)) {
    value.forEach((each, i) => {
      checkJson(each, `${path}[${i}]`);
    });
    return;
  }
  if (typeof value === 'object' && (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null)) {
    for (const [key, each] of Object.entries(value)) checkJson(each, `${path}.${key}`);
    return;
  }
  throw invalid(`${path}: expected JSON (null, boolean, number, string, array, plain record), got ${typeof value}`);
}

/** Checks a whole batch and answers it with its values as text. */
export function checkWrites(writes: readonly StoreWrite[]): readonly CheckedWrite[] {
  return writes.map((write) => {
    checkTable(write.table);
    checkKey(write.key);
    return { table: write.table, key: write.key, text: write.kind === 'put' ? jsonText(write.value, write.key) : null };
  });
}

/** `text` null deletes. */
export interface CheckedWrite {
  readonly table: string;
  readonly key: string;
  readonly text: string | null;
}

/** Unicode code point order, which UTF-16 order is not. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left === right) continue;
    const leftHigh = left >= 0xd800 && left <= 0xdfff;
    const rightHigh = right >= 0xd800 && right <= 0xdfff;
    // Surrogates stand for code points above every other unit.
    return leftHigh === rightHigh ? left - right : leftHigh ? 1 : -1;
  }
  return a.length - b.length;
}
