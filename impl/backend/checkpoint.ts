/** How far into the ledger's events a backend has come, and when it last heard from the ledger. */
import { pack, unpack } from '../core/json.ts';
import type { EventPosition } from '../ports/ledger.ts';
import type { Store, StoreWrite } from '../ports/store.ts';

export interface Checkpoint {
  /** null: nothing ingested yet. */
  readonly position: EventPosition | null;
  /** Milliseconds since the Unix epoch; null: never. */
  readonly atMs: number | null;
}

export const isSamePosition = (a: EventPosition | null, b: EventPosition | null): boolean =>
  a?.signature === b?.signature && a?.slot === b?.slot;

export async function loadCheckpoint(store: Store): Promise<Checkpoint> {
  const row = await store.get('meta', 'checkpoint');
  return row === undefined ? { position: null, atMs: null } : unpack<Checkpoint>(row);
}

export const writesForCheckpoint = (checkpoint: Checkpoint): StoreWrite[] => [
  { kind: 'put', table: 'meta', key: 'checkpoint', value: pack(checkpoint) },
];
