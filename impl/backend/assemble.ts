/**
 * Puts a backend together: its ports behind breakers, what is told to whom, and each part with those it needs. Decides nothing else;
 * what the parts do, and when, is `backend.ts`'s and theirs.
 */
import { type BreakerOptions, CircuitBreaker, defaultBreaker } from '../core/breaker.ts';
import { fanOut } from '../core/fan-out.ts';
import { guarded } from '../core/guarded.ts';
import type { Clock } from '../ports/clock.ts';
import type { ContentStore } from '../ports/content-store.ts';
import type { Embedder } from '../ports/embedder.ts';
import type { BackendId } from '../ports/ids.ts';
import type { Ledger } from '../ports/ledger.ts';
import { type Logger, silentLogger } from '../ports/logger.ts';
import { type Monitor, silent } from '../ports/monitor.ts';
import type { Random } from '../ports/random.ts';
import type { Store } from '../ports/store.ts';
import { ThreadCache } from './cache.ts';
import { ContentCache, type ContentCacheOptions } from './contents/content-cache.ts';
import { ContentOffers } from './contents/content-offers.ts';
import { ContentReads } from './contents/content-reads.ts';
import { HeldTexts } from './contents/held-texts.ts';
import { Ingestion } from './ingestion.ts';
import { ErrorHandler } from './monitor/error-handler.ts';
import { Health } from './monitor/health.ts';
import { PeerViews } from './monitor/peer-views.ts';
import { Propagation } from './monitor/propagation.ts';
import { Signals } from './monitor/signals.ts';
import { Watch } from './monitor/watch.ts';
import { Projection } from './projection.ts';
import { ProjectionQueue } from './projection-queue.ts';
import { Publisher } from './publisher.ts';
import { Reads } from './reads.ts';
import { Audit } from './reconcile/audit.ts';
import { Conflicts } from './reconcile/conflicts.ts';
import { InitialSync } from './reconcile/initial-sync.ts';
import { Recovery } from './reconcile/recovery.ts';
import { Sync } from './reconcile/sync.ts';
import { Verification } from './reconcile/verification.ts';
import type { Handlers } from './requests.ts';
import { Sessions } from './sessions.ts';
import { claimStore } from './tables.ts';
import { Outbox } from './writing/outbox.ts';
import { QueuedWrites } from './writing/queued-writes.ts';
import { WriteQueue } from './writing/write-queue.ts';
import { Writes } from './writing/writes.ts';

export interface BackendOptions {
  /** How long a write waits for its confirmation before it is answered `unsettled`; 30,000 by default. */
  readonly deadlineMs?: number;
  /** Ended writes kept for retries and questions; 10,000 by default. */
  readonly outboxRetention?: number;
  /** Writes that may wait here for an authority to be back, in all and of one wallet; 10,000 and 256 by default. */
  readonly maxQueuedWrites?: number;
  readonly maxQueuedPerWallet?: number;
  /** Transactions read from the event stream at a time, 1 to 1,000; 500 by default. */
  readonly eventPage?: number;
  /** Writes that may be open at a time, of all wallets together; more are refused `QueueFull`. 10,000 by default. */
  readonly maxOpenWrites?: number;
  /** Updates that may wait for Qdrant before further writes are refused `QueueFull`; 100,000 by default. */
  readonly maxQueuedUpdates?: number;
  /** How often a round compares cache, ledger and content store (`reconcile/sync.ts`), milliseconds, from 0; 60,000 by default. */
  readonly syncEveryMs?: number;
  /** How many texts are kept in memory, and for how long. */
  readonly contentCache?: ContentCacheOptions;
  /** When to leave an authority that fails alone for a while; null: never. `defaultBreaker` by default. */
  readonly breaker?: BreakerOptions | null;
  /** Create missing Qdrant collections and indexes at opening, or in the first round that reaches Qdrant; true by default. */
  readonly ensureCollections?: boolean;
}

export interface BackendPorts {
  readonly id: BackendId;
  readonly ledger: Ledger;
  readonly contentStore: ContentStore;
  readonly embedder: Embedder;
  /** This backend's alone. */
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  /** Told what happens; nobody by default. */
  readonly monitor?: Monitor;
  /** Nowhere by default. */
  readonly logger?: Logger;
  readonly options?: BackendOptions;
}

export interface Parts {
  readonly breakers: readonly CircuitBreaker[];
  readonly cache: ThreadCache;
  readonly contents: ContentCache;
  readonly outbox: Outbox;
  readonly queue: ProjectionQueue;
  readonly waiting: WriteQueue;
  readonly publisher: Publisher;
  readonly conflicts: Conflicts;
  readonly ingestion: Ingestion;
  readonly recovery: Recovery;
  readonly verification: Verification;
  readonly projection: Projection;
  readonly audit: Audit;
  readonly sync: Sync;
  readonly initialSync: InitialSync;
  readonly handlers: Handlers;
  readonly errors: ErrorHandler;
  readonly health: Health;
  readonly watch: Watch;
  readonly propagation: Propagation;
}

