/**
 * What can be written to points, as plain data (so that it can be logged, delayed and delivered again), and how request
 * bodies become it. Everything a server refuses before touching its log is refused here.
 */
import { compileFilter } from './filter.ts';
import { describeJson, isJsonArray, isJsonObject, type Json, type JsonObject, property } from './json.ts';
import { parsePath } from './payload-path.ts';
import { type PointId, parsePointId } from './point-id.ts';
import { checkVectors, configOf, parseVectorStruct, type VectorConfigs } from './vectors.ts';
import { formatError, notEmulated } from './wire-error.ts';

export type SentVectors = Readonly<Record<string, readonly number[]>>;
export interface SentPoint {
  readonly id: PointId;
  readonly vectors: SentVectors;
  readonly payload: JsonObject;
}
/** Which points an operation touches. A filter stays JSON: it is evaluated when the operation is applied. */
export type Selector = { readonly ids: readonly PointId[] } | { readonly filter: JsonObject };
export type UpdateMode = 'upsert' | 'insert_only' | 'update_only';

export type PointOperation =
  | {
      readonly kind: 'upsert';
      readonly points: readonly SentPoint[];
      readonly filter: JsonObject | null;
      readonly mode: UpdateMode;
    }
  | { readonly kind: 'delete'; readonly select: Selector }
  | { readonly kind: 'setPayload'; readonly select: Selector; readonly payload: JsonObject; readonly key: string | null }
  | { readonly kind: 'overwritePayload'; readonly select: Selector; readonly payload: JsonObject }
  | { readonly kind: 'deletePayload'; readonly select: Selector; readonly keys: readonly string[] }
  | { readonly kind: 'clearPayload'; readonly select: Selector }
  | { readonly kind: 'updateVectors'; readonly points: readonly Omit<SentPoint, 'payload'>[]; readonly filter: JsonObject | null }
  | { readonly kind: 'deleteVectors'; readonly select: Selector; readonly names: readonly string[] };

export function requireObject(value: Json | undefined, what: string): JsonObject {
  if (isJsonObject(value)) return value;
  throw formatError(`invalid type: ${describeJson(value)}, expected ${what}`);
}

export function requireArray(value: Json | undefined, field: string): readonly Json[] {
  if (isJsonArray(value)) return value;
  throw formatError(
    value === undefined ? `missing field \`${field}\`` : `invalid type: ${describeJson(value)}, expected a sequence`,
  );
}

function parseFilter(value: Json | undefined): JsonObject | null {
  if (value === undefined || value === null) return null;
  compileFilter(value);
  return requireObject(value, 'struct Filter');
}

function parsePayload(value: Json | undefined): JsonObject {
  return value === undefined || value === null ? {} : requireObject(value, 'a map');
}

function parseSelector(body: JsonObject, refusal: string): Selector {
  if (property(body, 'shard_key') != null) throw notEmulated('shard keys');
  const points = property(body, 'points');
  if (points != null) return { ids: requireArray(points, 'points').map(parsePointId) };
  const filter = parseFilter(property(body, 'filter'));
  if (filter === null) throw formatError(refusal);
  return { filter };
}

const noSelector = 'Either list of point ids or filter must be provided';
const noPointsSelector = 'data did not match any variant of untagged enum PointsSelector';

const modes: readonly UpdateMode[] = ['upsert', 'insert_only', 'update_only'];

function parseMode(value: Json | undefined): UpdateMode {
  if (value === undefined || value === null) return 'upsert';
  const mode = modes.find((each) => each === value);
  if (mode !== undefined) return mode;
  throw formatError(`unknown variant \`${String(value)}\`, expected one of \`upsert\`, \`insert_only\`, \`update_only\``);
}

function parsePoint(value: Json): SentPoint {
  const point = requireObject(value, 'struct PointStruct');
  if (!Object.hasOwn(point, 'id')) throw formatError('missing field `id`');
  if (!Object.hasOwn(point, 'vector')) throw formatError('missing field `vector`');
  return {
    id: parsePointId(property(point, 'id')),
    vectors: parseVectorStruct(property(point, 'vector')),
    payload: parsePayload(property(point, 'payload')),
  };
}

function parseBatch(value: Json | undefined): readonly SentPoint[] {
  const batch = requireObject(value, 'struct Batch');
  const ids = requireArray(property(batch, 'ids'), 'ids').map(parsePointId);
  const vectors = property(batch, 'vectors');
  const perPoint: readonly SentVectors[] = isJsonObject(vectors)
    ? ids.map((_, i) => Object.fromEntries(Object.entries(vectors).map(([name, list]) => [name, vectorAt(list, i)])))
    : requireArray(vectors, 'vectors').map(parseVectorStruct);
  const payloads = property(batch, 'payloads');
  const given = payloads == null ? ids.map(() => ({})) : requireArray(payloads, 'payloads').map(parsePayload);
  if (perPoint.length !== ids.length)
    throw formatError(`number of ids and vectors must be equal (${ids.length} != ${perPoint.length})`);
  if (given.length !== ids.length)
    throw formatError(`number of ids and payloads must be equal (${ids.length} != ${given.length})`);
  return ids.map((id, i) => ({ id, vectors: perPoint[i] ?? {}, payload: given[i] ?? {} }));
}

