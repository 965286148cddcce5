/** What every operation on the store needs, and the checks that refuse a bad argument before anything is sent. */
import type { QdrantClient } from '@qdrant/js-client-rest';
import type { Failure } from '../../ports/outcome.ts';
import type { Random } from '../../ports/random.ts';
import { invalid } from './failures.ts';
import type { MalformedPoint } from './payloads.ts';

export interface QdrantContext {
  readonly client: QdrantClient;
  /** Collection of messages (with vectors). */
  readonly messages: string;
  /** Collection of thread metadata (without). */
  readonly threads: string;
  readonly dimensions: number;
  readonly random: Random;
  onMalformed(point: MalformedPoint): void;
}

/** Durable and ordered: the answer comes after the effect, and every write of a point goes through its leader. */
export const durably = { wait: true, ordering: 'strong' } as const;

/** Most replicas must have it: for reads on which the outcome of a write depends. A single server does not care. */
export const agreed = { consistency: 'majority' } as const;

export const maxPage = 1_000;

export function checkVector({ dimensions }: QdrantContext, vector: readonly number[]): Failure | null {
  if (vector.length !== dimensions)
    return invalid('WrongDimension', `vector: expected ${dimensions} components, got ${vector.length}`);
  const bad = vector.findIndex((x) => !Number.isFinite(x));
  return bad < 0 ? null : invalid('InvalidVector', `vector[${bad}]: expected a finite number, got ${vector[bad]}`);
}

export function checkLimit(limit: number): Failure | null {
  if (Number.isInteger(limit) && limit >= 1 && limit <= maxPage) return null;
  return invalid('InvalidLimit', `limit: expected a whole number from 1 to ${maxPage}, got ${limit}`);
}

export function checkNatural(name: string, value: number): Failure | null {
  if (Number.isSafeInteger(value) && value >= 0) return null;
  return invalid('InvalidNumber', `${name}: expected a whole number from 0, got ${value}`);
}

/** The parsed values of those points that are well formed; the others are reported. */
export function wellFormed<Point extends { readonly id: string | number }, T>(
  context: QdrantContext,
  collection: string,
  points: readonly Point[],
  parse: (point: Point) => { readonly ok: true; readonly value: T } | { readonly ok: false; readonly detail: string },
): readonly (readonly [Point, T])[] {
  const kept: (readonly [Point, T])[] = [];
  for (const point of points) {
    const parsed = parse(point);
    if (parsed.ok) kept.push([point, parsed.value]);
    else context.onMalformed({ code: 'MalformedPoint', collection, point: String(point.id), detail: parsed.detail });
  }
  return kept;
}
