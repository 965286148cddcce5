/** A spec made ready to be explored: its slots with the values met so far, its starts, and everything that is asked of a state. */
import { type AnyFunction, CompiledPredicate, CompiledRule, Labels } from './compiled.ts';
import { SlotValues, Texts } from './intern.ts';
import type { AnySlots, AnySpec, Check, Mark } from './spec.ts';

/** Tuples that one rule or predicate remembers at most: beyond that it begins anew. */
const memoEntries = 2 ** 20;

export class Machine {
  readonly name: string;
  readonly slots: readonly SlotValues[];
  readonly starts: readonly Int32Array[];
  readonly labels: Labels;
  readonly rules: readonly CompiledRule[];
  readonly always: readonly CompiledPredicate[];
  readonly sometimes: readonly CompiledPredicate[];
  readonly converged: readonly CompiledPredicate[];

  /** @throws an Error that names what is wrong with the spec */
  constructor(spec: AnySpec, maxEntries = memoEntries) {
    this.name = spec.name;
    const names = Object.keys(spec.starts[0] ?? {});
    if (names.length === 0) throw new Error(`spec '${spec.name}' has no start, or no slots`);
    const texts = new Texts();
    this.labels = new Labels(texts);
    this.slots = names.map((name, position) => new SlotValues(name, position, texts));
    const named = [...spec.rules, ...spec.always, ...spec.sometimes].map(({ name }) => name);
    const twice = named.find((name, index) => named.indexOf(name) !== index);
    if (twice !== undefined) throw new Error(`spec '${spec.name}' has two things named '${twice}'`);
    const check = ({ name, slots, problem }: Check<AnySlots>): CompiledPredicate =>
      new CompiledPredicate(name, problem as AnyFunction<string | null>, this.slotsOf(name, slots), maxEntries);
    const mark = ({ name, slots, holds }: Mark<AnySlots>): CompiledPredicate => {
      const problem = (...values: readonly unknown[]): string | null =>
        (holds as AnyFunction<boolean>)(...values) ? null : `not ${name}`;
      return new CompiledPredicate(name, problem, this.slotsOf(name, slots), maxEntries);
    };
    this.rules = spec.rules.map(
      (rule, number) => new CompiledRule(rule, number, this.slotsOf(rule.name, rule.slots), this.labels, maxEntries),
    );
    this.always = spec.always.map(check);
    this.sometimes = spec.sometimes.map(mark);
    this.converged = spec.converged.map(mark);
    this.starts = spec.starts.map((start) => this.encode(start));
  }

  /** Memos and what rules have written. */
  get memoBytes(): number {
    const parts = [...this.rules, ...this.always, ...this.sometimes, ...this.converged];
    return parts.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  isConverged(ids: Int32Array): boolean {
    for (const mark of this.converged) if (!mark.holds(ids)) return false;
    return true;
  }

  /** @throws TooManyValues */
  encode(state: AnySlots): Int32Array {
    const names = Object.keys(state);
    if (names.length !== this.slots.length || this.slots.some(({ name }) => !(name in state)))
      throw new Error(`spec '${this.name}' has a state with other slots: ${names.join(', ')}`);
    return Int32Array.from(this.slots, (slot) => slot.idOf(state[slot.name]));
  }

  decode(ids: Int32Array): AnySlots {
    return Object.fromEntries(this.slots.map((slot) => [slot.name, slot.values[ids[slot.position] as number]]));
  }

  private slotsOf(user: string, names: readonly string[]): readonly SlotValues[] {
    return names.map((name, index) => {
      const slot = this.slots.find((each) => each.name === name);
      if (slot === undefined || names.indexOf(name) !== index)
        throw new Error(`'${user}' of spec '${this.name}' names slot '${name}', which there is not, or names it twice`);
      return slot;
    });
  }
}
