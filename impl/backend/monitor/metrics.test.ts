/**
 * What is measured of what is told, on a clock that only the test moves. Not shown: that backends tell it (the concurrent properties
 * do), and that what they tell is so.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Conflict, ConflictKind } from '../../core/conflict.ts';
import type { ConsistencyError } from '../../core/consistency-error.ts';
import { bucketOf, type Histogram } from '../../core/histogram.ts';
import { ScriptedClock } from '../../core/scripted-clock.ts';
import { contentHash, threadId } from '../../ports/ids.ts';
import type { MonitorEvent } from '../../ports/monitor.ts';
import { addMetrics, conflictRate, type MetricFigures, type MetricLimits, Metrics, noMetrics } from './metrics.ts';

const threads = ['01', '02', '03'].map((each) => threadId(each.repeat(32)));
const [t1, t2] = threads as [(typeof threads)[0], (typeof threads)[0]];
const hash = contentHash('0a'.repeat(32));

const mismatch: Conflict = { kind: 'HashMismatch', thread: t1, hash, found: 'missing' };
const desync: Conflict = { kind: 'StateDesync', thread: t1, at: 'qdrant', expected: 4, found: 3 };
const ownership: Conflict = { kind: 'OwnershipConflict', at: 'qdrant', thread: t2, version: 2 };
const order: Conflict = { kind: 'TimestampConflict', thread: t2, of: 'content', expected: 1, found: 0 };

function measuring(limits?: MetricLimits) {
  const clock = new ScriptedClock(0);
  const metrics = new Metrics(clock, limits);
  const pass = (ms: number, ...events: readonly MonitorEvent[]): MetricFigures => {
    clock.advance(ms);
    for (const event of events) metrics.tell(event);
    return metrics.figures();
  };
  return { clock, metrics, pass };
}

const cached = (version: number, thread = t1): MonitorEvent => ({ kind: 'cached', thread, version });
/** What it says that it took is never believed. */
const propagated = (version: number, thread = t1): MonitorEvent => ({ kind: 'propagated', thread, version, delayMs: 77_777 });
const met = (conflict: Conflict): MonitorEvent => ({ kind: 'conflict', conflict });
const settled = (conflict: Conflict, how: 'resolved' | 'quarantined'): MonitorEvent => ({
  ...{ kind: 'settled', conflict, how, tookMs: 77_777 },
});
const drift = (count: number): MonitorEvent => ({ kind: 'drift', threads: count });
const times = (...ms: readonly number[]): Histogram => ({
  count: ms.length,
  sumMs: ms.reduce((sum, each) => sum + each, 0),
  byMs: Object.fromEntries(ms.map((each) => [bucketOf(each), ms.filter((other) => bucketOf(other) === bucketOf(each)).length])),
});

describe('[M-1] sync_delay', () => {
  it('[ME1] counts for each version from its being cached to Qdrant holding it or a later one', () => {
    const { pass } = measuring();
    pass(0, cached(1));
    expect(pass(10, cached(2), cached(1, t2)).waiting).toBe(3);
    expect(pass(5, cached(3), propagated(2))).toMatchObject({ syncDelay: times(15, 5), waiting: 2 });
    expect(pass(100, propagated(9))).toMatchObject({ syncDelay: times(15, 5, 100), waiting: 1 });
    expect(pass(0, cached(4), propagated(4)).syncDelay).toEqual(times(15, 5, 100, 0));
  });

  it('[ME2] takes what is told twice once, and what it never heard the beginning of not at all', () => {
    const { pass } = measuring();
    pass(0, cached(1));
    pass(10, cached(1), propagated(1), propagated(1), propagated(1, t2));
    expect(pass(10)).toMatchObject({ syncDelay: times(10), waiting: 0 });
  });

  it('[ME6] times no more versions at once than it may, and says how many it did not', () => {
    const { pass } = measuring({ versions: 2 });
    pass(0, cached(1), cached(1, t2), cached(2), cached(3));
    expect(pass(5, propagated(3))).toMatchObject({ waiting: 1, unmeasured: 2, syncDelay: times(5) });
    expect(pass(0, cached(4)).waiting).toBe(2);
  });
});

describe('[M-2] conflict_rate', () => {
  it('[ME3] is conflicts met for each thread compared: each once until it is settled', () => {
    const { pass } = measuring();
    expect(conflictRate(pass(0, met(mismatch)))).toBeNull();
    pass(0, { kind: 'compared', threads: 3, diverged: 1 }, met(mismatch), met(ownership));
    const figures = pass(0, { kind: 'compared', threads: 5, diverged: 2 });
    expect(figures).toMatchObject({ compared: 8, diverged: 3, conflicts: { HashMismatch: 1, OwnershipConflict: 1 } });
    expect(conflictRate(figures)).toBe(2 / 8);
    expect(conflictRate(pass(0, settled(mismatch, 'resolved'), met(mismatch)))).toBe(3 / 8);
    expect(conflictRate({ conflicts: {}, compared: 4 })).toBe(0);
  });
});

