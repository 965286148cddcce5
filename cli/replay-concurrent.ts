/** Replays a concurrent scenario: lanes, a mark where a fault struck, and under each step what it changed for anybody. */
import { differences } from '#model/difference.ts';
import type { Observation } from '#model/observation.ts';
import { describeScenario } from '#properties/concurrent/describe.ts';
import { describeEnd } from '#properties/concurrent/describe-end.ts';
import { type Executed, execute } from '#properties/concurrent/execute.ts';
import type { ConcurrentScenario } from '#properties/concurrent/scenario.ts';
import { laneHead, laneLine } from '#simulations/report/lanes.ts';
import type { Tier } from '#simulations/world/authorities.ts';
import { type ConcurrentWorld, setUpTask } from '#simulations/world/concurrent/concurrent-world.ts';
import { genesisMs } from '#simulations/world/system.ts';
import { exitCodes } from './exit-codes.ts';
import { type GroundName, openTier } from './ground.ts';

/** Changes shown a step at most; the rest is counted. */
const shownChanges = 8;

export async function replayConcurrent(scenario: ConcurrentScenario, name: GroundName): Promise<number> {
  const tier = await openTier(name, 'faults');
  try {
    return await replayOn(tier, scenario);
  } finally {
    await tier.close();
  }
}

/** On a tier that somebody else opens and closes. Returns the exit code. */
export async function replayOn(tier: Tier, scenario: ConcurrentScenario): Promise<number> {
  write([tier.describe(), ...describeScenario(scenario), '', laneHead()]);
  let before: Observation | null = null;
  const onStep = async (world: ConcurrentWorld): Promise<void> => {
    const step = world.gate.trace.steps.at(-1);
    if (step === undefined) return;
    const now = await world.observe();
    // What comes before the scenario is not shown, but the first step may change what it left.
    if (step.task !== setUpTask)
      write([laneLine(step, genesisMs), ...changeLines(before === null ? [] : differences(before, now, ''))]);
    before = now;
  };
  return tellEnd(await execute(tier, scenario, { keepTrace: true, onStep }));
}

const write = (lines: readonly string[]): void => {
  process.stdout.write(`${lines.join('\n')}\n`);
};

function changeLines(changed: ReturnType<typeof differences>): readonly string[] {
  const indent = ' '.repeat(17);
  const shown = changed
    .slice(0, shownChanges)
    .map(({ path, expected, observed }) => `${indent}${path}: ${expected} -> ${observed}`);
  return changed.length <= shownChanges ? shown : [...shown, `${indent}and ${changed.length - shownChanges} more changes`];
}

function tellEnd(executed: Executed): number {
  const { violation, inconclusive, steps } = executed;
  write(['', ...describeEnd(executed)]);
  if (violation !== null) {
    write(['', `VIOLATION of ${violation.property}, visible at step ${violation.at}`, violation.message]);
    return exitCodes.violation;
  }
  if (inconclusive.length > 0) {
    write(['', `inconclusive: ${inconclusive.join('; ')}`]);
    return exitCodes.trouble;
  }
  write([`no violation in ${steps} steps`]);
  return exitCodes.ok;
}
