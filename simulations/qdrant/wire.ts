/**
 * One request in, one answer out: routing, envelopes, bodies, and where faults meet requests. No sockets here (wire-http.ts).
 * An answer may also be no answer: `lost` (break the connection) or `silent` (leave it open).
 */
import type { StoredPoint } from './apply-operation.ts';
import type { Collection, PointView } from './collection.ts';
import type { FaultPlan, ReadFault, Refused, WriteFault } from './emulator-faults.ts';
import type { Engine } from './engine.ts';
import type { Json } from './json.ts';
import { type Endpoint, type Found, findTarget } from './routes.ts';
import { formatError, pathError, WireError } from './wire-error.ts';
import { parseConsistency, parseWait } from './wire-parameters.ts';
import { type DelayedWrite, performWrite } from './write-path.ts';

export interface WireRequest {
  readonly method: string;
  /** Path and query, as in the request line. */
  readonly target: string;
  /** Null when the header is absent. */
  readonly contentType: string | null;
  readonly body: string;
}

export type WireAnswer =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly json: boolean;
      readonly body: string;
      readonly retryAfterS: number | null;
    }
  | { readonly kind: 'lost' }
  | { readonly kind: 'silent' };

/** The part of a world (a prefix of collection names) that requests meet. */
export interface WorldFaults {
  readonly plan: FaultPlan;
  /** Earlier views of collections that answer reads instead of the live ones, by collection name. */
  readonly frozen: ReadonlyMap<string, PointView>;
  delay(write: DelayedWrite): void;
}

export interface WireContext {
  readonly engine: Engine;
  readonly version: string;
  /** Seconds, put into every envelope. */
  readonly elapsedS: number;
  worldOf(collection: string): WorldFaults | null;
  /** Called after a write that was only acknowledged. */
  acknowledged(collection: Collection): void;
}

const noBody: Json = {};

/** Never throws: an unexpected exception becomes the server's 500, with its text. */
export function answerRequest(context: WireContext, request: WireRequest): WireAnswer {
  try {
    const { found, query } = findTarget(request.method, request.target);
    if (found === null) return { kind: 'answer', status: 404, json: false, body: '', retryAfterS: null };
    if (found.collection.includes('\0')) throw pathError('collection_name', 'collection name cannot contain "\0" char');
    return answerEndpoint(context, found, query, () => parseBody(request));
  } catch (error) {
    return refusal(context, error);
  }
}

function parseBody(request: WireRequest): Json {
  if (!/^application\/json\b/i.test(request.contentType ?? '')) throw new WireError(400, 'Content type error');
  try {
    return JSON.parse(request.body) as Json;
  } catch (error) {
    throw formatError(error instanceof Error ? error.message : String(error));
  }
}

function answerEndpoint(context: WireContext, found: Found, query: URLSearchParams, body: () => Json): WireAnswer {
  const { endpoint, collection, name } = found;
  switch (endpoint.kind) {
    case 'text':
      return { kind: 'answer', status: 200, json: false, body: endpoint.text, retryAfterS: null };
    case 'version':
      return json(200, { title: 'qdrant - vector search engine', version: context.version });
    case 'service':
      return success(context, endpoint.run({ engine: context.engine, version: context.version, collection, name, query, body }));
    case 'read':
      return answerRead(context, endpoint, found, query, body);
    case 'write':
      return answerWrite(context, endpoint, found, query, body);
  }
}

type ReadEndpoint = Extract<Endpoint, { kind: 'read' }>;
type WriteEndpoint = Extract<Endpoint, { kind: 'write' }>;

function answerRead(
  context: WireContext,
  endpoint: ReadEndpoint,
  found: Found,
  query: URLSearchParams,
  body: () => Json,
): WireAnswer {
  const consistency = parseConsistency(query);
  const collection = context.engine.collection(found.collection);
  const world = context.worldOf(collection.name);
  const fault = world?.plan.take('read') ?? null;
  if (world !== null && fault !== null) {
    world.plan.fired.push({ fault, collection: collection.name, changed: false });
    return unanswered(context, fault, null);
  }
  const frozen = world?.frozen.get(collection.name);
  const view = frozen === undefined || consistency === 'majority' ? collection.live : frozen;
  const visible = frozen !== undefined && consistency === 'agreement' ? agreement(frozen, collection.live) : view;
  const isGet = found.name !== '';
  return success(context, endpoint.run(visible, isGet ? noBody : body(), found.name));
}

