/**
 * Breadth-first exploration of a finite piece of a state space: every state within so many steps of a start, each once, and every
 * step between them. States are told apart by their canonical text. Exact counts make a regression guard.
 */
import { canonical } from '../canonical.ts';

export interface Explored {
  readonly states: number;
  readonly transitions: number;
}

/** @param visit called once for every transition, in breadth-first order */
export function exploreWithin<State, Label>(
  start: State,
  depth: number,
  next: (state: State) => readonly { readonly label: Label; readonly state: State }[],
  visit: (from: State, label: Label, to: State) => void,
): Explored {
  const seen = new Set([canonical(start)]);
  let frontier: readonly State[] = [start];
  let transitions = 0;
  for (let level = 0; level < depth; level += 1) {
    const found: State[] = [];
    for (const from of frontier) {
      for (const { label, state } of next(from)) {
        transitions += 1;
        visit(from, label, state);
        const key = canonical(state);
        if (seen.has(key)) continue;
        seen.add(key);
        found.push(state);
      }
    }
    frontier = found;
  }
  return { states: seen.size, transitions };
}
