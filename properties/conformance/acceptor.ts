/**
 * Whether a design allows a sequence of observations. All that is known is kept: the set of states the design may be in. Steps that
 * nobody can observe may come at any time in between. Sets and what follows them are remembered, so that a design is made
 * deterministic as far as runs have gone into it, and most observations cost one look-up.
 */
import { canonical } from '#model/canonical.ts';
import { successorsOf } from '#model/explore/follow.ts';
import type { AnySlots, Label, Rule, Spec } from '#model/explore/spec.ts';

/** What an observation says of one step of the design. */
export interface Reading<Slots> {
  /** The observation that shows this step; null where none does. */
  readonly observed: (label: Label, from: Slots, to: Slots) => string | null;
  /** Whether the observation may also show nothing at all in this state. */
  readonly stutters: (observation: string, state: Slots) => boolean;
  /** Rules that this observation alone makes possible: where what is observed is also what the design is given. */
  readonly given?: (observation: string) => readonly Rule<Slots>[];
}

/** A step of the design that an observation shows. */
export interface SeenStep<Slots> {
  readonly from: Slots;
  readonly label: Label;
  readonly to: Slots;
}

/**
 * The states the design may be in after what was observed, and how many unobserved steps more than the likeliest each takes. What goes
 * wrong unobserved, or is done by others, counts twice: what would have happened anyway is the likelier explanation.
 */
export interface Belief<Slots> {
  readonly states: ReadonlyMap<number, number>;
  /** By observation: what is believed then, and the likeliest steps that it was; null where the design does not allow it. */
  readonly after: Map<string, { readonly belief: Belief<Slots>; readonly steps: readonly SeenStep<Slots>[] } | null>;
}

/** Explanations that take so many unobserved steps more than the likeliest are all alike. */
const mostCost = 12;

interface Step {
  readonly label: Label;
  readonly to: number;
  readonly shows: string | null;
  /** Where nobody observes it. */
  readonly cost: number;
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
    this.start = this.#belief(new Map(spec.starts.map((state) => [this.#number(state), 0])));
  }

  /** How much of the design was gone into so far. */
  get size(): { readonly states: number; readonly beliefs: number } {
    return { states: this.#states.length, beliefs: this.#beliefs.size };
  }

  /** null: the design does not allow it here. */
  next(belief: Belief<Slots>, observation: string): { belief: Belief<Slots>; steps: readonly SeenStep<Slots>[] } | null {
    const known = belief.after.get(observation);
    if (known !== undefined) return known;
    const reached = new Map<number, number>();
    const reach = (state: number, cost: number): void => void reached.set(state, Math.min(cost, reached.get(state) ?? cost));
    let steps: SeenStep<Slots>[] = [];
    let least = Number.POSITIVE_INFINITY;
    for (const [from, cost] of this.#closure(belief.states)) {
      const state = this.#states[from] as Slots;
      for (const { label, to, shows } of [...this.#stepsFrom(from), ...this.#stepsGiven(from, observation)]) {
        if (shows !== observation) continue;
        reach(to, cost);
        if (cost < least) steps = [];
        if (cost <= least) steps.push({ from: state, label, to: this.#states[to] as Slots });
        least = Math.min(least, cost);
      }
      if (!this.#reading.stutters(observation, state)) continue;
      reach(from, cost);
      if (cost < least) steps = [];
      least = Math.min(least, cost);
    }
    const after = reached.size === 0 ? null : { belief: this.#belief(reached), steps };
    belief.after.set(observation, after);
    return after;
  }

  /** Those states that take the fewest unobserved steps. */
  likeliest({ states }: Belief<Slots>): readonly Slots[] {
    return [...states].flatMap(([state, cost]) => (cost === 0 ? [this.#states[state] as Slots] : []));
  }

  /** What the design would have shown instead of this. */
  allowed(belief: Belief<Slots>, observation: string): readonly string[] {
    const shown = new Set<string>();
    for (const state of this.#closure(belief.states).keys())
      for (const { shows } of [...this.#stepsFrom(state), ...this.#stepsGiven(state, observation)])
        if (shows !== null) shown.add(shows);
    return [...shown].sort();
  }

  #belief(states: ReadonlyMap<number, number>): Belief<Slots> {
    const least = Math.min(...states.values());
    const sorted = [...states]
      .map(([state, cost]) => [state, Math.min(cost - least, mostCost)] as const)
      .sort(([a], [b]) => a - b);
    const key = sorted.join(';');
    const known = this.#beliefs.get(key);
    if (known !== undefined) return known;
    const belief: Belief<Slots> = { states: new Map(sorted), after: new Map() };
    this.#beliefs.set(key, belief);
    return belief;
  }

  /** These states and those that hidden steps lead to, each at its least cost, cheapest first. */
  #closure(states: ReadonlyMap<number, number>): ReadonlyMap<number, number> {
    const reached = new Map(states);
    const byCost: number[][] = [];
    for (const [state, cost] of states) byCost[cost] = [...(byCost[cost] ?? []), state];
    for (let cost = 0; cost < byCost.length; cost += 1) {
      for (const state of byCost[cost] ?? []) {
        if (reached.get(state) !== cost) continue;
        for (const { to, shows, cost: more } of this.#stepsFrom(state)) {
          const then = cost + more;
          if (shows !== null || (reached.get(to) ?? Number.POSITIVE_INFINITY) <= then) continue;
          reached.set(to, then);
          const next = byCost[then] ?? [];
          byCost[then] = next;
          next.push(to);
        }
      }
    }
    return reached;
  }

  #stepsFrom(number: number): readonly Step[] {
    const known = this.#steps.get(number);
    if (known !== undefined) return known;
    const steps = this.#stepsBy(this.#spec.rules, number);
    this.#steps.set(number, steps);
    return steps;
  }

  #stepsGiven(number: number, observation: string): readonly Step[] {
    const rules = this.#reading.given?.(observation) ?? [];
    return rules.length === 0 ? [] : this.#stepsBy(rules, number);
  }

  #stepsBy(rules: readonly Rule<Slots>[], number: number): readonly Step[] {
    const from = this.#states[number] as Slots;
    return rules.flatMap((rule) =>
      successorsOf(rule, from as AnySlots).map(({ label, state }): Step => {
        const to = state as Slots;
        const cost = rule.kind === 'fault' ? 2 : 1;
        return { label, to: this.#number(to), shows: this.#reading.observed(label, from, to), cost };
      }),
    );
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
