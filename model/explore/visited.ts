/**
 * Every state met, once, as a packed vector of ids with a pointer to the state it was first met from; and a hash table to find it by.
 *
 * Of a fingerprint's 64 bits 8 choose one of 256 tables and 32 are kept beside the index, which also say where in its table the
 * state belongs, so a table grows without looking at the vectors, by a half, and the others stay as they are. States whose kept
 * bits agree are compared in full: no state is ever lost to a collision, and `needless` counts the comparisons of different ones.
 *
 * Everything stays in memory; nothing is spilled.
 */

const tableCount = 256;
/** States in a chunk: chunks never move. */
const chunkBits = 12;
const chunkMask = 2 ** chunkBits - 1;
/** Of a table's places, before it grows. */
const fullest = 0.75;
const growth = 1.5;
/** Two numbers a place: index + 1 (0: free) and the kept bits. */
const newTable = (places: number): Int32Array => new Int32Array(2 * places);

/** What `insert` answers when a state more would be beyond the limit. */
export const full = -(2 ** 31);

export class Visited {
  count = 0;
  needless = 0;
  private readonly width: number;
  private readonly limit: number;
  private readonly tables: Int32Array[] = Array.from({ length: tableCount }, () => newTable(16));
  private readonly filled = new Int32Array(tableCount);
  private readonly vectors: Uint16Array[] = [];
  private readonly parents: Int32Array[] = [];

  /** @param width slots of a state; @param limit most states */
  constructor(width: number, limit: number) {
    this.width = width;
    this.limit = limit;
  }

  /** Tables, vectors and parent pointers, as allocated. */
  get bytes(): number {
    const parts = [...this.tables, ...this.vectors, ...this.parents];
    return parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** Index of the state where it was known; `~index` where it is new; or `full`. */
  insert(ids: Int32Array, low: number, high: number, parent: number): number {
    const place = this.placeOf(ids, low, high);
    const number = low >>> 24;
    const table = this.tables[number] as Int32Array;
    const entry = table[place] as number;
    if (entry !== 0) return entry - 1;
    if (this.count >= this.limit) return full;
    const index = this.count;
    this.append(ids, parent);
    table[place] = index + 1;
    table[place + 1] = high;
    const filled = (this.filled[number] as number) + 1;
    this.filled[number] = filled;
    if (2 * filled > fullest * table.length) this.grow(number);
    return ~index;
  }

  /** Index of the state, or -1. */
  find(ids: Int32Array, low: number, high: number): number {
    const table = this.tables[low >>> 24] as Int32Array;
    return (table[this.placeOf(ids, low, high)] as number) - 1;
  }

  read(index: number, ids: Int32Array): void {
    const chunk = this.vectors[index >>> chunkBits] as Uint16Array;
    const from = (index & chunkMask) * this.width;
    for (let slot = 0; slot < this.width; slot += 1) ids[slot] = chunk[from + slot] as number;
  }

  /** As it was inserted: index of the state it was first met from, or below 0 for a start. */
  parentOf(index: number): number {
    return this.parents[index >>> chunkBits]?.[index & chunkMask] as number;
  }

  /** Place in the table of `low`: of the state, or the free one where it belongs. */
  private placeOf(ids: Int32Array, low: number, high: number): number {
    const table = this.tables[low >>> 24] as Int32Array;
    let place = home(high, table.length);
    for (;;) {
      const entry = table[place] as number;
      if (entry === 0) return place;
      if (table[place + 1] === high && this.isAt(entry - 1, ids)) return place;
      place += 2;
      if (place === table.length) place = 0;
    }
  }

  private isAt(index: number, ids: Int32Array): boolean {
    const chunk = this.vectors[index >>> chunkBits] as Uint16Array;
    const from = (index & chunkMask) * this.width;
    for (let slot = 0; slot < this.width; slot += 1) {
      if (chunk[from + slot] === ids[slot]) continue;
      this.needless += 1;
      return false;
    }
    return true;
  }

  private append(ids: Int32Array, parent: number): void {
    const index = this.count;
    const at = index & chunkMask;
    if (at === 0) {
      this.vectors.push(new Uint16Array((chunkMask + 1) * this.width));
      this.parents.push(new Int32Array(chunkMask + 1));
    }
    (this.vectors[index >>> chunkBits] as Uint16Array).set(ids, at * this.width);
    (this.parents[index >>> chunkBits] as Int32Array)[at] = parent;
    this.count = index + 1;
  }

  private grow(number: number): void {
    const old = this.tables[number] as Int32Array;
    const table = newTable(Math.ceil((growth * old.length) / 2));
    for (let from = 0; from < old.length; from += 2) {
      if (old[from] === 0) continue;
      const high = old[from + 1] as number;
      let place = home(high, table.length);
      while (table[place] !== 0) place = place + 2 === table.length ? 0 : place + 2;
      table[place] = old[from] as number;
      table[place + 1] = high;
    }
    this.tables[number] = table;
  }
}

/** The kept bits as a fraction of all the places. */
function home(high: number, length: number): number {
  return 2 * Math.floor(((high >>> 0) * (length / 2)) / 2 ** 32);
}
