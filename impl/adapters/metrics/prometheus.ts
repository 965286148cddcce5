/**
 * The metrics in Prometheus' text format, by prom-client: a registry of its own, nothing about the process, no timer. Everything is
 * read when it is asked for; histograms are fed with what has come since they were last read. Durations are in seconds, to three
 * significant digits upwards (see `core/histogram.ts`). What was never told of is left out, except that what is counted starts at 0.
 *
 * Names and units: `docs/metrics.md`. Source: https://github.com/siimon/prom-client (registries, `collect`).
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { breakerNumber, type HealthStatus } from '../../backend/monitor/health-rules.ts';
import { conflictRate, type Gauges, type MetricFigures } from '../../backend/monitor/metrics.ts';
import type { Histogram as Durations } from '../../core/histogram.ts';
import type { Authority } from '../../ports/outcome.ts';

export interface MetricSource {
  figures(): MetricFigures;
  gauges(): Gauges;
  /** As of the last check, by authority; null: not checked yet. Reading it checks nothing. */
  health(): Readonly<Record<Authority, HealthStatus>> | null;
}

/** Upper ends of the buckets, seconds. */
const buckets = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800];

const healthNumber = { healthy: 0, degraded: 1, unhealthy: 2 } as const;

/** Feeds a histogram with what a growing one has that it was not fed yet. */
class Feed {
  readonly #fed = new Map<string, number>();

  feed(name: string, { byMs }: Durations, observe: (seconds: number) => void): void {
    for (const [ms, count] of Object.entries(byMs)) {
      const key = `${name}/${ms}`;
      for (let fed = this.#fed.get(key) ?? 0; fed < count; fed += 1) observe(Number(ms) / 1_000);
      this.#fed.set(key, count);
    }
  }
}

/** The registry; `metrics()` of it is the text to serve, with `contentType`. */
export function prometheusRegistry(source: MetricSource): Registry {
  const registry = new Registry();
  const registers = [registry];
  const fed = new Feed();
  new Histogram({
    name: 'choir_sync_delay_seconds',
    registers,
    buckets,
    help: 'From a thread version being durable in the cache to Qdrant being known to hold it.',
    collect() {
      fed.feed('sync', source.figures().syncDelay, (seconds) => this.observe(seconds));
    },
  });
  new Histogram({
    name: 'choir_resolution_time_seconds',
    registers,
    buckets,
    labelNames: ['kind'] as const,
    help: 'From a conflict being met to its being gone.',
    collect() {
      for (const [kind, times] of Object.entries(source.figures().resolutionTime))
        fed.feed(kind, times, (seconds) => this.observe({ kind }, seconds));
    },
  });
  new Gauge({
    name: 'choir_conflict_rate',
    registers,
    help: 'Conflicts met for each thread compared; not a number while nothing was compared.',
    collect() {
      this.set(conflictRate(source.figures()) ?? Number.NaN);
    },
  });
  new Counter({
    name: 'choir_conflicts_total',
    registers,
    labelNames: ['kind'] as const,
    help: 'Conflicts met, each once until it is settled.',
    collect() {
      setCounts(this, source.figures().conflicts, (kind) => ({ kind }));
    },
  });
  new Gauge({
    name: 'choir_state_drift_threads',
    registers,
    help: 'Threads whose copy in Qdrant is known, or not yet known not, to differ from the cache.',
    collect() {
      this.set(source.figures().drift.threads);
    },
  });
  new Counter({
    name: 'choir_errors_total',
    registers,
    labelNames: ['kind', 'authority'] as const,
    help: 'Consistency errors met, each time.',
    collect() {
      setCounts(this, source.figures().errors, (name) => {
        const [kind = '', authority = ''] = name.split('/');
        return { kind, authority };
      });
    },
  });
  new Counter({
    name: 'choir_errors_recovered_total',
    registers,
    help: 'Consistency errors that were recovered from, each once however often it was met.',
    collect() {
      this.reset();
      this.inc(Object.values(source.figures().recovered).reduce((sum, count) => sum + count, 0));
    },
  });
  new Gauge({
    name: 'choir_breaker_state',
    registers,
    labelNames: ['authority'] as const,
    help: '0 closed, 1 half open, 2 open.',
    collect() {
      for (const [authority, state] of source.gauges().breakers) this.set({ authority }, breakerNumber[state]);
    },
  });
  for (const field of ['size', 'limit'] as const)
    new Gauge({
      name: `choir_queue_${field}`,
      registers,
      labelNames: ['name'] as const,
      help: field === 'size' ? 'What waits in a queue.' : 'What a queue takes at most.',
      collect() {
        for (const [name, queue] of source.gauges().queues) this.set({ name }, queue[field]);
      },
    });
  new Gauge({
    name: 'choir_health',
    registers,
    labelNames: ['authority'] as const,
    help: '0 healthy, 1 degraded, 2 unhealthy, as of the last check.',
    collect() {
      for (const [authority, status] of Object.entries(source.health() ?? {})) this.set({ authority }, healthNumber[status]);
    },
  });
  return registry;
}

/** Makes a counter say what was counted elsewhere, which never goes back. */
function setCounts<Label extends string>(
  counter: Counter<Label>,
  counts: Readonly<Partial<Record<string, number>>>,
  labelsOf: (name: string) => Record<Label, string>,
): void {
  counter.reset();
  for (const [name, count = 0] of Object.entries(counts)) counter.inc(labelsOf(name), count);
}
