/**
 * A shortest run to a state, from parent pointers alone: its steps are found again by taking all steps of each state on the way.
 * With symmetries the pointers lead through states that stand for others, and none of those need be what really happens; so a real
 * run is followed beside them, and in the end renamed as a whole, where that leads to the very state that is asked for.
 */
import type { CompiledRule } from './compiled.ts';
import type { Trace, TraceStep } from './finding.ts';
import type { Machine } from './machine.ts';
import type { Label } from './spec.ts';
import { Stepper } from './stepper.ts';
import type { Quotient } from './symmetry.ts';
import type { Visited } from './visited.ts';

export interface Explored {
  readonly machine: Machine;
  readonly quotient: Quotient;
  readonly visited: Visited;
}

/** @param isWanted of the states in the orbit of `index`, the one to be led to; any will do where none can be */
export function runTo<Slots>(explored: Explored, index: number, isWanted: (ids: Int32Array) => boolean): Trace<Slots> {
  const { machine } = explored;
  const [start, ...rest] = renamed(explored, realRun(explored, index), isWanted) as [Int32Array, ...Int32Array[]];
  const stepper = new Stepper(machine);
  stepper.ids.set(start);
  const steps = rest.map((next): TraceStep<Slots> => {
    const { rule, label } = stepThat(stepper, machine, () => isEqual(stepper.child, next));
    return { rule: rule.name, actor: rule.actor, label, state: machine.decode(next) as Slots };
  });
  return { start: machine.decode(start) as Slots, steps };
}

/** Index of what stands for the stepper's child; it must have been met. */
export function indexOfChild({ quotient, visited }: Explored, stepper: Stepper): number {
  const { child } = stepper;
  const representative = quotient.representative(child);
  if (representative !== child) stepper.fingerprint(representative);
  return visited.find(representative, stepper.childLow, stepper.childHigh);
}

/** States that follow on one another from a start, by steps to what the states on the way to `index` stand for. */
function realRun(explored: Explored, index: number): readonly Int32Array[] {
  const { machine, visited } = explored;
  const path: number[] = [];
  let at = index;
  for (; at >= 0; at = visited.parentOf(at)) path.push(at);
  const stepper = new Stepper(machine);
  stepper.ids.set(machine.starts[-1 - at] as Int32Array);
  const run = [stepper.ids.slice()];
  for (const next of path.reverse().slice(1)) {
    stepThat(stepper, machine, () => indexOfChild(explored, stepper) === next);
    run.push(stepper.ids.slice());
  }
  return run;
}

/** Takes the first step whose child is wanted: it becomes the stepper's state. */
function stepThat(
  stepper: Stepper,
  machine: Machine,
  isWanted: () => boolean,
): { readonly rule: CompiledRule; readonly label: Label } {
  const taken: { readonly rule: CompiledRule; readonly label: Label }[] = [];
  const to = stepper.child.slice();
  stepper.begin();
  stepper.each(machine.rules, (rule, label) => {
    to.set(stepper.child);
    if (!isWanted()) return false;
    taken.push({ rule, label: machine.labels.all[label] as Label });
    return true;
  });
  stepper.ids.set(to);
  return taken[0] as { readonly rule: CompiledRule; readonly label: Label };
}

/** The run under the first symmetry that leads it from a start to what is wanted; as it is where there is none. */
function renamed(
  { machine, quotient }: Explored,
  run: readonly Int32Array[],
  isWanted: (ids: Int32Array) => boolean,
): readonly Int32Array[] {
  const images = run.map((ids) => quotient.images(ids));
  const [starts, ends] = [images[0], images.at(-1)] as [readonly Int32Array[], readonly Int32Array[]];
  const number = ends.findIndex(
    (end, image) => isWanted(end) && machine.starts.some((start) => isEqual(start, starts[image] as Int32Array)),
  );
  return number === -1 ? run : images.map((each) => each[number] as Int32Array);
}

const isEqual = (one: Int32Array, other: Int32Array): boolean => one.every((id, slot) => id === other[slot]);
