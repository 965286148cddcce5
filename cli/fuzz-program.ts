/** `choir fuzz-program`: adversarial instructions against the on-chain program on a real SVM. */
import { fuzzProgram } from '#properties/program/fuzz.ts';
import { exitCodes } from './exit-codes.ts';
import { freshSeed } from './fresh-seed.ts';
import { table } from './table.ts';

interface FuzzOptions {
  readonly count: number;
  readonly seed?: number;
  readonly bank: 'bankrun' | 'litesvm';
}

export async function fuzz(options: FuzzOptions): Promise<number> {
  const seed = options.seed ?? freshSeed();
  process.stderr.write(`${options.count} instructions on ${options.bank}, seed ${seed}\n`);
  const report = await fuzzProgram({ count: options.count, seed, bank: options.bank });
  const refusals = Object.entries(report.errors).map(([name, count]) => [name, String(count)]);
  process.stdout.write(`${table([['outcome', 'count'], ['accepted', String(report.accepted)], ...refusals])}\n`);
  for (const violation of report.violations) process.stdout.write(`VIOLATION ${violation}\n`);
  process.stdout.write(`${report.instructions} instructions, ${report.violations.length} violations (seed ${seed})\n`);
  return report.violations.length === 0 ? exitCodes.ok : exitCodes.violation;
}
