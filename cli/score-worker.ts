/** Scores one mutant, in a process that was started with its text in place of the file's, as `mutants-worker.ts` hunts one. */
import { loadedMark } from '#properties/mutants/apply.ts';
import type { Column, Score } from '#properties/mutants/columns.ts';
import type { LieName } from '#properties/mutants/lies-told.ts';
import type { HuntingGround } from '#properties/mutants/mutant.ts';
import { serveOrder } from './serve-order.ts';

export interface ScoreOrder {
  readonly ground: HuntingGround;
  readonly columns: readonly Column[];
  readonly seeds: readonly number[];
  readonly scenarios: number;
  readonly stockScenarios: number;
  readonly budgetMs?: number;
  readonly lie?: LieName;
}

serveOrder(async ({ ground, columns, ...order }: ScoreOrder): Promise<Score> => {
  const [{ score }, { openTier }] = await Promise.all([import('#properties/mutants/score.ts'), import('./ground.ts')]);
  const tier = await openTier(ground, 'faults');
  if (!Reflect.has(globalThis, loadedMark)) throw new Error(`no scenario on ${ground} loads its file`);
  try {
    return await score(tier, columns, { ...order, nowMs: () => performance.now() });
  } finally {
    await tier.close();
  }
});
