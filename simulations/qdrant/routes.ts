/**
 * The endpoints: method and path to what they do. Each says whether it is a point write or a point read, because those are
 * what faults are armed on; everything else is `service`.
 */

import type { Collection, PointView } from './collection.ts';
import type { Engine } from './engine.ts';
import type { Json, JsonObject } from './json.ts';
import { parsePath, valuesAt } from './payload-path.ts';
import {
  type PointOperation,
  parseClearPayload,
  parseDelete,
  parseDeletePayload,
  parseDeleteVectors,
  parseOperations,
  parseOverwritePayload,
  parseSetPayload,
  parseUpdateVectors,
  parseUpsert,
} from './point-operations.ts';
import { batchOf, count, facet, query, retrieve, retrieveOne, scroll, search } from './read-points.ts';
import { type VectorConfigs, vectorConfigsToJson } from './vectors.ts';
import { parseWait } from './wire-parameters.ts';

export interface ServiceCall {
  readonly engine: Engine;
  readonly version: string;
  readonly collection: string;
  /** The last path segment where the path has a second parameter. */
  readonly name: string;
  readonly query: URLSearchParams;
  body(): Json;
}

export type Endpoint =
  | { readonly kind: 'service'; run(call: ServiceCall): Json }
  /** Plain text, outside the envelope. */
  | { readonly kind: 'text'; readonly text: string }
  /** Bare JSON, outside the envelope. */
  | { readonly kind: 'version' }
  | { readonly kind: 'read'; run(view: PointView, body: Json, name: string): Json }
  /** `batch`: answers a list of results instead of the only one. */
  | { readonly kind: 'write'; readonly batch: boolean; parse(body: Json, configs: VectorConfigs): readonly PointOperation[] };

const one = (parse: (body: Json, configs: VectorConfigs) => PointOperation): Endpoint => ({
  kind: 'write',
  batch: false,
  parse: (body, configs) => [parse(body, configs)],
});
const read = (run: (view: PointView, body: Json) => Json): Endpoint => ({ kind: 'read', run });
const service = (run: (call: ServiceCall) => Json): Endpoint => ({ kind: 'service', run });

/** Index changes are applied at once; without `wait` they are only acknowledged, as on the server. */
const indexChange = (change: (call: ServiceCall) => number): Endpoint =>
  service((call) => {
    const wait = parseWait(call.query);
    return { operation_id: change(call), status: wait ? 'completed' : 'acknowledged' };
  });

