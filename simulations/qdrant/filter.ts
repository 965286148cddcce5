/**
 * Filters: turns the JSON of a filter into a predicate, refusing what it does not know.
 * Meaning follows the server's payload checks: a field that is an array matches when any element does, numbers compare as
 * numbers, `any` and `except` compare within one type. Leaves out geo, date ranges and tokenised text (refused by name).
 * Stricter than the server in one thing: unknown fields inside a field condition are refused too, not ignored.
 */
import { describeJson, isJsonArray, isJsonObject, type Json, type JsonObject, property } from './json.ts';
import { type PayloadPath, parsePath, valuesAt } from './payload-path.ts';
import { type PointId, parsePointId } from './point-id.ts';
import { formatError, notEmulated, validationError } from './wire-error.ts';

/** What a condition may look at. Inside a nested filter `id` is null and there are no vectors, as on the server. */
export interface FilterTarget {
  readonly id: PointId | null;
  readonly payload: Json;
  readonly vectors: { has(name: string): boolean };
}
export type Predicate = (target: FilterTarget) => boolean;
type ValueTest = (value: Json) => boolean;
const noVectors = { has: () => false };

const filterFields = ['should', 'min_should', 'must', 'must_not'];
const noCondition =
  'Expected some form of condition, which can be a field condition (like {"key": ..., "match": ... }), or some other mentioned in ' +
  'the documentation: https://qdrant.tech/documentation/concepts/filtering/#filtering-conditions';

function onlyFields(object: JsonObject, allowed: readonly string[]): void {
  const stranger = Object.keys(object).find((key) => !allowed.includes(key));
  if (stranger === undefined) return;
  const expected = allowed.map((each) => `\`${each}\``).join(', ');
  throw formatError(`unknown field \`${stranger}\`, expected ${allowed.length === 1 ? expected : `one of ${expected}`}`);
}

/** Null and an absent filter match everything. */
export function compileFilter(filter: Json | undefined): Predicate {
  if (filter === undefined || filter === null) return () => true;
  if (!isJsonObject(filter)) throw formatError(`invalid type: ${describeJson(filter)}, expected struct Filter`);
  onlyFields(filter, filterFields);
  const must = conditions(property(filter, 'must'));
  const mustNot = conditions(property(filter, 'must_not'));
  const should = conditions(property(filter, 'should'));
  const minShould = compileMinShould(property(filter, 'min_should'));
  const [only] = must;
  // By far the commonest filter.
  if (only !== undefined && Object.keys(filter).length === 1 && must.length === 1) return only;
  return (target) =>
    must.every((each) => each(target)) &&
    !mustNot.some((each) => each(target)) &&
    (should.length === 0 || should.some((each) => each(target))) &&
    minShould(target);
}

function conditions(value: Json | undefined): readonly Predicate[] {
  if (value === undefined || value === null) return [];
  return (isJsonArray(value) ? value : [value]).map(compileCondition);
}

function compileMinShould(value: Json | undefined): Predicate {
  if (value === undefined || value === null) return () => true;
  if (!isJsonObject(value)) throw formatError(`invalid type: ${describeJson(value)}, expected struct MinShould`);
  onlyFields(value, ['conditions', 'min_count']);
  const [list, count] = [property(value, 'conditions'), property(value, 'min_count')];
  if (!isJsonArray(list)) throw formatError('missing field `conditions`');
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 0) throw formatError('missing field `min_count`');
  const compiled = list.map(compileCondition);
  return (target) => compiled.filter((each) => each(target)).length >= count;
}

function compileCondition(value: Json): Predicate {
  if (!isJsonObject(value)) throw formatError(noCondition);
  if (Object.hasOwn(value, 'key')) return compileField(value);
  const [kind, ...others] = Object.keys(value);
  if (kind === undefined || filterFields.includes(kind)) return compileFilter(value);
  if (others.length > 0) throw formatError(noCondition);
  const argument = property(value, kind);
  switch (kind) {
    case 'has_id':
      return compileHasId(argument);
    case 'is_empty':
      return emptyTest(pathOfKey(argument, kind));
    case 'is_null':
      return nullTest(pathOfKey(argument, kind));
    case 'has_vector':
      if (typeof argument !== 'string') throw formatError(noCondition);
      return (target) => target.vectors.has(argument);
    case 'nested':
      return compileNested(argument);
    default:
      throw formatError(noCondition);
  }
}

function compileHasId(argument: Json | undefined): Predicate {
  if (!isJsonArray(argument)) throw formatError(noCondition);
  const ids = new Set<PointId | null>(argument.map(parsePointId));
  return (target) => target.id !== null && ids.has(target.id);
}

function pathOfKey(argument: Json | undefined, kind: string): PayloadPath {
  const key = isJsonObject(argument) ? property(argument, 'key') : undefined;
  if (typeof key !== 'string') throw formatError(`${kind} condition: expected { "key": ... }, got ${describeJson(argument)}`);
  return parsePath(key);
}

/** Empty: absent, null or an array without elements. Null: there, and null. */
const isEmptyValue: ValueTest = (value) => value === null || (isJsonArray(value) && value.length === 0);
const isNullValue: ValueTest = (value) => value === null;
const emptyTest =
  (path: PayloadPath): Predicate =>
  (target) =>
    valuesAt(target.payload, path).every(isEmptyValue);
const nullTest =
  (path: PayloadPath): Predicate =>
  (target) =>
    valuesAt(target.payload, path).some(isNullValue);

