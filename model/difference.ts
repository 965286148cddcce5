/**
 * Where two values of plain data differ, as paths a person can read: `clients[wallet#0].threads[thread#1].version`. Elements of a
 * list that have a name are compared by it; lists of other things are compared whole.
 */
export interface Difference {
  readonly path: string;
  readonly expected: string;
  readonly observed: string;
}

export function differences(expected: unknown, observed: unknown, path = ''): readonly Difference[] {
  if (isSame(expected, observed)) return [];
  if (Array.isArray(expected) && Array.isArray(observed)) return listDifferences(expected, observed, path);
  if (isParted(expected) && isParted(observed)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(observed)]);
    return [...keys].flatMap((key) => differences(expected[key], observed[key], path === '' ? key : `${path}.${key}`));
  }
  return [{ path, expected: shown(expected), observed: shown(observed) }];
}

function listDifferences(expected: readonly unknown[], observed: readonly unknown[], path: string): readonly Difference[] {
  const wanted = byName(expected);
  const seen = byName(observed);
  const whole = { path, expected: shown(expected), observed: shown(observed) };
  if (wanted === null || seen === null) return [whole];
  const names = new Set([...wanted.keys(), ...seen.keys()]);
  const found = [...names].flatMap((name) => {
    // One that is not there is nothing, and differs from whatever is.
    return differences(wanted.get(name), seen.get(name), `${path}[${name}]`);
  });
  return found.length === 0 ? [whole] : found;
}

/** Elements by name, or null when one has none or two have the same. */
function byName(list: readonly unknown[]): ReadonlyMap<string, unknown> | null {
  const named = new Map<string, unknown>();
  for (const element of list) {
    const name = nameOf(element);
    if (name === null) return null;
    if (Array.isArray(element)) named.set(name, element[1]);
    else named.set(name, element);
  }
  return named.size === list.length ? named : null;
}

function nameOf(element: unknown): string | null {
  if (Array.isArray(element)) return element.length === 2 && typeof element[0] === 'string' ? element[0] : null;
  if (!isParted(element)) return null;
  const name = element['client'] ?? element['backend'] ?? element['thread'] ?? element['content'];
  return name === undefined ? null : shown(name);
}

type Parts = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Parts => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A message's content is one thing, not three. */
const isContent = (value: Parts): boolean => 'thread' in value && 'author' in value && 'text' in value;

const isParted = (value: unknown): value is Parts => isRecord(value) && !isContent(value);

/** Whether two values are equal as data. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((each, at) => isSame(each, b[at]));
  if (!isRecord(a) || !isRecord(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => isSame(a[key], b[key]));
}

const longestShown = 200;

/** The value as a person would write it, shortened. */
export function shown(value: unknown): string {
  const text = written(value);
  return text.length > longestShown ? `${text.slice(0, longestShown)}… (${text.length} characters)` : text;
}

function written(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(written).join(', ')}]`;
  if (!isRecord(value)) return value === undefined ? 'nothing' : String(value);
  if (isContent(value)) return `${value['thread']}/${value['author']}/${JSON.stringify(value['text'])}`;
  return `{ ${Object.entries(value)
    .map(([key, each]) => `${key}: ${written(each)}`)
    .join(', ')} }`;
}
