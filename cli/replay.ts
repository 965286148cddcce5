/** `choir replay FILE`: runs a saved scenario step by step; shows each, what it was answered, and what it changed. */
import { differences, observe, type World } from '#model/index.ts';
import { describeAnswer } from '#properties/lockstep/describe-answer.ts';
import { describeStep } from '#properties/lockstep/describe-step.ts';
import { runScenario } from '#properties/lockstep/run-scenario.ts';
import type { Scenario } from '#properties/lockstep/scenario.ts';
import { groundOf } from '#simulations/world/lockstep-world.ts';
import { exitCodes } from './exit-codes.ts';
import { type GroundName, type GroundOptions, openTier } from './ground.ts';
import { groundOfFile, loadScenario } from './load-scenario.ts';
import { replayConcurrent } from './replay-concurrent.ts';

/** Changes shown a step at most; the rest is counted. */
const shownChanges = 12;

function changes(before: World, after: World): readonly string[] {
  const found = differences(observe(before), observe(after), '').map(
    ({ path, expected, observed }) => `       ${path}: ${expected} -> ${observed}`,
  );
  return found.length <= shownChanges
    ? found
    : [...found.slice(0, shownChanges), `       and ${found.length - shownChanges} more changes`];
}

export async function replay(file: string, options: GroundOptions): Promise<number> {
  const scenario = loadScenario(file);
  const name = groundOfFile(scenario, options);
  return scenario.kind === 'concurrent' ? replayConcurrent(scenario, name) : replayLockstep(scenario, name);
}

async function replayLockstep(scenario: Scenario, name: GroundName): Promise<number> {
  const ground = groundOf(await openTier(name));
  try {
    process.stdout.write(`${ground.describe()}\n`);
    const failure = await runScenario(ground, scenario, (index, step, answer, before, after) => {
      const told = answer === null ? '' : ` -> ${describeAnswer(answer)}`;
      process.stdout.write(`${String(index + 1).padStart(4)}. ${describeStep(step)}${told}\n`);
      for (const line of changes(before, after)) process.stdout.write(`${line}\n`);
    });
    if (failure === null) {
      process.stdout.write(`no violation in ${scenario.steps.length} steps\n`);
      return exitCodes.ok;
    }
    const step = scenario.steps[failure.at];
    process.stdout.write(`${String(failure.at + 1).padStart(4)}. ${step === undefined ? '' : describeStep(step)}\n`);
    process.stdout.write(`\nVIOLATION of ${failure.violation.property}\n${failure.violation.message}\n`);
    return exitCodes.violation;
  } finally {
    await ground.close();
  }
}
