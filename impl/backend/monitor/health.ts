/**
 * The specification's verify_system_health: four checks, each of which answers evidence and how old it is, and what the rules
 * (`health-rules.ts`) make of all of it together with open errors, breakers and queues.
 *
 *   check_solana_state      one question: the block height; and where ingestion stands
 *   verify_qdrant_indices   one question: what is wrong with collections and indexes
 *   validate_cache_state    at most `sample` questions: some cached threads, the next ones each time, held against the ledger
 *   confirm_frontend_sync   no question: what connected clients said and were sent
 *
 * Never rejects: what cannot be asked is evidence, too. Changes nothing but what it remembers of its own looks. It shows what it
 * looked at: a cached thread that differs is found when its turn comes, after (threads / sample) checks at the latest.
 */
import { hashChainOf } from '../../core/hash-chain.ts';
import { type Comparison, compareWithLedger } from '../../core/ledger-comparison.ts';
import type { ThreadView } from '../../core/protocol.ts';
import { isTransient } from '../../core/retry.ts';
import { SingleFlight } from '../../core/single-flight.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ContentStore, IndexProblem } from '../../ports/content-store.ts';
import type { ThreadId } from '../../ports/ids.ts';
import type { EventPosition, Ledger } from '../../ports/ledger.ts';
import type { BreakerState } from '../../ports/monitor.ts';
import { type Authority, type Failure, failed, type Reply } from '../../ports/outcome.ts';
import type { ThreadCache } from '../cache.ts';
import type { Ingestion } from '../ingestion.ts';
import type { ErrorHandler, ErrorStatus } from './error-handler.ts';
import { breakerNumber, type Judgement, judgeHealth, type Measures } from './health-rules.ts';
import type { PeerEvidence, PeerViews } from './peer-views.ts';
import type { Signals } from './signals.ts';

/** Milliseconds since what it says was seen to be so; null: it never was. */
interface Evidence {
  readonly ageMs: number | null;
}

export interface SolanaEvidence extends Evidence {
  /** Why the node did not answer now; null: it did. */
  readonly failure: Failure | null;
  /** At `confirmed`, as last told; null: never. */
  readonly height: number | null;
  /** Since the height was seen to move, or was seen at all. */
  readonly unmovedMs: number;
  readonly checkpoint: { readonly position: EventPosition | null; readonly ageMs: number | null };
  /** Threads with a gap in their events. */
  readonly behind: number;
}

export interface QdrantEvidence extends Evidence {
  readonly failure: Failure | null;
  /** As last told. */
  readonly problems: readonly IndexProblem[];
}

/** One cached thread held against the ledger, or not. */
export interface ThreadEvidence {
  readonly thread: ThreadId;
  /** Version cached. */
  readonly version: number;
  readonly found: Comparison | { readonly kind: 'unread'; readonly failure: Failure };
}

export interface CacheEvidence extends Evidence {
  /** Threads cached. */
  readonly cached: number;
  /** Those looked at now. */
  readonly sample: readonly ThreadEvidence[];
  /** Those found to differ, now or before, that were not found to agree since. */
  readonly differing: readonly (ThreadEvidence & Evidence)[];
}

export interface FrontendEvidence extends Evidence {
  readonly connected: number;
  readonly lagging: number;
  /** How long the longest of them has lagged. */
  readonly lagMs: number;
  /** Those that lag longest first, as many as an answer takes. */
  readonly peers: readonly PeerEvidence[];
}

export interface HealthReport extends Judgement {
  readonly atMs: number;
  readonly evidence: {
    readonly solana: SolanaEvidence;
    readonly qdrant: QdrantEvidence;
    readonly cache: CacheEvidence;
    readonly frontend: FrontendEvidence;
  };
  readonly errors: ErrorStatus;
  readonly breakers: ReadonlyMap<Authority, BreakerState>;
  /** What the rules were asked with. */
  readonly measures: Measures;
}

