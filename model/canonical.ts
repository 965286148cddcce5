/**
 * One text for a value, equal exactly when the values are equal as data: keys of records and maps and members of sets in sorted
 * order, absent and `undefined` properties alike. Used to merge equal worlds and to count states.
 * Texts of objects are remembered for as long as the objects live, so that what two worlds share is encoded once;
 * this is only sound because model data never changes.
 */

/** Texts of objects that are known already, by identity. */
export interface KnownTexts {
  get(value: object): string | undefined;
  /** May forget at once. */
  set(value: object, text: string): unknown;
}

export const canonical = canonicalWith(new WeakMap());

/** The same text of every value, with a memory of one's own. */
export function canonicalWith(known: KnownTexts): (value: unknown) => string {
  const textOf = (value: unknown): string => {
    if (typeof value === 'string') return `${value.length}"${value}`;
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value !== 'object' || value === null) return String(value);
    const remembered = known.get(value);
    if (remembered !== undefined) return remembered;
    const text = encode(value);
    known.set(value, text);
    return text;
  };
  const encode = (value: object): string => {
    if (Array.isArray(value)) return `[${value.map(textOf).join(',')}]`;
    if (value instanceof Map)
      return `m{${Array.from(value, ([key, each]) => `${textOf(key)}=${textOf(each)}`)
        .sort()
        .join()}}`;
    if (value instanceof Set) return `s{${Array.from(value, textOf).sort().join()}}`;
    return `{${record(value as Readonly<Record<string, unknown>>)}}`;
  };
  /** Keys are sorted rather than texts: most are the same few, and compared in no time. */
  const record = (value: Readonly<Record<string, unknown>>): string => {
    let text = '';
    for (const key of Object.keys(value).sort()) {
      const each = value[key];
      if (each !== undefined) text += `,${key.length}"${key}=${textOf(each)}`;
    }
    return text;
  };
  return textOf;
}
