/**
 * Everything that reads points: retrieve, scroll, count, nearest-neighbour search and facets, over any view of a collection.
 * Scores are exact; ties are in id order (the server leaves them unordered).
 */
import type { StoredPoint } from './apply-operation.ts';
import type { PointView } from './collection.ts';
import { compileFilter } from './filter.ts';
import { describeJson, isJsonArray, isJsonObject, type Json, type JsonObject, property } from './json.ts';
import { type PayloadPath, parsePath, removeAt, selectAt, valuesAt } from './payload-path.ts';
import { comparePointIds, type PointId, parsePointId, readPointId } from './point-id.ts';
import { requireArray, requireObject } from './point-operations.ts';
import { checkVectors, configOf, lessIsNearer, parseComponents, score, shortest32, toStored, vectorToJson } from './vectors.ts';
import { badRequest, formatError, notEmulated, pointMissing, validationError } from './wire-error.ts';

type Show = (point: StoredPoint) => { readonly payload?: Json; readonly vector?: Json };

function paths(value: Json | undefined): readonly PayloadPath[] {
  return requireArray(value, 'payload selector').map((each) => {
    if (typeof each !== 'string') throw formatError(`invalid type: ${describeJson(each)}, expected a string`);
    return parsePath(each);
  });
}

function payloadShow(selector: Json): ((payload: JsonObject) => Json) | null {
  if (typeof selector === 'boolean') return selector ? (payload) => payload : null;
  const included = isJsonArray(selector) ? selector : isJsonObject(selector) ? property(selector, 'include') : undefined;
  if (included !== undefined) {
    const kept = paths(included);
    return (payload) => selectAt(payload, kept) ?? {};
  }
  const excluded = isJsonObject(selector) ? property(selector, 'exclude') : undefined;
  if (excluded === undefined) throw formatError('data did not match any variant of untagged enum WithPayloadInterface');
  const dropped = paths(excluded);
  return (payload) => dropped.reduce<Json>(removeAt, payload);
}

function vectorShow(selector: Json): ((point: StoredPoint) => Json) | null {
  const all = (point: StoredPoint, names: readonly string[] | null): Json => {
    const single = point.vectors.get('');
    if (single !== undefined) return vectorToJson(single);
    const chosen = [...point.vectors].filter(([name]) => names === null || names.includes(name));
    return Object.fromEntries(chosen.map(([name, vector]) => [name, vectorToJson(vector)]));
  };
  if (typeof selector === 'boolean') return selector ? (point) => all(point, null) : null;
  const names = requireArray(selector, 'with_vector').map(String);
  return (point) => all(point, names);
}

/** What of a point goes into an answer. `defaults` differ by endpoint. */
function parseShow(body: JsonObject, payloadByDefault: boolean): Show {
  const payload = payloadShow(property(body, 'with_payload') ?? payloadByDefault);
  const vector = vectorShow(property(body, 'with_vector') ?? property(body, 'with_vectors') ?? false);
  return (point) => ({
    ...(payload === null ? {} : { payload: payload(point.payload) }),
    ...(vector === null ? {} : { vector: vector(point) }),
  });
}

function naturalNumber(body: JsonObject, field: string, fallback: number | null, least: number): number {
  const value = property(body, field) ?? fallback;
  if (value === null) throw formatError(`missing field \`${field}\``);
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw formatError(`invalid type: ${describeJson(value)}, expected usize`);
  }
  if (value < least) throw validationError(field, `value ${value} invalid, must be ${least} or larger`);
  return value;
}

function refuseFields(body: JsonObject, fields: readonly string[]): void {
  for (const field of fields) if (property(body, field) != null) throw notEmulated(`\`${field}\``);
}

export function retrieve(view: PointView, body: Json): Json {
  const request = requireObject(body, 'struct PointRequest');
  refuseFields(request, ['shard_key']);
  const show = parseShow(request, true);
  const ids = new Set(requireArray(property(request, 'ids'), 'ids').map(parsePointId));
  const found: Json[] = [];
  for (const id of ids) {
    const point = view.points.get(id);
    if (point !== undefined) found.push({ id, ...show(point) });
  }
  return found;
}

