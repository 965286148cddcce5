/**
 * Rows that tell whether they are still what was written: the value beside a digest of it. For state that can be derived again when
 * a row was damaged; what cannot be derived again is better refused whole.
 */
import { createHash } from 'node:crypto';
import type { JsonValue } from '../ports/store.ts';
import { pack, unpack } from './json.ts';

/** 128 bits: against damage, not against an adversary who can write the store. */
const sumOf = (value: JsonValue): string => createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32);

export function seal(value: unknown): JsonValue {
  const packed = pack(value);
  return { value: packed, sum: sumOf(packed) };
}

/** What was sealed; null when it is not that any more. */
export function unseal<T>(row: JsonValue): T | null {
  if (row === null || typeof row !== 'object' || !('value' in row) || !('sum' in row)) return null;
  const { value, sum } = row as { readonly value: JsonValue; readonly sum: JsonValue };
  return sumOf(value) === sum ? unpack<T>(value) : null;
}
