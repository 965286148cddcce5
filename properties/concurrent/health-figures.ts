/** The metrics of a campaign for people and for JSON: percentiles, in seconds, of what its backends measured on virtual time. */

import { conflictRate, type MetricFigures } from '#impl/backend/monitor/metrics.ts';
import type { ConflictKind } from '#impl/core/conflict.ts';
import type { Histogram } from '#impl/core/histogram.ts';
import { percentile } from './figures.ts';

/** Seconds; null without any. */
export interface DurationFigures {
  readonly p50: number | null;
  readonly p99: number | null;
  readonly max: number | null;
  readonly count: number;
}

export interface HealthFigures {
  readonly sync_delay: DurationFigures & { /** Versions that had not arrived when their run ended. */ readonly waiting: number };
  /** Conflicts met for each thread compared; null: nothing was compared. */
  readonly conflict_rate: number | null;
  /** Of the kinds of conflict of which one was gone. */
  readonly resolution_time: Readonly<Partial<Record<ConflictKind, DurationFigures>>>;
  /** Threads, by how long it was how many; `end`: when their runs ended, added up. */
  readonly state_drift: {
    readonly p50: number | null;
    readonly p99: number | null;
    readonly max: number | null;
    readonly end: number;
  };
}

const shares = { p50: 0.5, p99: 0.99, max: 1 } as const;

export function durationsOf({ byMs, count }: Histogram): DurationFigures {
  const seconds = (share: number): number | null => {
    const ms = percentile(byMs, share);
    return ms === null ? null : ms / 1_000;
  };
  return { p50: seconds(shares.p50), p99: seconds(shares.p99), max: seconds(shares.max), count };
}

export function healthFigures(metrics: MetricFigures): HealthFigures {
  const { syncDelay, waiting, resolutionTime, drift } = metrics;
  return {
    sync_delay: { ...durationsOf(syncDelay), waiting },
    conflict_rate: conflictRate(metrics),
    resolution_time: Object.fromEntries(Object.entries(resolutionTime).map(([kind, times]) => [kind, durationsOf(times)])),
    state_drift: {
      p50: percentile(drift.msByThreads, shares.p50),
      p99: percentile(drift.msByThreads, shares.p99),
      max: percentile(drift.msByThreads, shares.max),
      end: drift.threads,
    },
  };
}
