/**
 * A design as a finite state machine, in the form the explorer takes: a state is one value for each named slot (an authority, a process,
 * what is on its way), and every rule reads and writes a few slots only. Slots hold plain model data; two values are the same state
 * exactly when their `canonical` texts are equal.
 *
 * ```ts
 * interface Slots { readonly counter: number; readonly alice: 'idle' | 'done' }
 * const slots = slotsOf<Slots>();
 * const spec: Spec<Slots> = {
 *   name: 'count once',
 *   starts: [{ counter: 0, alice: 'idle' }],
 *   rules: [
 *     slots.rule({ name: 'count', actor: 'alice', kind: 'step' }, ['counter', 'alice'], (counter, alice) =>
 *       alice === 'done' ? [] : [{ label: 'count', to: [counter + 1, 'done'] }]),
 *   ],
 *   always: [slots.check('at most one', ['counter'], (counter) => (counter <= 1 ? null : `counted ${counter}`))],
 *   sometimes: [slots.mark('counted', ['counter'], (counter) => counter === 1)],
 *   converged: [slots.mark('alice is done', ['alice'], (alice) => alice === 'done')],
 *   symmetries: [],
 * };
 * ```
 */

/** What a rule is to the question whether everybody agrees in the end: faults are switched off for it, steps are taken fairly. */
export type RuleKind = 'step' | 'fault';

/** One thing that may happen: how it is told, and the new values of the rule's slots, in their order. */
export interface Successor {
  /** For people and for traces; plain data, equal labels of one rule in one state lead to one successor each. */
  readonly label: Label;
  readonly to: readonly unknown[];
}

/** `does` is a verb in the field's words; the rest says to what, with which outcome and under which fault. */
export type Label = string | { readonly does: string; readonly [detail: string]: string | number | boolean | null };

export interface Rule<Slots> {
  /** Unique in its spec. */
  readonly name: string;
  /** Who does it: a node, an authority, or `fault`. */
  readonly actor: string;
  readonly kind: RuleKind;
  /** Read and written; everything else is out of its sight. */
  readonly slots: readonly (keyof Slots & string)[];
  /** Pure. Empty: not enabled. A successor equal to what there is counts as no step. */
  readonly next: (...values: readonly never[]) => readonly Successor[];
}

/** A predicate on a few slots: null when it holds, otherwise what is wrong. */
export interface Check<Slots> {
  readonly name: string;
  readonly slots: readonly (keyof Slots & string)[];
  readonly problem: (...values: readonly never[]) => string | null;
}

/** A predicate on a few slots that says yes or no. */
export interface Mark<Slots> {
  readonly name: string;
  readonly slots: readonly (keyof Slots & string)[];
  readonly holds: (...values: readonly never[]) => boolean;
}

/** A change of names under which the design is the same: where each slot's value goes, and what it is called there. */
export interface Symmetry<Slots> {
  readonly name: string;
  readonly slot: (slot: keyof Slots & string) => keyof Slots & string;
  /** The slot's value with every name in it changed. */
  readonly value: (value: unknown, slot: keyof Slots & string) => unknown;
}

export interface Spec<Slots> {
  readonly name: string;
  /** Never empty; all have the same slots. */
  readonly starts: readonly Slots[];
  readonly rules: readonly Rule<Slots>[];
  /** Must hold in every reachable state. */
  readonly always: readonly Check<Slots>[];
  /** Each must hold in some reachable state. */
  readonly sometimes: readonly Mark<Slots>[];
  /** All of them together: everybody agrees. With faults off every fair run must come here, and stay. */
  readonly converged: readonly Mark<Slots>[];
  /** A group without its identity: closed under composition and inverse. Used for `always`, `sometimes` and deadlocks only. */
  readonly symmetries: readonly Symmetry<Slots>[];
}

/** Of a spec that only says what may happen. */
export const unjudged = { always: [], sometimes: [], converged: [], symmetries: [] } as const;

type Values<Slots, Keys extends readonly (keyof Slots)[]> = { readonly [Index in keyof Keys]: Slots[Keys[Index]] };

/** Builders that know the slots' types. */
export interface SlotTools<Slots> {
  rule<const Keys extends readonly (keyof Slots & string)[]>(
    about: Pick<Rule<Slots>, 'name' | 'actor' | 'kind'>,
    slots: Keys,
    next: (...values: Values<Slots, Keys>) => readonly { readonly label: Label; readonly to: Values<Slots, Keys> }[],
  ): Rule<Slots>;
  check<const Keys extends readonly (keyof Slots & string)[]>(
    name: string,
    slots: Keys,
    problem: (...values: Values<Slots, Keys>) => string | null,
  ): Check<Slots>;
  mark<const Keys extends readonly (keyof Slots & string)[]>(
    name: string,
    slots: Keys,
    holds: (...values: Values<Slots, Keys>) => boolean,
  ): Mark<Slots>;
}

export function slotsOf<Slots>(): SlotTools<Slots> {
  return {
    rule: (about, slots, next) => ({ ...about, slots, next: next as unknown as Rule<Slots>['next'] }),
    check: (name, slots, problem) => ({ name, slots, problem: problem as unknown as Check<Slots>['problem'] }),
    mark: (name, slots, holds) => ({ name, slots, holds: holds as unknown as Mark<Slots>['holds'] }),
  };
}

/** A state whose slots' types are nobody's business any more. */
export type AnySlots = Readonly<Record<string, unknown>>;

/** As registries, commands and the explorer hold a design. */
export type AnySpec = Spec<AnySlots>;

export function anySpec<Slots>(spec: Spec<Slots>): AnySpec {
  return spec as unknown as AnySpec;
}
