/**
 * How fast the engine alone goes: eight tasks that call in-memory effects, so that what is measured is parking, picking, tracing and
 * coming to rest. Says nothing about a system under test, whose own code takes most of a scenario's time.
 */
import { Gate } from '#simulations/engine/gate.ts';
import type { GateOptions } from '#simulations/engine/gate-options.ts';
import { createStrategy, type StrategySpec } from '#simulations/engine/portfolio.ts';
import { VirtualClock } from '#simulations/engine/virtual-clock.ts';
import { median } from '../median.ts';
import type { BenchRow } from './bench-row.ts';

const TASKS = 8;
const CALLS = 10_000;
const ROUNDS = 7;

/** Steps a second of one run. */
async function measure(spec: StrategySpec, options: Partial<GateOptions>): Promise<number> {
  const gate = new Gate({ clock: new VirtualClock(0), strategy: createStrategy(spec), ...options });
  for (let t = 0; t < TASKS; t += 1) {
    const name = `task#${t}`;
    gate.spawn(name, async () => {
      for (let n = 0; n < CALLS; n += 1) await gate.call(name, 'touch', () => n);
    });
  }
  const begun = performance.now();
  await gate.drain();
  return (gate.steps * 1_000) / (performance.now() - begun);
}

const specs: readonly StrategySpec[] = [
  { kind: 'serial' },
  { kind: 'pct', plan: null },
  { kind: 'hashPriority', salt: 7 },
  { kind: 'weightedWalk', seed: 7 },
  { kind: 'sticky', seed: 7, stay: 0.9 },
];

export async function run(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const spec of specs) {
    for (const responses of ['separate', 'together'] as const) {
      const figures: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) figures.push(await measure(spec, { responses, leaks: 'atOnce' }));
      rows.push({
        name: `gate, ${spec.kind}, responses ${responses}`,
        figure: median(figures),
        unit: 'steps/s',
        bar: { atLeast: 150_000 },
        detail: `${TASKS} tasks of ${CALLS} calls, median of ${ROUNDS}; best ${Math.max(...figures).toFixed(0)}`,
      });
    }
  }
  return rows;
}