/** Loads everything durable. Rejects with `StoreCorrupt` when the store is another backend's, or of another format. */
export async function assemble(given: BackendPorts): Promise<{ readonly ports: BackendPorts; readonly parts: Parts }> {
  const { store, clock, options = {}, logger = silentLogger } = given;
  const signals = new Signals();
  const monitor = fanOut([signals, given.monitor ?? silent], (error) =>
    logger.log('error', 'monitor threw', { detail: String(error) }),
  );
  const breakers = breakersOf(clock, options, monitor);
  const ports = { ...guardedBy(breakers, given), monitor, logger };
  await claimStore(store, ports.id);
  const cache = await ThreadCache.load(store);
  const outbox = await Outbox.load(store, options.outboxRetention ?? 10_000);
  const propagation = new Propagation(ports, (thread) => cache.view(thread)?.version);
  const queue = await ProjectionQueue.load(store, propagation);
  const { maxQueuedWrites: total = 10_000, maxQueuedPerWallet: perWallet = 256 } = options;
  const waiting = await WriteQueue.load(store, { total, perWallet });
  const sessions = await Sessions.load(ports);
  const peers = new PeerViews(clock);
  const publisher = new Publisher(peers, propagation);
  const errors = new ErrorHandler(ports);
  const conflicts = new Conflicts(clock, monitor);
  const told = { conflicts, errors, monitor };
  const base = { cache, outbox, queue, waiting, publisher, ...told };
  const ingestion = await Ingestion.load(ports, base, options.eventPage ?? 500);
  const verification = new Verification(ports, { ...base, ingestion });
  const recovery = new Recovery({ ingestion, verification, errors, monitor }, cache.damaged.size);
  const audit = await Audit.load({ store, cache, ingestion });
  const contents = new ContentCache({ clock, viewOf: (thread) => cache.view(thread) }, options.contentCache);
  cache.watch((view) => contents.adopt(view));
  const texts = new HeldTexts(store, contents);
  const projection = new Projection(ports, { ...base, texts });
  const sync = await Sync.load(ports, { ...base, projection, texts });
  const initialSync = new InitialSync({ cache, verification, sync, propagation });
  const limits = { openWrites: options.maxOpenWrites ?? 10_000, queuedUpdates: options.maxQueuedUpdates ?? 100_000 };
  const writes = new Writes(ports, { ...base, ingestion, projection }, { deadlineMs: options.deadlineMs ?? 30_000, limits });
  const queued = new QueuedWrites({ id: ports.id, queue: waiting, outbox });
  const reads = new Reads(ports, { cache, ingestion });
  const watch = new Watch(errors, { outbox });
  const health = new Health(ports, { cache, ingestion, peers, errors, signals });
  const handlers: Handlers = {
    id: ports.id,
    sessions,
    writes,
    queued,
    reads,
    contents: new ContentReads(ports, { cache, reads, contents }),
    initialSync,
    offers: new ContentOffers({ sync, projection, texts }),
    onHello: (peer, known, sent) => peers.said(peer.id, known, cache.views(), sent),
    onUnsettled: (wallet, intent) => watch.unsettled(wallet, intent),
  };
  const background = { ingestion, recovery, verification, projection, audit, sync, initialSync };
  return { ports, parts: { ...base, ...background, breakers, contents, handlers, health, watch, propagation } };
}

const ledgerWrites: ReadonlySet<string> = new Set(['submit']);
const contentWrites: ReadonlySet<string> = new Set([
  'ensureCollections',
  'putPending',
  'putRecorded',
  'markRecorded',
  'discardPending',
  'putThread',
]);

function breakersOf(clock: Clock, options: BackendOptions, monitor: Monitor): readonly CircuitBreaker[] {
  const settings = options.breaker === undefined ? defaultBreaker : options.breaker;
  if (settings === null) return [];
  return (['solana', 'qdrant'] as const).map(
    (authority) => new CircuitBreaker(authority, clock, settings, (state) => monitor.tell({ kind: 'breaker', authority, state })),
  );
}

function guardedBy(breakers: readonly CircuitBreaker[], ports: BackendPorts): BackendPorts {
  const [solana, qdrant] = breakers;
  if (solana === undefined || qdrant === undefined) return ports;
  const ledger = guarded(ports.ledger, solana, ledgerWrites);
  return { ...ports, ledger, contentStore: guarded(ports.contentStore, qdrant, contentWrites) };
}
