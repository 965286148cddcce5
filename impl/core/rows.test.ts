/** What is written down durably and compared by digests. What a green run does not show: that a store keeps it (`contracts/store`). */
import bs58 from 'bs58';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentHash, threadId, walletId } from '../ports/ids.ts';
import type { JsonValue } from '../ports/store.ts';
import { hashChainOf } from './hash-chain.ts';
import { pack, unpack } from './json.ts';
import type { ThreadView } from './protocol.ts';
import { seal, unseal } from './sealed.ts';
import { digestOf } from './view-digest.ts';

/** Plain data; no field has the name by which a packed bigint is known. */
const { data } = fc.letrec<{ data: unknown }>((tie) => ({
  data: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<unknown>(null, true, false, 0, -1.5, '', 'text', 0n, -7n, 2n ** 64n - 1n),
    fc.array(tie('data'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'value', 'sum'), tie('data'), { noNullPrototype: true }),
  ),
}));
const stored = (value: JsonValue): JsonValue => JSON.parse(JSON.stringify(value)) as JsonValue;

describe('rows', () => {
  it('[RW1] give plain data back as it was, bigints included', () => {
    fc.assert(
      fc.property(data, (value) => {
        expect(unpack(stored(pack(value)))).toEqual(value);
      }),
    );
  });

  it('[RW1] hold a bigint as a record of its digits, and leave out what is undefined', () => {
    expect(pack({ stake: 18_446_744_073_709_551_615n, list: [1n], none: undefined, nothing: null })).toStrictEqual({
      stake: { $bigint: '18446744073709551615' },
      list: [{ $bigint: '1' }],
      nothing: null,
    });
    expect(unpack({ $bigint: 7 })).toEqual({ $bigint: 7 });
  });

  it('[RW2] sealed, give back what was sealed', () => {
    fc.assert(
      fc.property(data, (value) => {
        expect(unseal(stored(seal(value)))).toEqual(value);
      }),
    );
  });

  it('[RW2] sealed, are none as soon as anything about them is another', () => {
    const row = seal({ version: 3n, text: 'a' }) as { readonly value: JsonValue; readonly sum: string };
    expect(Object.keys(row)).toEqual(['value', 'sum']);
    expect(row.sum).toMatch(/^[0-9a-f]{32}$/);
    const damaged: readonly JsonValue[] = [
      ...[null, 7, 'value sum', [], {}],
      ...[{ value: row.value }, { sum: row.sum }],
      { ...row, value: { version: { $bigint: '4' }, text: 'a' } },
      { ...row, value: null },
      { ...row, sum: `${row.sum.slice(1)}${row.sum[0]}` },
      { ...row, sum: null },
    ];
    for (const each of damaged) expect([each, unseal(each)]).toEqual([each, null]);
    expect(unseal({ ...row })).toEqual({ version: 3n, text: 'a' });
  });
});

describe('the digest of a view', () => {
  const [ann, ben] = [5, 6].map((n) => walletId(bs58.encode(new Uint8Array(32).fill(n)))) as [ThreadView['coAuthors'][0], never];
  const hash = contentHash('0a'.repeat(32));
  const spec = { hash, author: ben, stake: 5n, expiresAtS: 9, voters: [ann], approvals: [], denials: [] };
  const view: ThreadView = {
    ...{ thread: threadId('01'.repeat(32)), version: 3, coAuthors: [ann], vault: 7n, specs: [spec] },
    messages: [{ hash, author: ann, sequence: 0 }],
  };
  const digest = (of: ThreadView, chain = hashChainOf(of.messages)): string => digestOf({ view: of, chain });

  it('[RW3] is 32 hex digits, the same for equal views, and another as soon as anything is', () => {
    const others: readonly ThreadView[] = [
      ...[
        { ...view, thread: threadId('02'.repeat(32)) },
        { ...view, version: 4 },
        { ...view, coAuthors: [ben] },
      ],
      ...[
        { ...view, vault: 8n },
        { ...view, messages: [] },
        { ...view, specs: [] },
      ],
      { ...view, messages: [{ hash: contentHash('0b'.repeat(32)), author: ann, sequence: 0 }] },
      { ...view, specs: [{ ...spec, approvals: [ann] }] },
      { ...view, specs: [{ ...spec, stake: 6n }] },
    ];
    expect(digest(view)).toMatch(/^[0-9a-f]{32}$/);
    expect(digest(structuredClone(view))).toBe(digest(view));
    expect(new Set([view, ...others].map((each) => digest(each))).size).toBe(others.length + 1);
  });

  it('[RW3] takes the messages by their chain and number, and never goes through them', () => {
    const untouchable = { length: 1 } as unknown as ThreadView['messages'];
    expect(digest({ ...view, messages: untouchable }, hashChainOf(view.messages))).toBe(digest(view));
    expect(digest(view, '0'.repeat(64))).not.toBe(digest(view));
    expect(digest({ ...view, messages: [...view.messages, ...view.messages] }, hashChainOf(view.messages))).not.toBe(
      digest(view),
    );
  });
});
