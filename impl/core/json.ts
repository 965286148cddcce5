/**
 * Plain data to JSON values and back for the durable store: the only type JSON lacks here is `bigint`, which becomes
 * `{"$bigint":"<decimal>"}`. Wire frames do not use this; their schema is in `protocol-codec.ts`.
 */
import type { JsonValue } from '../ports/store.ts';

/** Data made of null, booleans, numbers, strings, bigints, arrays and plain records; undefined fields are left out. */
export function pack(value: unknown): JsonValue {
  if (typeof value === 'bigint') return { $bigint: value.toString() };
  if (Array.isArray(value)) return value.map(pack);
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, each]) => each !== undefined);
    return Object.fromEntries(entries.map(([key, each]) => [key, pack(each)]));
  }
  return value as JsonValue;
}

/** The inverse of `pack`. The caller names the type it packed; rows are written by this program only. */
export function unpack<T>(value: JsonValue): T {
  return revive(value) as T;
}

function revive(value: JsonValue): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (isArray(value)) return value.map(revive);
  const digits = value['$bigint'];
  if (typeof digits === 'string') return BigInt(digits);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, revive(each)]));
}

const isArray = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value);
