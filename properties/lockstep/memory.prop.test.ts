/**
 * The lockstep property in the memory tier: the corpus, a fixed campaign, and a fresh one, in a process without servers. Green here
 * shows that the protocol code keeps the rules over authorities that keep theirs; whether real ones do is the svm tier's business.
 */
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRegressions } from '#properties/corpus/corpus.ts';
import { groundOf } from '#simulations/world/lockstep-world.ts';
import { openMemoryTier } from '#simulations/world/memory/memory-tier.ts';
import { openSvmTier } from '#simulations/world/svm/svm-tier.ts';
import type { Ground } from '#simulations/world/system.ts';
import { checkLockstep } from './check-lockstep.ts';
import { describeStep } from './describe-step.ts';
import { runScenario } from './run-scenario.ts';

const corpus = readRegressions(join(import.meta.dirname, '..', 'regressions'));
const minutes = 60_000;

describe('[MY6] lockstep in the memory tier', () => {
  let ground: Ground;
  beforeAll(async () => {
    ground = groundOf(await openMemoryTier());
  });
  afterAll(() => ground.close());

  it.each(corpus.flatMap(({ file, scenario }) => (scenario.kind === 'lockstep' ? [[file, scenario] as const] : [])))(
    'still holds in %s',
    async (_file, scenario) => {
      expect((await runScenario(ground, scenario))?.violation.message ?? '').toBe('');
    },
  );

  it.each([
    ['the scenarios of a fixed seed', 20_260_101, 300],
    ['fresh scenarios', randomInt(2 ** 31), 100],
  ])('holds in %s (%i)', { timeout: 5 * minutes }, async (_what, seed, runs) => {
    const { failure, scenarios, inconclusive } = await checkLockstep({ ground, runs, seed });
    const told =
      failure === null ? [] : [`seed ${seed}`, ...failure.scenario.steps.map(describeStep), failure.scenario.found?.message];
    expect(told.join('\n')).toBe('');
    expect({ scenarios, inconclusive }).toEqual({ scenarios: runs, inconclusive: 0 });
  });

  it('takes the very steps that the real virtual machine, the unmodified Qdrant client and SQLite take', {
    timeout: 5 * minutes,
  }, async () => {
    const real = groundOf(await openSvmTier('litesvm'));
    const run = async (on: Ground) => {
      const { scenarios, commands, effects, stats, failure } = await checkLockstep({ ground: on, runs: 12, seed: 20_260_102 });
      return { scenarios, commands, effects, failure, marks: stats.marks(), counts: [...stats.commands()] };
    };
    try {
      expect(await run(ground)).toEqual(await run(real));
    } finally {
      await real.close();
    }
  });

  it('takes the same effects whenever the same seed is run', async () => {
    const run = async () => {
      const { scenarios, commands, effects, stats } = await checkLockstep({ ground, runs: 20, seed: 5 });
      return { scenarios, commands, effects, marks: stats.marks(), counts: [...stats.commands()] };
    };
    const first = await run();
    expect(first.effects).toBeGreaterThan(1_000);
    expect(await run()).toEqual(first);
  });
});
