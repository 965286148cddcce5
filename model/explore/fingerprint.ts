/**
 * Fingerprints of states: 64 bits in two lanes of 32. A state's is the exclusive or of one well mixed number for each slot and the
 * id of its value, so that a step's is had from the old one and the changed slots alone. Two states that differ anywhere have the
 * same one with odds of about 2^-64; those odds are measured on structured states by the tests, not proved.
 */

/** A bijection of 32 bits in which every bit of the input moves every bit of the output (Wellons' `lowbias32` search). */
function mix(value: number): number {
  let bits = value;
  bits = Math.imul(bits ^ (bits >>> 16), 0x21f0aaad);
  bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
  return bits ^ (bits >>> 15);
}

const golden = 0x9e3779b9;

/** @param slot position of the slot, from 0; @param id of its value, from 0 */
export const lowLane = (slot: number, id: number): number => mix(mix(Math.imul(slot + 1, golden)) + mix(id ^ 0x5851f42d));
export const highLane = (slot: number, id: number): number =>
  mix(mix(Math.imul(slot + 1, golden) ^ 0x14057b7e) ^ mix(id + golden));

/** The odds that any two of so many states have one fingerprint of 64 bits: n(n-1)/2 pairs, each with 2^-64. */
export const collisionOdds = (states: number): number => (states / 2 ** 33) * (states / 2 ** 32);
