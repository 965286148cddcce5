/**
 * What can be believed of a system that is only seen from outside: a bounded, non-empty set of worlds, without doubles. An action
 * leads each world to one or more; answers and observations strike out those that do not fit. When none is left, the system did
 * something it must not: a contradiction, told by its smallest differences from the closest world.
 */
import type { Action } from './action.ts';
import { canonical } from './canonical.ts';
import { type Difference, differences } from './difference.ts';
import type { Answer, Observation } from './observation.ts';
import { expected, observationDifferences } from './observe.ts';
import { act } from './system.ts';
import type { World } from './world.ts';

export interface Belief {
  readonly worlds: readonly [World, ...World[]];
}

/** Default bound on the worlds of one belief. */
export const maxWorlds = 64;

/** More worlds than the bound: nothing was dropped, nothing is believed. */
export interface TooWide {
  readonly kind: 'tooWide';
  readonly worlds: number;
  readonly bound: number;
}

export interface Contradiction {
  readonly kind: 'contradiction';
  readonly about: 'answer' | 'observation';
  /** How many worlds were possible, none of which fits. */
  readonly worlds: number;
  /** The one that differs least, and where. */
  readonly closest: World;
  readonly differences: readonly [Difference, ...Difference[]];
}

export interface Believed {
  readonly kind: 'believed';
  readonly belief: Belief;
}

export type Settled = Believed | Contradiction | TooWide;

export const believe = (world: World): Belief => ({ worlds: [world] });

export interface Possibility {
  readonly answer: Answer;
  readonly belief: Belief;
}

/** Every answer the action may get, and what is to be believed after each; keys are canonical texts of the answers. */
export function advance(
  belief: Belief,
  action: Action,
  bound: number = maxWorlds,
): { readonly kind: 'advanced'; readonly possible: ReadonlyMap<string, Possibility> } | TooWide {
  const possible = new Map<string, Possibility>();
  for (const { answer, worlds } of byAnswer(belief, action).values()) {
    const settled = merged(worlds, bound);
    if (settled.kind === 'tooWide') return settled;
    possible.set(canonical(answer), { answer, belief: settled.belief });
  }
  return { kind: 'advanced', possible };
}

/** What is to be believed after the action got this answer. Everything but an operation answers `done`. */
export function settleAnswer(belief: Belief, action: Action, answer: Answer, bound: number = maxWorlds): Settled {
  const possible = byAnswer(belief, action);
  const fitting = possible.get(canonical(answer));
  if (fitting !== undefined) return merged(fitting.worlds, bound);
  const misses = [...possible.values()].flatMap(({ answer: possibleAnswer, worlds }) =>
    worlds.map((world) => ({ world, found: differences(possibleAnswer, answer, 'answer') })),
  );
  return closest('answer', misses);
}

/** What is to be believed after this was seen. */
export function settleObservation(belief: Belief, observed: Observation): Settled {
  const seen = belief.worlds.map((world) => ({ world, found: observationDifferences(expected(world), observed) }));
  const [first, ...others] = seen.filter(({ found }) => found.length === 0).map(({ world }) => world);
  if (first === undefined) return closest('observation', seen);
  return { kind: 'believed', belief: others.length + 1 === seen.length ? belief : { worlds: [first, ...others] } };
}

interface Miss {
  readonly world: World;
  readonly found: readonly Difference[];
}

function closest(about: Contradiction['about'], misses: readonly Miss[]): Contradiction {
  const least = misses.reduce((best, each) => (each.found.length < best.found.length ? each : best));
  const [first, ...rest] = least.found;
  return {
    kind: 'contradiction',
    about,
    worlds: misses.length,
    closest: least.world,
    differences: [first as Difference, ...rest],
  };
}

/** A contradiction in lines a person can read. */
export function explain({ about, worlds, differences: found }: Contradiction): string {
  const head = `${about}: none of ${worlds} possible worlds fits; the closest differs in ${found.length}:`;
  return [head, ...found.map((each) => `  ${each.path}: expected ${each.expected}, observed ${each.observed}`)].join('\n');
}

type Answered = ReadonlyMap<string, { readonly answer: Answer; readonly worlds: readonly World[] }>;

function byAnswer(belief: Belief, action: Action): Answered {
  const answered = new Map<string, { readonly answer: Answer; readonly worlds: World[] }>();
  for (const before of belief.worlds) {
    for (const { world, answer } of act(before, action)) {
      const key = canonical(answer);
      const same = answered.get(key);
      if (same === undefined) answered.set(key, { answer, worlds: [world] });
      else same.worlds.push(world);
    }
  }
  return answered;
}

/** Never called with none. */
function merged(worlds: readonly World[], bound: number): Believed | TooWide {
  const [first, ...others] =
    worlds.length === 1 ? worlds : [...new Map(worlds.map((world) => [canonical(world), world])).values()];
  if (others.length + 1 > bound) return { kind: 'tooWide', worlds: others.length + 1, bound };
  return { kind: 'believed', belief: { worlds: [first as World, ...others] } };
}
