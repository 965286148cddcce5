/** Steps of our designs as a Quint module, whose evaluation says of each whether Quint takes it too, and counts Quint's states. */
import { relative } from 'node:path';
import { canonical } from '#model/canonical.ts';
import type { ItfRun } from '#model/explore/itf.ts';
import type { AnySlots } from '#model/explore/spec.ts';
import type { UpdateSlots } from '#model/protocols/slots.ts';
import { literalOf, specifications } from './quint.ts';
import { stateMapping } from './state-mapping.ts';
import { type QuintScope, ruleOf, scopeOf, specOf, type UpdateName } from './updates.ts';
import { stepsFrom } from './walks.ts';

export interface Move {
  readonly from: AnySlots;
  readonly rule: string;
  readonly to: AnySlots;
}

/** Each different step of the runs, once. */
export function movesOf(runs: readonly ItfRun[]): readonly Move[] {
  const moves = runs.flatMap(({ start, steps }) =>
    steps.map(({ rule, state }, at) => ({ from: steps[at - 1]?.state ?? start, rule, to: state })),
  );
  return [...new Map(moves.map((move) => [canonical(move), move])).values()];
}

/**
 * A module `exported`, whose variable `right` says for each move whether Quint makes it, and as many steps as we do from where it begins;
 * `counted` is what Quint counts, since reading the specification twice would cost as much as all moves. A definition for each move: the time that Quint takes to infer the type of a list grows with the square of its length.
 *
 * @param directory where the module will be: it imports by relative path
 */
export function exportedToQuint(name: UpdateName, scope: QuintScope, moves: readonly Move[], directory: string): string {
  const spec = specOf(name, scope);
  const { theirs } = stateMapping(scopeOf(name, scope));
  const states = new Map(moves.flatMap(({ from, to }) => [from, to]).map((state) => [canonical(state), state]));
  const names = new Map([...states.keys()].map((key, index) => [key, `s${index}`]));
  const nameOf = (state: AnySlots): string | undefined => names.get(canonical(state));
  const steps = new Map([...states].map(([key, state]) => [key, stepsFrom(spec, state).length]));
  const at = relative(directory, specifications);
  return [
    'module exported {',
    `  import update_state.* from "${at}/state"`,
    `  import update_explored.* from "${at}/explored"`,
    `  import ${name}.* from "${at}/${name}"`,
    '  pure def isRight(from: State, by: str, onward: State, count: int): bool =',
    `    pure val found = steps(${literalOf(scope)}, from)`,
    '    found.contains({ rule: by, state: onward }) and found.size() == count',
    ...[...states].map(
      ([key, state]) => `  pure val ${names.get(key)}: State = ${literalOf(theirs(state as unknown as UpdateSlots))}`,
    ),
    ...moves.map(
      ({ from, rule, to }, index) =>
        `  pure val m${index} = isRight(${nameOf(from)}, ${literalOf(ruleOf(rule))}, ${nameOf(to)}, ${steps.get(canonical(from))})`,
    ),
    '  var right: List[bool]',
    '  var counted: List[Counted]',
    `  action init = all { counted' = COUNTED, right' = [${moves.map((_, index) => `m${index}`).join(', ')}] }`,
    "  action step = all { counted' = counted, right' = right }",
    '}',
    '',
  ].join('\n');
}
