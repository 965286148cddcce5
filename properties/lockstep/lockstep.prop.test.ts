/**
 * The lockstep property on both ledgers: the corpus, fixed scenarios that every run repeats, and a few fresh ones. `npm run check` runs
 * more of the same. Green here does not show that concurrent operations are right: steps are taken one after another.
 */
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRegressions } from '#properties/corpus/corpus.ts';
import { groundOf } from '#simulations/world/lockstep-world.ts';
import { openSvmTier } from '#simulations/world/svm/svm-tier.ts';
import type { Ground } from '#simulations/world/system.ts';
import { checkLockstep } from './check-lockstep.ts';
import { describeStep } from './describe-step.ts';
import { runScenario } from './run-scenario.ts';

const corpus = readRegressions(join(import.meta.dirname, '..', 'regressions'));
const fixedSeeds = [20_260_101, 7];
const minutes = 60_000;

describe.each(['litesvm', 'bankrun'] as const)(
  '[D-1] [D-2] [D-3] [D-4] [I-1] [I-2] [I-3] [I-4] [V-1] [V-2] [V-3] lockstep on %s',
  (ledger) => {
    let ground: Ground;
    beforeAll(async () => {
      ground = groundOf(await openSvmTier(ledger));
    });
    afterAll(() => ground.close());

    /** The failure as text; empty when there is none. */
    const campaign = async (seed: number, runs: number): Promise<string> => {
      const { failure } = await checkLockstep({ ground, runs, seed });
      return failure === null
        ? ''
        : [`seed ${seed}`, ...failure.scenario.steps.map(describeStep), failure.scenario.found?.message].join('\n');
    };

    it.each(corpus.flatMap(({ file, scenario }) => (scenario.kind === 'lockstep' ? [[file, scenario] as const] : [])))(
      'still holds in %s',
      async (_file, scenario) => {
        expect((await runScenario(ground, scenario))?.violation.message ?? '').toBe('');
      },
    );

    it.each(fixedSeeds)('holds in the scenarios of seed %i', { timeout: 5 * minutes }, async (seed) => {
      expect(await campaign(seed, 12)).toBe('');
    });

    it('holds in fresh scenarios', { timeout: 5 * minutes }, async () => {
      expect(await campaign(randomInt(2 ** 31), 6)).toBe('');
    });
  },
);
