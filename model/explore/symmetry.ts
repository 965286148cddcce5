/**
 * One representative for all states that differ by a change of names only: the least vector of ids among the state's images under the
 * spec's symmetries. Sound for what the symmetries leave alone (`always`, `sometimes`, deadlocks); `symmetryProblem` looks whether
 * they do.
 */

import type { SlotValues } from './intern.ts';
import type { Machine } from './machine.ts';
import type { AnySlots, Symmetry } from './spec.ts';

/** One symmetry on ids. */
class Renaming {
  /** For each slot, the one whose value comes here. */
  readonly sources: Int32Array;
  private readonly machine: Machine;
  private readonly value: (value: unknown, slot: string) => unknown;
  /** By slot it comes from and id there: id here + 1, or 0 while it is not known. */
  private readonly known: Int32Array[];

  constructor(machine: Machine, symmetry: Symmetry<AnySlots>) {
    const names = machine.slots.map(({ name }) => name);
    const goesTo = symmetry.slot;
    this.sources = Int32Array.from(names, (name) => names.findIndex((from) => goesTo(from) === name));
    if (this.sources.includes(-1)) throw new Error(`symmetry '${symmetry.name}' of spec '${machine.name}' moves no slot to some`);
    this.machine = machine;
    this.value = symmetry.value;
    this.known = names.map(() => new Int32Array(0));
  }

  /** The id that the value in slot `target` gets. @throws TooManyValues */
  idAt(target: number, ids: Int32Array): number {
    const source = this.sources[target] as number;
    const id = ids[source] as number;
    const known = (this.known[source] as Int32Array)[id];
    return known === undefined || known === 0 ? this.learn(source, id, target) : known - 1;
  }

  private learn(source: number, id: number, target: number): number {
    const [from, to] = [this.machine.slots[source], this.machine.slots[target]] as [SlotValues, SlotValues];
    const renamed = to.idOf(this.value(from.values[id], from.name));
    let known = this.known[source] as Int32Array;
    if (id >= known.length) {
      const longer = new Int32Array(from.capacity);
      longer.set(known);
      known = longer;
      this.known[source] = known;
    }
    known[id] = renamed + 1;
    return renamed;
  }
}

export class Quotient {
  private readonly renamings: readonly Renaming[];
  private least: Int32Array;
  private image: Int32Array;

  constructor(machine: Machine, symmetries: readonly Symmetry<AnySlots>[]) {
    this.renamings = symmetries.map((symmetry) => new Renaming(machine, symmetry));
    this.least = new Int32Array(machine.slots.length);
    this.image = new Int32Array(machine.slots.length);
  }

  /** Symmetries with the identity. */
  get size(): number {
    return this.renamings.length + 1;
  }

  /** The least image, in an array that the next call overwrites; `ids` itself where that is the least. */
  representative(ids: Int32Array): Int32Array {
    let found = ids;
    for (const renaming of this.renamings) {
      if (!this.isLess(renaming, ids, found)) continue;
      found = this.image;
      this.image = this.least;
      this.least = found;
    }
    return found;
  }

  /** The state itself, then its image under each symmetry, in their order; equal ones are not left out. */
  images(ids: Int32Array): readonly Int32Array[] {
    return [ids, ...this.renamings.map((renaming) => Int32Array.from(ids, (_, target) => renaming.idAt(target, ids)))];
  }

  /** Whether the image of `ids` is less than `best`; it is in `this.image` then. */
  private isLess(renaming: Renaming, ids: Int32Array, best: Int32Array): boolean {
    const { image } = this;
    let less = false;
    for (let target = 0; target < image.length; target += 1) {
      const id = renaming.idAt(target, ids);
      if (!less) {
        const other = best[target] as number;
        if (id > other) return false;
        less = id < other;
      }
      image[target] = id;
    }
    return less;
  }
}
