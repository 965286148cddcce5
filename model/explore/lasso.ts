/**
 * A loop through a strongly connected component that a weakly fair run may repeat for ever: somewhere on it every rule is either not
 * enabled or taken. The shortest one, where that is found within a bounded search; else it goes to whatever still is owed and nearest,
 * and then back.
 */
import type { ExploredStep } from './exploration.ts';

/** What there is to do in a state of the component. */
export interface Place {
  /** Steps that stay in the component. */
  readonly inside: readonly ExploredStep[];
  /** Rules that are not enabled here. */
  readonly disabled: ReadonlySet<string>;
}

type PlaceOf = (state: number) => Place;

/** A way from the entry, and the rules that it has neither taken nor seen disabled. */
interface Way {
  readonly last: ExploredStep | null;
  readonly before: Way | null;
  readonly owed: readonly string[];
}

/**
 * @param entry a state of the component
 * @param rules names of all that must be treated fairly; each is disabled or taken somewhere in the component
 * @param most ways looked at for the shortest loop
 */
export function fairLoop(entry: number, rules: readonly string[], placeOf: PlaceOf, most: number): readonly ExploredStep[] {
  const start: Way = { last: null, before: null, owed: rules.filter((rule) => !placeOf(entry).disabled.has(rule)) };
  const isLoop = ({ last, owed }: Way): boolean => last?.to === entry && owed.length === 0;
  const shortest = search(start, entry, placeOf, isLoop, most);
  if (shortest !== null) return stepsOf(shortest);
  let way = start;
  while (way.owed.length > 0) way = nearest(way, entry, placeOf, ({ owed }) => owed.length < way.owed.length);
  return stepsOf(way.last?.to === entry ? way : nearest(way, entry, placeOf, ({ last }) => last?.to === entry));
}

/** The goal is what changes first, so a state is come to once only. */
function nearest(from: Way, entry: number, placeOf: PlaceOf, isGoal: (way: Way) => boolean): Way {
  return search(from, entry, placeOf, isGoal, Number.POSITIVE_INFINITY) as Way;
}

/** The shortest way on from one that is a goal; null when it is not among the first `most`. */
function search(from: Way, entry: number, placeOf: PlaceOf, isGoal: (way: Way) => boolean, most: number): Way | null {
  const ways = new Map([['', from]]);
  for (const [, before] of ways) {
    for (const last of placeOf(before.last?.to ?? entry).inside) {
      const owed = before.owed.filter((rule) => rule !== last.rule && !placeOf(last.to).disabled.has(rule));
      const way = { last, before, owed };
      if (isGoal(way)) return way;
      const key = `${last.to} ${owed.join()}`;
      if (!ways.has(key)) ways.set(key, way);
    }
    if (ways.size > most) break;
  }
  return null;
}

function stepsOf(way: Way): readonly ExploredStep[] {
  const steps: ExploredStep[] = [];
  for (let at: Way | null = way; at !== null && at.last !== null; at = at.before) steps.push(at.last);
  return steps.reverse();
}