export interface HealthPorts {
  readonly ledger: Pick<Ledger, 'blockHeight' | 'thread'>;
  readonly contentStore: Pick<ContentStore, 'verifyIndexes'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

export interface HealthParts {
  readonly cache: Pick<ThreadCache, 'views' | 'get'>;
  readonly ingestion: Pick<Ingestion, 'checkpoint' | 'behind'>;
  readonly peers: PeerViews;
  readonly errors: ErrorHandler;
  /** What it has to know from events. */
  readonly signals: Signals;
}

/** Clients told of one by one. */
const MAX_PEERS_TOLD = 100;
/** Differing threads remembered; with more, the last ones found are looked at again when their turn comes. */
const MAX_DIFFERING = 256;

export class Health {
  readonly #ports: HealthPorts;
  readonly #parts: HealthParts;
  readonly #sample: number;
  readonly #flight = new SingleFlight(() => this.#verify());
  readonly #sinceMs: number;
  #height: { readonly value: number; readonly movedMs: number; readonly seenMs: number } | null = null;
  #indexes: { readonly problems: readonly IndexProblem[]; readonly seenMs: number } | null = null;
  #validatedMs: number | null = null;
  readonly #differing = new Map<ThreadId, ThreadEvidence & { readonly seenMs: number }>();
  /** Where the rotation goes on. */
  #turn = 0;
  #last: HealthReport | null = null;

  /** @param sample cached threads held against the ledger in one check at most, at least 1 */
  constructor(ports: HealthPorts, parts: HealthParts, sample = 8) {
    this.#ports = ports;
    this.#parts = parts;
    this.#sample = sample;
    this.#sinceMs = ports.clock.nowMs();
  }

  /** As of the last check that ended; null: none did. */
  get last(): HealthReport | null {
    return this.#last;
  }

  /** One check; whoever asks while one runs shares the next. */
  verifySystemHealth(): Promise<HealthReport> {
    return this.#flight.run();
  }

  async #verify(): Promise<HealthReport> {
    const [solana, qdrant, cache] = await Promise.all([
      this.#checkSolanaState(),
      this.#verifyQdrantIndices(),
      this.#validateCacheState(),
    ]);
    const evidence = { solana, qdrant, cache, frontend: this.#confirmFrontendSync() };
    const errors = this.#parts.errors.status;
    const { breakers } = this.#parts.signals;
    const measures = this.#measures(evidence, errors);
    const atMs = this.#ports.clock.nowMs();
    const report = { atMs, ...judgeHealth(measures), evidence, errors, breakers: new Map(breakers), measures };
    this.#last = report;
    return report;
  }

  async #checkSolanaState(): Promise<SolanaEvidence> {
    const { ledger, clock } = this.#ports;
    const reply = await answered('solana', () => ledger.blockHeight());
    const nowMs = clock.nowMs();
    if (reply.ok) {
      const { value } = reply.value;
      const moved = this.#height === null || value > this.#height.value;
      const movedMs = moved ? nowMs : (this.#height?.movedMs ?? nowMs);
      this.#height = { value: Math.max(value, this.#height?.value ?? 0), movedMs, seenMs: nowMs };
    }
    const { position, atMs } = this.#parts.ingestion.checkpoint;
    return {
      failure: reply.ok ? null : reply.failure,
      height: this.#height?.value ?? null,
      unmovedMs: nowMs - (this.#height?.movedMs ?? this.#sinceMs),
      checkpoint: { position, ageMs: atMs === null ? null : Math.max(0, nowMs - atMs) },
      behind: this.#parts.ingestion.behind,
      ageMs: this.#height === null ? null : nowMs - this.#height.seenMs,
    };
  }

  async #verifyQdrantIndices(): Promise<QdrantEvidence> {
    const { contentStore, clock } = this.#ports;
    const reply = await answered('qdrant', () => contentStore.verifyIndexes());
    const nowMs = clock.nowMs();
    if (reply.ok) this.#indexes = { problems: reply.value, seenMs: nowMs };
    return {
      failure: reply.ok ? null : reply.failure,
      problems: this.#indexes?.problems ?? [],
      ageMs: this.#indexes === null ? null : nowMs - this.#indexes.seenMs,
    };
  }

  async #validateCacheState(): Promise<CacheEvidence> {
    const { clock } = this.#ports;
    const views = this.#parts.cache.views();
    const sample: ThreadEvidence[] = [];
    for (const view of this.#nextOf(views)) {
      const evidence = await this.#validate(view);
      sample.push(evidence);
      const { found } = evidence;
      // Whoever is away is away for the others, too.
      if (found.kind === 'unread' && isTransient(found.failure)) break;
    }
    const nowMs = clock.nowMs();
    if (views.length === 0) this.#validatedMs = nowMs;
    return {
      cached: views.length,
      sample,
      differing: [...this.#differing.values()].map(({ seenMs, ...each }) => ({ ...each, ageMs: nowMs - seenMs })),
      ageMs: this.#validatedMs === null ? null : nowMs - this.#validatedMs,
    };
  }

