/**
 * The specification's consistency_health, measured: sync_delay, conflict_rate, resolution_time, state_drift; with what is counted of
 * errors. Made of what backends tell their monitor and of one clock, never of what an event says that something took: so figures of
 * several backends, whose own clocks may be apart, can be added. `docs/metrics.md` has the definitions for people.
 *
 *   cached ------------------> propagated    sync_delay
 *   conflict -----------------> resolved     resolution_time, by kind
 *   conflict, compared                       conflict_rate
 *   drift                                    state_drift
 *
 * What is told twice counts once. What was begun before this was made, or beyond its bounds, is not measured; it is counted there.
 */
import { type Conflict, type ConflictKind, keyOfConflict } from '../../core/conflict.ts';
import type { ConsistencyErrorKind } from '../../core/consistency-error.ts';
import { addCounts, addHistograms, Counts, Durations, type Histogram, noDurations } from '../../core/histogram.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ThreadId } from '../../ports/ids.ts';
import type { BreakerState, Monitor, MonitorEvent } from '../../ports/monitor.ts';
import type { Authority } from '../../ports/outcome.ts';
import { Signals } from './signals.ts';

export type ErrorName = `${ConsistencyErrorKind}/${Authority}`;
type ByConflict<T> = Readonly<Partial<Record<ConflictKind, T>>>;
type ByError = Readonly<Partial<Record<ErrorName, number>>>;

/** Plain numbers, and of one shape: figures of several backends, or of several runs, are added field by field. */
export interface MetricFigures {
  /**
   * Milliseconds from a version of a thread being durable in the cache to Qdrant being known to hold it: one for each version. Starts
   * with `cached`, stops with `propagated` of that version or a later one. 0: within one instant of the clock. Versions that never
   * reached Qdrant are not in it; `waiting` are those that have not yet.
   */
  readonly syncDelay: Histogram;
  /** Versions cached and not yet propagated. */
  readonly waiting: number;
  /** Conflicts met, by kind: each once until it is settled. */
  readonly conflicts: ByConflict<number>;
  /** Threads compared with what is expected of them, each time: what the conflicts are held against. */
  readonly compared: number;
  /** Of those, threads that differed. */
  readonly diverged: number;
  /** Milliseconds from a conflict being met to it being gone, by kind. 0: within one instant. What was quarantined is in it once it is gone after all. */
  readonly resolutionTime: ByConflict<Histogram>;
  /** Conflicts that could not be mended where they were met, by kind: each time. Met again after that, they count again. */
  readonly quarantined: ByConflict<number>;
  /** Conflicts met and neither gone nor quarantined yet. */
  readonly unresolved: number;
  /** Threads whose copy in Qdrant is known, or not yet known not, to differ from the cache: how many now, and for how long how many. */
  readonly drift: {
    /** As last told; 0 until then. */
    readonly threads: number;
    /** Milliseconds by number of threads, from when it was first told until now. */
    readonly msByThreads: Readonly<Record<string, number>>;
  };
  /** Errors met, each time, and those that were over. */
  readonly errors: ByError;
  readonly recovered: ByError;
  /** Versions and conflicts that were not timed because as many as are kept were open. */
  readonly unmeasured: number;
}

export const noMetrics: MetricFigures = {
  syncDelay: noDurations,
  waiting: 0,
  conflicts: {},
  compared: 0,
  diverged: 0,
  resolutionTime: {},
  quarantined: {},
  unresolved: 0,
  drift: { threads: 0, msByThreads: {} },
  errors: {},
  recovered: {},
  unmeasured: 0,
};

/** Figures of two backends, or two runs, as one. */
export function addMetrics(a: MetricFigures, b: MetricFigures): MetricFigures {
  const resolutionTime: Partial<Record<ConflictKind, Histogram>> = { ...a.resolutionTime };
  for (const [kind, times] of Object.entries(b.resolutionTime) as [ConflictKind, Histogram][])
    resolutionTime[kind] = addHistograms(resolutionTime[kind] ?? noDurations, times);
  return {
    syncDelay: addHistograms(a.syncDelay, b.syncDelay),
    waiting: a.waiting + b.waiting,
    conflicts: addCounts(a.conflicts, b.conflicts),
    compared: a.compared + b.compared,
    diverged: a.diverged + b.diverged,
    resolutionTime,
    quarantined: addCounts(a.quarantined, b.quarantined),
    unresolved: a.unresolved + b.unresolved,
    drift: {
      threads: a.drift.threads + b.drift.threads,
      msByThreads: addCounts(a.drift.msByThreads, b.drift.msByThreads),
    },
    errors: addCounts(a.errors, b.errors),
    recovered: addCounts(a.recovered, b.recovered),
    unmeasured: a.unmeasured + b.unmeasured,
  };
}

/** The specification's conflict_rate: conflicts met for each thread compared. 0: none met; null: nothing was compared. */
export function conflictRate({ conflicts, compared }: Pick<MetricFigures, 'conflicts' | 'compared'>): number | null {
  if (compared === 0) return null;
  return Object.values(conflicts).reduce((sum, count) => sum + count, 0) / compared;
}

/** What is so now, and cannot be added up. Only what has been told of. */
export interface Gauges {
  readonly breakers: ReadonlyMap<Authority, BreakerState>;
  readonly queues: ReadonlyMap<string, { readonly size: number; readonly limit: number }>;
}

export interface MetricLimits {
  /** Versions waiting to be propagated that are timed; 100,000 by default. */
  readonly versions?: number;
  /** Conflicts that are timed; 10,000 by default. */
  readonly conflicts?: number;
}

