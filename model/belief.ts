/**
 * What can be believed of a system that is only seen from outside: a bounded, non-empty set of worlds, without doubles. An action
 * leads each world to one or more; answers and observations strike out those that do not fit. When none is left, the system did
 * something it must not: a contradiction, told by its smallest differences from the closest world.
 */
import type { Action } from './action.ts';
import { canonical } from './canonical.ts';
import { type Difference, differences, isSame } from './difference.ts';
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

/** Every answer the action may get, and what is to be believed after each. */
export function advance(
  belief: Belief,
  action: Action,
  bound: number = maxWorlds,
): { readonly kind: 'advanced'; readonly possible: readonly Possibility[] } | TooWide {
  const answered = new Map<string, { readonly answer: Answer; readonly worlds: [World, ...World[]] }>();
  for (const { world, answer } of belief.worlds.flatMap((each) => act(each, action))) {
    const key = canonical(answer);
    const same = answered.get(key);
    if (same === undefined) answered.set(key, { answer, worlds: [world] });
    else same.worlds.push(world);
  }
  const possible: Possibility[] = [];
  for (const { answer, worlds } of answered.values()) {
    const settled = merged(worlds, bound);
    if (settled.kind === 'tooWide') return settled;
    possible.push({ answer, belief: settled.belief });
  }
  return { kind: 'advanced', possible };
}

/** What is to be believed after the action got this answer. Everything but an operation answers `done`. */
export function settleAnswer(belief: Belief, action: Action, answer: Answer, bound: number = maxWorlds): Settled {
  const branches = belief.worlds.flatMap((world) => act(world, action));
  const fitting = branches.filter((branch) => isSame(branch.answer, answer)).map(({ world }) => world);
  if (isSome(fitting)) return merged(fitting, bound);
  return closest(
    'answer',
    branches.map((branch) => ({ world: branch.world, found: differences(branch.answer, answer, 'answer') })),
  );
}

/** What is to be believed after this was seen. */
export function settleObservation(belief: Belief, observed: Observation): Settled {
  const seen = belief.worlds.map((world) => ({ world, found: observationDifferences(expected(world), observed) }));
  const worlds = seen.filter(({ found }) => found.length === 0).map(({ world }) => world);
  return isSome(worlds) ? { kind: 'believed', belief: { worlds } } : closest('observation', seen);
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

function merged(worlds: Belief['worlds'], bound: number): Believed | TooWide {
  if (worlds.length === 1) return { kind: 'believed', belief: { worlds } };
  const distinct = new Map(worlds.map((world) => [canonical(world), world]));
  if (distinct.size > bound) return { kind: 'tooWide', worlds: distinct.size, bound };
  return { kind: 'believed', belief: { worlds: [...distinct.values()] as unknown as Belief['worlds'] } };
}

const isSome = <Element>(list: readonly Element[]): list is readonly [Element, ...Element[]] => list.length > 0;
