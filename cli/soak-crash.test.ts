/** A short crash campaign as a user meets it, and two backends that lie: one that keeps nothing, one that confirms what it never sent. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { childrenOf, choirIn, eventually, isAlive, startChoirIn } from './choir-process.ts';
import { unwrapped } from './printed.ts';
import { scratch } from './scratch.ts';

const { directory, written } = scratch();
/** What a campaign keeps or leaves behind goes with the test. */
const kept = { TMPDIR: directory };
const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const source = (...path: readonly string[]): string => JSON.stringify(join(import.meta.dirname, '..', ...path));

/** The number behind a figure's name. */
const figure = (stdout: string, name: string): number => Number(new RegExp(`^ *${name} +(\\d+)`, 'm').exec(stdout)?.[1]);

/** The backends of this campaign load a module first. */
function crash(kills: number, preloaded?: string): ReturnType<typeof choirIn> {
  const options = preloaded === undefined ? '' : `--import ${loader} --import ${pathToFileURL(preloaded).href}`;
  return choirIn(
    { environment: { ...kept, NODE_OPTIONS: options } },
    'soak-crash',
    '--kills',
    String(kills),
    '--clients',
    '3',
    '--seed',
    '7',
  );
}

describe('[KS1] a crash campaign', () => {
  it('kills, restarts, lets everybody settle, and finds everything acknowledged where it should be', { timeout: 180_000 }, () => {
    const { code, stdout } = crash(3);
    expect(stdout).toMatch(/^3 kills of 2 backends under 3 clients, seed 7\n/);
    expect(figure(stdout, 'kills')).toBe(3);
    expect(figure(stdout, 'restarts')).toBe(3);
    expect(figure(stdout, 'acknowledged at once')).toBeGreaterThan(0);
    expect(figure(stdout, 'without an end')).toBe(0);
    expect(figure(stdout, 'versions on the ledger')).toBeGreaterThanOrEqual(figure(stdout, 'acknowledged at once'));
    expect(stdout).toMatch(/\nno violation; seed 7\n$/);
    expect(code).toBe(0);
  });
});

describe('[KS4] a crash campaign convicts', () => {
  it('a backend whose store keeps nothing', { timeout: 180_000 }, () => {
    const forgetful = written(
      'forgetful.mjs',
      `import { LibsqlStore } from ${source('impl', 'adapters', 'store', 'libsql.ts')};\nLibsqlStore.prototype.sync = async () => {};\n`,
    );
    const { code, stdout } = crash(3, forgetful);
    expect(unwrapped(stdout)).toMatch(/\nVIOLATION of session: b\d does not know the session it gave client \d\n/);
    expect(stdout).toMatch(/\nviolations: \d+; seed 7\nthe backends' files are kept in /);
    expect(code).toBe(1);
  });

  it('a backend that confirms what it never sent', { timeout: 180_000 }, () => {
    const lying = written(
      'lying.mjs',
      `import { Writes } from ${source('impl', 'backend', 'writing', 'writes.ts')};
      const { prepare } = Writes.prototype;
      const threads = new Map();
      Writes.prototype.prepare = function (wallet, intent, command, ...rest) {
        threads.set(intent, command.thread);
        return prepare.call(this, wallet, intent, command, ...rest);
      };
      Writes.prototype.execute = async (_wallet, intent) => ({ kind: 'confirmed', thread: threads.get(intent), version: 1, slot: 1 });\n`,
    );
    const { code, stdout } = crash(1, lying);
    expect(unwrapped(stdout)).toMatch(
      /\nVIOLATION of confirmed: client \d's createThread in [0-9a-f]{64} was confirmed as version 1; there the ledger has nothing\n/,
    );
    expect(code).toBe(1);
  });

  it('a backend that ends by itself', { timeout: 180_000 }, () => {
    const fragile = written(
      'fragile.mjs',
      `import { Sessions } from ${source('impl', 'backend', 'sessions.ts')};\nSessions.prototype.prune = async () => { setTimeout(() => { throw new Error('so it ends'); }); };\n`,
    );
    const { code, stdout } = crash(1, fragile);
    expect(unwrapped(stdout)).toMatch(/\nVIOLATION of process: b\d ended by itself with exit code 3: choir: Error: so it ends\n/);
    expect(code).toBe(1);
  });
});

describe('[KS5] backends under a crash campaign', () => {
  it('do not outlive it when it is killed itself', { timeout: 60_000 }, async () => {
    const { child, ended } = startChoirIn({ environment: kept }, 'soak-crash', '--kills', '1000', '--clients', '1');
    const backends = (): readonly number[] => childrenOf(child.pid, 'serve');
    expect(await eventually(() => backends().length === 2)).toBe(true);
    const pids = backends();
    child.kill('SIGKILL');
    await ended;
    expect(await eventually(() => !pids.some(isAlive))).toBe(true);
  });
});
