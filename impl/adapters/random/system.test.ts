import { describe, expect, it } from 'vitest';
import { systemRandom } from './system.ts';

describe('system randomness', () => {
  it('[RN1] gives as many bytes as asked for, and not the same twice', () => {
    for (const count of [1, 32, 1_024]) expect(systemRandom.bytes(count)).toHaveLength(count);
    expect(systemRandom.bytes(32)).not.toEqual(systemRandom.bytes(32));
  });

  it.each([0, -1, 1.5, 1_025, Number.NaN])('[RN2] refuses a count of %d', (count) => {
    expect(() => systemRandom.bytes(count)).toThrow(/expected a count of 1 to 1,024/);
  });
});
