/** Runs the steps of a scenario on a fresh system: for replay, for shrinking, for regressions. */
import type { Answer, World } from '#model/index.ts';
import type { Ground, WorldSetup } from '#simulations/world/system.ts';
import { Lockstep, LockstepViolation } from './lockstep.ts';
import type { Step } from './scenario.ts';

export interface ScenarioFailure {
  readonly violation: LockstepViolation;
  /** Index of the step after which it was seen. */
  readonly at: number;
}

/** Told after each step that passed: the answer (null for faults and time), and the model before and after. */
export type Watcher = (index: number, step: Step, answer: Answer | null, before: World, after: World) => void;

/** null when every step passed. Anything but a violation is thrown: it is no verdict. */
export async function runScenario(
  ground: Ground,
  scenario: { readonly setup: WorldSetup; readonly steps: readonly Step[] },
  watch?: Watcher,
): Promise<ScenarioFailure | null> {
  const system = await ground.createSystem(scenario.setup);
  try {
    const lockstep = new Lockstep(system, scenario.setup, null);
    for (const [at, step] of scenario.steps.entries()) {
      const before = lockstep.world;
      try {
        const answer = await lockstep.take(step);
        watch?.(at, step, answer, before, lockstep.world);
      } catch (error) {
        if (error instanceof LockstepViolation) return { violation: error, at };
        throw error;
      }
    }
    return null;
  } finally {
    await system.close();
  }
}
