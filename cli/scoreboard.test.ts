/** The scoreboard: what its page says of scores, that the page is made of those that are kept, and that every way of searching runs. */
import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { columns } from '#properties/mutants/columns.ts';
import { knownMutants } from '#properties/mutants/known.ts';
import { score } from '#properties/mutants/score.ts';
import { ConcurrentWorld } from '#simulations/world/concurrent/concurrent-world.ts';
import { openMemoryTier } from '#simulations/world/memory/memory-tier.ts';
import { howItWasMade, readScores, scoreboard, scoreboardFile } from './scoreboard.ts';
import { middle, ratio, type ScoreRow, scoreboardPage } from './scoreboard-report.ts';

const row = (id: string, scores: ScoreRow['scores']): ScoreRow => ({
  ...{ id, file: 'impl/x.ts', ground: 'memory', scenarios: 50, stockScenarios: 200, seeds: 3, scores },
  hunted: { by: 'OR4', commands: 3 },
});
const quick = row('quick', { drawn: [2, 4, 3], pct: [1, 1, 1], stock: [30, 12, 6] });
const hard = row('hard', { drawn: [10, 40, null], stock: [null, null] });
const lone = row('lone', { drawn: [null, null], stock: [20, 20, 80] });

describe('[MU12] the scoreboard', () => {
  it('takes the median over the seeds, a miss for more than the limit', () => {
    expect([quick, hard, lone].map((each) => middle(each, 'drawn'))).toEqual([3, 40, Number.POSITIVE_INFINITY]);
    expect(middle(quick, 'sticky')).toBeNull();
  });

  it('compares with the geometric mean over what both find', () => {
    expect(ratio([quick, hard, lone], 'drawn', 'stock')).toEqual({ mean: 4, of: 1 });
    expect(ratio([quick, row('twin', { drawn: [5], stock: [5] })], 'drawn', 'stock')?.mean).toBeCloseTo(2);
    expect(ratio([hard], 'drawn', 'stock')).toBeNull();
  });

  it('says what was found how soon, where another way wins, and what was missed', () => {
    const page = scoreboardPage({ rows: [quick, hard, lone] }, ['how']);
    expect(page).toContain('| `quick` | memory | OR4 | 3 |  | 3 (2-4) | 1 (1-1) |  |  |  |  | 12 (6-30) |');
    expect(page).toContain('| `hard` | memory | OR4 | 3 |  | 40 (10->50) |  |  |  |  |  | none in 200 |');
    expect(page).toContain('\n- pct: `quick`\n');
    expect(page).toContain('\n- stock: `lone`\n\n## What was missed');
    expect(page).toMatch(/\n- drawn: `lone`\n.*\n- stock: `hard`\n/s);
  });

  it('is the page of the scores that are kept, which are of known mutants', () => {
    const kept = readScores();
    expect(readFileSync(scoreboardFile, 'utf8')).toBe(scoreboardPage(kept, howItWasMade, knownMutants.length));
    const known = new Set(knownMutants.map(({ id }) => id));
    expect(kept.rows.filter(({ id }) => !known.has(id))).toEqual([]);
  });

  it('refuses a mutant that there is not, and figures that are none', async () => {
    const options = { seeds: 1, scenarios: 1, stockScenarios: 1, jobs: 1 };
    await expect(scoreboard({ ...options, only: ['nobody'] })).rejects.toThrow('there is no mutant nobody');
    await expect(scoreboard({ ...options, hunted: 'package.json' })).rejects.toThrow('is not what mutants --json writes');
  });

  it('hunts in every way: nothing where nothing is wrong, and at once where nothing is ever mended', async () => {
    const tier = await openMemoryTier();
    const options = {
      seeds: [1, 2, 3],
      scenarios: 8,
      stockScenarios: 8,
      nowMs: () => performance.now(),
    };
    const clean = await score(tier, columns, options);
    expect(Object.values(clean)).toEqual(columns.map(() => [null, null]));
    const unmended = vi.spyOn(ConcurrentWorld.prototype, 'fairRound').mockResolvedValue();
    const wrong = await score(tier, columns, options).finally(() => unmended.mockRestore());
    for (const column of columns)
      expect(
        wrong[column]?.filter((each) => each !== null),
        column,
      ).not.toEqual([]);
  });
});
