/** Planted bugs: how soon each is found, and what it shrinks to against its known minimum; beside it stock fast-check, same toys, same limit. */
import { type Hunt, hunt, huntLimit, isMinimum } from '#properties/planted/hunt.ts';
import { huntWithStock } from '#properties/planted/stock.ts';
import type { Size, Toy } from '#properties/planted/toy.ts';
import { toys } from '#properties/planted/toys.ts';
import type { BenchRow } from './bench-row.ts';

const seeds = Array.from({ length: 10 }, (_, index) => 1_000 + 7 * index);

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
const shown = ({ commands, switches, faults }: Size): string => `${commands} commands, ${switches} switches, ${faults} faults`;
const isFound = <T>(value: T | null): value is T => value !== null;

function foundText(hunts: readonly { readonly foundIn: number | null }[]): string {
  const found = hunts.map(({ foundIn }) => foundIn).filter(isFound);
  if (found.length === 0) return `in none of ${hunts.length} seeds within ${huntLimit}`;
  return `${found.length} of ${hunts.length} seeds, median ${median(found)}, at most ${Math.max(...found)} scenarios`;
}

async function rowsOf(toy: Toy): Promise<readonly BenchRow[]> {
  const ours: Hunt[] = [];
  for (const seed of seeds) ours.push(await hunt(toy, seed, () => performance.now()));
  const stock: Awaited<ReturnType<typeof huntWithStock>>[] = [];
  for (const seed of seeds) stock.push(await huntWithStock(toy, seed));
  const minimal = (sizes: readonly (Size | null)[]): number =>
    sizes.filter((size) => size !== null && isMinimum(size, toy)).length;
  const worst = ours.map(({ size }) => size).filter((size) => size !== null && !isMinimum(size, toy))[0];
  const stockSizes = stock.map(({ size }) => size).filter(isFound);
  const stockText =
    stockSizes.length === 0
      ? 'nothing to shrink'
      : `median ${median(stockSizes.map(({ commands }) => commands))} commands, ${median(stockSizes.map(({ switches }) => switches))} switches, ${median(stockSizes.map(({ faults }) => faults))} faults`;
  const count = seeds.length;
  return [
    {
      name: `${toy.name}: found`,
      figure: (100 * ours.filter(({ foundIn }) => foundIn !== null).length) / count,
      unit: '%',
      bar: { atLeast: 100 },
      detail: foundText(ours),
    },
    {
      name: `${toy.name}: shrunk to the minimum`,
      figure: (100 * minimal(ours.map(({ size }) => size))) / count,
      unit: '%',
      bar: { atLeast: 100 },
      detail: `${shown(toy.minimum)}; ${median(ours.map(({ executions }) => executions))} executions (median)${worst === undefined || worst === null ? '' : `; one ended at ${shown(worst)}`}`,
    },
    {
      name: `${toy.name}: found by stock fast-check`,
      figure: (100 * stockSizes.length) / count,
      unit: '%',
      detail: foundText(stock),
    },
    {
      name: `${toy.name}: shrunk to the minimum by stock fast-check`,
      figure: (100 * minimal(stock.map(({ size }) => size))) / count,
      unit: '%',
      detail: stockText,
    },
  ];
}

export async function run(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const toy of toys) rows.push(...(await rowsOf(toy)));
  return rows;
}
