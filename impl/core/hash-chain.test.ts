/** The chain of a thread's messages. That the program computes it so is shown over real adapters (`sequences-health.test.ts`). */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ContentHash, contentHash } from '../ports/ids.ts';
import { hashChainOf } from './hash-chain.ts';

const hashes: fc.Arbitrary<readonly { hash: ContentHash }[]> = fc.array(
  fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => ({ hash: contentHash(Buffer.from(bytes).toString('hex')) })),
  { maxLength: 6 },
);

describe('[HL1] the hash chain of a view', () => {
  it('is 32 zero bytes without any message, and one link for each', () => {
    const zeros = '0'.repeat(64);
    const first = contentHash('11'.repeat(32));
    const second = contentHash('22'.repeat(32));
    const link = (chain: string, hash: string): string =>
      createHash('sha256')
        .update(Buffer.from(chain + hash, 'hex'))
        .digest('hex');
    expect(hashChainOf([])).toBe(zeros);
    expect(hashChainOf([{ hash: first }])).toBe('8878b15a7d6a3a4f464e8f9f42591dbc0cf4bedea0ec309003d2b2ee53655ef8');
    expect(hashChainOf([{ hash: first }, { hash: second }])).toBe(link(link(zeros, first), second));
  });

  it('is the same for the same messages in the same order only', () => {
    fc.assert(
      fc.property(hashes, hashes, (a, b) => {
        expect(hashChainOf(a) === hashChainOf(b)).toBe(a.map(({ hash }) => hash).join() === b.map(({ hash }) => hash).join());
        expect(hashChainOf(a)).toMatch(/^[0-9a-f]{64}$/);
      }),
    );
  });
});
