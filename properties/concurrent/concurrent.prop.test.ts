/**
 * Everybody at once: the corpus, campaigns of a fixed and a fresh seed in memory, a short one on each real ground, and the harness
 * itself, judged by tiers that lie in one place. Green here shows nothing about schedules and faults that were not drawn; how much
 * was is in the figures of `npm run check`.
 */
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRegressions } from '#properties/corpus/corpus.ts';
import type { Tier } from '#simulations/world/authorities.ts';
import type { PortFault } from '#simulations/world/concurrent/command.ts';
import { faultRules } from '#simulations/world/concurrent/fault-rules.ts';
import { groundOf } from '#simulations/world/lockstep-world.ts';
import { openMemoryTier } from '#simulations/world/memory/memory-tier.ts';
import { openSvmTier } from '#simulations/world/svm/svm-tier.ts';
import { concurrentScenarios, scenarioOf } from './arbitrary.ts';
import { checkConcurrent } from './check-concurrent.ts';
import { describeScenario } from './describe.ts';
import { execute } from './execute.ts';
import { addFigures, type Figures, figuresOf, marksIn, noFigures, percentile, requiredMarks } from './figures.ts';
import { confirmsTooEarly, forgetsMetadata, neverComesBack } from './lies.ts';
import type { ConcurrentCommand, ConcurrentScenario } from './scenario.ts';

const minutes = 60_000;
const nowMs = (): number => performance.now();

const by = (
  id: number,
  actor: string,
  op: ConcurrentCommand['op'],
  faults: ConcurrentCommand['faults'] = [],
): ConcurrentCommand => ({
  id,
  actor,
  op,
  priority: 0,
  demotions: [],
  faults,
});

const serially = (commands: readonly ConcurrentCommand[]): ConcurrentScenario => ({
  format: 1,
  kind: 'concurrent',
  setup: { wallets: 2, backends: 2, balance: 100_000n, skewMs: [], roundMs: 4_000 },
  strategy: { kind: 'serial' },
  commands,
});

let memory: Tier;
beforeAll(async () => {
  memory = await openMemoryTier();
});

describe('[CW1] [A-2] [A-3] [T-1.5] [T-2.4] [T-2.5] everybody at once, and all oracles hold', () => {
  const corpus = readRegressions(join(import.meta.dirname, '..', 'regressions'));
  it.each(corpus.flatMap(({ file, scenario }) => (scenario.kind === 'concurrent' ? [[file, scenario] as const] : [])))(
    'still in %s',
    async (_file, scenario) => {
      expect((await execute(memory, scenario)).violation?.message ?? '').toBe('');
    },
  );

  it.each([
    ['a fixed seed', 20_260_301, 300],
    ['a fresh seed', randomInt(2 ** 31), 150],
  ])('in memory, scenarios of %s (%i)', { timeout: 5 * minutes }, async (_what, seed, runs) => {
    const { failure, nondeterminism, figures } = await checkConcurrent({ tier: memory, runs, seed, nowMs, twiceEvery: 10 });
    expect(failure === null ? '' : [...describeScenario(failure.scenario), failure.violation.message].join('\n')).toBe('');
    expect(nondeterminism).toBeNull();
    const { scenarios, inconclusive, twice } = figures;
    expect({ scenarios, inconclusive, twice }).toEqual({ scenarios: runs, inconclusive: 0, twice: runs / 10 });
  });

  it.each(['litesvm', 'bankrun'] as const)('on %s, over HTTP and SQLite', { timeout: 5 * minutes }, async (ledger) => {
    const tier = await openSvmTier(ledger, { prefer: 'emulator' });
    try {
      const { failure, nondeterminism, figures } = await checkConcurrent({ tier, runs: 15, seed: 5, nowMs, twiceEvery: 5 });
      expect(failure === null ? '' : [...describeScenario(failure.scenario), failure.violation.message].join('\n')).toBe('');
      expect(nondeterminism).toBeNull();
      expect(figures.scenarios).toBe(15);
    } finally {
      await tier.close();
    }
  });
});