describe('[M-3] resolution_time', () => {
  it('[ME4] counts from a conflict being met to its being gone, by kind', () => {
    const { pass } = measuring();
    pass(0, met(mismatch), met(desync));
    pass(20, met(mismatch), settled(desync, 'resolved'));
    const figures = pass(2_345, met(order), settled(mismatch, 'resolved'), settled(order, 'resolved'));
    expect(figures.resolutionTime).toEqual({
      StateDesync: times(20),
      HashMismatch: { count: 1, sumMs: 2_365, byMs: { 2370: 1 } },
      TimestampConflict: times(0),
    });
    expect(figures.unresolved).toBe(0);
  });

  it('[ME4] does not end with a quarantine; what is gone after one has taken the whole time', () => {
    const { pass } = measuring();
    pass(0, met(mismatch));
    const figures = pass(10, settled(mismatch, 'quarantined'), settled(mismatch, 'quarantined'));
    expect(figures).toMatchObject({ resolutionTime: {}, quarantined: { HashMismatch: 1 }, unresolved: 0 });
    expect(pass(30, settled(mismatch, 'resolved')).resolutionTime).toEqual({ HashMismatch: times(40) });
  });

  it('[ME4] begins anew for what is met again after a quarantine', () => {
    const { pass } = measuring();
    pass(0, met(mismatch), settled(mismatch, 'quarantined'));
    expect(pass(10, met(mismatch))).toMatchObject({ conflicts: { HashMismatch: 2 }, unresolved: 1 });
    expect(pass(7, settled(mismatch, 'resolved')).resolutionTime).toEqual({ HashMismatch: times(7) });
  });

  it('[ME6] times no more conflicts at once than it may, and counts them all the same', () => {
    const { pass } = measuring({ conflicts: 1 });
    pass(0, met(mismatch), met(ownership));
    const figures = pass(5, settled(ownership, 'resolved'), settled(mismatch, 'resolved'));
    expect(figures).toMatchObject({
      conflicts: { OwnershipConflict: 1 },
      unmeasured: 1,
      resolutionTime: { HashMismatch: times(5) },
    });
    expect(figures.resolutionTime).not.toHaveProperty('OwnershipConflict');
  });
});

describe('[M-4] state_drift', () => {
  it('[ME5] is what was last told, and for how long it was how many', () => {
    const { pass, metrics } = measuring();
    expect(pass(50).drift).toEqual({ threads: 0, msByThreads: {} });
    pass(0, drift(2));
    pass(10, drift(2));
    pass(5, drift(0));
    expect(pass(100).drift).toEqual({ threads: 0, msByThreads: { 0: 100, 2: 15 } });
    expect(metrics.figures().drift).toEqual({ threads: 0, msByThreads: { 0: 100, 2: 15 } });
    expect(pass(0, drift(3)).drift).toEqual({ threads: 3, msByThreads: { 0: 100, 2: 15 } });
  });
});

describe('[ME7] what else is told', () => {
  const error: ConsistencyError = {
    ...{ kind: 'TimeoutError', authority: 'solana', code: 'Unsettled', detail: '', cause: null },
    ...{ thread: null, intent: null, attempt: 1 },
  };

  it('errors are counted each time, and what they came to once', () => {
    const { pass } = measuring();
    const again = { ...error, attempt: 2 };
    const figures = pass(
      0,
      { kind: 'error', error },
      { kind: 'error', error: again },
      { kind: 'recovered', error: again, tookMs: 1 },
    );
    expect(figures).toMatchObject({ errors: { 'TimeoutError/solana': 2 }, recovered: { 'TimeoutError/solana': 1 } });
  });

  it('breakers and queues are as last told, and no figure', () => {
    const { pass, metrics } = measuring();
    const queue = { kind: 'queue', name: 'projection', limit: 10 } as const;
    const figures = pass(
      ...([0, { ...queue, size: 9 }, { ...queue, size: 3 }, { kind: 'breaker', authority: 'qdrant', state: 'open' }] as const),
      { kind: 'recovery', from: 'beginning', missed: 1, rebuilt: 1 },
    );
    expect(figures).toEqual(noMetrics);
    expect(metrics.gauges()).toEqual({
      breakers: new Map([['qdrant', 'open']]),
      queues: new Map([['projection', { size: 3, limit: 10 }]]),
    });
  });
});

describe('[ME8] a histogram’s numbers', () => {
  it('are whole milliseconds, exact below 1,000 and never too low, at most 1 % too high', () => {
    fc.assert(
      fc.property(fc.double({ min: -10, max: 1e10, noNaN: true }), (ms) => {
        const bucket = bucketOf(ms);
        const whole = Math.max(0, Math.ceil(ms));
        expect(Number.isInteger(bucket)).toBe(true);
        expect(bucket).toBeGreaterThanOrEqual(whole);
        expect(bucket).toBeLessThanOrEqual(whole < 1_000 ? whole : whole * 1.01);
        expect(bucketOf(bucket)).toBe(bucket);
      }),
    );
  });
});

