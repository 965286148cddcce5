/** Sequential lockstep in the svm tier: time of a 12-command scenario, model and observations included, and memory over many. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { BenchRow } from './bench-row.ts';

/** Each ledger in a process of its own, since memory is a process's. */
export async function run(): Promise<BenchRow[]> {
  return ['litesvm', 'bankrun'].flatMap((ledger) => {
    const script = join(import.meta.dirname, 'lockstep-process.ts');
    const printed = execFileSync(process.execPath, ['--import', 'tsx', script, ledger], { encoding: 'utf8' });
    return JSON.parse(printed) as BenchRow[];
  });
}
