/**
 * Remembers one number for each tuple of ids of a few slots. While the product of the slots' capacities is small it is one flat
 * table, indexed without any comparison; else a hash table that compares tuples in full. 0 means that nothing is remembered.
 * Bounded: what would go beyond `maxEntries` is preceded by forgetting everything, which its owner does, since it owns what the
 * numbers mean.
 */
import type { SlotValues } from './intern.ts';

/** Numbers in a flat table, at most: 1 MiB. */
const flatLimit = 2 ** 18;

export class Memo {
  entries = 0;
  private readonly slots: readonly SlotValues[];
  private readonly columns: Int32Array;
  private readonly maxEntries: number;
  /** Flat: how far apart neighbours in this column are. */
  private readonly strides: Int32Array;
  private isFlat = true;
  /** By flat index, or by place in the hash table. */
  private numbers = new Int32Array(0);
  /** Hashed only: the tuple at each place. */
  private tuples = new Uint16Array(0);

  constructor(slots: readonly SlotValues[], maxEntries: number) {
    this.slots = slots;
    this.maxEntries = maxEntries;
    this.columns = Int32Array.from(slots, (slot) => slot.position);
    this.strides = new Int32Array(slots.length);
    this.reshape();
    for (const slot of slots) slot.watch(() => this.reshape());
  }

  get isFull(): boolean {
    return this.entries >= this.maxEntries;
  }

  get bytes(): number {
    return this.numbers.byteLength + this.tuples.byteLength;
  }

  /** @param ids of all slots, by position */
  get(ids: Int32Array): number {
    const { columns } = this;
    if (!this.isFlat) return this.numbers[this.placeOf(ids)] as number;
    const { strides } = this;
    let index = 0;
    for (let c = 0; c < columns.length; c += 1) index += (ids[columns[c] as number] as number) * (strides[c] as number);
    return this.numbers[index] as number;
  }

  /** @param number not 0, and nothing is remembered for this tuple yet */
  put(ids: Int32Array, number: number): void {
    this.entries += 1;
    if (this.isFlat) {
      this.numbers[this.flatIndex(ids)] = number;
      return;
    }
    if (2 * this.entries > this.numbers.length) this.rehash(2 * this.numbers.length);
    this.write(this.placeOf(ids), ids, number);
  }

  forget(): void {
    this.entries = 0;
    this.numbers.fill(0);
  }

  private flatIndex(ids: Int32Array): number {
    return this.columns.reduce((index, column, c) => index + (ids[column] as number) * (this.strides[c] as number), 0);
  }

  /** Where the tuple is in the hash table, or where it belongs. */
  private placeOf(ids: Int32Array): number {
    const { columns, tuples, numbers } = this;
    const width = columns.length;
    const mask = numbers.length - 1;
    let hash = 0;
    for (let c = 0; c < width; c += 1) hash ^= (this.slots[c] as SlotValues).high[ids[columns[c] as number] as number] as number;
    let place = hash & mask;
    while (numbers[place] !== 0) {
      let c = 0;
      while (c < width && tuples[place * width + c] === ids[columns[c] as number]) c += 1;
      if (c === width) break;
      place = (place + 1) & mask;
    }
    return place;
  }

  private write(place: number, ids: Int32Array, number: number): void {
    const width = this.columns.length;
    this.numbers[place] = number;
    for (let c = 0; c < width; c += 1) this.tuples[place * width + c] = ids[this.columns[c] as number] as number;
  }

  /** Every remembered tuple, with its number; the same array is handed out again and again. */
  private *remembered(): Generator<readonly [Int32Array, number]> {
    const { columns, numbers, tuples, isFlat } = this;
    const strides = Int32Array.from(this.strides);
    const width = columns.length;
    const ids = new Int32Array(Math.max(-1, ...columns) + 1);
    for (let place = 0; place < numbers.length; place += 1) {
      if (numbers[place] === 0) continue;
      let rest = place;
      for (let c = 0; c < width; c += 1) {
        const stride = strides[c] as number;
        ids[columns[c] as number] = isFlat ? Math.floor(rest / stride) : (tuples[place * width + c] as number);
        rest %= stride;
      }
      yield [ids, numbers[place] as number];
    }
  }

  /** After a slot has grown: a larger flat table, or a hash table from now on. */
  private reshape(): void {
    if (!this.isFlat) return;
    const size = this.slots.reduce((product, slot) => product * slot.capacity, 1);
    if (size > flatLimit) {
      this.rehash(Math.max(16, 2 ** Math.ceil(Math.log2(2 * this.entries + 2))));
      return;
    }
    const old = this.remembered();
    const first = old.next();
    this.numbers = new Int32Array(size);
    let stride = size;
    for (const [c, slot] of this.slots.entries()) {
      stride /= slot.capacity;
      this.strides[c] = stride;
    }
    for (let next = first; next.done !== true; next = old.next()) {
      const [ids, number] = next.value;
      this.numbers[this.flatIndex(ids)] = number;
    }
  }

  private rehash(size: number): void {
    const old = this.remembered();
    const first = old.next();
    this.isFlat = false;
    this.numbers = new Int32Array(size);
    this.tuples = new Uint16Array(size * this.columns.length);
    for (let next = first; next.done !== true; next = old.next()) {
      const [ids, number] = next.value;
      this.write(this.placeOf(ids), ids, number);
    }
  }
}
