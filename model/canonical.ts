/**
 * One text for a value, equal exactly when the values are equal as data: keys of records and maps and members of sets in sorted
 * order, absent and `undefined` properties alike. Used to merge equal worlds and to count states.
 * Texts of objects are remembered for as long as the objects live, so that what two worlds share is encoded once;
 * this is only sound because model data never changes.
 */
import { compareText } from './collections.ts';

const known = new WeakMap<object, string>();

export function canonical(value: unknown): string {
  if (typeof value === 'string') return `${value.length}"${value}`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object' || value === null) return String(value);
  const remembered = known.get(value);
  if (remembered !== undefined) return remembered;
  const text = encode(value);
  known.set(value, text);
  return text;
}

function encode(value: object): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value instanceof Map) return `m{${pairs(value).join(',')}}`;
  if (value instanceof Set) return `s{${[...value].map(canonical).sort(compareText).join(',')}}`;
  return `{${pairs(Object.entries(value).filter(([, each]) => each !== undefined)).join(',')}}`;
}

function pairs(entries: Iterable<readonly [unknown, unknown]>): readonly string[] {
  return [...entries].map(([key, each]) => `${canonical(key)}=${canonical(each)}`).sort(compareText);
}
