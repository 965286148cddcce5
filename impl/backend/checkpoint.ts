/**
 * How far into the ledger's events a backend has come, and when it last heard from the ledger. Two generations are kept, each sealed:
 * a damaged one falls back to the one before, and both damaged to the beginning. Falling back is always safe, since an event that was
 * applied already is stale; it only costs reading it again.
 */
import { seal, unseal } from '../core/sealed.ts';
import type { EventPosition } from '../ports/ledger.ts';
import type { Store, StoreWrite } from '../ports/store.ts';

export interface Checkpoint {
  /** null: nothing ingested yet. */
  readonly position: EventPosition | null;
  /** Milliseconds since the Unix epoch; null: never. */
  readonly atMs: number | null;
}

/** The last valid checkpoint, and which one it is. */
export interface LoadedCheckpoint {
  readonly checkpoint: Checkpoint;
  /** `beginning` only where there was a checkpoint and none is valid: a new store starts from a checkpoint at nothing. */
  readonly from: 'checkpoint' | 'previousCheckpoint' | 'beginning';
}

const NEWEST = 'checkpoint';
const PREVIOUS = 'checkpoint.previous';
const nothing: Checkpoint = { position: null, atMs: null };

export const isSamePosition = (a: EventPosition | null, b: EventPosition | null): boolean =>
  a?.signature === b?.signature && a?.slot === b?.slot;

/** The specification's get_last_valid_state. */
export async function loadCheckpoint(store: Store): Promise<LoadedCheckpoint> {
  const [newest, previous] = [await store.get('meta', NEWEST), await store.get('meta', PREVIOUS)];
  if (newest === undefined && previous === undefined) return { checkpoint: nothing, from: 'checkpoint' };
  const valid = newest === undefined ? null : unseal<Checkpoint>(newest);
  if (valid !== null) return { checkpoint: valid, from: 'checkpoint' };
  const earlier = previous === undefined ? null : unseal<Checkpoint>(previous);
  return earlier === null ? { checkpoint: nothing, from: 'beginning' } : { checkpoint: earlier, from: 'previousCheckpoint' };
}

/** `previous` is the one that this one takes the place of. */
export function writesForCheckpoint(checkpoint: Checkpoint, previous: Checkpoint): StoreWrite[] {
  const newest: StoreWrite = { kind: 'put', table: 'meta', key: NEWEST, value: seal(checkpoint) };
  if (isSamePosition(checkpoint.position, previous.position)) return [newest];
  return [{ kind: 'put', table: 'meta', key: PREVIOUS, value: seal(previous) }, newest];
}
