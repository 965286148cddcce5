/**
 * One service instance: opens its store, answers its clients, and works in rounds. Everything it promises is in its store before it
 * is said; dropping the object and opening another on what the store kept is all that recovery takes.
 *
 * It assembles; the rules are in the parts: sessions, writes, reads, ingestion, projection, publisher.
 */
import { type BreakerOptions, type BreakerState, CircuitBreaker, defaultBreaker } from '../core/breaker.ts';
import { guarded } from '../core/guarded.ts';
import type { ThreadView } from '../core/protocol.ts';
import type { ChannelServer, Peer } from '../ports/channel.ts';
import type { Clock } from '../ports/clock.ts';
import type { ContentStore } from '../ports/content-store.ts';
import type { Embedder } from '../ports/embedder.ts';
import type { BackendId, ThreadId } from '../ports/ids.ts';
import type { Ledger } from '../ports/ledger.ts';
import { type Monitor, silent } from '../ports/monitor.ts';
import type { Authority, Failure, Reply } from '../ports/outcome.ts';
import type { Random } from '../ports/random.ts';
import type { Store } from '../ports/store.ts';
import { Audit } from './audit.ts';
import { ThreadCache } from './cache.ts';
import type { Checkpoint } from './checkpoint.ts';
import { Conflicts } from './conflicts.ts';
import type { ErrorSink } from './error-sink.ts';
import { Ingestion } from './ingestion.ts';
import { InitialSync, type InitialSyncReport } from './initial-sync.ts';
import { Outbox, type OutboxSizes } from './outbox.ts';
import { Projection } from './projection.ts';
import { ProjectionQueue } from './projection-queue.ts';
import { Publisher } from './publisher.ts';
import { Reads } from './reads.ts';
import { Recovery, type RecoveryReport } from './recovery.ts';
import { answerFrame, type Handlers } from './requests.ts';
import { type Session, Sessions } from './sessions.ts';
import { Sync, type SyncReport } from './sync.ts';
import { claimStore } from './tables.ts';
import { Verification } from './verification.ts';
import { Writes } from './writes.ts';

export interface BackendOptions {
  /** How long a write waits for its confirmation before it is answered `unsettled`; 30,000 by default. */
  readonly deadlineMs?: number;
  /** Ended writes kept for retries and questions; 10,000 by default. */
  readonly outboxRetention?: number;
  /** Transactions read from the event stream at a time, 1 to 1,000; 500 by default. */
  readonly eventPage?: number;
  /** Writes that may be open at a time, of all wallets together; more are refused `QueueFull`. 10,000 by default. */
  readonly maxOpenWrites?: number;
  /** Updates that may wait for Qdrant before further writes are refused `QueueFull`; 100,000 by default. */
  readonly maxQueuedUpdates?: number;
  /** How often a round compares everything in the content store with the cache, milliseconds, from 0; 60,000 by default. */
  readonly syncEveryMs?: number;
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
  readonly options?: BackendOptions;
}

/** What went wrong in a round, in order; empty when everything was reached. */
export interface RoundReport {
  readonly failures: readonly Failure[];
}

/** Read-only, for health checks and for whoever compares states. */
export interface BackendInspection {
  readonly id: BackendId;
  readonly views: readonly ThreadView[];
  readonly sessions: readonly Session[];
  readonly outbox: OutboxSizes;
  /** Tasks not yet brought to the content store. */
  readonly projectionQueue: number;
  readonly checkpoint: Checkpoint;
  readonly peers: number;
  /** Threads whose events have a gap that could not be filled yet. */
  readonly behind: number;
  readonly counters: {
    readonly gaps: number;
    /** Threads whose newest events the stream had left out, found by reading it again. */
    readonly passedOver: number;
    readonly hashMismatches: number;
    readonly missingContents: number;
    /** Recorded or an open spec's on the ledger, missing or altered in Qdrant, and not held here, as of the last whole pass. */
    readonly quarantined: number;
    /** Events that no ledger could have told; nothing was made of them. */
    readonly rejectedEvents: number;
    readonly conflicts: Conflicts['counts'];
  };
  /** Of each remote authority; empty where none is used. */
  readonly breakers: readonly { readonly authority: Authority; readonly state: BreakerState }[];
  /** null until recovery has gone through since opening. */
  readonly recovery: RecoveryReport | null;
}

