/** The operating system's cryptographically strong randomness. */
import { webcrypto } from 'node:crypto';
import type { Random } from '../../ports/random.ts';

export const systemRandom: Random = {
  bytes(count) {
    if (!Number.isInteger(count) || count < 1 || count > 1_024) {
      throw new RangeError(`random bytes: expected a count of 1 to 1,024, got ${count}`);
    }
    return webcrypto.getRandomValues(new Uint8Array(count));
  },
};
