/**
 * Whether a design allows a sequence of observations. All that is known is kept: the set of states the design may be in. Steps that
 * nobody can observe may come at any time in between. Sets and what follows them are remembered, so that a design is made
 * deterministic as far as runs have gone into it, and most observations cost one look-up.
 */
import { canonical } from '#model/canonical.ts';
import type { Label, Spec } from '#model/explore/spec.ts';

/** What an observation says of one step of the design. */
export interface Reading<Slots> {
  /** The observation that shows this step; null where none does. */
  readonly observed: (label: Label, from: Slots, to: Slots) => string | null;
  /** Whether the observation may also show nothing at all in this state. */
  readonly stutters: (observation: string, state: Slots) => boolean;
}

/** A step of the design that an observation shows. */
export interface SeenStep<Slots> {
  readonly from: Slots;
  readonly label: Label;
  readonly to: Slots;
}

/** The states the design may be in after what was observed. */
export interface Belief<Slots> {
  readonly states: readonly number[];
  /** By observation: what is believed then, and the steps it may have been; null where the design does not allow it. */
  readonly after: Map<string, { readonly belief: Belief<Slots>; readonly steps: readonly SeenStep<Slots>[] } | null>;
}

interface Step {
  readonly label: Label;
  readonly to: number;
  readonly shows: string | null;
}

export class Acceptor<Slots extends object> {
  readonly start: Belief<Slots>;
  readonly #spec: Spec<Slots>;
  readonly #reading: Reading<Slots>;
  readonly #states: Slots[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #steps = new Map<number, readonly Step[]>();
  readonly #beliefs = new Map<string, Belief<Slots>>();

  constructor(spec: Spec<Slots>, reading: Reading<Slots>) {
    this.#spec = spec;
    this.#reading = reading;
    this.start = this.#belief(spec.starts.map((state) => this.#number(state)));
  }

  /** How much of the design was gone into so far. */
  get size(): { readonly states: number; readonly beliefs: number } {
    return { states: this.#states.length, beliefs: this.#beliefs.size };
  }

  /** null: the design does not allow it here. */
  next(belief: Belief<Slots>, observation: string): { belief: Belief<Slots>; steps: readonly SeenStep<Slots>[] } | null {
    const known = belief.after.get(observation);
    if (known !== undefined) return known;
    const reached = new Set<number>();
    const steps: SeenStep<Slots>[] = [];
    for (const from of this.#closure(belief.states)) {
      const state = this.#states[from] as Slots;
      for (const { label, to, shows } of this.#stepsFrom(from)) {
        if (shows !== observation) continue;
        reached.add(to);
        steps.push({ from: state, label, to: this.#states[to] as Slots });
      }
      if (this.#reading.stutters(observation, state)) reached.add(from);
    }
    const after = reached.size === 0 ? null : { belief: this.#belief([...reached]), steps };
    belief.after.set(observation, after);
    return after;
  }

  /** What the design would have shown next. */
  allowed(belief: Belief<Slots>): readonly string[] {
    const shown = new Set<string>();
    for (const state of this.#closure(belief.states))
      for (const { shows } of this.#stepsFrom(state)) if (shows !== null) shown.add(shows);
    return [...shown].sort();
  }

  #belief(states: readonly number[]): Belief<Slots> {
    const sorted = [...states].sort((a, b) => a - b);
    const key = sorted.join();
    const known = this.#beliefs.get(key);
    if (known !== undefined) return known;
    const belief: Belief<Slots> = { states: sorted, after: new Map() };
    this.#beliefs.set(key, belief);
    return belief;
  }

  /** These states, and those that hidden steps lead to. */
  #closure(states: readonly number[]): ReadonlySet<number> {
    const reached = new Set(states);
    for (const state of reached) for (const { to, shows } of this.#stepsFrom(state)) if (shows === null) reached.add(to);
    return reached;
  }

  #stepsFrom(number: number): readonly Step[] {
    const known = this.#steps.get(number);
    if (known !== undefined) return known;
    const from = this.#states[number] as Slots;
    const steps = this.#spec.rules.flatMap(({ slots, next }) =>
      next(...(slots.map((slot) => from[slot]) as never[])).map(({ label, to: values }): Step => {
        const to = { ...from, ...Object.fromEntries(slots.map((slot, at) => [slot, values[at]])) };
        return { label, to: this.#number(to), shows: this.#reading.observed(label, from, to) };
      }),
    );
    this.#steps.set(number, steps);
    return steps;
  }

  #number(state: Slots): number {
    const key = canonical(state);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#states.push(state) - 1;
    this.#numbers.set(key, number);
    return number;
  }
}
