/** Changes of readonly collections that share everything they do not change. All return a new collection. */

export function withEntry<Key, Value>(map: ReadonlyMap<Key, Value>, key: Key, value: Value): ReadonlyMap<Key, Value> {
  return new Map(map).set(key, value);
}

export function withoutEntry<Key, Value>(map: ReadonlyMap<Key, Value>, key: Key): ReadonlyMap<Key, Value> {
  const next = new Map(map);
  next.delete(key);
  return next;
}

export function withMember<Member>(set: ReadonlySet<Member>, member: Member): ReadonlySet<Member> {
  return new Set(set).add(member);
}

export function withoutMember<Member>(set: ReadonlySet<Member>, member: Member): ReadonlySet<Member> {
  const next = new Set(set);
  next.delete(member);
  return next;
}

/** By code unit, so that the order is the same wherever it runs. */
export function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Entries of a map keyed by text, in the order of the keys. */
export function sortedEntries<Value>(map: ReadonlyMap<string, Value>): readonly (readonly [string, Value])[] {
  return [...map].sort(([a], [b]) => compareText(a, b));
}

/** 0, 1, 2 ... */
export const range = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);
