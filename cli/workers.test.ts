/** Worker processes: what they report, and that nothing of them is left however they or the command end. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { childrenOf, choirIn, eventually, isAlive, sleep, startChoir } from './choir-process.ts';
import { TroubleError } from './exit-codes.ts';
import { scratch } from './scratch.ts';
import { inWorkers } from './workers.ts';

const { directory, written } = scratch();

/** A worker that obeys: doubles, throws, exits, is killed, or never comes to an end; leaves its pid in a file. */
const obeying = written(
  'obeying.mjs',
  `import { serveOrder } from ${JSON.stringify(join(import.meta.dirname, 'serve-order.ts'))};
  import { writeFileSync } from 'node:fs';
  serveOrder(async ({ what, value, note }, onProgress) => {
    if (note !== undefined) writeFileSync(note, String(process.pid));
    await new Promise((resolve) => setTimeout(resolve, what === 'double' ? 300 - 100 * value : 300));
    onProgress(value);
    if (what === 'throw') throw new Error('no such thing');
    if (what === 'exit') process.exit(7);
    if (what === 'kill') process.kill(process.pid, 'SIGKILL');
    if (what === 'hang') await new Promise(() => setInterval(() => 0, 1000));
    return 2 * value;
  });`,
);

interface Order {
  readonly what: 'double' | 'throw' | 'exit' | 'kill' | 'hang';
  readonly value: number;
  readonly note?: string;
}

describe('[UI9] workers', () => {
  it('report in the order of their orders, whoever is first, and say how far they are', async () => {
    const told: string[] = [];
    const orders: readonly Order[] = [0, 1].map((value) => ({ what: 'double', value }));
    const reports = await inWorkers<Order, number>(obeying, orders, (worker, done) => told.push(`${worker}: ${done}`));
    expect(reports).toEqual([0, 2]);
    expect(told.sort()).toEqual(['0: 0', '1: 1']);
  });

  it.each([
    ['fails', 'throw', /^a worker failed: Error: no such thing\n/],
    ['ends by itself', 'exit', /^a worker was ended with exit code 7 before it reported; there is no verdict$/],
    ['is killed', 'kill', /^a worker was ended by SIGKILL before it reported; there is no verdict$/],
  ] as const)('end all together when one %s', async (_how, what, message) => {
    const note = join(directory, `${what}.pid`);
    const orders: readonly Order[] = [
      { what: 'hang', value: 1, note },
      { what, value: 2 },
    ];
    // The one that hangs is under way by the time the other one stops.
    const error: unknown = await inWorkers<Order, number>(obeying, orders).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TroubleError);
    expect((error as TroubleError).message).toMatch(message);
    expect(await eventually(() => !isAlive(Number(readFileSync(note, 'utf8'))))).toBe(true);
  });
});

const campaign = ['check', '--tier', 'memory', '--only', 'concurrent', '--concurrent', '1000000', '--jobs', '2'];

/** A long campaign with both its workers at work. */
async function underWay() {
  const running = startChoir(...campaign);
  const workers = (): readonly number[] => childrenOf(running.child.pid, 'concurrent-worker.ts');
  expect(await eventually(() => workers().length === 2)).toBe(true);
  await sleep(2_500);
  const pids = workers();
  expect(pids).toHaveLength(2);
  return { ...running, pids };
}

const allGone = (pids: readonly number[]): Promise<boolean> => eventually(() => !pids.some(isAlive));

describe('[UI9] a command with workers', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('leaves none behind when it is ended by %s', async (signal) => {
    const { child, ended, pids } = await underWay();
    try {
      child.kill(signal);
      expect(await ended).toMatchObject({ signal, stdout: '' });
      expect(await allGone(pids)).toBe(true);
    } finally {
      for (const pid of pids.filter(isAlive)) process.kill(pid, 'SIGKILL');
    }
  });

  it('says so when a worker dies, without a stack trace, exits 3, and ends the other', async () => {
    const { child, ended, pids } = await underWay();
    const [first = 0] = pids;
    process.kill(first, 'SIGKILL');
    const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
    const { code, stdout, stderr } = await ended;
    clearTimeout(timer);
    expect(stderr.split('\n').filter((line) => line.startsWith('choir:'))).toEqual([
      'choir: a worker was ended by SIGKILL before it reported; there is no verdict',
    ]);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(await allGone(pids)).toBe(true);
  });

  it('starts them whatever directory it is given in', () => {
    const words = ['check', '--tier', 'memory', '--only', 'concurrent', '--concurrent', '4', '--jobs', '2', '--seed', '1'];
    const { code, stdout } = choirIn({ directory }, ...words);
    expect(stdout).toMatch(/memory, everybody at once: 4 scenarios/);
    expect(code).toBe(0);
  });
});

describe('[UI9] a command whose end is not its own', () => {
  it('ends quietly, without a verdict, when nobody reads on', async () => {
    const { child, ended } = startChoir('replay', 'properties/regressions/or11-3870245d.json');
    child.stdout?.destroy();
    const { code, stderr } = await ended;
    expect({ code, stderr }).toEqual({ code: 3, stderr: '' });
  });

  it('does not call an error that nobody caught a violation', () => {
    // The command line sets its exit code when it begins its work.
    const text = "setInterval(() => { if (process.exitCode === 0) throw new Error('too late'); }, 100);";
    const file = written('late.mjs', text);
    const { code, stderr } = choirIn({ preload: [file] }, ...campaign);
    expect(stderr).toMatch(/^choir: Error: too late$/m);
    expect(code).toBe(3);
  });
});
