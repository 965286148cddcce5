/** A schedule that was found, as a scenario that replays it without the exploration: its steps as runs of one task each. */
import { execute } from '#properties/concurrent/execute.ts';
import type { ConcurrentScenario } from '#properties/concurrent/scenario.ts';
import { type ConcurrentFailure, shrunk } from '#properties/concurrent/shrunk.ts';
import type { Event } from '#simulations/engine/event.ts';
import { indexOfKey } from '#simulations/engine/strategies/recorded.ts';
import { mergeSegments, type Segment } from '#simulations/engine/strategies/segments.ts';
import type { Tier } from '#simulations/world/authorities.ts';
import { setUpTask } from '#simulations/world/concurrent/concurrent-world.ts';
import type { FoundViolation } from './explore-scene.ts';

/** The violation came with its schedule only once: a fault of the harness. */
export class NotReplayedError extends Error {
  constructor(property: string, met: string) {
    super(`a schedule that violated ${property} was replayed, and then it was ${met}`);
    this.name = 'NotReplayedError';
  }
}

/** A task's next step, by its key where it is not the one that parked first. */
function segmentOf(event: Event, enabled: readonly Event[]): Segment {
  const task = event.task.name;
  const isFirst = enabled.every((other) => other.task.name !== task || other.arrival >= event.arrival);
  return { task, events: 1, ...(isFirst ? {} : { key: event.key }) };
}

/** Throws a NotReplayedError when it does not come out the same. */
export async function asSegments(tier: Tier, { scenario, keys, violation }: FoundViolation): Promise<ConcurrentScenario> {
  const last: Segment[] = [];
  let preludeSteps = 0;
  const { trace } = await execute(tier, scenario, {
    keepTrace: true,
    lastPhase: ({ gate }) => {
      preludeSteps = gate.steps;
      return {
        name: 'found',
        pick: (enabled, step) => {
          const index = indexOfKey(enabled, keys[step - preludeSteps] ?? '', step);
          last.push(segmentOf(enabled[index] as Event, enabled));
          return index;
        },
      };
    },
  });
  const prelude = trace
    .filter(({ step, task }) => step <= preludeSteps && task !== setUpTask)
    .map(({ task }) => ({ task, events: 1 }));
  const written: ConcurrentScenario = {
    ...scenario,
    strategy: { kind: 'segments', segments: mergeSegments([...prelude, ...last]) },
  };
  const again = (await execute(tier, written)).violation?.property ?? 'none';
  if (again !== violation.property) throw new NotReplayedError(violation.property, again);
  return written;
}

const limits = { executions: 400, ms: 30_000 };

/** @param nowMs wall time, for the limit only */
export async function shrunkSchedule(tier: Tier, found: FoundViolation, nowMs: () => number): Promise<ConcurrentFailure> {
  const scenario = await asSegments(tier, found);
  return shrunk(tier, scenario, { scenario, violation: found.violation }, { ...limits, nowMs });
}