describe('[CW2] the same scenario is the same run', () => {
  const draw = (): readonly ConcurrentScenario[] =>
    fc.sample(concurrentScenarios({ maxCommands: 10, exactly: true }), { numRuns: 12, seed: 41 });

  it('again and in another order', async () => {
    const scenarios = draw();
    const first = new Map<ConcurrentScenario, string>();
    for (const scenario of scenarios) first.set(scenario, (await execute(memory, scenario)).traceHash);
    for (const scenario of scenarios.toReversed()) expect((await execute(memory, scenario)).traceHash).toBe(first.get(scenario));
    expect(new Set(first.values()).size).toBeGreaterThan(8);
  });

  it('in another process', { timeout: minutes }, async () => {
    const { status, stdout } = spawnSync(
      process.execPath,
      ['--import', 'tsx', 'cli/main.ts', 'soak', '--memory', '0', '--svm', '0', '--replays', '24'],
      { cwd: join(import.meta.dirname, '..', '..'), encoding: 'utf8' },
    );
    expect(stdout).toMatch(/24 of 24 saved scenarios replayed to the same trace/);
    expect(status).toBe(0);
  });
});

describe('[CW3] each fault strikes what it can, on its side, and is told apart as planned, fired and effective', () => {
  const thread = 'thread#0';
  const spec = { thread, author: 'wallet#1', text: 'let me in' };
  /** A scene in which every port call there is comes by. */
  const scene = (fault: PortFault, position: 'before' | 'after'): ConcurrentScenario => {
    const faults = [{ at: 1, position, fault }];
    const barrier = (id: number): ConcurrentCommand => by(id, 'world#0', { kind: 'barrier' });
    return serially([
      by(0, 'wallet#0', { kind: 'createThread', thread }),
      barrier(1),
      by(2, 'wallet#1', { kind: 'submitSpec', thread, text: spec.text, stake: 4_000n }, faults),
      barrier(3),
      by(4, 'wallet#0', { kind: 'post', thread, text: 'hello' }, faults),
      by(5, 'wallet#0', { kind: 'vote', content: spec, choice: 'approve' }, faults),
      by(6, 'wallet#1', { kind: 'search', text: 'hello' }, faults),
      by(7, 'wallet#1', { kind: 'readStrong', thread }, faults),
    ]);
  };
  const plain: readonly PortFault[] = [
    { kind: 'S1-dropped' },
    { kind: 'S2-expired' },
    { kind: 'S2-nearly', leftMs: 1_600 },
    { kind: 'S3-answerLost', as: 'silence' },
    { kind: 'S5-twice' },
    { kind: 'S6-forked', count: 1 },
    { kind: 'S7-lagging', slots: 8 },
    { kind: 'S7-oldThread', slots: 8 },
    { kind: 'S8-refused', as: 'rateLimited' },
    { kind: 'S9-events', change: 'drop', index: 0 },
    { kind: 'S10-preflight' },
    { kind: 'S11-forged', as: 'author' },
    { kind: 'Q1-acknowledged' },
    { kind: 'Q2-answerLost', as: 'waitTimeout' },
    { kind: 'Q3-refused', as: 'unavailable503' },
    { kind: 'Q4-delayed', afterMs: 1_500 },
    { kind: 'Q4-again', back: 0 },
    { kind: 'Q5-stale', forMs: 4_000 },
    { kind: 'Q6-partial' },
    { kind: 'Q9-altered' },
    { kind: 'Q9-lost' },
    { kind: 'B1-crash', downMs: 500 },
    { kind: 'F2-closed' },
    { kind: 'F3-lost' },
    { kind: 'F3-unheard' },
    { kind: 'F3-again', afterMs: 1_500 },
    { kind: 'F3-doubled' },
    { kind: 'C2-slow', ms: 20_000 },
  ];
  const cases = plain.flatMap((fault) =>
    faultRules[fault.kind].positions.map((position) => [fault.kind, position, fault] as const),
  );

  it('there is one of every kind', () => {
    expect(new Set(plain.map(({ kind }) => kind))).toEqual(new Set(Object.keys(faultRules)));
  });

  it.each(cases)('%s %s', async (_kind, position, fault) => {
    const { faults, violation } = await execute(memory, scene(fault, position));
    expect(violation).toBeNull();
    expect(faults).toHaveLength(5);
    expect(faults.filter(({ fired }) => fired).length).toBeGreaterThan(0);
    expect(faults.every(({ fired, effective }) => fired || !effective)).toBe(true);
  });
});

