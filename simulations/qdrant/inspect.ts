/** An omniscient look at what is stored, without a request: for harnesses, never for the implementation under test. */
import type { Collection } from './collection.ts';
import type { Json, JsonObject } from './json.ts';
import type { PointId } from './point-id.ts';
import { vectorToJson } from './vectors.ts';

/** A stored point as it is, seen without a request. */
export interface InspectedPoint {
  readonly id: PointId;
  readonly payload: JsonObject;
  /** The unnamed vector, or an object of named ones. */
  readonly vector: Json;
  /** The operation that last changed it. */
  readonly version: number;
}

/** In id order; empty when there is no collection. */
export function inspect(collection: Collection | null): readonly InspectedPoint[] {
  if (collection === null) return [];
  return collection.live.orderedIds().map((id) => {
    const point = collection.live.points.get(id);
    if (point === undefined) throw new Error(`point ${id} is ordered but not stored`);
    const single = point.vectors.get('');
    const named = Object.fromEntries([...point.vectors].map(([name, vector]) => [name, vectorToJson(vector)]));
    return { id, payload: point.payload, vector: single === undefined ? named : vectorToJson(single), version: point.version };
  });
}
