/**
 * One backend as a process runs it: a store in a file, the ledger and the content store at their addresses, clients over WebSockets,
 * and rounds of background work until it is stopped. It assembles, and knows the order of beginning and ending; nothing else.
 *
 *   open store -> open backend -> listen -> rounds ...   stop: refuse new requests -> answer what was begun -> close store -> gone
 *
 * Plain requests on the same port are answered with its health and its metrics (`endpoints.ts`). It has its health checked on a schedule
 * too, so that metrics have a fresh one whoever asks; what changes of it is logged.
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
import type { HealthStatus } from '../backend/monitor/health-rules.ts';
import { Metrics } from '../backend/monitor/metrics.ts';
import type { Embedder } from '../ports/embedder.ts';
import type { BackendId } from '../ports/ids.ts';
import { type Logger, type LogLevel, silentLogger } from '../ports/logger.ts';
import type { Store } from '../ports/store.ts';
import { Endpoints } from './endpoints.ts';

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
  /** Between two checks of its health that nobody asked for, milliseconds; 15,000 by default. */
  readonly healthEveryMs?: number;
  /** Nowhere by default. */
  readonly logger?: Logger;
  /** Default: `/health` and `/metrics`. */
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
    const metrics = new Metrics(clock);
    const backend = await openBackend(options, clock, store, metrics);
    return await serve(options, clock, backend, metrics);
  } catch (error) {
    await store.close();
    throw error;
  }
}

function openBackend(options: ServiceOptions, clock: SystemClock, store: Store, monitor: Metrics): Promise<Backend> {
  const { id, solanaUrl, qdrantUrl, qdrantPrefix = 'choir_', syncEveryMs, logger = silentLogger } = options;
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
    monitor,
    logger,
    options: syncEveryMs === undefined ? {} : { syncEveryMs },
  });
}

async function serve(options: ServiceOptions, clock: SystemClock, backend: Backend, metrics: Metrics): Promise<Service> {
  const { id, host = '127.0.0.1', logger = silentLogger, healthEveryMs = 15_000 } = options;
  const onTrouble = (trouble: ChannelTrouble): void => {
    logger.log('warn', 'channel trouble', { ...trouble });
    options.onTrouble?.(trouble);
  };
  const http = createServer();
  const channel = openWebSocketChannel({ id, server: backend, http, clock, onTrouble });
  await listen(http, options.port, host);
  const stopping = new AbortController();
  const rounds = backend.run(options.roundMs, stopping.signal).catch((error: unknown) => {
    // Cut off by a stop that did not wait for it: its store has been closed.
    if (!stopping.signal.aborted) throw error;
  });
  void watchHealth(backend, clock, { everyMs: healthEveryMs, signal: stopping.signal, logger });
  const end = async (graceMs: number): Promise<void> => {
    logger.log('info', 'stopping', {});
    stopping.abort();
    await channel.drain(graceMs);
    await Promise.race([rounds.catch(() => undefined), clock.sleep(graceMs)]);
    await backend.close();
    await channel.close('BackendClosed');
    http.closeAllConnections();
    await new Promise<void>((resolve) => http.close(() => resolve()));
    logger.log('info', 'stopped', {});
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
  const endpoints = new Endpoints(backend, metrics, (error) => {
    logger.log('error', 'endpoint failed', { detail: String(error) });
  });
  const { onHttp = (request, response) => endpoints.answer(request, response) } = options;
  http.on('request', (request, response) => onHttp(request, response, service));
  logger.log('info', 'listening', { url: service.url });
  return service;
}

const loudness: Readonly<Record<HealthStatus, LogLevel>> = { healthy: 'info', degraded: 'warn', unhealthy: 'error' };

/** One check at once, and one every `everyMs`, until `signal` is aborted. Does not keep the process alive. */
async function watchHealth(
  backend: Backend,
  clock: SystemClock,
  { everyMs, signal, logger }: { readonly everyMs: number; readonly signal: AbortSignal; readonly logger: Logger },
): Promise<void> {
  let before: HealthStatus = 'healthy';
  while (!signal.aborted) {
    const { overall, findings } = await backend.health();
    if (signal.aborted) return;
    if (overall !== before) {
      const because = findings.map(({ measure, status, value }) => ({ measure, status, value }));
      logger.log(loudness[overall], 'health changed', { from: before, to: overall, because });
    }
    before = overall;
    await clock.idle(everyMs, signal);
  }
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
