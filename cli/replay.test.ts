/** Replaying files: what a person sees of a run in which everybody acts at once, and files that cannot be run. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { neverComesBack } from '#properties/concurrent/lies.ts';
import type { ConcurrentCommand, ConcurrentScenario } from '#properties/concurrent/scenario.ts';
import { printAny } from '#properties/corpus/corpus.ts';
import type { Tier } from '#simulations/world/authorities.ts';
import { openMemoryTier } from '#simulations/world/memory/memory-tier.ts';
import { choir, choirIn } from './choir-process.ts';
import { printed } from './printed.ts';
import { replayOn } from './replay-concurrent.ts';
import { scratch } from './scratch.ts';

const { written } = scratch();

const fault = (at: number): ConcurrentCommand['faults'][number] => ({
  at,
  position: 'after',
  fault: { kind: 'S3-answerLost', as: 'reset' },
});

const by = (
  id: number,
  actor: string,
  op: ConcurrentCommand['op'],
  ...faults: ConcurrentCommand['faults']
): ConcurrentCommand => ({
  ...{ id, actor, op, faults, priority: 0, demotions: [] },
});

const scenario: ConcurrentScenario = {
  format: 1,
  kind: 'concurrent',
  setup: { wallets: 2, backends: 2, balance: 100_000n, skewMs: [], roundMs: 4_000 },
  strategy: { kind: 'segments', segments: [{ task: '#0 wallet#0', events: 5 }] },
  commands: [
    by(7, 'world#0', { kind: 'crash', backend: 'backend#1', downMs: 100 }),
    by(0, 'wallet#0', { kind: 'createThread', thread: 'thread#0' }, fault(1), fault(50)),
  ],
};

let memory: Tier;
beforeAll(async () => {
  memory = await openMemoryTier();
});
afterAll(() => memory.close());

describe('[UI4] a concurrent scenario is replayed', () => {
  it('as lanes, with the fault where it struck and each change under the step that made it', async () => {
    const { value, text } = await printed(() => replayOn(memory, scenario));
    const lines = text.split('\n');
    expect(text).toMatch(
      /schedule: first 5 of #0 wallet#0; then one task at a time, .*\n +#7 backend#1 crashes, back after 100 ms\n/,
    );
    expect(lines.filter((line) => line.startsWith(' step '))).toEqual([
      expect.stringMatching(/^ step +ms {2}clients +backends +Solana +Qdrant +world +for$/),
    ]);
    expect(lines.filter((line) => line.includes('! '))).toEqual([
      expect.stringMatching(/backend#0 --> +submit +! S3-answerLost after +#0 wallet#0$/),
    ]);
    const created = lines.findIndex((line) =>
      line.includes('ledger.threads[thread#0]: nothing -> { thread: thread#0, version: 1,'),
    );
    expect(lines[created]).toMatch(/^ {17}ledger/);
    expect(lines[created - 1]).toMatch(/^ +\d+ +\d+ {2}/);
    expect(text).toMatch(/\nS3-answerLost after of #0 wallet#0 never struck\nmended at step \d+; all agreed after \d+ steps\n/);
    expect(text).toMatch(/\nno violation in \d+ steps\n$/);
    expect(value).toBe(0);
  });

  it('from its very first step on, with what that changed', async () => {
    const first: ConcurrentScenario = {
      ...scenario,
      strategy: { kind: 'segments', segments: [{ task: '#7 world#0', events: 1 }] },
    };
    const { text } = await printed(() => replayOn(memory, first));
    const [head = '', step = '', ...changes] = text.slice(text.indexOf(' step ')).split('\n');
    expect(head).toMatch(/ for$/);
    expect(step).toMatch(/ crash +#7 world#0$/);
    expect(changes[0]).toMatch(/^ {17}backends\[backend#1\]/);
  });

  it('in lanes that are no wider than 130 columns and a long task, and in plain text', async () => {
    const { text } = await printed(() => replayOn(memory, scenario));
    const lanes = text.split('\n').filter((line) => /^ +\d+ +\d+ {2}/.test(line));
    expect(lanes.length).toBeGreaterThan(30);
    for (const line of lanes) expect(line.length, line).toBeLessThanOrEqual(138);
    for (const line of lanes.filter((each) => / #\d+ \S+$/.test(each))) expect(line.length, line).toBeLessThanOrEqual(130);
    expect(text).not.toContain('\u001b');
  });

  it('names the rule it violates, last, and exits 1', async () => {
    const { value, text } = await printed(() => replayOn(neverComesBack(memory), scenario));
    expect(text).toMatch(/; all agreed never\n\nVIOLATION of OR\d+, visible at step \d+\n.+\n$/);
    expect(text).not.toContain('no violation');
    expect(value).toBe(1);
  });

  it('from a shell, in memory or on the ledger that is asked for', () => {
    const file = written('good.json', printAny(scenario));
    for (const [words, ground] of [
      [[], "the model's own reducers"],
      [['--tier', 'svm'], 'Solana: litesvm in process'],
      [['--ledger', 'bankrun'], 'Solana: bankrun in process'],
    ] as const) {
      const { code, stdout, stderr } = choir('replay', file, ...words);
      expect(stdout).toContain(ground);
      expect(stdout).toMatch(/! S3-answerLost after +#0 wallet#0\n/);
      expect(stdout).toMatch(/\nno violation in \d+ steps\n$/);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    }
  });

  it('from a shell, and exits 1 for a system that is broken', () => {
    const world = join(import.meta.dirname, '..', 'simulations', 'world', 'concurrent', 'concurrent-world.ts');
    const unmended = `import { ConcurrentWorld } from ${JSON.stringify(world)};\nConcurrentWorld.prototype.fairRound = async () => {};\n`;
    const file = written('bad.json', printAny(scenario));
    const { code, stdout, stderr } = choirIn({ preload: [written('unmended.mjs', unmended)] }, 'replay', file);
    expect(stdout).toMatch(/\nVIOLATION of OR\d+, visible at step \d+\n/);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  });
});

describe('[UI5] a file that does not fit is refused from a shell, and exits 2', () => {
  const good = JSON.parse(printAny(scenario)) as object;
  const lockstep = { format: 1, kind: 'lockstep', setup: { wallets: 2, backends: 1, balance: '5' }, steps: [] };
  const stray = { kind: 'segments', segments: [{ task: '#9 wallet#0', events: 1 }] };
  it.each([
    ['lockstep', { ...lockstep, format: 3 }, /: at format: .*expected 1, got 3\n$/],
    ['lockstep', { ...lockstep, steps: [{ kind: 'jump' }] }, /: at steps\.0\.kind: .*got "jump"\n$/],
    ['concurrent', { ...good, format: 3 }, /: at format: .*expected 1, got 3\n$/],
    [
      'concurrent',
      { ...good, strategy: stray },
      /: at strategy\.segments\.0\.task: no command has the task "#9 wallet#0"; .*\n$/,
    ],
    [
      'concurrent',
      { ...good, setup: { ...lockstep.setup, skewMs: [], roundMs: 1 } },
      /: at commands\.0: backend#1 does not exist/,
    ],
  ])('%s: %#', (_kind, json, message) => {
    const file = written('misfit.json', JSON.stringify(json));
    const { code, stdout, stderr } = choir('replay', file);
    expect(stderr).toMatch(message);
    expect(stderr.startsWith(`choir: ${file}: at `)).toBe(true);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});