function compileNested(argument: Json | undefined): Predicate {
  const key = isJsonObject(argument) ? property(argument, 'key') : undefined;
  if (!isJsonObject(argument) || typeof key !== 'string') throw formatError(noCondition);
  onlyFields(argument, ['key', 'filter']);
  const path = parsePath(key.endsWith('[]') ? key : `${key}[]`);
  const inside = compileFilter(property(argument, 'filter'));
  return (target) =>
    valuesAt(target.payload, path).some((payload) => isJsonObject(payload) && inside({ id: null, payload, vectors: noVectors }));
}

/** Whether any value at the path passes. Most paths are one key, and most of a search's time is spent here. */
function someValue(path: PayloadPath, test: ValueTest): Predicate {
  const [only] = path;
  if (path.length > 1 || only?.kind !== 'key') return (target) => valuesAt(target.payload, path).some(test);
  return ({ payload }) => {
    const value = isJsonObject(payload) ? property(payload, only.key) : undefined;
    return value !== undefined && test(value);
  };
}

function compileField(condition: JsonObject): Predicate {
  const key = property(condition, 'key');
  if (typeof key !== 'string') throw formatError("Filter condition 'key' must be a string");
  for (const geo of ['geo_bounding_box', 'geo_radius', 'geo_polygon']) {
    if (property(condition, geo) != null) throw notEmulated(`the filter condition \`${geo}\``);
  }
  onlyFields(condition, ['key', 'match', 'range', 'values_count', 'is_empty', 'is_null']);
  const path = parsePath(key);
  const tests: Predicate[] = [];
  const anyValue = (test: ValueTest): void => {
    const onValue: ValueTest = (value) => (isJsonArray(value) ? value.some(test) : test(value));
    tests.push(someValue(path, onValue));
  };
  const given = (name: string): Json | null => property(condition, name) ?? null;
  if (given('match') !== null) anyValue(compileMatch(given('match')));
  if (given('range') !== null) anyValue(compileRange(given('range'), 'range'));
  if (given('values_count') !== null) {
    const inRange = compileRange(given('values_count'), 'values_count');
    const countOf = (value: Json): number => (isJsonArray(value) ? value.length : value === null ? 0 : 1);
    tests.push((target) => {
      const values = valuesAt(target.payload, path);
      return values.length === 0 ? inRange(0) : values.some((value) => inRange(countOf(value)));
    });
  }
  for (const [name, test] of [
    ['is_empty', emptyTest(path)],
    ['is_null', nullTest(path)],
  ] as const) {
    const wanted = given(name);
    if (wanted === null) continue;
    if (typeof wanted !== 'boolean') throw formatError(`invalid type: ${describeJson(wanted)}, expected a boolean`);
    tests.push((target) => test(target) === wanted);
  }
  if (tests.length === 0) throw validationError(`filter.${key}`, 'At least one field condition must be specified');
  const [only] = tests;
  return only !== undefined && tests.length === 1 ? only : (target) => tests.some((test) => test(target));
}

type Scalar = string | number | boolean;
const isScalar = (value: Json | undefined): value is Scalar =>
  typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isSafeInteger(value));

function compileMatch(match: Json): ValueTest {
  const [kind, ...others] = isJsonObject(match) ? Object.keys(match) : [];
  if (!isJsonObject(match) || kind === undefined || others.length > 0)
    throw formatError('data did not match any variant of untagged enum Match');
  const wanted = property(match, kind);
  switch (kind) {
    case 'value':
      if (!isScalar(wanted)) break;
      return (value) => value === wanted;
    case 'any':
    case 'except': {
      if (!isJsonArray(wanted) || !wanted.every(isScalar)) break;
      const type = typeof (wanted[0] ?? '');
      if (type === 'boolean' || wanted.some((each) => typeof each !== type)) break;
      const set = new Set<Json>(wanted);
      if (kind === 'any') return (value) => set.has(value);
      return (value) => (set.size === 0 ? value !== null : typeof value === type && !set.has(value));
    }
    case 'text':
    case 'phrase':
      if (typeof wanted !== 'string') break;
      return (value) => typeof value === 'string' && value.includes(wanted);
    case 'text_any':
      if (typeof wanted !== 'string') break;
      return (value) => typeof value === 'string' && wanted.split(/\s+/).some((word) => word !== '' && value.includes(word));
    default:
      throw formatError(
        `unknown match \`${kind}\`, expected one of \`value\`, \`any\`, \`except\`, \`text\`, \`phrase\`, \`text_any\``,
      );
  }
  throw formatError('data did not match any variant of untagged enum Match');
}

function compileRange(range: Json, name: string): (value: Json) => boolean {
  if (!isJsonObject(range)) throw formatError(`invalid type: ${describeJson(range)}, expected a ${name}`);
  onlyFields(range, ['lt', 'gt', 'gte', 'lte']);
  const bound = (key: string, fallback: number): number => {
    const value = property(range, key) ?? fallback;
    if (typeof value === 'string') throw notEmulated('date ranges');
    if (typeof value !== 'number') throw formatError(`invalid type: ${describeJson(value)}, expected f64`);
    return value;
  };
  const [lt, lte, gt, gte] = [bound('lt', Infinity), bound('lte', Infinity), bound('gt', -Infinity), bound('gte', -Infinity)];
  const unbounded = { lt: property(range, 'lt') == null, gt: property(range, 'gt') == null };
  return (value) =>
    typeof value === 'number' && (unbounded.lt || value < lt) && value <= lte && (unbounded.gt || value > gt) && value >= gte;
}
