/**
 * A short loop through a strongly connected component that a weakly fair run may repeat for ever: somewhere on it every rule is either
 * not enabled or taken. Goes to whatever still is owed and nearest, then back; cuts out what turned out to be a detour. Short, not
 * always shortest: that would be a travelling salesman's tour.
 */
import type { ExploredStep } from './exploration.ts';

/** What there is to do in a state of the component. */
export interface Place {
  /** Steps that stay in the component. */
  readonly inside: readonly ExploredStep[];
  /** Rules that are not enabled here. */
  readonly disabled: readonly string[];
}

/**
 * @param entry a state of the component
 * @param rules names of all that must be treated fairly; each is disabled or taken somewhere in the component
 */
export function fairLoop(entry: number, rules: readonly string[], placeOf: (state: number) => Place): readonly ExploredStep[] {
  const owed = new Set(rules);
  const pay = (state: number): void => {
    for (const rule of placeOf(state).disabled) owed.delete(rule);
  };
  pay(entry);
  const loop: ExploredStep[] = [];
  const go = (isGoal: (step: ExploredStep) => boolean): void => {
    for (const step of nearest(loop.at(-1)?.to ?? entry, placeOf, isGoal)) {
      loop.push(step);
      owed.delete(step.rule);
      pay(step.to);
    }
  };
  while (owed.size > 0) go(({ rule, to }) => owed.has(rule) || placeOf(to).disabled.some((each) => owed.has(each)));
  if (loop.at(-1)?.to !== entry) go(({ to }) => to === entry);
  return withoutDetours(loop, (steps) => isFair(steps, rules, placeOf));
}

/** Whether a loop, repeated for ever, treats every rule fairly. */
export function isFair(loop: readonly ExploredStep[], rules: readonly string[], placeOf: (state: number) => Place): boolean {
  const settled = new Set(loop.flatMap(({ rule, to }) => [rule, ...placeOf(to).disabled]));
  return rules.every((rule) => settled.has(rule));
}

/** The shortest way inside the component whose last step is a goal; there is one. */
function nearest(
  from: number,
  placeOf: (state: number) => Place,
  isGoal: (step: ExploredStep) => boolean,
): readonly ExploredStep[] {
  const cameBy = new Map<number, ExploredStep | null>([[from, null]]);
  for (const [state] of cameBy) {
    for (const step of placeOf(state).inside) {
      if (isGoal(step)) return wayOf(step, cameBy);
      if (!cameBy.has(step.to)) cameBy.set(step.to, step);
    }
  }
  throw new Error('impossible: a component that is not connected');
}

function wayOf(last: ExploredStep, cameBy: ReadonlyMap<number, ExploredStep | null>): readonly ExploredStep[] {
  const way = [last];
  for (let step = cameBy.get(last.from); step !== null && step !== undefined; step = cameBy.get(step.from)) way.push(step);
  return way.reverse();
}

/** Without those parts that lead back to where they began and are not needed. */
function withoutDetours(
  loop: readonly ExploredStep[],
  isStillFair: (loop: readonly ExploredStep[]) => boolean,
): readonly ExploredStep[] {
  for (const [first, { from }] of loop.entries()) {
    const last = loop.findLastIndex(({ to }, index) => index >= first && to === from);
    if (last === -1 || last - first + 1 === loop.length) continue;
    const shorter = loop.toSpliced(first, last - first + 1);
    if (isStillFair(shorter)) return withoutDetours(shorter, isStillFair);
  }
  return loop;
}
