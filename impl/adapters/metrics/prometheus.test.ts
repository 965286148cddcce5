/** The metrics as Prometheus would read them. What is not shown: that anybody serves them. */
import { describe, expect, it } from 'vitest';
import { Metrics } from '../../backend/monitor/metrics.ts';
import type { Conflict } from '../../core/conflict.ts';
import type { ConsistencyError } from '../../core/consistency-error.ts';
import { ScriptedClock } from '../../core/scripted-clock.ts';
import { threadId } from '../../ports/ids.ts';
import { type MetricSource, prometheusRegistry } from './prometheus.ts';

const thread = threadId('01'.repeat(32));
const conflict: Conflict = { kind: 'OwnershipConflict', thread, at: 'qdrant', version: 2 };
const error: ConsistencyError = {
  ...{ kind: 'TimeoutError', authority: 'solana', code: 'Unsettled', detail: '', cause: null },
  ...{ thread: null, intent: null, attempt: 1 },
};

function exporting(health: ReturnType<MetricSource['health']> = null) {
  const clock = new ScriptedClock(0);
  const metrics = new Metrics(clock);
  const registry = prometheusRegistry({
    figures: () => metrics.figures(),
    gauges: () => metrics.gauges(),
    health: () => health,
  });
  /** Values by name and labels. */
  const read = async (): Promise<ReadonlyMap<string, number>> => {
    const lines = (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
  };
  return { clock, metrics, registry, read };
}

describe('[ME11] the registry', () => {
  it('has every metric by its name and unit, from what was told', async () => {
    const { clock, metrics, read } = exporting({
      solana: 'unhealthy',
      qdrant: 'degraded',
      backend: 'healthy',
      frontend: 'healthy',
    });
    metrics.tell({ kind: 'cached', thread, version: 1 });
    metrics.tell({ kind: 'conflict', conflict });
    metrics.tell({ kind: 'compared', threads: 4, diverged: 1 });
    metrics.tell({ kind: 'drift', threads: 3 });
    clock.advance(2_000);
    metrics.tell({ kind: 'propagated', thread, version: 1, delayMs: 0 });
    clock.advance(500);
    metrics.tell({ kind: 'settled', conflict, how: 'resolved', tookMs: 0 });
    for (let n = 0; n < 2; n += 1) metrics.tell({ kind: 'error', error });
    metrics.tell({ kind: 'recovered', error, tookMs: 0 });
    metrics.tell({ kind: 'breaker', authority: 'qdrant', state: 'halfOpen' });
    metrics.tell({ kind: 'queue', name: 'projection', size: 5, limit: 9 });
    const expected = {
      choir_sync_delay_seconds_count: 1,
      choir_sync_delay_seconds_sum: 2,
      'choir_sync_delay_seconds_bucket{le="1"}': 0,
      'choir_sync_delay_seconds_bucket{le="2.5"}': 1,
      'choir_resolution_time_seconds_count{kind="OwnershipConflict"}': 1,
      'choir_resolution_time_seconds_sum{kind="OwnershipConflict"}': 2.5,
      choir_conflict_rate: 0.25,
      'choir_conflicts_total{kind="OwnershipConflict"}': 1,
      choir_state_drift_threads: 3,
      'choir_errors_total{kind="TimeoutError",authority="solana"}': 2,
      choir_errors_recovered_total: 1,
      'choir_breaker_state{authority="qdrant"}': 1,
      'choir_queue_size{name="projection"}': 5,
      'choir_queue_limit{name="projection"}': 9,
      'choir_health{authority="solana"}': 2,
      'choir_health{authority="qdrant"}': 1,
      'choir_health{authority="backend"}': 0,
    };
    const values = await read();
    expect(Object.fromEntries(Object.keys(expected).map((name) => [name, values.get(name)]))).toEqual(expected);
  });

  it('says the same when it is read again, and only what came since on top', async () => {
    const { clock, metrics, read } = exporting();
    const one = (version: number): void => {
      metrics.tell({ kind: 'cached', thread, version });
      clock.advance(1_000);
      metrics.tell({ kind: 'propagated', thread, version, delayMs: 0 });
      metrics.tell({ kind: 'conflict', conflict });
      metrics.tell({ kind: 'settled', conflict, how: 'resolved', tookMs: 0 });
      metrics.tell({ kind: 'error', error });
      metrics.tell({ kind: 'recovered', error, tookMs: 0 });
    };
    one(1);
    const first = await read();
    expect(await read()).toEqual(first);
    one(2);
    const second = await read();
    for (const name of ['choir_sync_delay_seconds_count', 'choir_sync_delay_seconds_sum', 'choir_errors_recovered_total'])
      expect([name, second.get(name)]).toEqual([name, 2]);
    expect(second.get('choir_conflicts_total{kind="OwnershipConflict"}')).toBe(2);
  });

  it('has nothing of what was never told, and nothing of the process', async () => {
    const { registry, read } = exporting();
    const values = await read();
    expect([...values.keys()].filter((name) => !name.startsWith('choir_'))).toEqual([]);
    expect([...values.keys()].filter((name) => /breaker|queue|health|conflicts_total|errors_total/.test(name))).toEqual([]);
    expect(values.get('choir_conflict_rate')).toBeNaN();
    expect(values.get('choir_sync_delay_seconds_count')).toBe(0);
    expect(
      registry
        .getMetricsAsArray()
        .map(({ name }) => name)
        .sort(),
    ).toEqual([
      ...['choir_breaker_state', 'choir_conflict_rate', 'choir_conflicts_total', 'choir_errors_recovered_total'],
      ...['choir_errors_total', 'choir_health', 'choir_queue_limit', 'choir_queue_size', 'choir_resolution_time_seconds'],
      ...['choir_state_drift_threads', 'choir_sync_delay_seconds'],
    ]);
  });
});
