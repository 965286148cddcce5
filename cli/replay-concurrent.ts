/** Replays a concurrent scenario: lanes, a mark where a fault struck, and under each step what it changed for anybody. */
import { differences } from '#model/difference.ts';
import type { Observation } from '#model/observation.ts';
import { describeScenario } from '#properties/concurrent/describe.ts';
import { execute } from '#properties/concurrent/execute.ts';
import type { ConcurrentScenario } from '#properties/concurrent/scenario.ts';
import { laneHead, laneLine } from '#simulations/report/lanes.ts';
import type { ConcurrentWorld } from '#simulations/world/concurrent/concurrent-world.ts';
import { setUpTask } from '#simulations/world/concurrent/concurrent-world.ts';
import { genesisMs } from '#simulations/world/system.ts';
import { exitCodes } from './exit-codes.ts';
import { type GroundName, openTier } from './ground.ts';

/** Changes shown a step at most; the rest is counted. */
const shownChanges = 8;

export async function replayConcurrent(scenario: ConcurrentScenario, name: GroundName): Promise<number> {
  const tier = await openTier(name, 'faults');
  try {
    process.stdout.write(`${[tier.describe(), ...describeScenario(scenario), '', laneHead()].join('\n')}\n`);
    let before: Observation | null = null;
    const onStep = async (world: ConcurrentWorld): Promise<void> => {
      const step = world.gate.trace.steps.at(-1);
      if (step === undefined || step.task === setUpTask) return;
      const now = await world.observe();
      const changed = before === null ? [] : differences(before, now, '');
      before = now;
      process.stdout.write(`${laneLine(step, genesisMs)}\n`);
      for (const { path, expected, observed } of changed.slice(0, shownChanges))
        process.stdout.write(`${' '.repeat(17)}${path}: ${expected} -> ${observed}\n`);
      if (changed.length > shownChanges)
        process.stdout.write(`${' '.repeat(17)}and ${changed.length - shownChanges} more changes\n`);
    };
    const { violation, healing, inconclusive, steps } = await execute(tier, scenario, { keepTrace: true, onStep });
    if (healing !== null) {
      const agreed = healing.converged === null ? 'never' : `after ${healing.converged.steps} steps`;
      process.stdout.write(`\nmended at step ${healing.healed.at}; all agreed ${agreed}\n`);
    }
    if (violation !== null) {
      process.stdout.write(`\nVIOLATION of ${violation.property}, visible at step ${violation.at}\n${violation.message}\n`);
      return exitCodes.violation;
    }
    if (inconclusive.length > 0) {
      process.stdout.write(`\ninconclusive: ${inconclusive.join('; ')}\n`);
      return exitCodes.trouble;
    }
    process.stdout.write(`no violation in ${steps} steps\n`);
    return exitCodes.ok;
  } finally {
    await tier.close();
  }
}
