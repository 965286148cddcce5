/** A small reproducible stream of numbers (splitmix32): the same seed always gives the same instructions. */
export interface Dice {
  /** A whole number from 0 to `below - 1`. */
  below(below: number): number;
  /** True this often in a hundred. */
  percent(chance: number): boolean;
  /** @throws RangeError for an empty list */
  pick<T>(list: readonly T[]): T;
  bytes(count: number): Uint8Array;
}

export function dice(seed: number): Dice {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  const below = (limit: number): number => Math.floor((next() / 2 ** 32) * limit);
  return {
    below,
    percent: (chance) => below(100) < chance,
    pick: (list) => {
      const chosen = list[below(list.length)];
      if (chosen === undefined) throw new RangeError('nothing to pick from');
      return chosen;
    },
    bytes: (count) => Uint8Array.from({ length: count }, () => below(256)),
  };
}
