/**
 * How soon a planted bug is found and what is left of it. fast-check draws scenarios and shrinks the first that fails, within a
 * cap, for it knows the draws; our own pass finishes, for it knows schedules.
 */
import fc from 'fast-check';
import { shrink } from '#properties/shrink/shrink.ts';
import type { Shape } from '#properties/shrink/shrinkable.ts';
import { switchesIn } from '#properties/shrink/switches.ts';
import { toyScenarios } from './draw-toy.ts';
import { runToy, taskOf } from './run-toy.ts';
import type { Size, Toy, ToyOp, ToyScenario } from './toy.ts';

export interface Find {
  /** Scenarios until the first failure, that one included. */
  readonly foundIn: number;
  readonly size: Size;
  /** The operations left. */
  readonly ops: readonly ToyOp[];
  /** Executions spent on shrinking. */
  readonly executions: number;
}

export interface OwnFind extends Find {
  readonly scenario: ToyScenario;
  /** Certified: nothing can be taken away alone. */
  readonly minimal: boolean;
}

/** Scenarios drawn at most. */
export const huntLimit = 2_000;
/** Executions of all shrinking together, and fast-check's part of it. */
export const shrinkLimit = 400;
const fastCheckLimit = 60;

export function toyShape(toy: Toy): Shape<ToyOp, string, ToyScenario> {
  const plainIds = 3;
  return {
    run: (scenario) => runToy(toy, scenario),
    plainerOps: () => [],
    weakerFaults: () => [],
    ids: ({ id }) => (toy.ids > 1 ? [String(id)] : []),
    rename: (op, from, to) => (String(op.id) === from ? { ...op, id: Number(to) } : op),
    plainerIds: (id) => Array.from({ length: Math.min(plainIds, Number(id)) }, (_, index) => String(index)),
    plainerSetups: () => [],
    taskOf,
  };
}

/** null: not found within the limit. */
export async function hunt(toy: Toy, seed: number, nowMs: () => number): Promise<OwnFind | null> {
  let scenarios = 0;
  let executions = 0;
  let smallest: ToyScenario | null = null;
  const property = fc.asyncProperty(toyScenarios(toy), async (scenario) => {
    if (smallest === null) scenarios += 1;
    else if (executions === fastCheckLimit) return true;
    else executions += 1;
    const { failure } = await runToy(toy, scenario);
    if (failure !== null) smallest = scenario;
    return failure === null;
  });
  await fc.check(property, { seed, numRuns: huntLimit });
  if (smallest === null) return null;
  const limits = { executions: shrinkLimit - executions };
  const {
    scenario,
    minimal,
    executions: own,
  } = await shrink<ToyOp, string, ToyScenario>(smallest, toy.name, toyShape(toy), limits, nowMs);
  const { schedule } = await runToy(toy, scenario);
  const ops = scenario.commands.map(({ op }) => op);
  const faults = scenario.commands.reduce((sum, command) => sum + command.faults.length, 0);
  const size = { commands: ops.length, switches: switchesIn(schedule), faults };
  return { foundIn: scenarios, size, ops, executions: executions + own, scenario, minimal };
}