/** Reading `all` replicas returns what is the same on each of them. Points are immutable: the same means identical. */
function agreement(stale: PointView, live: PointView): PointView {
  const same = [...live.points].filter(([id, point]) => stale.points.get(id) === point);
  const ids = live.orderedIds();
  const points: ReadonlyMap<number | string, StoredPoint> = new Map(same);
  return { configs: live.configs, points, orderedIds: () => ids.filter((id) => points.has(id)) };
}

function answerWrite(
  context: WireContext,
  endpoint: WriteEndpoint,
  found: Found,
  query: URLSearchParams,
  body: () => Json,
): WireAnswer {
  const wait = parseWait(query);
  const collection = context.engine.collection(found.collection);
  const operations = endpoint.parse(body(), collection.configs);
  const world = context.worldOf(collection.name);
  const fault = world?.plan.take('write') ?? null;
  const before = fault === null ? null : collection.snapshot();
  const delay = (write: DelayedWrite): void => world?.delay(write);
  const results = performWrite({ engine: context.engine, collection, operations, wait, fault, delay });
  if (fault === null && !wait) context.acknowledged(collection);
  const result = endpoint.batch ? results : (results[0] ?? null);
  if (world === null || fault === null || before === null) return success(context, result);
  const changed = changedSince(before, collection.live);
  world.plan.fired.push({ fault, collection: collection.name, changed });
  return unanswered(context, fault, result);
}

function changedSince(before: PointView, now: PointView): boolean {
  if (before.points.size !== now.points.size) return true;
  return [...now.points].some(([id, point]) => before.points.get(id) !== point);
}

function unanswered(context: WireContext, fault: WriteFault | ReadFault, result: Json): WireAnswer {
  const { answer } = fault;
  switch (answer.kind) {
    case 'lost':
    case 'silent':
      return answer;
    case 'refused':
      return refused(context, answer);
    case 'acknowledged':
    case 'waitTimeout':
      return success(context, result);
  }
}

const refusedTexts: Readonly<Record<Refused['status'], string>> = {
  408: "Timeout: Operation 'Update' timed out after 60s",
  429: 'Rate limiting exceeded: Write rate limit exceeded: Operation requires 1 tokens but only 0.0 were available.',
  500: 'Service internal error: 1 of 1 read operations failed',
  502: 'Bad Gateway',
  503: 'Shard temporarily unavailable: The shard is not active',
  504: 'Gateway Timeout',
  507: 'Insufficient storage: disk quota reached',
};

function refused(context: WireContext, answer: Refused): WireAnswer {
  const { status } = answer;
  const retryAfterS = answer.retryAfterS ?? null;
  const text = `${refusedTexts[status]}${retryAfterS === null ? '' : ` Retry after ${retryAfterS}s`}`;
  // A gateway in front of the server answers in its own words, not in envelopes.
  if (status === 502 || status === 504) return { kind: 'answer', status, json: false, body: text, retryAfterS };
  return refusal(context, new WireError(status, text, retryAfterS));
}

const json = (status: number, body: Json, retryAfterS: number | null = null): WireAnswer => ({
  kind: 'answer',
  status,
  json: true,
  body: JSON.stringify(body),
  retryAfterS,
});

const success = (context: WireContext, result: Json): WireAnswer => json(200, { result, status: 'ok', time: context.elapsedS });

export function refusal(context: Pick<WireContext, 'elapsedS'>, error: unknown): WireAnswer {
  if (error instanceof WireError)
    return json(error.status, { status: { error: error.message }, time: context.elapsedS }, error.retryAfterS);
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return json(500, { status: { error: `Service internal error: ${text}` }, time: context.elapsedS });
}