const vectorAt = (list: Json, index: number): readonly number[] =>
  parseVectorStruct(requireArray(list, 'vectors')[index])[''] ?? [];

/** PUT points: `{ points: [...] }` or `{ batch: {...} }`, with `update_filter` and `update_mode`. */
export function parseUpsert(body: Json, configs: VectorConfigs): PointOperation {
  const upsert = requireObject(body, 'struct PointInsertOperations');
  if (property(upsert, 'shard_key') != null) throw notEmulated('shard keys');
  const batched = Object.hasOwn(upsert, 'batch');
  if (!batched && !Object.hasOwn(upsert, 'points'))
    throw formatError('data did not match any variant of untagged enum PointInsertOperations');
  const points = batched
    ? parseBatch(property(upsert, 'batch'))
    : requireArray(property(upsert, 'points'), 'points').map(parsePoint);
  for (const point of points) checkVectors(configs, point.vectors);
  return {
    kind: 'upsert',
    points,
    filter: parseFilter(property(upsert, 'update_filter')),
    mode: parseMode(property(upsert, 'update_mode')),
  };
}

export const parseDelete = (body: Json): PointOperation => {
  const list = isJsonArray(body) ? { points: body } : requireObject(body, 'PointsSelector');
  return { kind: 'delete', select: parseSelector(list, noPointsSelector) };
};

export function parseSetPayload(body: Json): PointOperation {
  const given = requireObject(body, 'struct SetPayload');
  const key = property(given, 'key') ?? null;
  if (!Object.hasOwn(given, 'payload')) throw formatError('missing field `payload`');
  if (key !== null && typeof key !== 'string') throw formatError(`invalid type: ${describeJson(key)}, expected a string`);
  if (key !== null) parsePath(key);
  return { kind: 'setPayload', select: parseSelector(given, noSelector), payload: parsePayload(property(given, 'payload')), key };
}

export function parseOverwritePayload(body: Json): PointOperation {
  const given = requireObject(body, 'struct SetPayload');
  if (!Object.hasOwn(given, 'payload')) throw formatError('missing field `payload`');
  return {
    kind: 'overwritePayload',
    select: parseSelector(given, noSelector),
    payload: parsePayload(property(given, 'payload')),
  };
}

export function parseDeletePayload(body: Json): PointOperation {
  const given = requireObject(body, 'struct DeletePayload');
  const keys = requireArray(property(given, 'keys'), 'keys').map((key) => {
    if (typeof key !== 'string') throw formatError(`invalid type: ${describeJson(key)}, expected a string`);
    parsePath(key);
    return key;
  });
  return { kind: 'deletePayload', select: parseSelector(given, noSelector), keys };
}

export const parseClearPayload = (body: Json): PointOperation => ({
  kind: 'clearPayload',
  select: parseSelector(requireObject(body, 'PointsSelector'), noPointsSelector),
});

export function parseUpdateVectors(body: Json, configs: VectorConfigs): PointOperation {
  const given = requireObject(body, 'struct UpdateVectors');
  const points = requireArray(property(given, 'points'), 'points').map((each) => {
    const point = requireObject(each, 'struct PointVectors');
    const vectors = parseVectorStruct(property(point, 'vector'));
    checkVectors(configs, vectors);
    return { id: parsePointId(property(point, 'id')), vectors };
  });
  return { kind: 'updateVectors', points, filter: parseFilter(property(given, 'update_filter')) };
}

export function parseDeleteVectors(body: Json, configs: VectorConfigs): PointOperation {
  const given = requireObject(body, 'struct DeleteVectors');
  const names = requireArray(property(given, 'vector'), 'vector').map((name) => {
    if (typeof name !== 'string') throw formatError(`invalid type: ${describeJson(name)}, expected a string`);
    configOf(configs, name);
    return name;
  });
  return { kind: 'deleteVectors', select: parseSelector(given, noSelector), names };
}

/** POST points/batch: operations in order, each under its own name. */
export function parseOperations(body: Json, configs: VectorConfigs): readonly PointOperation[] {
  const list = requireArray(property(requireObject(body, 'struct UpdateOperations'), 'operations'), 'operations');
  return list.map((each) => {
    const [name, ...others] = isJsonObject(each) ? Object.keys(each) : [];
    const argument = isJsonObject(each) && name !== undefined && others.length === 0 ? (property(each, name) ?? null) : null;
    switch (argument === null ? '' : name) {
      case 'upsert':
        return parseUpsert(argument, configs);
      case 'delete':
        return parseDelete(argument);
      case 'set_payload':
        return parseSetPayload(argument);
      case 'overwrite_payload':
        return parseOverwritePayload(argument);
      case 'delete_payload':
        return parseDeletePayload(argument);
      case 'clear_payload':
        return parseClearPayload(argument);
      case 'update_vectors':
        return parseUpdateVectors(argument, configs);
      case 'delete_vectors':
        return parseDeleteVectors(argument, configs);
      default:
        throw formatError('data did not match any variant of untagged enum UpdateOperation');
    }
  });
}