/** GET of one point: payload and vector, or 404. */
export function retrieveOne(view: PointView, idText: string): Json {
  const id = readPointId(/^\d+$/.test(idText) ? Number(idText) : idText);
  if (id === null) throw badRequest(`Can not recognize "${idText}" as point id`);
  const point = view.points.get(id);
  if (point === undefined) throw pointMissing(id);
  return { id, ...parseShow({ with_payload: true, with_vector: true }, true)(point) };
}

export function scroll(view: PointView, body: Json): Json {
  const request = requireObject(body, 'struct ScrollRequest');
  refuseFields(request, ['shard_key', 'order_by']);
  const show = parseShow(request, true);
  const limit = naturalNumber(request, 'limit', 10, 1);
  const filter = compileFilter(property(request, 'filter'));
  const offset = property(request, 'offset') ?? null;
  const ids = view.orderedIds();
  const page: Json[] = [];
  for (let i = offset === null ? 0 : firstAtOrAfter(ids, parsePointId(offset)); i < ids.length; i++) {
    const point = view.points.get(ids[i] as PointId) as StoredPoint;
    if (!filter(point)) continue;
    if (page.length === limit) return { points: page, next_page_offset: point.id };
    page.push({ id: point.id, ...show(point) });
  }
  return { points: page, next_page_offset: null };
}

