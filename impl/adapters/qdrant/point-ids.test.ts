import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { contentHash } from '../../ports/ids.ts';
import { isPointId, pointIdOf } from './point-ids.ts';

it('[QD1] a point id is the first 16 bytes of the hash, made a valid UUID of version 8', () => {
  const hash = contentHash(`00112233445566778899aabbccddeeff${'0'.repeat(32)}`);
  expect(pointIdOf(hash)).toBe('00112233-4455-8677-8899-aabbccddeeff');
  expect(pointIdOf(contentHash('f'.repeat(64)))).toBe('ffffffff-ffff-8fff-bfff-ffffffffffff');
});

it('[QD1] ten thousand hashes give ten thousand ids', () => {
  const ids = Array.from({ length: 10_000 }, (_, i) => pointIdOf(contentHash(createHash('sha256').update(`${i}`).digest('hex'))));
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.every(isPointId)).toBe(true);
});