interface Parts {
  readonly breakers: readonly CircuitBreaker[];
  readonly cache: ThreadCache;
  readonly outbox: Outbox;
  readonly queue: ProjectionQueue;
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
}

export class Backend implements ChannelServer {
  readonly id: BackendId;
  readonly #ports: BackendPorts;
  readonly #parts: Parts;
  #collectionsReady: boolean;
  #closed = false;
  #syncedAtMs: number;

  private constructor(ports: BackendPorts, parts: Parts) {
    this.id = ports.id;
    this.#ports = ports;
    this.#parts = parts;
    this.#collectionsReady = ports.options?.ensureCollections === false;
    this.#syncedAtMs = ports.clock.nowMs();
  }

  /** Loads everything durable. Rejects with `StoreCorrupt` when the store is another backend's, or of another format. */
  static async open(given: BackendPorts): Promise<Backend> {
    const breakers = breakersOf(given);
    const ports = guardedBy(breakers, given);
    const { store, options = {} } = ports;
    await claimStore(store, ports.id);
    const { monitor = silent } = ports;
    const cache = await ThreadCache.load(store);
    const outbox = await Outbox.load(store, options.outboxRetention ?? 10_000);
    const queue = await ProjectionQueue.load(store);
    const sessions = await Sessions.load(ports);
    const publisher = new Publisher();
    const conflicts = new Conflicts(ports.clock, monitor);
    const errors: ErrorSink = { raise: () => undefined, recovered: () => undefined };
    const told = { conflicts, errors, monitor };
    const parts = { cache, outbox, queue, publisher, ...told };
    const ingestion = await Ingestion.load(ports, parts, options.eventPage ?? 500);
    const verification = new Verification(ports, { cache, ingestion, conflicts, errors });
    const recovery = new Recovery({ ingestion, verification, errors, monitor }, cache.damaged.size);
    const audit = await Audit.load({ store, cache, ingestion });
    const projection = new Projection(ports, parts);
    const sync = await Sync.load(ports, { cache, queue, projection, ...told });
    const initialSync = new InitialSync({ cache, verification, sync });
    const deadlineMs = options.deadlineMs ?? 30_000;
    const limits = { openWrites: options.maxOpenWrites ?? 10_000, queuedUpdates: options.maxQueuedUpdates ?? 100_000 };
    const writes = new Writes(ports, { cache, outbox, queue, ingestion, projection, monitor }, { deadlineMs, limits });
    const reads = new Reads(ports, { cache, ingestion });
    const handlers = { id: ports.id, sessions, writes, reads };
    const backend = new Backend(ports, {
      ...parts,
      breakers,
      ingestion,
      recovery,
      verification,
      projection,
      audit,
      sync,
      initialSync,
      handlers,
    });
    await backend.#ensureCollections();
    return backend;
  }

  onConnect(peer: Peer): void {
    this.#parts.publisher.add(peer);
  }

  onDisconnect(peer: Peer): void {
    this.#parts.publisher.remove(peer);
  }