describe('[CW12] a campaign that breaks', () => {
  /** Nobody is let in, and each time for another reason. */
  const broken = (): { readonly tier: Tier; readonly closed: string[] } => {
    const closed: string[] = [];
    let opened = 0;
    const open: Tier['open'] = async (options) => {
      const authorities = await memory.open(options);
      opened += 1;
      const reason = `no disk ${opened}`;
      const disk = (): never => {
        throw new Error(reason);
      };
      const close = async (): Promise<void> => {
        closed.push(reason);
        await authorities.close();
      };
      return { ...authorities, close, disk: (index) => ({ ...authorities.disk(index), open: disk }) };
    };
    return { tier: { ...memory, open }, closed };
  };

  it('ends with what it met first, and leaves no world open', async () => {
    const { tier, closed } = broken();
    await expect(checkConcurrent({ tier, runs: 20, seed: 3, nowMs })).rejects.toThrow('no disk 1');
    expect(closed).toEqual(['no disk 1']);
    await expect(groundOf(tier).createSystem({ wallets: 1, backends: 1, balance: 1n })).rejects.toThrow('no disk 2');
    expect(closed).toEqual(['no disk 1', 'no disk 2']);
  });
});

describe('[CW4] healing names what is missing, and gives up when nothing moves any more', () => {
  it('a content store that never comes back', async () => {
    const post = by(2, 'wallet#0', { kind: 'divest', thread: 'thread#0' });
    const cut = by(1, 'world#0', { kind: 'cut', authority: 'qdrant', forMs: 500 });
    const { healing, violation, inconclusive } = await execute(
      neverComesBack(memory),
      serially([cut, by(0, 'wallet#0', { kind: 'createThread', thread: 'thread#0' }), post]),
    );
    expect(healing?.converged).toBeNull();
    expect(healing?.ended.pending.join('\n')).toMatch(/updates of the content store to do/);
    expect(violation?.property ?? inconclusive.join()).toMatch(/OR21|content-converges/);
  });

  it('a run without faults agrees at once, within the budget that was measured', async () => {
    const drawn = fc.sample(concurrentScenarios({ maxCommands: 10, faults: false }), { numRuns: 30, seed: 8 });
    for (const scenario of drawn) {
      const { healing, violation } = await execute(memory, scenario);
      expect(violation).toBeNull();
      expect(healing?.converged).not.toBeNull();
    }
  });
});

