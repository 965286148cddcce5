/** For tests beside the sources: bytes that look alike, and are others each time (of 65,536 times). */
import type { Random } from '../ports/random.ts';

export class ScriptedRandom implements Random {
  #drawn = 0;

  bytes(count: number): Uint8Array {
    this.#drawn += 1;
    return new Uint8Array(count).fill(this.#drawn % 256).fill(this.#drawn >> 8, 0, 1);
  }
}
