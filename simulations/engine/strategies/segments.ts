/**
 * Stays with one task for so many of its events, then goes on to the next, and after the last by the priorities that tasks carry (by
 * arrival where they carry none): a schedule a person can read, whose switches can be counted. Tolerant: a task that is not there, or has nothing enabled, ends its segment, so that the
 * schedule survives the removal of others' work.
 */
import type { Event } from '../event.ts';
import { best, type Strategy } from '../strategy.ts';
import { pct } from './pct.ts';

export interface Segment {
  readonly task: string;
  /** At least 1. */
  readonly events: number;
}

const earliest = (enabled: readonly Event[]): number =>
  best(enabled, (candidate, champion) => candidate.arrival < champion.arrival);

export function segments(list: readonly Segment[]): Strategy {
  const rest = pct();
  let at = 0;
  let used = 0;
  return {
    name: 'segments',
    pick: (enabled, step) => {
      for (let segment = list[at]; segment !== undefined; segment = list[at]) {
        const { task, events } = segment;
        const mine = enabled.filter((event) => event.task.name === task);
        if (used < events && mine.length > 0) {
          used += 1;
          return enabled.indexOf(mine[earliest(mine)] as Event);
        }
        at += 1;
        used = 0;
      }
      return rest.pick(enabled, step);
    },
  };
}

/** Runs of one task in a schedule (a task's name a step), as segments. */
export function segmentsOf(schedule: readonly string[]): readonly Segment[] {
  const list: { task: string; events: number }[] = [];
  for (const task of schedule) {
    const last = list.at(-1);
    if (last?.task === task) last.events += 1;
    else list.push({ task, events: 1 });
  }
  return list;
}
