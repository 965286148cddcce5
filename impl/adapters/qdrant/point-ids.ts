/**
 * Where in Qdrant a hash or thread lives: a UUID made of the first 16 of its 32 bytes, with the version (8, "custom") and
 * variant bits of RFC 9562 set. So a repeated write meets its own first attempt. The whole value is kept in the payload and
 * compared on reading, so that two values which share these 122 bits can never be taken for one another.
 */
import type { ContentHash, ThreadId } from '../../ports/ids.ts';

export function pointIdOf(value: ContentHash | ThreadId): string {
  const variant = ((Number.parseInt(value.slice(16, 17), 16) & 0b0011) | 0b1000).toString(16);
  return `${value.slice(0, 8)}-${value.slice(8, 12)}-8${value.slice(13, 16)}-${variant}${value.slice(17, 20)}-${value.slice(20, 32)}`;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
export const isPointId = (text: string): boolean => uuid.test(text);
