/**
 * Planted bugs: how soon each is found and what is left of it, beside its known minimum, and beside what stock fast-check makes
 * of the same toys within the same number of scenarios. Says nothing about bugs that nobody planted.
 */
import { type Find, hunt, huntLimit, type OwnFind, shrinkLimit } from '#properties/planted/hunt.ts';
import { huntWithStock, stockLimit } from '#properties/planted/stock.ts';
import { isMinimum, minimumOf, type Size, type Toy } from '#properties/planted/toy.ts';
import { toys } from '#properties/planted/toys.ts';
import { median } from '../median.ts';
import type { BenchRow } from './bench-row.ts';

const seeds = Array.from({ length: 10 }, (_, index) => 1_000 + 7 * index);

/** commands/switches/faults */
const shown = ({ commands, switches, faults }: Size): string => `${commands}/${switches}/${faults}`;
const isFind = <T>(find: T | null): find is T => find !== null;
const percent = (count: number): number => (100 * count) / seeds.length;
const range = (values: readonly number[]): string =>
  values.length === 0 ? 'none' : `median ${median(values)}, max ${Math.max(...values)}`;

/** Each field by itself: the median commands, switches and faults. */
const medianSize = (finds: readonly Find[]): string =>
  finds.length === 0
    ? 'nothing'
    : shown({
        commands: median(finds.map(({ size }) => size.commands)),
        switches: median(finds.map(({ size }) => size.switches)),
        faults: median(finds.map(({ size }) => size.faults)),
      });

function rows(who: 'ours' | 'stock', toy: Toy, finds: readonly Find[]): readonly BenchRow[] {
  const bar = who === 'ours' ? { bar: { atLeast: 100 } } : {};
  const limit = who === 'ours' ? shrinkLimit : stockLimit;
  const small = finds.filter(({ size }) => isMinimum(size, toy));
  const sizes = `${medianSize(finds)} of ${shown(minimumOf(toy))}`;
  const found = `scenarios: ${range(finds.map(({ foundIn }) => foundIn))}`;
  const spent = `executions: ${range(finds.map(({ executions }) => executions))}, limit ${limit}`;
  return [
    { name: `${toy.name}, ${who}: found`, figure: percent(finds.length), unit: '%', ...bar, detail: found },
    { name: `${toy.name}, ${who}: minimum`, figure: percent(small.length), unit: '%', ...bar, detail: `${sizes}; ${spent}` },
  ];
}

async function rowsOf(toy: Toy): Promise<readonly BenchRow[]> {
  const ours: (OwnFind | null)[] = [];
  const stock: (Find | null)[] = [];
  for (const seed of seeds) {
    ours.push(await hunt(toy, seed, () => performance.now()));
    stock.push(await huntWithStock(toy, seed));
  }
  const found = ours.filter(isFind);
  const certified: BenchRow = {
    name: `${toy.name}, ours: certified`,
    figure: percent(found.filter(({ minimal }) => minimal).length),
    unit: '%',
    bar: { atLeast: 100 },
    detail: `within ${shrinkLimit} executions, after at most ${huntLimit} scenarios, over ${seeds.length} seeds`,
  };
  return [...rows('ours', toy, found), certified, ...rows('stock', toy, stock.filter(isFind))];
}

/** Sizes are commands/switches/faults: what was left (median), of the known minimum. */
export async function run(): Promise<BenchRow[]> {
  const all: BenchRow[] = [];
  for (const toy of toys) all.push(...(await rowsOf(toy)));
  return all;
}
