/**
 * Probabilistic concurrency testing (Burckhardt and others, ASPLOS 2010): the enabled task of highest priority runs; at d - 1
 * points the running task falls below all others. A bug that needs d ordered events among n tasks and k events is hit with
 * probability at least 1 / (n k^(d-1)). Priorities and points are carried by the tasks, or drawn by `drawPctPlan`; without either
 * it is serial. Unfair: a task that spins may starve all others, so never judge liveness under it.
 */
import type { Demotion, TaskView } from '../event.ts';
import { seededRandom } from '../seeded-random.ts';
import { best, type Strategy } from '../strategy.ts';

export interface PctOrder {
  readonly priority: number;
  /** Sorted by `at`. */
  readonly demotions: readonly Demotion[];
}

/** What each task, by its ordinal, is given; tasks beyond the end keep what they carry. */
export type PctPlan = readonly PctOrder[];

export interface PctShape {
  /** From 1; a bug of depth d needs d - 1 changes of priority. */
  readonly depth: number;
  readonly tasks: number;
  /** The most events a task is thought to have. */
  readonly eventsPerTask: number;
}

/** Distinct priorities above 0 in random order, and depth - 1 demotions to distinct priorities below 0 anywhere. */
export function drawPctPlan(seed: number, { depth, tasks, eventsPerTask }: PctShape): PctPlan {
  const random = seededRandom(seed);
  const priorities = Array.from({ length: tasks }, (_, index) => index + 1);
  for (let i = tasks - 1; i > 0; i -= 1) {
    const j = random.below(i + 1);
    [priorities[i], priorities[j]] = [priorities[j] as number, priorities[i] as number];
  }
  const demotions = Array.from({ length: tasks }, (): Demotion[] => []);
  for (let change = 1; change < depth && tasks > 0; change += 1) {
    demotions[random.below(tasks)]?.push({ at: random.below(eventsPerTask), to: -change });
  }
  return priorities.map((priority, task) => ({
    priority,
    demotions: (demotions[task] as Demotion[]).sort((a, b) => a.at - b.at),
  }));
}

function priorityNow({ priority, demotions }: PctOrder, { executed }: TaskView): number {
  let now = priority;
  for (const { at, to } of demotions) {
    if (at > executed) break;
    now = to;
  }
  return now;
}

export function pct(plan: PctPlan | null = null): Strategy {
  const orderOf = (task: TaskView): PctOrder => plan?.[task.ordinal] ?? task;
  return {
    name: 'pct',
    pick: (enabled) =>
      best(enabled, (candidate, champion) => {
        const mine = priorityNow(orderOf(candidate.task), candidate.task);
        const theirs = priorityNow(orderOf(champion.task), champion.task);
        return mine > theirs || (mine === theirs && candidate.arrival < champion.arrival);
      }),
  };
}
