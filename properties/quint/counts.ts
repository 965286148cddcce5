/** How many states and steps there are, as either tool counts them. */
import type { Exploration } from '#model/explore/exploration.ts';
import { explore } from '#model/explore/explorer.ts';
import type { Spec } from '#model/explore/spec.ts';
import type { UpdateSlots } from '#model/protocols/slots.ts';
import type { QuintScope } from './updates.ts';

/** As `Explored` in `model/quint/explored.qnt`. */
export interface Counts {
  /** States by their distance from the start. */
  readonly levels: readonly number[];
  /** Different ends of every rule, from every state counted. */
  readonly steps: number;
  readonly unsound: number;
  /** States that bear each mark. */
  readonly marks: ReadonlyMap<string, number>;
}

export interface Counted {
  readonly scope: QuintScope;
  readonly depth: number;
  readonly found: Counts;
}

interface QuintCounted {
  readonly scope: QuintScope;
  readonly depth: bigint;
  readonly found: {
    readonly levels: readonly bigint[];
    readonly steps: bigint;
    readonly unsound: bigint;
    readonly marks: ReadonlyMap<string, bigint>;
  };
}

/** From the value of `counted`. */
export const countedByQuint = (value: unknown): readonly Counted[] =>
  (value as readonly QuintCounted[]).map(({ scope, depth, found: { levels, steps, unsound, marks } }) => ({
    scope,
    depth: Number(depth),
    found: {
      levels: levels.map(Number),
      steps: Number(steps),
      unsound: Number(unsound),
      marks: new Map([...marks].map(([mark, count]) => [mark, Number(count)])),
    },
  }));

/** Quint's names of our marks. */
const markNames: ReadonlyMap<string, string> = new Map([
  ['confirmed', 'a write is confirmed to its client'],
  ['refused', 'a write is refused to its client'],
  ['unsettled', 'a client does not know how its write ended'],
  ['again', 'bytes are to go out again'],
  ['expired', 'bytes can never land'],
  ['landed', 'bytes land'],
]);

/** @param depth states farther from the start do not count */
export function countedByUs(spec: Spec<UpdateSlots>, depth: number): Counts {
  const explored = explore(spec, { symmetry: false, maxDepth: depth + 1 });
  const starts = explored.search.levels;
  const end = starts[depth + 1] ?? explored.states;
  const levels = starts.slice(0, depth + 1).map((from, level) => (starts[level + 1] ?? explored.states) - from);
  const states = Array.from({ length: end }, (_, index) => explored.state(index));
  const isUnsound = (state: UpdateSlots): boolean =>
    spec.always.some(({ slots, problem }) => problem(...valuesOf(state, slots)) !== null);
  const countOf = (name: string): number => {
    const mark = spec.sometimes.find((each) => each.name === name);
    if (mark === undefined) throw new Error(`no mark of the design is called '${name}'`);
    return states.filter((state) => mark.holds(...valuesOf(state, mark.slots))).length;
  };
  return {
    levels,
    steps: states.reduce((sum, _, index) => sum + differentSteps(explored, index), 0),
    unsound: states.filter(isUnsound).length,
    marks: new Map([...markNames].map(([theirs, ours]) => [theirs, countOf(ours)])),
  };
}

const valuesOf = (state: UpdateSlots, slots: readonly (keyof UpdateSlots & string)[]): readonly never[] =>
  slots.map((slot) => state[slot] as never);

const differentSteps = (explored: Exploration<UpdateSlots>, index: number): number =>
  new Set(explored.stepsFrom(index).map(({ rule, to }) => `${rule} ${to}`)).size;

/** First thing that differs, in one sentence; null when nothing does. */
export function differenceOf(theirs: Counts, ours: Counts): string | null {
  const level = Array.from({ length: Math.max(theirs.levels.length, ours.levels.length) }).findIndex(
    (_, at) => theirs.levels[at] !== ours.levels[at],
  );
  if (level !== -1)
    return `${level} steps from the start Quint has ${theirs.levels[level]} states, we have ${ours.levels[level]}`;
  const numbers = ({ steps, unsound, marks }: Counts): readonly (readonly [string, number])[] => [
    ['steps', steps],
    ['unsound states', unsound],
    ...[...marks].map(([mark, count]) => [`states marked ${mark}`, count] as const).sort(),
  ];
  const mine = new Map(numbers(ours));
  const [other] = numbers(theirs).filter(([what, count]) => mine.get(what) !== count);
  return other === undefined ? null : `Quint counts ${other[1]} ${other[0]}, we count ${mine.get(other[0])}`;
}
