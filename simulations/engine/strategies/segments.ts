/**
 * Stays with one task for so many of its events, then goes on to the next: a schedule a person can read, whose switches can be
 * counted. After the last segment one task after another, to its end: the task whose event parked first, then whoever is first of
 * the rest. Tolerant: a task that is not there, or has nothing enabled, ends its segment, so that a schedule survives the removal
 * of others' work.
 */
import type { Event } from '../event.ts';
import { best, type Strategy } from '../strategy.ts';

export interface Segment {
  readonly task: string;
  /** At least 1. */
  readonly events: number;
  /** The one event it is, by its key, where that is not the one of the task's that parked first. */
  readonly key?: string;
}

const earliest = (enabled: readonly Event[]): Event =>
  enabled[best(enabled, (candidate, champion) => candidate.arrival < champion.arrival)] as Event;

export function segments(list: readonly Segment[]): Strategy {
  let at = 0;
  let used = 0;
  /** The task at hand after the last segment. */
  let last: string | null = null;
  const choose = (enabled: readonly Event[]): Event => {
    const of = (task: string): readonly Event[] => enabled.filter((event) => event.task.name === task);
    for (let segment = list[at]; segment !== undefined; segment = list[at]) {
      const { task, events, key } = segment;
      const mine = used < events ? of(task).filter((event) => key === undefined || event.key === key) : [];
      if (mine.length > 0) {
        used += 1;
        return earliest(mine);
      }
      at += 1;
      used = 0;
    }
    const mine = last === null ? [] : of(last);
    const chosen = earliest(mine.length > 0 ? mine : enabled);
    last = chosen.task.name;
    return chosen;
  };
  return { name: 'segments', pick: (enabled) => enabled.indexOf(choose(enabled)) };
}

/** Neighbours of one task are one segment, but for those that name their event. */
export function mergeSegments(list: readonly Segment[]): readonly Segment[] {
  const merged: Segment[] = [];
  for (const segment of list) {
    const last = merged.at(-1);
    if (last?.task === segment.task && last.key === undefined && segment.key === undefined)
      merged[merged.length - 1] = { task: last.task, events: last.events + segment.events };
    else merged.push(segment);
  }
  return merged;
}

/** A schedule (the name of a task a step) as segments. */
export const segmentsOf = (schedule: readonly string[]): readonly Segment[] =>
  mergeSegments(schedule.map((task) => ({ task, events: 1 })));
