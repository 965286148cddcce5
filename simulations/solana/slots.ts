/**
 * Virtual slots and blockhashes: what time means to the ledger of one world. Every slot has a block, so height = slot.
 * Blockhashes are a function of the world's seed and the slot, so two runs of a scenario see the same ones, and none needs
 * remembering: the slot is readable from the hash, and recomputing it tells ours from any other.
 */
import { createHash } from 'node:crypto';
import type { Commitment } from '#impl/ports/ledger.ts';

export const SLOT_MS = 400;
/** The slot of the world's first moment; above `FINALIZED_AFTER_SLOTS` + the largest lag, so that no bank slot is negative. */
export const FIRST_SLOT = 128;
/** A blockhash serves the slot it was issued in and this many after it. */
export const BLOCKHASH_LIFE_SLOTS = 150;
/** More than the two slots after which a patient client looks first: so that a first look meets what is only processed. */
export const CONFIRMED_AFTER_SLOTS = 3;
export const FINALIZED_AFTER_SLOTS = 32;

export const slotAtTime = (nowMs: number, genesisMs: number): number => FIRST_SLOT + Math.floor((nowMs - genesisMs) / SLOT_MS);

/** The first moment of a slot, milliseconds. */
export const timeOfSlot = (slot: number, genesisMs: number): number => genesisMs + (slot - FIRST_SLOT) * SLOT_MS;

/** The newest slot with that commitment on a node whose newest block is `tip`. */
export function bankSlot(tip: number, commitment: Commitment): number {
  switch (commitment) {
    case 'processed':
      return tip;
    case 'confirmed':
      return tip - CONFIRMED_AFTER_SLOTS;
    case 'finalized':
      return tip - FINALIZED_AFTER_SLOTS;
  }
}

/** How settled a block of `slot` is on a node whose newest block is `tip`. */
export function commitmentOf(slot: number, tip: number): Commitment {
  if (slot <= bankSlot(tip, 'finalized')) return 'finalized';
  return slot <= bankSlot(tip, 'confirmed') ? 'confirmed' : 'processed';
}

/** The newest blockhashes kept ready; more than a blockhash lives. */
const KEPT_BLOCKHASHES = 512;

/** A world's blockhashes: 32 bytes, of which 24 are a digest over seed and slot, and 8 the slot. */
export class Blockhashes {
  private readonly seed: string;
  private readonly kept = new Map<number, Uint8Array>();

  constructor(seed: string) {
    this.seed = seed;
  }

  /** Not to be changed by the caller. */
  at(slot: number): Uint8Array {
    const known = this.kept.get(slot);
    if (known !== undefined) return known;
    const bytes = createHash('sha256').update(`blockhash ${slot} ${this.seed}`).digest();
    bytes.writeBigUInt64LE(BigInt(slot), 24);
    if (this.kept.size >= KEPT_BLOCKHASHES) this.kept.clear();
    this.kept.set(slot, bytes);
    return bytes;
  }

  /** The slot this world issued the blockhash for, or null when it never did. */
  slotOf(blockhash: Uint8Array): number | null {
    const slot = Number(new DataView(blockhash.buffer, blockhash.byteOffset + 24, 8).getBigUint64(0, true));
    return Number.isSafeInteger(slot) && Buffer.compare(blockhash, this.at(slot)) === 0 ? slot : null;
  }
}
