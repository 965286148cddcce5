/**
 * Whether a run is one of a design: each step must be one that the named rule takes in the state before, to the very state after. Without
 * a name any rule will do. Told otherwise is the first step at which the two part, with the nearest thing that the design does.
 */
import { canonical } from '../canonical.ts';
import type { AnySlots, Label, Rule, Spec, Successor } from './spec.ts';

export interface Parting {
  /** Index of the step; -1: the start is none of the design's. */
  readonly step: number;
  /** One sentence. */
  readonly explanation: string;
}

export interface NamedState {
  /** Null: by whichever rule. */
  readonly rule: string | null;
  readonly state: AnySlots;
}

export interface Lead {
  readonly label: Label;
  readonly state: AnySlots;
}

/** Where a rule leads from a state, steps that change nothing included. */
export function successorsOf<Slots>(rule: Rule<Slots>, state: AnySlots): readonly Lead[] {
  const next = rule.next as unknown as (...values: readonly unknown[]) => readonly Successor[];
  return next(...rule.slots.map((slot) => state[slot])).map(({ label, to }) => ({
    label,
    state: { ...state, ...Object.fromEntries(rule.slots.map((slot, at) => [slot, to[at]])) },
  }));
}

/** Where a rule leads from a state; a step that changes nothing is none. */
export const leadsOf = <Slots>(rule: Rule<Slots>, state: AnySlots): readonly Lead[] =>
  successorsOf(rule, state).filter((lead) => canonical(lead.state) !== canonical(state));

const differing = (one: AnySlots, other: AnySlots): readonly string[] =>
  Object.keys(one).filter((slot) => canonical(one[slot]) !== canonical(other[slot]));

/** @returns null when the design takes every step */
export function partingOf<Slots>(spec: Spec<Slots>, start: AnySlots, steps: readonly NamedState[]): Parting | null {
  const starts = spec.starts as unknown as readonly AnySlots[];
  if (!starts.some((each) => canonical(each) === canonical(start))) {
    const slots = differing(starts[0] as AnySlots, start);
    return { step: -1, explanation: `the run starts elsewhere: ${slots.join(', ')}` };
  }
  let before = start;
  for (const [step, { rule, state }] of steps.entries()) {
    const problem = problemOf(spec, before, rule, state);
    if (problem !== null) return { step, explanation: problem };
    before = state;
  }
  return null;
}

function problemOf<Slots>(spec: Spec<Slots>, before: AnySlots, name: string | null, after: AnySlots): string | null {
  const rules = spec.rules.filter((rule) => name === null || rule.name === name);
  if (rules.length === 0) return `there is no rule '${name}'`;
  const leads = rules.flatMap((rule) => leadsOf(rule, before));
  const differences = leads.map((lead) => differing(lead.state, after)).sort((one, other) => one.length - other.length);
  const [nearest] = differences;
  const by = name === null ? 'any rule' : `'${name}'`;
  if (nearest === undefined)
    return `by ${by} nothing happens, and yet there is another state: ${differing(before, after).join(', ')}`;
  return nearest.length === 0 ? null : `by ${by} it leads elsewhere, at the nearest with another ${nearest.join(', ')}`;
}
