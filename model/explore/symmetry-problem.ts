/**
 * Whether a spec's symmetries are what they must be, looked for in its reachable states: a group, under which the steps, the number of
 * checks that fail and convergence are the same. A wrong one would hide states without a sign.
 * Null shows it of the states looked at only: the nearest to the starts.
 */
import type { CompiledPredicate } from './compiled.ts';
import { explore } from './explorer.ts';
import type { Machine } from './machine.ts';
import type { AnySpec, Spec } from './spec.ts';
import { Stepper } from './stepper.ts';
import { Quotient } from './symmetry.ts';

/** @param maxStates states to look at @returns one sentence on the first that is wrong, or null */
export function symmetryProblem<Slots>(spec: Spec<Slots>, maxStates: number): string | null {
  const { machine, visited, states } = explore(spec, { symmetry: false, maxStates, properties: new Set() });
  const { symmetries } = spec as unknown as AnySpec;
  const quotient = new Quotient(machine, symmetries);
  const ids = new Int32Array(machine.slots.length);
  for (let index = 0; index < states; index += 1) {
    visited.read(index, ids);
    for (const [number, image] of quotient.images(ids).entries()) {
      const what = number === 0 ? null : difference(machine, quotient, ids, image, number);
      if (what === null) continue;
      const state = JSON.stringify(machine.decode(ids));
      return `symmetry '${symmetries[number - 1]?.name}' of spec '${spec.name}' changes ${what} of ${state}`;
    }
  }
  return null;
}

function difference(machine: Machine, quotient: Quotient, ids: Int32Array, image: Int32Array, number: number): string | null {
  if (textOf(quotient.representative(ids)) !== textOf(quotient.representative(image))) return 'the representative';
  const failing = (at: Int32Array): number => count(machine.always, at);
  if (failing(ids) !== failing(image)) return 'the number of failing checks';
  if (machine.isConverged(ids) !== machine.isConverged(image)) return 'the convergence';
  const renamed = successors(machine, ids).map((child) => textOf(quotient.images(child)[number] as Int32Array));
  const direct = successors(machine, image).map(textOf);
  return renamed.sort().join(';') === direct.sort().join(';') ? null : 'the steps';
}

const textOf = (ids: Int32Array): string => ids.join();
const count = (checks: readonly CompiledPredicate[], ids: Int32Array): number => checks.filter((each) => !each.holds(ids)).length;

function successors(machine: Machine, ids: Int32Array): readonly Int32Array[] {
  const found: Int32Array[] = [];
  const stepper = new Stepper(machine);
  stepper.ids.set(ids);
  stepper.begin();
  stepper.each(machine.rules, () => {
    found.push(stepper.child.slice());
    return false;
  });
  return found;
}
