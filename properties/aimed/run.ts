/** A scenario run once, as the search sees it: its schedule, its port calls, and where on the ground it was at which step. */
import { execute, type Executed } from '#properties/concurrent/execute.ts';
import type { ConcurrentScenario } from '#properties/concurrent/scenario.ts';
import type { Stay } from '#properties/conformance/ground.ts';
import type { Tier } from '#simulations/world/authorities.ts';
import { setUpTask } from '#simulations/world/concurrent/concurrent-world.ts';

/** One event of a run, before its mending. */
export interface RunEvent {
  readonly step: number;
  readonly task: string;
  /** `port.method` of a port call; null for an answer and for a timer. */
  readonly call: string | null;
}

export interface Run {
  readonly scenario: ConcurrentScenario;
  readonly events: readonly RunEvent[];
  /** Steps of the ground that were walked. */
  readonly steps: ReadonlySet<string>;
  readonly stays: readonly Stay[];
  readonly executed: Executed;
}

const labelIn = (key: string): string => /([a-z]+\.[A-Za-z]+)#\d+$/.exec(key)?.[1] ?? key;

export async function runOf(tier: Tier, scenario: ConcurrentScenario): Promise<Run> {
  const executed = await execute(tier, scenario, { keepTrace: true });
  const { trace, healing, walk } = executed;
  const mendedAt = healing?.healed.at ?? Number.POSITIVE_INFINITY;
  const events = trace
    .filter(({ step, task }) => task !== setUpTask && step <= mendedAt)
    .map(({ step, task, kind, key }) => ({ step, task, call: kind === 'effect' ? labelIn(key) : null }));
  return { scenario, events, steps: walk.steps, stays: walk.stays, executed };
}
