/** `choir fuzz-program`: adversarial instructions against the on-chain program on a real SVM. */
import { fuzzProgram } from '#properties/program/fuzz.ts';
import { exitCodes } from './exit-codes.ts';
import { freshSeed } from './fresh-seed.ts';
import { createProgress } from './progress.ts';
import { table } from './table.ts';
import { tell } from './terminal/tell.ts';

interface FuzzOptions {
  readonly count: number;
  readonly seed?: number;
  readonly bank: 'bankrun' | 'litesvm';
}

export async function fuzz(options: FuzzOptions): Promise<number> {
  const seed = options.seed ?? freshSeed();
  process.stderr.write(`${options.count} instructions on ${options.bank}, seed ${seed}\n`);
  const progress = createProgress('fuzz', options.count, process.stderr, () => performance.now());
  const onSent = (sent: number): void => progress.report(sent, 'transactions');
  const report = await fuzzProgram({ count: options.count, seed, bank: options.bank, onSent }).finally(() => progress.end());
  const refusals = Object.entries(report.errors).map(([name, count]) => [name, String(count)]);
  tell(
    table([['outcome', 'count'], ['accepted', String(report.accepted)], ...refusals]),
    ...report.violations.map((violation) => `VIOLATION ${violation}`),
    `${report.instructions} instructions, ${report.violations.length} violations (seed ${seed})`,
  );
  return report.violations.length === 0 ? exitCodes.ok : exitCodes.violation;
}
