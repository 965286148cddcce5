/**
 * The content store on a Qdrant server (1.17 or later), through the vendor's own REST client.
 * Two collections, `<prefix>messages` and `<prefix>threads`. Makes no attempt to retry: what an outcome means is the caller's to
 * decide (see failures.ts for which are unknown).
 */
import { QdrantClient } from '@qdrant/js-client-rest';
import type { ContentStore } from '../../ports/content-store.ts';
import type { Random } from '../../ports/random.ts';
import { collectionOperations } from './collections.ts';
import type { QdrantContext } from './context.ts';
import { messageOperations } from './message-points.ts';
import type { MalformedPoint } from './payloads.ts';
import { threadOperations } from './thread-points.ts';

export interface QdrantContentStoreOptions {
  /** http or https; without a port, 6333. */
  readonly url: string;
  readonly apiKey?: string;
  /** Milliseconds until a request is given up, which leaves a write unknown. Default 10,000. */
  readonly timeoutMs?: number;
  /** Begins both collections' names: 0 to 64 characters of `[A-Za-z0-9_-]`. */
  readonly prefix: string;
  /** Length of every vector, 1 to 65,535. */
  readonly dimensions: number;
  /** Where write tokens come from. */
  readonly random: Random;
  /** Told of stored points that are not what this store writes; they are treated as absent. */
  readonly onMalformed?: (point: MalformedPoint) => void;
}

/** Throws TypeError on options that can never work. Connects to nothing yet. */
export function createQdrantContentStore(options: QdrantContentStoreOptions): ContentStore {
  const { url, apiKey, prefix, dimensions, timeoutMs = 10_000 } = options;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) throw wrong('url', 'an http or https URL', url);
  if (!/^[A-Za-z0-9_-]{0,64}$/.test(prefix)) throw wrong('prefix', '0 to 64 characters of [A-Za-z0-9_-]', prefix);
  if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > 65_535)
    throw wrong('dimensions', 'a whole number from 1 to 65,535', dimensions);
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1) throw wrong('timeoutMs', 'a whole number from 1', timeoutMs);
  const context: QdrantContext = {
    // The client's own version check is an unawaited request that warns on the console; ensureCollections makes a better one.
    client: new QdrantClient({ url, timeout: timeoutMs, checkCompatibility: false, ...(apiKey === undefined ? {} : { apiKey }) }),
    messages: `${prefix}messages`,
    threads: `${prefix}threads`,
    dimensions,
    random: options.random,
    onMalformed: options.onMalformed ?? (() => undefined),
  };
  return { ...collectionOperations(context), ...messageOperations(context), ...threadOperations(context) };
}

const wrong = (option: string, expected: string, got: unknown): TypeError =>
  new TypeError(`content store option ${option}: expected ${expected}, got ${JSON.stringify(got)}`);
