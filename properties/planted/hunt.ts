/** How soon a planted bug is found and what is left of it: fast-check draws and shrinks first, our own pass finishes. */
import fc from 'fast-check';
import { shrink } from '#properties/shrink/shrink.ts';
import { runToy, type Size, type Toy, type ToyScenario, toyScenarios, toyShape } from './toy.ts';

export interface Hunt {
  /** Scenarios until the first failure; null: not within the limit. */
  readonly foundIn: number | null;
  readonly size: Size | null;
  /** Executions spent on shrinking. */
  readonly executions: number;
  readonly minimal: boolean;
}

export const huntLimit = 2_000;
const fastCheckRuns = 60;
const ownRuns = 340;

export const isMinimum = ({ commands, switches, faults }: Size, { minimum }: Toy): boolean =>
  commands === minimum.commands && switches === minimum.switches && faults === minimum.faults;

async function sizeOf(toy: Toy, scenario: ToyScenario): Promise<Size> {
  const { switches } = await runToy(toy, scenario);
  return {
    commands: scenario.commands.length,
    switches,
    faults: scenario.commands.reduce((sum, { faults }) => sum + faults.length, 0),
  };
}

export async function hunt(toy: Toy, seed: number, nowMs: () => number): Promise<Hunt> {
  let scenarios = 0;
  let shrinkRuns = 0;
  let smallest: ToyScenario | null = null;
  const property = fc.asyncProperty(toyScenarios(toy), async (scenario) => {
    if (smallest === null) scenarios += 1;
    else if (shrinkRuns >= fastCheckRuns) return true;
    else shrinkRuns += 1;
    const { failure } = await runToy(toy, scenario);
    if (failure !== null) smallest = scenario;
    return failure === null;
  });
  await fc.check(property, { seed, numRuns: huntLimit });
  if (smallest === null) return { foundIn: null, size: null, executions: 0, minimal: false };
  const small = await shrink(smallest as ToyScenario, toy.name, toyShape(toy), { executions: ownRuns, ms: 30_000 }, nowMs);
  return {
    foundIn: scenarios,
    size: await sizeOf(toy, small.scenario),
    executions: shrinkRuns + small.executions,
    minimal: small.minimal,
  };
}