const conflicts = [mismatch, desync, ownership, order];
const events: fc.Arbitrary<MonitorEvent> = fc.oneof(
  fc
    .record({ thread: fc.constantFrom(...threads), version: fc.integer({ min: 1, max: 6 }), isCached: fc.boolean() })
    .map(({ thread, version, isCached }) => (isCached ? cached(version, thread) : propagated(version, thread))),
  fc.constantFrom(...conflicts).map(met),
  fc
    .record({ conflict: fc.constantFrom(...conflicts), how: fc.constantFrom('resolved' as const, 'quarantined' as const) })
    .map(({ conflict, how }) => settled(conflict, how)),
  fc.record({ kind: fc.constant('compared' as const), threads: fc.nat(9), diverged: fc.nat(3) }),
  fc.nat(4).map(drift),
);
const stories = fc.array(fc.record({ ms: fc.nat(5_000), event: events }), { maxLength: 50, size: 'max' });
const figuresOf = (story: readonly { readonly ms: number; readonly event: MonitorEvent }[]): MetricFigures => {
  const { pass, metrics } = measuring();
  for (const { ms, event } of story) pass(ms, event);
  return metrics.figures();
};
const sum = (counts: Readonly<Partial<Record<string, number>>>): number =>
  Object.values(counts).reduce<number>((total, count = 0) => total + count, 0);

describe('[ME9] figures add up', () => {
  it('in any order and grouping, and nothing added changes nothing', () => {
    fc.assert(
      fc.property(stories.map(figuresOf), stories.map(figuresOf), stories.map(figuresOf), (a, b, c) => {
        expect(addMetrics(addMetrics(a, b), c)).toEqual(addMetrics(a, addMetrics(b, c)));
        expect(addMetrics(a, b)).toEqual(addMetrics(b, a));
        expect(addMetrics(a, noMetrics)).toEqual(a);
      }),
    );
  });
});

describe('[ME10] whatever is told, in whatever order', () => {
  it('every version is timed once or still waits, every conflict met is gone, quarantined or unresolved: each once', () => {
    fc.assert(
      fc.property(stories, (story) => {
        const figures = figuresOf(story);
        const waiting = new Set<string>();
        const open = new Map<string, 'open' | 'quarantined'>();
        let timed = 0;
        const counts = { met: 0, resolved: 0, quarantined: 0 };
        for (const { event } of story) {
          if (event.kind === 'cached') waiting.add(`${event.thread} ${event.version}`);
          if (event.kind === 'propagated')
            for (let version = 1; version <= event.version; version += 1)
              if (waiting.delete(`${event.thread} ${version}`)) timed += 1;
          if (event.kind === 'conflict' && open.get(event.conflict.kind) !== 'open') {
            open.set(event.conflict.kind, 'open');
            counts.met += 1;
          }
          if (event.kind !== 'settled') continue;
          const before = open.get(event.conflict.kind);
          if (event.how === 'resolved' && open.delete(event.conflict.kind)) counts.resolved += 1;
          if (event.how === 'quarantined' && before === 'open') {
            open.set(event.conflict.kind, 'quarantined');
            counts.quarantined += 1;
          }
        }
        const resolved = Object.fromEntries(Object.entries(figures.resolutionTime).map(([kind, each]) => [kind, each.count]));
        expect({ timed: figures.syncDelay.count, waiting: figures.waiting }).toEqual({ timed, waiting: waiting.size });
        expect({ met: sum(figures.conflicts), resolved: sum(resolved), quarantined: sum(figures.quarantined) }).toEqual(counts);
        expect(figures.unresolved).toBe([...open.values()].filter((state) => state === 'open').length);
      }),
    );
  });

  it('no time is measured but the clock’s: all of it is within what passed, and the drift’s is what passed since it was told', () => {
    fc.assert(
      fc.property(stories, (story) => {
        const figures = figuresOf(story);
        const passed = story.reduce((total, { ms }) => total + ms, 0);
        const longest = (each: Histogram): number => Math.max(0, ...Object.keys(each.byMs).map(Number));
        const kinds = Object.keys(figures.resolutionTime) as ConflictKind[];
        for (const each of [figures.syncDelay, ...kinds.map((kind) => figures.resolutionTime[kind] ?? noMetrics.syncDelay)]) {
          expect(longest(each)).toBeLessThanOrEqual(bucketOf(passed));
          expect(sum(each.byMs)).toBe(each.count);
        }
        const first = story.findIndex(({ event }) => event.kind === 'drift');
        const since = first < 0 ? 0 : story.slice(first + 1).reduce((total, { ms }) => total + ms, 0);
        expect(sum(figures.drift.msByThreads)).toBe(since);
      }),
    );
  });
});
