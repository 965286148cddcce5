/**
 * What backends measure and say of themselves while everybody acts at once: the same numbers from the same seed, and after healing
 * nothing open, nothing on its way, nobody unwell. What a green run does not show: figures of a real clock, and ValidationFailed,
 * which nobody raises.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addMetrics, noMetrics } from '#impl/backend/monitor/metrics.ts';
import type { Tier } from '#simulations/world/authorities.ts';
import { ConcurrentWorld } from '#simulations/world/concurrent/concurrent-world.ts';
import { openMemoryTier } from '#simulations/world/memory/memory-tier.ts';
import { concurrentScenarios } from './arbitrary.ts';
import { checkConcurrent } from './check-concurrent.ts';
import { execute } from './execute.ts';
import { heal } from './heal.ts';
import { healthFigures } from './health-figures.ts';
import type { ConcurrentScenario } from './scenario.ts';

const minutes = 60_000;

let memory: Tier;
beforeAll(async () => {
  memory = await openMemoryTier();
});
afterAll(() => memory.close());

const draw = (numRuns: number, seed: number): readonly ConcurrentScenario[] =>
  fc.sample(concurrentScenarios({ maxCommands: 14 }), { numRuns, seed });

describe('[CW10] the metrics of a campaign', () => {
  it('are the same from the same seed, and those of its scenarios added up', { timeout: 2 * minutes }, async () => {
    const campaign = () => checkConcurrent({ tier: memory, runs: 60, seed: 12, nowMs: () => 0 });
    const { figures } = await campaign();
    expect((await campaign()).figures.metrics).toEqual(figures.metrics);
    const scenarios = draw(40, 8);
    let there = noMetrics;
    let back = noMetrics;
    for (const scenario of scenarios) there = addMetrics(there, (await execute(memory, scenario)).metrics);
    for (const scenario of scenarios.toReversed()) back = addMetrics(back, (await execute(memory, scenario)).metrics);
    expect(back).toEqual(there);
  });

  it('are told in seconds, as percentiles, and null where nothing was measured', () => {
    const nothing = { p50: null, p99: null, max: null };
    expect(healthFigures(noMetrics)).toEqual({
      sync_delay: { ...nothing, count: 0, waiting: 0 },
      conflict_rate: null,
      resolution_time: {},
      state_drift: { ...nothing, end: 0 },
    });
    const figures = healthFigures({
      ...noMetrics,
      syncDelay: { count: 100, sumMs: 1_480, byMs: { 0: 60, 20: 39, 700: 1 } },
      waiting: 2,
      conflicts: { HashMismatch: 1, StateDesync: 2 },
      compared: 12,
      resolutionTime: { HashMismatch: { count: 1, sumMs: 2_000, byMs: { 2000: 1 } } },
      drift: { threads: 1, msByThreads: { 0: 990, 1: 9, 4: 1 } },
    });
    expect(figures).toEqual({
      sync_delay: { p50: 0, p99: 0.02, max: 0.7, count: 100, waiting: 2 },
      conflict_rate: 0.25,
      resolution_time: { HashMismatch: { p50: 2, p99: 2, max: 2, count: 1 } },
      state_drift: { p50: 0, p99: 0, max: 4, end: 1 },
    });
  });
});

describe('[CW11] [E-2] [E-3] [E-4] [M-1] [M-4] after healing', () => {
  it('no consistency error is open and nothing is on its way to Qdrant, and all of these three were met', {
    timeout: 3 * minutes,
  }, async () => {
    const marks = new Map<string, number>();
    for (const scenario of draw(250, 31)) {
      const { openErrors, metrics, marks: reached } = await execute(memory, scenario);
      const { waiting, unresolved, drift } = metrics;
      const left = { openErrors, unresolved, waiting, drift: drift.threads };
      expect(left).toEqual({ openErrors: 0, unresolved: 0, waiting: 0, drift: 0 });
      for (const [mark, count] of reached) marks.set(mark, (marks.get(mark) ?? 0) + count);
    }
    for (const kind of ['PropagationFailed', 'ReconciliationFailed', 'TimeoutError'])
      expect([kind, marks.has(`E ${kind}`), marks.has(`E ${kind} recovered`)]).toEqual([kind, true, true]);
  });
});

describe('[CW11] [H-1] [H-2] [H-3] [H-4] after healing', () => {
  it('every backend finds everybody healthy', { timeout: 3 * minutes }, async () => {
    let looked = 0;
    for (const { setup, commands, strategy } of draw(60, 6)) {
      const world = await ConcurrentWorld.open(memory, setup, { maxSteps: 60_000 });
      try {
        await world.run(commands, strategy);
        await heal(world);
        for (const [name, { backend }] of world.nodes) {
          if (backend === null) throw new Error(`expected ${name} to run`);
          const report = await world.gate.run(`${name} health`, () => backend.health());
          expect(report).toMatchObject({ overall: 'healthy', findings: [], evidence: { cache: { differing: [] } } });
          expect(report.evidence.cache.sample.every(({ found }) => found.kind === 'agrees')).toBe(true);
          looked += report.evidence.cache.sample.length;
        }
      } finally {
        await world.close();
      }
    }
    expect(looked).toBeGreaterThan(50);
  });
});
