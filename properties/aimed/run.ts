/** A scenario run once, as the search sees it: its schedule, its port calls, and where on the ground it was at which step. */
import { execute, type Violation } from '#properties/concurrent/execute.ts';
import type { ConcurrentScenario } from '#properties/concurrent/scenario.ts';
import { type Stay, Trail } from '#properties/conformance/ground.ts';
import { readWrites, type WriteTrace } from '#properties/conformance/read-writes.ts';
import type { Tier } from '#simulations/world/authorities.ts';
import { mendingTask, setUpTask } from '#simulations/world/concurrent/concurrent-world.ts';

/** One event of a run, before its mending. */
export interface RunEvent {
  readonly step: number;
  readonly task: string;
  /** `port.method` of a port call; null for an answer and for a timer. */
  readonly call: string | null;
  /** Virtual. */
  readonly atMs: number;
}

export interface Run {
  readonly scenario: ConcurrentScenario;
  readonly events: readonly RunEvent[];
  /** Steps of the ground that were walked. */
  readonly steps: ReadonlySet<string>;
  readonly stays: readonly Stay[];
  readonly violation: Violation | null;
  /** What was observed of each write. */
  readonly writes: readonly WriteTrace[];
}

const labelIn = (key: string): string => /([a-z]+\.[A-Za-z]+)#\d+$/.exec(key)?.[1] ?? key;

export async function runOf(tier: Tier, scenario: ConcurrentScenario): Promise<Run> {
  const trail = new Trail();
  const executed = await execute(tier, scenario, { keepTrace: true, onSeen: trail.see });
  const { trace, healing, walk } = executed;
  const mendedAt = healing?.healed.at ?? Number.POSITIVE_INFINITY;
  const events = trace
    .filter(({ step, task }) => task !== setUpTask && task !== mendingTask && step <= mendedAt)
    .map(({ step, task, kind, key, virtualTimeMs: atMs }) => ({
      step,
      task,
      call: kind === 'effect' ? labelIn(key) : null,
      atMs,
    }));
  return {
    scenario,
    events,
    steps: walk.steps,
    stays: trail.stays,
    violation: executed.violation,
    writes: readWrites(executed.effects),
  };
}