function firstAtOrAfter(ids: readonly PointId[], wanted: PointId): number {
  let [low, high] = [0, ids.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (comparePointIds(ids[middle] as PointId, wanted) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function count(view: PointView, body: Json): Json {
  const request = requireObject(body, 'struct CountRequest');
  refuseFields(request, ['shard_key']);
  const filter = compileFilter(property(request, 'filter'));
  let total = 0;
  for (const point of view.points.values()) if (filter(point)) total++;
  return { count: total };
}

export function facet(view: PointView, body: Json): Json {
  const request = requireObject(body, 'struct FacetRequest');
  const key = property(request, 'key');
  if (typeof key !== 'string') throw formatError('missing field `key`');
  const path = parsePath(key);
  const limit = naturalNumber(request, 'limit', 10, 1);
  const filter = compileFilter(property(request, 'filter'));
  const counts = new Map<string | number | boolean, number>();
  for (const point of view.points.values()) {
    if (!filter(point)) continue;
    const values = new Set(valuesAt(point.payload, path).flatMap((value) => (isJsonArray(value) ? value : [value])));
    for (const value of values) {
      if (value !== null && typeof value !== 'object') counts.set(value, (counts.get(value) ?? 0) + 1);
    }
  }
  const hits = [...counts].map(([value, total]) => ({ value, count: total }));
  hits.sort((a, b) => b.count - a.count || (String(a.value) < String(b.value) ? -1 : 1));
  return { hits: hits.slice(0, limit) };
}

interface NearestRequest {
  readonly vectorName: string;
  readonly components: readonly number[];
  /** A query by a stored point leaves that point out. */
  readonly exclude: PointId | null;
  readonly body: JsonObject;
  readonly limit: number;
}

function nearest(view: PointView, { vectorName, components, exclude, body, limit }: NearestRequest): readonly Json[] {
  const config = configOf(view.configs, vectorName);
  checkVectors(view.configs, { [vectorName]: components });
  const wanted = toStored(config, components);
  const filter = compileFilter(property(body, 'filter'));
  const offset = naturalNumber(body, 'offset', 0, 0);
  const threshold = property(body, 'score_threshold') ?? null;
  if (threshold !== null && typeof threshold !== 'number')
    throw formatError(`invalid type: ${describeJson(threshold)}, expected f32`);
  const show = parseShow(body, false);
  const sign = lessIsNearer(config.distance) ? -1 : 1;
  const best = new Best(offset + limit);
  for (const point of view.points.values()) {
    const vector = point.vectors.get(vectorName);
    if (vector === undefined || point.id === exclude || !filter(point)) continue;
    const value = sign * score(config.distance, wanted, vector);
    if (threshold === null || value >= sign * threshold) best.offer(value, point);
  }
  return best.ranked
    .slice(offset)
    .map((hit) => ({ id: hit.point.id, version: hit.point.version, score: shortest32(sign * hit.value), ...show(hit.point) }));
}

/** The `size` best so far, best first. Most candidates are refused by one comparison. */
class Best {
  readonly ranked: { value: number; point: StoredPoint }[] = [];
  readonly #size: number;
  constructor(size: number) {
    this.#size = size;
  }
  offer(value: number, point: StoredPoint): void {
    const last = this.ranked[this.ranked.length - 1];
    if (this.ranked.length >= this.#size && (last === undefined || !before(value, point, last))) return;
    let [low, high] = [0, this.ranked.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.ranked[middle] as { value: number; point: StoredPoint };
      if (before(value, point, other)) high = middle;
      else low = middle + 1;
    }
    this.ranked.splice(low, 0, { value, point });
    if (this.ranked.length > this.#size) this.ranked.pop();
  }
}

const before = (value: number, point: StoredPoint, other: { value: number; point: StoredPoint }): boolean =>
  value > other.value || (value === other.value && comparePointIds(point.id, other.point.id) < 0);

/** POST points/search: `vector` is an array, or `{ name, vector }`. */
export function search(view: PointView, body: Json): Json {
  const request = requireObject(body, 'struct SearchRequest');
  refuseFields(request, ['shard_key']);
  const vector = property(request, 'vector');
  const name = isJsonObject(vector) ? property(vector, 'name') : '';
  if (typeof name !== 'string') throw formatError('data did not match any variant of untagged enum NamedVectorStruct');
  const components = parseComponents(isJsonObject(vector) ? property(vector, 'vector') : vector);
  return nearest(view, {
    vectorName: name,
    components,
    exclude: null,
    body: request,
    limit: naturalNumber(request, 'limit', null, 1),
  });
}

/** POST points/query: `query` is a vector, a point id, `{ nearest: either }`, or absent (then points come in id order). */
export function query(view: PointView, body: Json): Json {
  const request = requireObject(body, 'struct QueryRequest');
  refuseFields(request, ['shard_key', 'prefetch', 'lookup_from']);
  const limit = naturalNumber(request, 'limit', 10, 1);
  const using = property(request, 'using') ?? '';
  if (typeof using !== 'string') throw formatError(`invalid type: ${describeJson(using)}, expected a string`);
  const given = property(request, 'query') ?? null;
  if (given === null) return queryWithout(view, request, limit);
  if (isJsonObject(given) && !Object.hasOwn(given, 'nearest'))
    throw notEmulated(`the query \`${Object.keys(given)[0] ?? '{}'}\``);
  const target = isJsonObject(given) ? property(given, 'nearest') : given;
  if (isJsonArray(target)) {
    return {
      points: nearest(view, { vectorName: using, components: parseComponents(target), exclude: null, body: request, limit }),
    };
  }
  const id = parsePointId(target);
  const components = view.points.get(id)?.vectors.get(using);
  configOf(view.configs, using);
  if (components === undefined) throw pointMissing(id);
  return { points: nearest(view, { vectorName: using, components: [...components], exclude: id, body: request, limit }) };
}

function queryWithout(view: PointView, request: JsonObject, limit: number): Json {
  if (property(request, 'score_threshold') != null) {
    throw badRequest("A query is needed to use the score_threshold. Can't have score_threshold without defining a query.");
  }
  const show = parseShow(request, false);
  const filter = compileFilter(property(request, 'filter'));
  const offset = naturalNumber(request, 'offset', 0, 0);
  const points = view.orderedIds().map((id) => view.points.get(id) as StoredPoint);
  const page = points.filter((point) => filter(point)).slice(offset, offset + limit);
  return { points: page.map((point) => ({ id: point.id, version: point.version, score: 0, ...show(point) })) };
}

/** Search or query, several at once under `searches`. */
export const batchOf =
  (read: (view: PointView, body: Json) => Json) =>
  (view: PointView, body: Json): Json =>
    requireArray(property(requireObject(body, 'a search batch'), 'searches'), 'searches').map((each) => read(view, each));