  /** Those found to differ, as half of the sample at most; then whoever's turn it is. */
  #nextOf(views: readonly ThreadView[]): readonly ThreadView[] {
    const again = [...this.#differing.keys()].slice(0, Math.floor(this.#sample / 2));
    const chosen = new Map(views.filter(({ thread }) => again.includes(thread)).map((view) => [view.thread, view]));
    for (let looked = 0; looked < views.length && chosen.size < this.#sample; looked += 1) {
      const view = views[this.#turn % views.length];
      this.#turn = (this.#turn + 1) % views.length;
      if (view !== undefined) chosen.set(view.thread, view);
    }
    return [...chosen.values()];
  }

  async #validate({ thread, ...listed }: ThreadView): Promise<ThreadEvidence> {
    const { ledger, clock } = this.#ports;
    // As cached when the ledger is asked: what was ingested while it answers is no sign of anything.
    const cached = this.#parts.cache.get(thread);
    const view = cached?.view ?? { thread, ...listed };
    const { version } = view;
    const slot = cached?.at.slot ?? 0;
    const chain = cached?.chain ?? hashChainOf(view.messages);
    const read = await answered('solana', () => ledger.thread(thread, { commitment: 'confirmed' }));
    const found = read.ok
      ? compareWithLedger({ view, chain }, slot, read.value)
      : { kind: 'unread' as const, failure: read.failure };
    const evidence: ThreadEvidence = { thread, version, found };
    if (found.kind === 'unread' || found.kind === 'nodeBehind') return evidence;
    this.#validatedMs = clock.nowMs();
    this.#differing.delete(thread);
    if (found.kind === 'differs' && this.#differing.size < MAX_DIFFERING)
      this.#differing.set(thread, { ...evidence, seenMs: this.#validatedMs });
    return evidence;
  }

  #confirmFrontendSync(): FrontendEvidence {
    const peers = this.#parts.peers.evidence();
    const said = peers.flatMap(({ saidMsAgo }) => (saidMsAgo === null ? [] : [saidMsAgo]));
    const worstFirst = peers.toSorted((a, b) => b.lagMs - a.lagMs);
    return {
      connected: peers.length,
      lagging: peers.filter(({ lagging }) => lagging > 0).length,
      lagMs: worstFirst[0]?.lagMs ?? 0,
      peers: worstFirst.slice(0, MAX_PEERS_TOLD),
      // Of nobody everything is known; of somebody who never said anything, nothing.
      ageMs: said.length < peers.length ? null : Math.max(0, ...said),
    };
  }

  #measures({ solana, qdrant, cache, frontend }: HealthReport['evidence'], { open, turnedAway }: ErrorStatus): Measures {
    const { breakers, queues } = this.#parts.signals;
    const nowMs = this.#ports.clock.nowMs();
    const measures: Record<string, number> = {
      nodeUnreachable: solana.failure === null ? 0 : 1,
      heightUnmovedMs: solana.unmovedMs,
      checkpointAgeMs: solana.checkpoint.ageMs ?? nowMs - this.#sinceMs,
      threadsBehind: solana.behind,
      storeUnreachable: qdrant.failure === null ? 0 : 1,
      indexProblems: qdrant.problems.length,
      cacheDifferences: cache.differing.length,
      cacheUnreadMs: cache.ageMs ?? nowMs - this.#sinceMs,
      errorsTurnedAway: turnedAway,
      queueFill: Math.max(0, ...[...queues.values()].map(({ size, limit }) => (limit > 0 ? size / limit : 0))),
      peersLagging: frontend.connected === 0 ? 0 : frontend.lagging / frontend.connected,
      peerLagMs: frontend.lagMs,
    };
    for (const { error, sinceMs } of open) {
      const { authority } = error;
      measures[`${authority}Errors`] = (measures[`${authority}Errors`] ?? 0) + 1;
      measures[`${authority}ErrorMs`] = Math.max(measures[`${authority}ErrorMs`] ?? 0, nowMs - sinceMs);
    }
    for (const [authority, state] of breakers) measures[`${authority}Breaker`] = breakerNumber[state];
    return measures as Measures;
  }
}

/** The call's answer; what it threw instead is a failure like any other here, though it is a bug of whoever threw it. */
async function answered<T>(authority: Authority, call: () => Promise<Reply<T>>): Promise<Reply<T>> {
  try {
    return await call();
  } catch (error) {
    return failed({ kind: 'invalid', authority, code: 'HealthCheckThrew', detail: String(error) });
  }
}
