/**
 * Worlds in which everybody acts at once: how fast they run in memory and on LiteSVM, what oracles and harness take of it,
 * whether time grows linearly with commands, whether memory stays flat, what a second worker process is worth. Takes some
 * minutes. Figures are of this machine while others may be using it: medians, with the best beside them.
 */
import type { BenchRow } from './bench-row.ts';
import { memoryRows } from './world-memory.ts';
import { growthRow, jobsRow } from './world-processes.ts';
import { svmRows } from './world-svm.ts';

const part = <T>(name: string, rows: () => T): T => {
  process.stderr.write(`  world: ${name} ...\n`);
  return rows();
};

export async function run(): Promise<BenchRow[]> {
  const memory = await part('memory tier', memoryRows);
  const svm = await part('svm tier', svmRows);
  const growth = part('memory over 20,000 scenarios', growthRow);
  const jobs = part('worker processes', () => jobsRow(memory[0]?.figure ?? 1));
  return [...memory, ...svm, growth, jobs];
}
