/** The Random port of simulated processes. */
import { createHash } from 'node:crypto';
import type { Random } from '#impl/ports/random.ts';

/** Reproducible bytes for nonces, tokens and ids: SHA-256 of a name and a counter. */
export function seededBytes(name: string): Random {
  let drawn = 0;
  return {
    bytes: (count) => {
      const blocks: Buffer[] = [];
      for (let length = 0; length < count; length += 32) {
        drawn += 1;
        blocks.push(createHash('sha256').update(`${name} ${drawn}`).digest());
      }
      return new Uint8Array(Buffer.concat(blocks).subarray(0, count));
    },
  };
}
