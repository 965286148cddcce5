/** A soak with tiny numbers: what it says, and for what it fails. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Figures, noFigures } from '#properties/concurrent/figures.ts';
import { choir, choirIn } from './choir-process.ts';
import { unwrapped } from './printed.ts';
import { scratch } from './scratch.ts';
import { soakExitCode } from './soak.ts';

const { written } = scratch();

describe('[UI8] a soak', () => {
  it('runs in memory and on both ledgers, replays elsewhere, and says what it did', { timeout: 180_000 }, () => {
    const { code, stdout: told } = choir('soak', '--memory', '6', '--svm', '3', '--replays', '3', '--jobs', '2', '--seed', '4');
    const stdout = unwrapped(told);
    const ran = (ground: string, scenarios: number): RegExp =>
      new RegExp(
        `^${ground}, everybody at once: ${scenarios} scenarios, \\d+ steps in .*: no violation, 0 inconclusive, 0 of`,
        'm',
      );
    for (const [ground, scenarios] of [
      ['memory', 6],
      ['litesvm', 2],
      ['bankrun', 1],
    ] as const)
      expect(stdout).toMatch(ran(ground, scenarios));
    expect(stdout).toMatch(/^3 of 3 saved scenarios replayed to the same trace in another process/m);
    const counts = [...(/^strategy.*?\n\n/ms.exec(stdout)?.[0] ?? '').matchAll(/ (\d+)$/gm)].map(([, count]) => Number(count));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(9);
    expect(stdout).toMatch(/\nmark +count\n.*\nQ5 stale read +\d+\n.*\n\d+ of \d+ marks reached; never: .*\nseed 4\n$/s);
    expect(code).toBe(0);
  });

  it('of replays alone has no figures to show', () => {
    const { code, stdout } = choir('soak', '--memory', '0', '--svm', '0', '--replays', '2', '--seed', '4');
    expect(unwrapped(stdout)).toMatch(/^2 of 2 saved scenarios replayed to the same trace in another process, [^\n]*\nseed 4\n$/);
    expect(code).toBe(0);
  });

  it('notices, and exits 3, where another process runs them otherwise', () => {
    const world = join(import.meta.dirname, '..', 'simulations', 'world', 'concurrent', 'concurrent-world.ts');
    // In this process only: its workers load nothing first.
    const text = `import { ConcurrentWorld } from ${JSON.stringify(world)};\nConcurrentWorld.prototype.fairRound = async () => {};\n`;
    const file = written('unmended.mjs', text);
    const { code, stdout } = choirIn({ preload: [file] }, 'soak', '--memory', '0', '--svm', '0', '--replays', '3', '--seed', '4');
    expect(unwrapped(stdout)).toMatch(/^0 of 3 saved scenarios replayed to the same trace in another process/);
    expect(code).toBe(3);
  });

  const fine = { figures: noFigures, hasFailure: false, differing: 0 };
  const figures = (over: Partial<Figures>): { readonly figures: Figures } => ({ figures: { ...noFigures, ...over } });
  it.each([
    ['exits 0 without any trouble', 0, {}],
    ['exits 1 for a violation, whatever else there was', 1, { hasFailure: true, differing: 1 }],
    ['exits 3 for a scenario without a verdict', 3, figures({ inconclusive: 1 })],
    ['exits 3 for a scenario that was not the same twice', 3, figures({ nondeterministic: 1 })],
    ['exits 3 for a scenario that was another elsewhere', 3, { differing: 1 }],
    ['[VG5] exits 3 for marks never reached in a long one', 3, figures({ scenarios: 20_000 })],
    ['exits 0 for marks never reached in a short one', 0, figures({ scenarios: 200 })],
  ])('%s', (_what, code, over) => {
    expect(soakExitCode({ ...fine, ...over })).toBe(code);
  });
});