describe('[CW5] the generator', () => {
  it('draws the same from the same seed, chooses arguments that are seldom out of place, and every operation and fault', async () => {
    const draw = (faults: boolean): readonly ConcurrentScenario[] =>
      fc.sample(concurrentScenarios({ maxCommands: 14, exactly: true, faults }), { numRuns: 400, seed: 11 });
    const drawn = draw(true);
    expect(draw(true)).toEqual(drawn);
    expect(Math.max(...drawn.map(({ commands }) => commands.length))).toBe(14);
    const kinds = new Set(drawn.flatMap(({ commands }) => commands.map(({ op }) => op.kind)));
    expect(kinds.size).toBe(31);
    const faults = drawn.flatMap(({ commands }) => commands.flatMap((each) => each.faults.map(({ fault }) => fault.kind)));
    expect(new Set(faults)).toEqual(new Set(Object.keys(faultRules)));
    let figures: Figures = noFigures;
    for (const scenario of draw(false).slice(0, 60))
      figures = addFigures(figures, figuresOf(scenario, await execute(memory, { ...scenario, strategy: { kind: 'serial' } })));
    const writes = ['post', 'submitSpec', 'vote', 'settle'].map((kind) => figures.commands[kind] ?? { drawn: 0, refused: 0 });
    const sum = (field: 'drawn' | 'refused'): number => writes.reduce((total, each) => total + each[field], 0);
    expect(sum('refused') / sum('drawn')).toBeLessThan(0.5);
  });

  it('shrinks to what is plainest: one command after another, nothing fails, nobody first', () => {
    const plain = { kind: 0, client: 0, target: 0, detail: 0, aim: 0, priority: 0, demoteAt: 0, wait: 0, faults: [] };
    const drawn = { swarm: 0, faultSwarm: 0, prelude: 0, env: 0, strategy: 7, salt: 0, commands: [plain, plain], degraded: 0 };
    const { setup, strategy, commands } = scenarioOf(drawn, { wallets: 1, faults: true, maxCommands: 2 });
    expect({ setup, strategy }).toEqual({
      setup: { wallets: 1, backends: 2, balance: 100_000n, skewMs: [], roundMs: 4_000 },
      strategy: { kind: 'serial' },
    });
    expect(commands.length).toBeGreaterThan(0);
    for (const command of commands) expect(command).toMatchObject({ priority: 0, demotions: [], faults: [] });
  });

  it('serial is one command after another: none begins before the one above has ended', async () => {
    const drawn = fc.sample(concurrentScenarios({ maxCommands: 10, exactly: true, faults: false }), { numRuns: 20, seed: 3 });
    let compared = 0;
    for (const scenario of drawn) {
      const { history } = await execute(memory, { ...scenario, strategy: { kind: 'serial' } });
      const inOrder = history.operations.toSorted((a, b) => a.id - b.id);
      inOrder.forEach(({ call }, index) => {
        for (const { end } of inOrder.slice(0, index)) {
          if (end === null) continue;
          expect(end.at).toBeLessThanOrEqual(call);
          compared += 1;
        }
      });
    }
    expect(compared).toBeGreaterThan(100);
  });
});

describe('[CW6] figures', () => {
  it('add up, and know every required mark', async () => {
    const drawn = fc.sample(concurrentScenarios({ maxCommands: 12, exactly: true }), { numRuns: 40, seed: 2 });
    let figures: Figures = noFigures;
    for (const scenario of drawn) figures = addFigures(figures, figuresOf(scenario, await execute(memory, scenario)));
    expect(figures.scenarios).toBe(40);
    const planned = drawn.flatMap(({ commands }) => commands.flatMap(({ faults }) => faults)).length;
    expect(Object.values(figures.faults).reduce((sum, each) => sum + each.planned, 0)).toBe(planned);
    expect(Object.values(figures.commands).reduce((sum, each) => sum + each.drawn, 0)).toBe(
      drawn.reduce((sum, { commands }) => sum + commands.length, 0),
    );
    expect(Object.keys(marksIn(figures))).toEqual(requiredMarks);
    const [low, high] = [percentile(figures.convergence, 0.5) ?? 0, percentile(figures.convergence, 1) ?? 0];
    expect(low).toBeGreaterThan(0);
    expect(high).toBeGreaterThanOrEqual(low);
  });
});

describe('[CW7] a system that lies in one place is found out, and what is left is small', () => {
  const find = (tier: Tier) => checkConcurrent({ tier, runs: 600, seed: 9, nowMs });

  it('what is only processed is told as confirmed', { timeout: 2 * minutes }, async () => {
    const { failure } = await find(confirmsTooEarly(memory));
    expect(failure?.violation.property).toMatch(/^(design|OR(2|4|5|8|9|15))$/);
    expect(failure?.scenario.commands.length).toBeLessThanOrEqual(6);
  });

  it('every second metadata write is lost', { timeout: 2 * minutes }, async () => {
    const { failure } = await find(forgetsMetadata(memory));
    expect(failure?.violation.property).toMatch(/^OR(10|21)$/);
    expect(failure?.scenario.commands.length).toBeLessThanOrEqual(4);
  });
});

afterAll(async () => {
  await memory.close();
});
