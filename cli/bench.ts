/** `choir bench`: runs the benchmarks and prints their figures beside the bars they are meant to meet. */
import { writeFileSync } from 'node:fs';
import type { BenchRow } from './bench/bench-row.ts';
import { exitCodes, UsageError } from './exit-codes.ts';
import { table } from './table.ts';
import { humanTime } from './terminal/human-time.ts';
import { tell } from './terminal/tell.ts';

const benches: Readonly<Record<string, () => Promise<{ run(): Promise<BenchRow[]> }>>> = {
  gateway: () => import('./bench/gateway.bench.ts'),
  lockstep: () => import('./bench/lockstep.bench.ts'),
  emulator: () => import('./bench/emulator.bench.ts'),
  oracles: () => import('./bench/oracles.bench.ts'),
  engine: () => import('./bench/engine.bench.ts'),
  shrink: () => import('./bench/shrink.bench.ts'),
  world: () => import('./bench/world.bench.ts'),
  heal: () => import('./bench/heal.bench.ts'),
  sync: () => import('./bench/sync.bench.ts'),
  cache: () => import('./bench/cache.bench.ts'),
  drain: () => import('./bench/drain.bench.ts'),
  explore: () => import('./bench/explore.bench.ts'),
};

const figure = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3));

/** `<= 6` or `>= 25`, and whether this run met it. */
function bar(row: BenchRow): string {
  const { atMost, atLeast } = row.bar ?? {};
  if (atMost !== undefined) return `<= ${figure(atMost)} ${row.figure <= atMost ? 'met' : 'MISSED'}`;
  if (atLeast !== undefined) return `>= ${figure(atLeast)} ${row.figure >= atLeast ? 'met' : 'MISSED'}`;
  return '';
}

/** Always exits 0 once everything was measured: machines are noisy, people judge. */
export async function bench(names: readonly string[], options: { readonly json?: string }): Promise<number> {
  for (const name of names) {
    if (benches[name] === undefined)
      throw new UsageError(`unknown benchmark '${name}': known are ${Object.keys(benches).join(', ')}`);
  }
  const rows: BenchRow[] = [];
  const chosen = Object.entries(benches).filter(([name]) => names.length === 0 || names.includes(name));
  const startedMs = performance.now();
  for (const [index, [name, load]] of chosen.entries()) {
    // Nothing is rewritten while something is measured.
    const passed = index === 0 ? '' : `, ${humanTime(performance.now() - startedMs)} so far`;
    process.stderr.write(`measuring ${name} (${index + 1}/${chosen.length}${passed}) ...\n`);
    rows.push(...(await (await load()).run()));
  }
  const cells = rows.map((row) => [row.name, figure(row.figure), row.unit, bar(row), row.detail ?? '']);
  tell(table([['what', 'figure', 'unit', 'bar', 'detail'], ...cells]));
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, null, 2)}\n`);
  return exitCodes.ok;
}
