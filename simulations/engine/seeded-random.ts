/** Reproducible numbers for schedules: 32 bits of state, good enough to choose steps, no good for secrets. */

/** Stirs the bits of a 32-bit integer so that neighbours end up far apart (the finaliser of MurmurHash3). */
export function stir(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** 32 bits out of a text (FNV-1a, stirred). */
export function hashText(text: string): number {
  let bits = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) bits = Math.imul(bits ^ text.charCodeAt(i), 0x01000193);
  return stir(bits);
}

export interface SeededRandom {
  /** At least 0, below 1. */
  fraction(): number;
  /** An integer at least 0, below `bound`, which is at least 1. */
  below(bound: number): number;
}

/** @param seed any integer; only its low 32 bits count */
export function seededRandom(seed: number): SeededRandom {
  let state = stir(seed ^ 0x5bd1e995);
  const fraction = (): number => {
    state = (state + 0x9e3779b9) | 0;
    return stir(state) / 4_294_967_296;
  };
  return { fraction, below: (bound) => Math.floor(fraction() * bound) };
}
