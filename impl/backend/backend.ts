/**
 * One service instance: opens its store, answers its clients, and works in rounds. Everything it promises is in its store before it
 * is said; dropping the object and opening another on what the store kept is all that recovery takes.
 *
 * It says what is done when; the rules are in the parts, which `assemble.ts` puts together.
 *
 *   writing/    a write from its first request to its end, and those that wait        reconcile/  what differs is found, mended, told
 *   contents/   texts in memory, and from whoever holds them                          monitor/    errors, health, metrics
 *   beside them the road of a ledger event: ingestion -> cache -> publisher, projection; and sessions, reads, requests
 */
import type { BreakerState } from '../core/breaker.ts';
import type { ThreadView } from '../core/protocol.ts';
import type { ChannelServer, Peer } from '../ports/channel.ts';
import type { BackendId, ThreadId, WalletId } from '../ports/ids.ts';
import type { Authority, Failure, Reply } from '../ports/outcome.ts';
import { assemble, type BackendPorts, type Parts } from './assemble.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { ContentCacheFigures } from './contents/content-cache.ts';
import type { HealthReport } from './monitor/health.ts';
import type { RoundStep } from './monitor/watch.ts';
import type { Conflicts } from './reconcile/conflicts.ts';
import type { InitialSyncReport } from './reconcile/initial-sync.ts';
import type { RecoveryReport } from './reconcile/recovery.ts';
import type { SyncReport } from './reconcile/sync.ts';
import { answerFrame } from './requests.ts';
import type { Session } from './sessions.ts';
import type { OutboxSizes } from './writing/outbox.ts';

export type { BackendOptions, BackendPorts } from './assemble.ts';

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
  /** Writes that wait for an authority to be back, and for whom. */
  readonly queuedWrites: number;
  readonly queuedFor: readonly WalletId[];
  /** Tasks not yet brought to the content store. */
  readonly projectionQueue: number;
  readonly checkpoint: Checkpoint;
  readonly peers: number;
  /** Threads whose events have a gap that could not be filled yet. */
  readonly behind: number;
  /** Consistency errors that are not over. */
  readonly openErrors: number;
  /** Texts kept in memory. */
  readonly cache: ContentCacheFigures;
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
    const { ports, parts } = await assemble(given);
    const backend = new Backend(ports, parts);
    await backend.#ensureCollections();
    return backend;
  }

  onConnect(peer: Peer): void {
    this.#parts.publisher.add(peer);
  }

  onDisconnect(peer: Peer): void {
    this.#parts.publisher.remove(peer);
  }

  onRequest(peer: Peer, frame: string): Promise<string> {
    return answerFrame(this.#parts.handlers, peer, frame);
  }

  /**
   * One round of background work: recover if that is still to be done, settle what is in flight, ingest, update Qdrant. Remote failures
   * are reported, not thrown; with the ledger unreachable Qdrant is left alone, because what is discarded there depends on it. Each
   * failure is a consistency error, which is over when the same step next succeeds.
   */
  async round(): Promise<RoundReport> {
    const { ingestion, recovery, projection, handlers, watch } = this.#parts;
    const failures: Failure[] = [];
    const ended = (step: RoundStep, reply: Reply<unknown>): void => {
      watch.ended(step, reply);
      if (!reply.ok) failures.push(reply.failure);
    };
    const recovered = await recovery.run();
    ended('recover', recovered);
    const settled = recovered.ok ? await handlers.writes.settleOpen() : recovered;
    if (recovered.ok) ended('settle', settled);
    const ingested = settled.ok ? await ingestion.catchUp() : settled;
    if (settled.ok) ended('ingest', ingested);
    if (ingested.ok) {
      const repaired = await ingestion.repair();
      ended('repair', repaired);
      const unready = await this.#ensureCollections();
      const projected = unready === null ? await projection.run() : { ok: false as const, failure: unready };
      ended('project', projected);
      // Only with both authorities reached just now: a pass that cannot be worked off is better made later.
      if (repaired.ok && projected.ok && this.#isSyncDue()) {
        const synced = await this.sync();
        if (!synced.ok) failures.push(synced.failure);
      }
    }
    watch.lookAtWrites();
    handlers.writes.tellQueues();
    await handlers.sessions.prune();
    return { failures };
  }

  /**
   * Reads again what the ledger told lately, compares what changed of the cache with the ledger's accounts and what may differ in the
   * content store with the cache, mends what differs as far as it can be, and looks again. The first failure is answered instead of
   * the report; a pass that failed is due again in the next round. What it queued stays queued.
   */
  async sync(): Promise<Reply<SyncReport>> {
    const ended = await this.#pass();
    this.#parts.watch.ended('sync', ended);
    return ended;
  }

  async #pass(): Promise<Reply<SyncReport>> {
    const { audit, verification, sync, projection, errors, propagation } = this.#parts;
    const audited = await audit.run();
    if (!audited.ok) return audited;
    // An event that named no thread may have been anybody's; the stream has now been read again.
    errors.recovered({ code: 'EventInvalid', thread: null });
    const verified = await verification.run();
    if (!verified.ok) return verified;
    const report = await sync.run();
    if (!report.ok) return report;
    propagation.passed(sync.quarantinedThreads);
    this.#syncedAtMs = this.#ports.clock.nowMs();
    const mended = await projection.run();
    if (!mended.ok) return mended;
    const settled = report.value.diverged > 0 ? await sync.verify() : mended;
    propagation.passed(sync.quarantinedThreads);
    return settled.ok ? report : settled;
  }

  /** The specification's verify_system_health; asks a bounded number of questions, changes nothing, and never rejects. */
  health(): Promise<HealthReport> {
    return this.#parts.health.verifySystemHealth();
  }

  /** As of the last check; null: there was none. */
  get lastHealth(): HealthReport | null {
    return this.#parts.health.last;
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
    const { breakers, cache, contents, outbox, queue, waiting, conflicts, ingestion, recovery } = this.#parts;
    const { projection, publisher, audit, sync, handlers, errors } = this.#parts;
    return {
      id: this.id,
      views: cache.views(),
      sessions: handlers.sessions.valid(),
      outbox: outbox.sizes(),
      queuedWrites: waiting.size,
      queuedFor: waiting.wallets(),
      projectionQueue: queue.size,
      cache: contents.figures(),
      checkpoint: ingestion.checkpoint,
      peers: publisher.connected,
      behind: ingestion.behind,
      openErrors: errors.status.open.length,
      counters: {
        gaps: ingestion.gaps,
        passedOver: audit.passedOver,
        hashMismatches: handlers.reads.mismatches + handlers.contents.mismatches,
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
