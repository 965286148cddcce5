/**
 * Point ids: unsigned integers or UUIDs. Decides which spellings are accepted, their canonical form and their order
 * (numbers first, then UUIDs by their bytes), which is the order of scrolling.
 * Leaves out integers above 2^53 - 1: this runtime's JSON would round them, so they are refused instead.
 */
import type { Json } from './json.ts';
import { formatError } from './wire-error.ts';

/** A canonical id: a safe unsigned integer, or a lowercase hyphenated UUID. */
export type PointId = number | string;

const uuid = /^(?:urn:uuid:)?\{?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?$/i;

/** The canonical id, or null when the text or number is not one. */
export function readPointId(value: Json | undefined): PointId | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : null;
  if (typeof value !== 'string') return null;
  const parts = uuid.exec(value);
  return parts === null ? null : parts.slice(1).join('-').toLowerCase();
}

/** Throws the server's text for an id that is neither. */
export function parsePointId(value: Json | undefined): PointId {
  const id = readPointId(value);
  if (id !== null) return id;
  const shown = typeof value === 'string' ? value.slice(0, 100) : JSON.stringify(value ?? null).slice(0, 100);
  throw formatError(`value ${shown} is not a valid point ID, valid values are either an unsigned integer or a UUID`);
}

/** Negative, zero or positive: numbers before UUIDs. */
export function comparePointIds(a: PointId, b: PointId): number {
  if (typeof a === 'number') return typeof b === 'number' ? a - b : -1;
  if (typeof b === 'number') return 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
