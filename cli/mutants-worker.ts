/**
 * Hunts one mutant, in a process that was started with its text in place of the file's (`properties/mutants/apply.ts`). What hunts is
 * imported only now, so that a text that cannot be loaded is told as such.
 */
import { loadedMark } from '#properties/mutants/apply.ts';
import type { HuntReport } from '#properties/mutants/hunt.ts';
import type { LieName } from '#properties/mutants/lies-told.ts';
import type { HuntingGround } from '#properties/mutants/mutant.ts';
import { serveOrder } from './serve-order.ts';

export interface HuntOrder {
  readonly ground: HuntingGround;
  readonly scenarios: number;
  readonly seed: number;
  readonly budgetMs?: number;
  readonly lie?: LieName;
  readonly shrinks?: boolean;
}

const broken = (message: string): HuntReport => ({ kind: 'broken', message });
const textOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));

serveOrder(async ({ ground, ...order }: HuntOrder, onScenario): Promise<HuntReport> => {
  try {
    const [{ hunt }, { openTier }] = await Promise.all([import('#properties/mutants/hunt.ts'), import('./ground.ts')]);
    const tier = await openTier(ground, 'faults');
    if (!Reflect.has(globalThis, loadedMark)) return broken(`no scenario on ${ground} loads its file`);
    try {
      return await hunt(tier, { ...order, nowMs: () => performance.now(), onScenario });
    } finally {
      await tier.close();
    }
  } catch (error) {
    return broken(textOf(error));
  }
});
