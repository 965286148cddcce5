/**
 * Paths into payloads: `a`, `a.b`, `a[0]`, `a[].b`, `"quoted.key".c`. Decides what a path reads, writes, removes and selects.
 * Everything is copy-on-write: a stored payload is never changed in place.
 */
import { isJsonArray, isJsonObject, type Json, type JsonObject, property } from './json.ts';
import { formatError } from './wire-error.ts';

type Step =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'all' };
/** At least one step; the first is always a key. */
export type PayloadPath = readonly Step[];

const token = /(?:"((?:[^"\\]|\\.)*)"|([A-Za-z0-9_\-\u0080-\uffff@$#:/ ]+))|\[(\d*)\]|(\.)/y;

export function parsePath(text: string): PayloadPath {
  const steps: Step[] = [];
  let position = 0;
  let keyExpected = true;
  const refuse = (): never => {
    throw formatError(`Invalid json path: '${text.slice(0, 100)}'`);
  };
  while (position < text.length) {
    token.lastIndex = position;
    const found = token.exec(text);
    if (found === null) return refuse();
    const [whole, quoted, bare, index, dot] = found;
    if (dot !== undefined) {
      if (keyExpected) return refuse();
      keyExpected = true;
    } else if (index !== undefined) {
      if (keyExpected) return refuse();
      steps.push(index === '' ? { kind: 'all' } : { kind: 'index', index: Number(index) });
    } else {
      if (!keyExpected) return refuse();
      steps.push({ kind: 'key', key: quoted ?? bare ?? '' });
      keyExpected = false;
    }
    position += whole.length;
  }
  return keyExpected ? refuse() : steps;
}

/** Every value the path reaches; none when the path leads nowhere. An array at the end counts as one value. */
export function valuesAt(root: Json, path: PayloadPath): readonly Json[] {
  let reached: readonly Json[] = [root];
  for (const step of path) {
    const next: Json[] = [];
    for (const value of reached) next.push(...children(value, step));
    reached = next;
  }
  return reached;
}

function children(value: Json, step: Step): readonly Json[] {
  switch (step.kind) {
    case 'key': {
      const child = isJsonObject(value) ? property(value, step.key) : undefined;
      return child === undefined ? [] : [child];
    }
    case 'index': {
      const child = isJsonArray(value) ? value[step.index] : undefined;
      return child === undefined ? [] : [child];
    }
    case 'all':
      return isJsonArray(value) ? value : [];
  }
}

const withKey = (object: JsonObject, key: string, value: Json): JsonObject =>
  Object.fromEntries([...Object.entries(object).filter(([each]) => each !== key), [key, value]]);

/** Merges `addition` into the object at `path` (made when missing), as setting a payload below a key does. */
export function mergeAt(value: Json | undefined, path: PayloadPath, addition: JsonObject): Json {
  const [step, ...rest] = path;
  if (step === undefined) return isJsonObject(value) ? { ...value, ...addition } : addition;
  switch (step.kind) {
    case 'key': {
      const object = isJsonObject(value) ? value : {};
      return withKey(object, step.key, mergeAt(property(object, step.key), rest, addition));
    }
    case 'index':
      return isJsonArray(value) ? value.map((each, i) => (i === step.index ? mergeAt(each, rest, addition) : each)) : [];
    case 'all':
      return isJsonArray(value) ? value.map((each) => mergeAt(each, rest, addition)) : [];
  }
}

/** The value without what the path reaches. */
export function removeAt(value: Json, path: PayloadPath): Json {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  switch (step.kind) {
    case 'key': {
      const child = isJsonObject(value) ? property(value, step.key) : undefined;
      if (!isJsonObject(value) || child === undefined) return value;
      if (rest.length > 0) return withKey(value, step.key, removeAt(child, rest));
      return Object.fromEntries(Object.entries(value).filter(([key]) => key !== step.key));
    }
    case 'index':
      if (!isJsonArray(value)) return value;
      return rest.length === 0
        ? value.filter((_, i) => i !== step.index)
        : value.map((each, i) => (i === step.index ? removeAt(each, rest) : each));
    case 'all':
      if (!isJsonArray(value)) return value;
      return rest.length === 0 ? [] : value.map((each) => removeAt(each, rest));
  }
}

/** Only what the paths reach, in its surroundings; undefined when they reach nothing. */
export function selectAt(value: Json, paths: readonly PayloadPath[]): Json | undefined {
  if (paths.some((path) => path.length === 0)) return value;
  if (isJsonArray(value)) {
    const inside = paths.filter((path) => path[0]?.kind !== 'key').map((path) => path.slice(1));
    if (inside.length === 0) return undefined;
    return value.map((each) => selectAt(each, inside)).filter((each) => each !== undefined);
  }
  if (!isJsonObject(value)) return undefined;
  const kept: [string, Json][] = [];
  for (const [key, child] of Object.entries(value)) {
    const below = paths.filter((path) => path[0]?.kind === 'key' && path[0].key === key).map((path) => path.slice(1));
    const selected = below.length === 0 ? undefined : selectAt(child, below);
    if (selected !== undefined) kept.push([key, selected]);
  }
  return Object.fromEntries(kept);
}
