/**
 * One backend as a process runs it: a store in a file, the ledger and the content store at their addresses, clients over WebSockets,
 * and rounds of background work until it is stopped. It assembles, and knows the order of beginning and ending; nothing else.
 *
 *   open store -> open backend -> listen -> rounds ...   stop: refuse new requests -> answer what was begun -> close store -> gone
 *
 * Requests that are none to upgrade go to `onHttp`: whoever adds endpoints (health, metrics) adds them there, on the same port.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ChannelTrouble, openWebSocketChannel, type WebSocketChannel } from '../adapters/channel/websocket-server.ts';
import { SystemClock } from '../adapters/clock/system.ts';
import { createFeatureHashingEmbedder } from '../adapters/embedder/feature-hashing.ts';
import { createQdrantContentStore } from '../adapters/qdrant/content-store.ts';
import { systemRandom } from '../adapters/random/system.ts';
import { createSolanaLedger } from '../adapters/solana/ledger.ts';
import { LibsqlStore } from '../adapters/store/libsql.ts';
import { Backend } from '../backend/backend.ts';
import type { Clock } from '../ports/clock.ts';
import type { Embedder } from '../ports/embedder.ts';
import type { BackendId } from '../ports/ids.ts';
import type { Store } from '../ports/store.ts';

export type HttpHandler = (request: IncomingMessage, response: ServerResponse, service: Service) => void;

export interface ServiceOptions {
  readonly id: BackendId;
  /** The SQLite file, created when it does not exist. */
  readonly storePath: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  readonly solanaUrl: string;
  readonly qdrantUrl: string;
  /** Begins the collections' names; default `choir_`. */
  readonly qdrantPrefix?: string;
  /** Between two rounds of background work, milliseconds. */
  readonly roundMs: number;
  /** As in `BackendOptions`. */
  readonly syncEveryMs?: number;
  /** Default: feature hashing, 64 dimensions. */
  readonly embedder?: Embedder;
  /** Default: 404 for everything. */
  readonly onHttp?: HttpHandler;
  readonly onTrouble?: (trouble: ChannelTrouble) => void;
}

export interface Service {
  /** `ws://host:port`. */
  readonly url: string;
  readonly backend: Backend;
  readonly channel: WebSocketChannel;
  /** Resolves when it has been stopped; rejects with the StoreError when the store fails, after which only `stop` makes sense. */
  readonly ended: Promise<void>;
  /** Idempotent. @param graceMs how long requests and a round under way may still take; default 5,000 */
  stop(graceMs?: number): Promise<void>;
}

/**
 * Rejects with a StoreError when the file is no store or another backend's, with the system's error (`EADDRINUSE`, `EACCES`) when the
 * port cannot be had, with a TypeError for options that can never work. Solana and Qdrant need not be reachable yet.
 */
export async function openService(options: ServiceOptions): Promise<Service> {
  const clock = new SystemClock();
  const store = LibsqlStore.open({ path: options.storePath });
  try {
    const backend = await openBackend(options, clock, store);
    return await serve(options, clock, backend);
  } catch (error) {
    await store.close();
    throw error;
  }
}

function openBackend(options: ServiceOptions, clock: Clock, store: Store): Promise<Backend> {
  const { id, solanaUrl, qdrantUrl, qdrantPrefix = 'choir_', syncEveryMs } = options;
  const embedder = options.embedder ?? createFeatureHashingEmbedder();
  const { dimensions } = embedder;
  return Backend.open({
    id,
    ledger: createSolanaLedger({ url: solanaUrl }),
    contentStore: createQdrantContentStore({ url: qdrantUrl, prefix: qdrantPrefix, dimensions, random: systemRandom }),
    embedder,
    store,
    clock,
    random: systemRandom,
    options: syncEveryMs === undefined ? {} : { syncEveryMs },
  });
}

const notFound: HttpHandler = (_request, response) => {
  response.writeHead(404, { 'content-length': 0 }).end();
};

async function serve(options: ServiceOptions, clock: Clock, backend: Backend): Promise<Service> {
  const { id, host = '127.0.0.1', onTrouble, onHttp = notFound } = options;
  const http = createServer();
  const channel = openWebSocketChannel({ id, server: backend, http, clock, ...(onTrouble === undefined ? {} : { onTrouble }) });
  await listen(http, options.port, host);
  const stopping = new AbortController();
  const rounds = backend.run(options.roundMs, stopping.signal).catch((error: unknown) => {
    // Cut off by a stop that did not wait for it: its store has been closed.
    if (!stopping.signal.aborted) throw error;
  });
  const end = async (graceMs: number): Promise<void> => {
    stopping.abort();
    await channel.drain(graceMs);
    await Promise.race([rounds.catch(() => undefined), clock.sleep(graceMs)]);
    await backend.close();
    await channel.close('BackendClosed');
    http.closeAllConnections();
    await new Promise<void>((resolve) => http.close(() => resolve()));
  };
  let ended: Promise<void> | null = null;
  const service: Service = {
    url: `ws://${host}:${(http.address() as AddressInfo).port}`,
    backend,
    channel,
    ended: rounds,
    stop: (graceMs = 5_000) => {
      ended ??= end(graceMs);
      return ended;
    },
  };
  http.on('request', (request, response) => onHttp(request, response, service));
  return service;
}

function listen(http: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once('error', reject);
    http.listen(port, host, () => {
      http.off('error', reject);
      resolve();
    });
  });
}
