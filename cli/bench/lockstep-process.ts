/** What `lockstep.bench.ts` measures on one ledger, in a process of its own: prints its rows as JSON on standard output. */

import type { Operation } from '#model/index.ts';
import { checkLockstep, defaultSetup } from '#properties/lockstep/check-lockstep.ts';
import { Lockstep } from '#properties/lockstep/lockstep.ts';
import type { Step } from '#properties/lockstep/scenario.ts';
import { groundOf } from '#simulations/world/lockstep-world.ts';
import { openSvmTier } from '#simulations/world/svm/svm-tier.ts';
import type { Ground } from '#simulations/world/system.ts';
import { median } from '../median.ts';
import type { BenchRow } from './bench-row.ts';

const by = (client: string, operation: Operation): Step => ({ kind: 'operation', client, operation });
const thread = 'thread#0';
const content = { thread, author: 'wallet#1', text: 'a second thought' };

/** One of each write and read, as a user would do them, and a pause. */
const twelve: readonly Step[] = [
  by('wallet#0', { kind: 'createThread', thread }),
  by('wallet#0', { kind: 'post', thread, text: 'hello' }),
  by('wallet#1', { kind: 'submitSpec', thread, text: content.text, stake: 3_007n }),
  by('wallet#2', { kind: 'readCached', thread }),
  by('wallet#0', { kind: 'vote', content, choice: 'approve' }),
  by('wallet#3', { kind: 'settle', content }),
  by('wallet#2', { kind: 'search', text: 'thought' }),
  by('wallet#1', { kind: 'post', thread, text: 'mine' }),
  by('wallet#3', { kind: 'readStrong', thread }),
  { kind: 'advance', ms: 30_000 },
  by('wallet#2', { kind: 'signIn' }),
  by('wallet#1', { kind: 'divest', thread }),
];

const scenarios = 60;
const memoryScenarios = 2_000;

async function timeTwelve(ground: Ground): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < scenarios; run += 1) {
    const system = await ground.createSystem(defaultSetup);
    const lockstep = new Lockstep(system, defaultSetup, null);
    const startedMs = performance.now();
    for (const step of twelve) await lockstep.take(step);
    times.push(performance.now() - startedMs);
    await system.close();
  }
  return median(times.slice(scenarios >> 2));
}

async function measure(ledger: 'litesvm' | 'bankrun'): Promise<readonly BenchRow[]> {
  const ground = groundOf(await openSvmTier(ledger, { environment: {} }));
  try {
    const ms = await timeTwelve(ground);
    const report = await checkLockstep({ ground, runs: memoryScenarios, seed: 1, maxCommands: 12 });
    const verdict =
      report.failure === null ? 'no violation' : `stopped by a violation of ${report.failure.scenario.found?.property}`;
    return [
      {
        name: `${ledger}: 12 commands in lockstep, median`,
        figure: ms,
        unit: 'ms',
        ...(ledger === 'litesvm' ? { bar: { atMost: 80 } } : {}),
        detail: `${scenarios} scenarios, the first quarter not counted`,
      },
      {
        name: `${ledger}: RSS after ${report.scenarios} scenarios`,
        figure: process.memoryUsage().rss / 1024 / 1024,
        unit: 'MB',
        bar: { atMost: 600 },
        detail: `${report.commands} commands in this process, ${verdict}`,
      },
    ];
  } finally {
    await ground.close();
  }
}

const [ledger] = process.argv.slice(2);
if (ledger !== 'litesvm' && ledger !== 'bankrun') throw new TypeError(`ledger: expected litesvm or bankrun, got ${ledger}`);
process.stdout.write(JSON.stringify(await measure(ledger)), () => process.exit());
