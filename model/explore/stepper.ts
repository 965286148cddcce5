/** Takes the steps of one state at a time, by looking them up. */
import type { CompiledRule } from './compiled.ts';
import type { Machine } from './machine.ts';

export class Stepper {
  /** The state whose steps are taken, as ids; fill it and call `begin`. */
  readonly ids: Int32Array;
  /** The state that the present step leads to, with its fingerprint: valid during a visit. */
  readonly child: Int32Array;
  childLow = 0;
  childHigh = 0;
  private readonly machine: Machine;
  private low = 0;
  private high = 0;

  constructor(machine: Machine) {
    this.machine = machine;
    this.ids = new Int32Array(machine.slots.length);
    this.child = new Int32Array(machine.slots.length);
  }

  /** Makes `child` the state in `ids`. */
  begin(): void {
    this.child.set(this.ids);
    this.fingerprint(this.ids);
    this.low = this.childLow;
    this.high = this.childHigh;
  }

  /** Sets the child's fingerprint to that of any vector. */
  fingerprint(ids: Int32Array): void {
    const { slots } = this.machine;
    let low = 0;
    let high = 0;
    for (let slot = 0; slot < slots.length; slot += 1) {
      const values = slots[slot] as Machine['slots'][number];
      const id = ids[slot] as number;
      low ^= values.low[id] as number;
      high ^= values.high[id] as number;
    }
    this.childLow = low;
    this.childHigh = high;
  }

  /**
   * Visits every step, rule after rule, in their order; a visit that says true ends it, and neither visits nor asks rules.
   *
   * @returns whether a visit ended it @throws TooManyValues
   */
  each(rules: readonly CompiledRule[], visit: (rule: CompiledRule, label: number) => boolean): boolean {
    const { ids, child, low, high } = this;
    for (let r = 0; r < rules.length; r += 1) {
      const rule = rules[r] as CompiledRule;
      const offset = rule.outcome(ids);
      if (offset === 0) continue;
      const { code } = rule;
      let at = offset + 1;
      for (let left = code[offset] as number; left > 0; left -= 1) {
        this.childLow = low ^ (code[at + 1] as number);
        this.childHigh = high ^ (code[at + 2] as number);
        const changes = at + 4;
        const end = changes + 2 * (code[at + 3] as number);
        for (let change = changes; change < end; change += 2) child[code[change] as number] = code[change + 1] as number;
        const ends = visit(rule, code[at] as number);
        for (let change = changes; change < end; change += 2) {
          const slot = code[change] as number;
          child[slot] = ids[slot] as number;
        }
        if (ends) return true;
        at = end;
      }
    }
    return false;
  }
}
