/**
 * The schedule as a short list of stretches: what the failing run did, a task at a time, with stretches removed and joined for as
 * long as it still fails. A random strategy says nothing to a person; "two steps of this, then all of that" does.
 */
import { type Segment, segmentsOf } from '#simulations/engine/strategies/segments.ts';
import type { Shrinkable } from './shrinkable.ts';
import { removeFrom, type Trial } from './trial.ts';

/** Writes a strategy that is not serial as the segments of the run it makes, where that run still fails. */
export async function toSegments<Op, Fault, S extends Shrinkable<Op, Fault>>(trial: Trial<Op, Fault, S>): Promise<void> {
  const { kind } = trial.best.strategy;
  if (kind === 'serial' || kind === 'segments') return;
  const execution = await trial.run(trial.best);
  if (execution === null) return;
  const list = segmentsOf(execution.schedule);
  await trial.adopt({ ...withoutPriorities(trial.best), strategy: { kind: 'segments', segments: list } });
}

/** Segments do not look at them. */
const withoutPriorities = <Op, Fault, S extends Shrinkable<Op, Fault>>(scenario: S): S => ({
  ...scenario,
  commands: scenario.commands.map((command) => ({ ...command, priority: 0, demotions: [] })),
});

export async function joinSegments<Op, Fault, S extends Shrinkable<Op, Fault>>(trial: Trial<Op, Fault, S>): Promise<void> {
  const read = (): readonly Segment[] => (trial.best.strategy.kind === 'segments' ? trial.best.strategy.segments : []);
  const attempt = (list: readonly Segment[]): Promise<boolean> =>
    trial.adopt({
      ...trial.best,
      strategy: list.length === 0 ? { kind: 'serial' } : { kind: 'segments', segments: merged(list) },
    });
  for (;;) {
    const before = trial.best;
    await removeFrom(read, attempt, () => trial.isSpent);
    await joinOne(read, attempt);
    await shorten(read, attempt);
    if (trial.best === before || trial.isSpent) return;
  }
}

/** Neighbours of one task are one segment. */
function merged(list: readonly Segment[]): readonly Segment[] {
  const joined: Segment[] = [];
  for (const segment of list) {
    const last = joined.at(-1);
    if (last?.task === segment.task) joined[joined.length - 1] = { task: last.task, events: last.events + segment.events };
    else joined.push(segment);
  }
  return joined;
}

/** Joins two segments of one task, into the earlier or the later, wherever it goes on failing. */
async function joinOne(read: () => readonly Segment[], attempt: (list: readonly Segment[]) => Promise<boolean>): Promise<void> {
  for (let first = 0; first < read().length; first += 1) {
    for (let second = first + 2; second < read().length; second += 1) {
      const list = read();
      const [a, b] = [list[first], list[second]];
      if (a === undefined || b === undefined || a.task !== b.task) continue;
      const both: Segment = { task: a.task, events: a.events + b.events };
      const rest = (at: number): readonly Segment[] =>
        list.flatMap((segment, index) => (index === at ? [both] : index === first || index === second ? [] : [segment]));
      if ((await attempt(rest(first))) || (await attempt(rest(second)))) {
        first = -1;
        break;
      }
    }
  }
}

/** Fewer events in a segment, down to one: the count that is left is the moment that matters. */
async function shorten(read: () => readonly Segment[], attempt: (list: readonly Segment[]) => Promise<boolean>): Promise<void> {
  for (let index = 0; index < read().length; index += 1) {
    for (;;) {
      const list = read();
      const segment = list[index];
      if (segment === undefined || segment.events <= 1) break;
      const put = (events: number): readonly Segment[] => list.map((each, at) => (at === index ? { ...each, events } : each));
      if (await attempt(put(segment.events >> 1))) continue;
      if (!(await attempt(put(segment.events - 1)))) break;
    }
  }
}
