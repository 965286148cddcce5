/** `choir replay FILE`: runs a saved scenario step by step; shows each, what it was answered, and what it changed. */
import { type Answer, differences, observe, type World } from '#model/index.ts';
import { type AnyScenario, readScenario } from '#properties/corpus/corpus.ts';
import { describeStep } from '#properties/lockstep/describe-step.ts';
import { runScenario } from '#properties/lockstep/run-scenario.ts';
import type { Scenario } from '#properties/lockstep/scenario.ts';
import { ScenarioError } from '#properties/scenario-file/parts.ts';
import { groundOf } from '#simulations/world/lockstep-world.ts';
import { exitCodes, UsageError } from './exit-codes.ts';
import { type GroundName, type GroundOptions, groundsFor, openTier } from './ground.ts';
import { replayConcurrent } from './replay-concurrent.ts';

/** Changes shown a step at most; the rest is counted. */
const shownChanges = 12;

function describeAnswer(answer: Answer | null): string {
  switch (answer?.kind) {
    case undefined:
      return '';
    case 'done':
    case 'unsettled':
      return ` -> ${answer.kind}`;
    case 'confirmed':
      return ` -> confirmed, version ${answer.version}`;
    case 'refused':
      return ` -> refused ${answer.code}`;
    case 'view':
      return ` -> ${answer.view.thread} at version ${answer.view.version}`;
    case 'hits':
      return ` -> ${answer.hits.length} found`;
  }
}

function changes(before: World, after: World): readonly string[] {
  const found = differences(observe(before), observe(after), '').map(
    ({ path, expected, observed }) => `       ${path}: ${expected} -> ${observed}`,
  );
  return found.length <= shownChanges
    ? found
    : [...found.slice(0, shownChanges), `       and ${found.length - shownChanges} more changes`];
}

function load(file: string): AnyScenario {
  try {
    return readScenario(file);
  } catch (error) {
    if (error instanceof ScenarioError) throw new UsageError(`${file}: ${error.message}`);
    throw error;
  }
}

export async function replay(file: string, options: GroundOptions): Promise<number> {
  const scenario = load(file);
  // A scenario in which everybody acts at once was most likely found in the fast tier; the other kind was made for the real ones.
  const tier = scenario.kind === 'concurrent' && options.ledger === undefined ? 'memory' : 'svm';
  const [name = 'litesvm'] = groundsFor({ tier, ...options });
  return scenario.kind === 'concurrent' ? replayConcurrent(scenario, name) : replayLockstep(scenario, name);
}

async function replayLockstep(scenario: Scenario, name: GroundName): Promise<number> {
  const ground = groundOf(await openTier(name));
  try {
    process.stdout.write(`${ground.describe()}\n`);
    const failure = await runScenario(ground, scenario, (index, step, answer, before, after) => {
      process.stdout.write(`${String(index + 1).padStart(4)}. ${describeStep(step)}${describeAnswer(answer)}\n`);
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