interface OpenConflict {
  readonly sinceMs: number;
  isQuarantined: boolean;
}

export class Metrics implements Monitor {
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #limits: Required<MetricLimits>;
  /** When each version that Qdrant is not known to hold was cached. */
  readonly #waiting = new Map<ThreadId, Map<number, number>>();
  #waitingCount = 0;
  readonly #open = new Map<string, OpenConflict>();
  readonly #signals = new Signals();
  readonly #syncDelay = new Durations();
  readonly #conflicts = new Counts<ConflictKind>();
  readonly #quarantines = new Counts<ConflictKind>();
  readonly #resolutionTime = new Map<ConflictKind, Durations>();
  readonly #errors = new Counts<ErrorName>();
  readonly #recovered = new Counts<ErrorName>();
  readonly #msByThreads = new Counts<string>();
  #compared = 0;
  #diverged = 0;
  #unmeasured = 0;
  /** As last told, and when; null: never. */
  #drift: { readonly threads: number; readonly sinceMs: number } | null = null;

  constructor(clock: Pick<Clock, 'nowMs'>, { versions = 100_000, conflicts = 10_000 }: MetricLimits = {}) {
    this.#clock = clock;
    this.#limits = { versions, conflicts };
  }

  tell(event: MonitorEvent): void {
    switch (event.kind) {
      case 'error':
        this.#errors.add(`${event.error.kind}/${event.error.authority}`);
        return;
      case 'recovered':
        this.#recovered.add(`${event.error.kind}/${event.error.authority}`);
        return;
      case 'conflict':
        this.#met(event.conflict);
        return;
      case 'settled':
        if (event.how === 'resolved') this.#resolved(event.conflict);
        else this.#quarantined(event.conflict);
        return;
      case 'compared':
        this.#compared += event.threads;
        this.#diverged += event.diverged;
        return;
      case 'cached':
        this.#cached(event.thread, event.version);
        return;
      case 'propagated':
        this.#propagated(event.thread, event.version);
        return;
      case 'drift':
        this.#countDrift();
        this.#drift = { threads: event.threads, sinceMs: this.#clock.nowMs() };
        return;
      case 'breaker':
      case 'queue':
        this.#signals.tell(event);
        return;
      case 'restored':
      case 'recovery':
        return;
    }
  }

  /** Up to now. */
  figures(): MetricFigures {
    this.#countDrift();
    return {
      syncDelay: this.#syncDelay.now(),
      waiting: this.#waitingCount,
      conflicts: this.#conflicts.now(),
      compared: this.#compared,
      diverged: this.#diverged,
      resolutionTime: Object.fromEntries([...this.#resolutionTime].map(([kind, times]) => [kind, times.now()])),
      quarantined: this.#quarantines.now(),
      unresolved: [...this.#open.values()].filter(({ isQuarantined }) => !isQuarantined).length,
      drift: {
        threads: this.#drift?.threads ?? 0,
        msByThreads: this.#msByThreads.now() as Readonly<Record<string, number>>,
      },
      errors: this.#errors.now(),
      recovered: this.#recovered.now(),
      unmeasured: this.#unmeasured,
    };
  }

  gauges(): Gauges {
    return { breakers: new Map(this.#signals.breakers), queues: new Map(this.#signals.queues) };
  }

  #cached(thread: ThreadId, version: number): void {
    const versions = this.#waiting.get(thread) ?? new Map<number, number>();
    if (versions.has(version)) return;
    if (this.#waitingCount >= this.#limits.versions) {
      this.#unmeasured += 1;
      return;
    }
    this.#waiting.set(thread, versions.set(version, this.#clock.nowMs()));
    this.#waitingCount += 1;
  }

  #propagated(thread: ThreadId, upTo: number): void {
    const versions = this.#waiting.get(thread);
    if (versions === undefined) return;
    for (const [version, sinceMs] of versions) {
      if (version > upTo) continue;
      versions.delete(version);
      this.#waitingCount -= 1;
      this.#syncDelay.observe(this.#clock.nowMs() - sinceMs);
    }
    if (versions.size === 0) this.#waiting.delete(thread);
  }

  #met(conflict: Conflict): void {
    const key = keyOfConflict(conflict);
    const before = this.#open.get(key);
    if (before !== undefined && !before.isQuarantined) return;
    this.#conflicts.add(conflict.kind);
    if (before === undefined && this.#open.size >= this.#limits.conflicts) this.#unmeasured += 1;
    else this.#open.set(key, { sinceMs: this.#clock.nowMs(), isQuarantined: false });
  }

  /** Also of what was quarantined before: it has taken as long as it has. */
  #resolved(conflict: Conflict): void {
    const key = keyOfConflict(conflict);
    const met = this.#open.get(key);
    if (met === undefined) return;
    this.#open.delete(key);
    const times = this.#resolutionTime.get(conflict.kind) ?? new Durations();
    this.#resolutionTime.set(conflict.kind, times);
    times.observe(this.#clock.nowMs() - met.sinceMs);
  }

  #quarantined(conflict: Conflict): void {
    const met = this.#open.get(keyOfConflict(conflict));
    if (met === undefined || met.isQuarantined) return;
    met.isQuarantined = true;
    this.#quarantines.add(conflict.kind);
  }

  /** Up to now. */
  #countDrift(): void {
    if (this.#drift === null) return;
    const nowMs = this.#clock.nowMs();
    this.#msByThreads.add(String(this.#drift.threads), nowMs - this.#drift.sinceMs);
    this.#drift = { ...this.#drift, sinceMs: nowMs };
  }
}
