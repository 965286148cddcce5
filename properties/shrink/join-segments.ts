/**
 * The schedule as a short list of segments: what the failing run did, a task at a time, with segments removed and joined for as
 * long as it still fails. A random strategy says nothing to a person; "two steps of this, then all of that" does. A schedule is
 * better when its run switches less, and among those when its list is shorter, and then when its segments are.
 */
import { mergeSegments, type Segment, segmentsOf } from '#simulations/engine/strategies/segments.ts';
import { burdensOf, removeFrom, unburdened } from './remove.ts';
import type { Shrinkable } from './shrinkable.ts';
import { switchesIn } from './switches.ts';
import type { Trial } from './trial.ts';

/** The two schedules that need no list, in place of a random one: one task after another, and everybody in turn. */
export async function trySerial<Op, Fault, S extends Shrinkable<Op, Fault>>(trial: Trial<Op, Fault, S>): Promise<void> {
  const { kind } = trial.best.strategy;
  if (kind === 'serial' || kind === 'segments') return;
  if (await trial.attempt(withSegments(trial.best, []))) return;
  await trial.attempt({ ...calm(trial.best), strategy: { kind: 'serial' } });
}

/** Writes a random strategy as the segments of the run it makes, where that run still fails. */
export async function toSegments<Op, Fault, S extends Shrinkable<Op, Fault>>(trial: Trial<Op, Fault, S>): Promise<void> {
  const { kind } = trial.best.strategy;
  if (kind !== 'serial' && kind !== 'segments') await trial.attempt(withSegments(trial.best, segmentsOf(trial.schedule)));
}

/** Fewer switches, then fewer segments, then fewer events in them; `serial` where that is no worse. */
export async function joinSegments<Op, Fault, S extends Shrinkable<Op, Fault>>(trial: Trial<Op, Fault, S>): Promise<void> {
  const { kind } = trial.best.strategy;
  if (kind !== 'serial' && kind !== 'segments') return;
  const attempt = (list: readonly Segment[]): Promise<boolean | null> =>
    trial.attemptCalm(withSegments(trial.best, mergeSegments(list)));
  // Serial is plainer than any list: only fewer switches are worth giving it up.
  const before = trial.switches;
  if (kind === 'serial') await trial.attempt(withSegments(trial.best, []), ({ schedule }) => switchesIn(schedule) < before);
  else await attempt([]);
  // Once roughly, since removal of halves is cheap; then what only joining achieves, and what that leaves to remove.
  await removeFrom(() => listOf(trial.best), attempt);
  await joinAll(trial);
  await removeFrom(() => listOf(trial.best), attempt);
  await shorten(() => listOf(trial.best), attempt);
  if (trial.best.strategy.kind === 'segments') await trial.attemptCalm({ ...trial.best, strategy: { kind: 'serial' } });
}

export const listOf = ({ strategy }: Shrinkable<unknown, unknown>): readonly Segment[] =>
  strategy.kind === 'segments' ? strategy.segments : [];

export const withSegments = <Op, Fault, S extends Shrinkable<Op, Fault>>(scenario: S, segments: readonly Segment[]): S => ({
  ...calm(scenario),
  strategy: { kind: 'segments', segments },
});

/** Without priorities and demotions: neither segments nor serial look at them. */
const calm = <Op, Fault, S extends Shrinkable<Op, Fault>>(scenario: S): S => {
  const { commands } = scenario;
  return { ...scenario, commands: unburdened(commands, burdensOf(commands, ['priority', 'demotion'])) };
};

/** Joins segments of the run as it was, those after the end of the list included, until no join makes it switch less. */
async function joinAll<Op, Fault, S extends Shrinkable<Op, Fault>>(trial: Trial<Op, Fault, S>): Promise<void> {
  for (let joined = true; joined && trial.switches > 0; ) {
    joined = false;
    for (const list of joinsOf(segmentsOf(trial.schedule))) {
      const before = trial.switches;
      const did = await trial.attempt(withSegments(trial.best, list), ({ schedule }) => switchesIn(schedule) < before);
      if (did === null) return;
      joined = did;
      if (joined) break;
    }
  }
}

/**
 * Every list in which two segments of a task, with none of its own between them, have become one: into the earlier, into the
 * later, then anywhere between, even inside another's segment. Only lists that are shorter.
 */
export function joinsOf(list: readonly Segment[]): readonly (readonly Segment[])[] {
  const atEnds: (readonly Segment[])[] = [];
  const between: (readonly Segment[])[] = [];
  list.forEach((first, from) => {
    const to = list.findIndex((other, index) => index > from && other.task === first.task);
    const second = list[to];
    if (second === undefined) return;
    const both: Segment = { task: first.task, events: first.events + second.events };
    const inner = list.slice(from + 1, to);
    const total = inner.reduce((sum, { events }) => sum + events, 0);
    for (const cut of [0, total, ...Array.from({ length: total - 1 }, (_, index) => index + 1)]) {
      const [head, tail] = cutAt(inner, cut);
      const joined = mergeSegments([...list.slice(0, from), ...head, both, ...tail, ...list.slice(to + 1)]);
      if (joined.length < list.length) (cut === 0 || cut === total ? atEnds : between).push(joined);
    }
  });
  return [...atEnds, ...between];
}

/** The list's first so many events, and the rest. */
function cutAt(list: readonly Segment[], events: number): readonly [readonly Segment[], readonly Segment[]] {
  const head: Segment[] = [];
  const tail: Segment[] = [];
  let left = events;
  for (const segment of list) {
    const mine = Math.min(left, segment.events);
    left -= mine;
    if (mine > 0) head.push({ ...segment, events: mine });
    if (mine < segment.events) tail.push({ ...segment, events: segment.events - mine });
  }
  return [head, tail];
}

/** Fewer events in a segment, down to one: the count that is left is the moment that matters. */
async function shorten(
  read: () => readonly Segment[],
  attempt: (list: readonly Segment[]) => Promise<boolean | null>,
): Promise<void> {
  for (let index = 0; index < read().length; index += 1) {
    for (const step of [(events: number) => events >> 1, (events: number) => events - 1]) {
      for (let shorter: boolean | null = true; shorter === true; ) {
        const list = read();
        const segment = list[index];
        if (segment === undefined || segment.events <= 1) break;
        shorter = await attempt(list.map((each, at) => (at === index ? { ...each, events: step(each.events) } : each)));
        if (shorter === null) return;
      }
    }
  }
}
