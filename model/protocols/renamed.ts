/** A value of plain model data with every name in it that has another one replaced by it, keys and members included. */
export function renamed(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return names.get(value) ?? value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => renamed(each, names));
  if (value instanceof Set) return new Set([...value].map((each) => renamed(each, names)));
  if (value instanceof Map) return new Map([...value].map(([key, each]) => [renamed(key, names), renamed(each, names)]));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, renamed(each, names)]));
}