const c = '/collections/([^/]+)';
const routes: readonly (readonly [method: string, path: RegExp, endpoint: Endpoint])[] = (
  [
    ['GET', '/', { kind: 'version' }],
    ['GET', '/healthz', { kind: 'text', text: 'healthz check passed' }],
    ['GET', '/livez', { kind: 'text', text: 'healthz check passed' }],
    ['GET', '/readyz', { kind: 'text', text: 'all shards are ready' }],
    ['GET', '/collections', service(({ engine }) => ({ collections: engine.names().map((name) => ({ name })) }))],
    ['POST', '/collections/aliases', service(({ engine, body }) => done(() => engine.changeAliases(body())))],
    ['GET', '/aliases', service(({ engine }) => engine.aliases(null))],
    ['GET', `${c}/aliases`, service(({ engine, collection }) => engine.aliases(engine.collection(collection).name))],
    ['GET', `${c}/exists`, service(({ engine, collection }) => ({ exists: engine.find(collection) !== null }))],
    ['GET', c, service(({ engine, collection }) => describeCollection(engine.collection(collection)))],
    ['PUT', c, service(({ engine, collection, body }) => done(() => engine.createCollection(collection, body())))],
    ['PATCH', c, service(({ engine, collection, body }) => done(() => engine.updateCollection(collection, body())))],
    ['DELETE', c, service(({ engine, collection }) => engine.deleteCollection(collection))],
    ['PUT', `${c}/index`, indexChange(({ engine, collection, body }) => engine.createIndex(collection, body()))],
    ['DELETE', `${c}/index/([^/]+)`, indexChange(({ engine, collection, name }) => engine.deleteIndex(collection, name))],
    ['PUT', `${c}/points`, one(parseUpsert)],
    ['POST', `${c}/points/delete`, one(parseDelete)],
    ['PUT', `${c}/points/vectors`, one(parseUpdateVectors)],
    ['POST', `${c}/points/vectors/delete`, one(parseDeleteVectors)],
    ['POST', `${c}/points/payload`, one(parseSetPayload)],
    ['PUT', `${c}/points/payload`, one(parseOverwritePayload)],
    ['POST', `${c}/points/payload/delete`, one(parseDeletePayload)],
    ['POST', `${c}/points/payload/clear`, one(parseClearPayload)],
    ['POST', `${c}/points/batch`, { kind: 'write', batch: true, parse: parseOperations }],
    ['POST', `${c}/points/scroll`, read(scroll)],
    ['POST', `${c}/points/count`, read(count)],
    ['POST', `${c}/points/search`, read(search)],
    ['POST', `${c}/points/search/batch`, read(batchOf(search))],
    ['POST', `${c}/points/query`, read(query)],
    ['POST', `${c}/points/query/batch`, read(batchOf(query))],
    ['POST', `${c}/facet`, read(facet)],
    ['POST', `${c}/points`, read(retrieve)],
    ['GET', `${c}/points/([^/]+)`, { kind: 'read', run: (view, _body, name) => retrieveOne(view, name) }],
  ] satisfies readonly (readonly [string, string, Endpoint])[]
).map(([method, path, endpoint]) => [method, new RegExp(`^${path}$`), endpoint]);

export interface Found {
  readonly endpoint: Endpoint;
  readonly collection: string;
  readonly name: string;
}

/** The endpoint of a request line, null when there is none. The emulator answers by it, and the fault proxy knows writes by it. */
export function findTarget(method: string, target: string): { readonly found: Found | null; readonly query: URLSearchParams } {
  const url = new URL(target, 'http://emulator');
  const path = url.pathname.length > 1 ? url.pathname.replace(/\/+$/, '') : url.pathname;
  return { found: findRoute(method, path), query: url.searchParams };
}

function findRoute(method: string, path: string): Found | null {
  for (const [routeMethod, pattern, endpoint] of routes) {
    const parts = routeMethod === method ? pattern.exec(path) : null;
    if (parts !== null)
      return { endpoint, collection: decodeURIComponent(parts[1] ?? ''), name: decodeURIComponent(parts[2] ?? '') };
  }
  return null;
}

function done(change: () => void): true {
  change();
  return true;
}

function describeCollection(collection: Collection): Json {
  const points = [...collection.live.points.values()];
  const indexed = (field: string): number => {
    const path = parsePath(field);
    return points.filter((point) => valuesAt(point.payload, path).length > 0).length;
  };
  const schema = Object.fromEntries(
    [...collection.indexes].map(([field, index]) => [field, { ...index, points: indexed(field) }]),
  );
  const vectors = vectorConfigsToJson(collection.configs);
  return {
    status: collection.status,
    optimizer_status: 'ok',
    indexed_vectors_count: 0,
    points_count: points.length,
    segments_count: 1,
    config: {
      params: { ...(vectors === undefined ? {} : { vectors }), ...collection.settings },
      ...fixedConfig,
    },
    payload_schema: schema,
    update_queue: { length: collection.queueLength },
  };
}

const fixedConfig: JsonObject = {
  hnsw_config: { m: 16, ef_construct: 100, full_scan_threshold: 10000, max_indexing_threads: 0, on_disk: false },
  optimizer_config: {
    deleted_threshold: 0.2,
    vacuum_min_vector_number: 1000,
    default_segment_number: 0,
    max_segment_size: null,
    memmap_threshold: null,
    indexing_threshold: 10000,
    flush_interval_sec: 5,
    max_optimization_threads: null,
  },
  wal_config: { wal_capacity_mb: 32, wal_segments_ahead: 0 },
  quantization_config: null,
};