  onRequest(_peer: Peer, frame: string): Promise<string> {
    return answerFrame(this.#parts.handlers, frame);
  }

  /**
   * One round of background work: settle what is in flight, ingest, update Qdrant. Remote failures are reported, not thrown; with the
   * ledger unreachable Qdrant is left alone, because what is discarded there depends on it.
   */
  async round(): Promise<RoundReport> {
    const { ingestion, recovery, projection, handlers } = this.#parts;
    const failures: Failure[] = [];
    const recovered = await recovery.run();
    const settled = recovered.ok ? await handlers.writes.settleOpen() : recovered;
    if (!settled.ok) failures.push(settled.failure);
    const ingested = settled.ok ? await ingestion.catchUp() : settled;
    if (settled.ok && !ingested.ok) failures.push(ingested.failure);
    if (ingested.ok) {
      const repaired = await ingestion.repair();
      if (!repaired.ok) failures.push(repaired.failure);
      const unready = await this.#ensureCollections();
      const projected = unready === null ? await projection.run() : { ok: false as const, failure: unready };
      if (!projected.ok) failures.push(projected.failure);
      // Only with both authorities reached just now: a pass that cannot be worked off is better made later.
      if (repaired.ok && projected.ok && this.#isSyncDue()) {
        const synced = await this.sync();
        if (!synced.ok) failures.push(synced.failure);
      }
    }
    await handlers.sessions.prune();
    return { failures };
  }

  /**
   * Reads again what the ledger told lately, compares what changed of the cache with the ledger's accounts and what may differ in the
   * content store with the cache, mends what differs as far as it can be, and looks again. The first failure is answered instead of
   * the report; a pass that failed is due again in the next round. What it queued stays queued.
   */
  async sync(): Promise<Reply<SyncReport>> {
    const { audit, verification, sync, projection } = this.#parts;
    const audited = await audit.run();
    if (!audited.ok) return audited;
    const verified = await verification.run();
    if (!verified.ok) return verified;
    const report = await sync.run();
    if (!report.ok) return report;
    this.#syncedAtMs = this.#ports.clock.nowMs();
    const mended = await projection.run();
    if (!mended.ok) return mended;
    const settled = report.value.diverged > 0 ? await sync.verify() : mended;
    return settled.ok ? report : settled;
  }

  /** The specification's initial_sync of one thread, whatever this backend and Qdrant hold of it so far. See `initial-sync.ts`. */
  initialSync(thread: ThreadId): Promise<Reply<InitialSyncReport>> {
    return this.#parts.initialSync.run(thread);
  }

  #isSyncDue(): boolean {
    return this.#ports.clock.nowMs() - this.#syncedAtMs >= (this.#ports.options?.syncEveryMs ?? 60_000);
  }

  /**
   * Rounds for ever, `intervalMs` apart, until `signal` is aborted. For production; a harness calls `round` itself.
   * Rejects with the StoreError when the store fails: without it nothing can be promised any more.
   */
  async run(intervalMs: number, signal: AbortSignal): Promise<void> {
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    while (!signal.aborted && !this.#closed) {
      await this.round();
      await Promise.race([this.#ports.clock.sleep(intervalMs), aborted]);
    }
  }

  /** Disconnects every client and closes the store, synced. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#parts.publisher.closeAll('BackendClosed');
    await this.#ports.store.close();
  }

  inspect(): BackendInspection {
    const { breakers, cache, outbox, queue, conflicts, ingestion, recovery } = this.#parts;
    const { projection, publisher, audit, sync, handlers } = this.#parts;
    return {
      id: this.id,
      views: cache.views(),
      sessions: handlers.sessions.valid(),
      outbox: outbox.sizes(),
      projectionQueue: queue.size,
      checkpoint: ingestion.checkpoint,
      peers: publisher.connected,
      behind: ingestion.behind,
      counters: {
        gaps: ingestion.gaps,
        passedOver: audit.passedOver,
        hashMismatches: handlers.reads.mismatches,
        missingContents: projection.missing,
        quarantined: sync.quarantined.length,
        rejectedEvents: ingestion.rejected,
        conflicts: conflicts.counts,
      },
      breakers: breakers.map(({ authority, state }) => ({ authority, state })),
      recovery: recovery.report,
    };
  }

  async #ensureCollections(): Promise<Failure | null> {
    if (this.#collectionsReady) return null;
    const ensured = await this.#ports.contentStore.ensureCollections();
    this.#collectionsReady = ensured.kind === 'applied';
    return ensured.kind === 'applied' ? null : ensured.failure;
  }
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

function breakersOf({ clock, options = {}, monitor = silent }: BackendPorts): readonly CircuitBreaker[] {
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
