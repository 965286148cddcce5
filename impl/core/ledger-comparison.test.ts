/** A cached view held against the ledger's account: by hand, and against accounts that events made. */
import bs58 from 'bs58';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentHash, threadId, walletId } from '../ports/ids.ts';
import type { LedgerThread } from '../ports/ledger.ts';
import { hashChainOf } from './hash-chain.ts';
import { compareWithLedger } from './ledger-comparison.ts';
import type { ThreadView } from './protocol.ts';

const thread = threadId('01'.repeat(32));
const wallets = [5, 6, 7].map((n) => walletId(bs58.encode(new Uint8Array(32).fill(n))));
const [creator, other] = wallets as [(typeof wallets)[0], (typeof wallets)[0]];
const hashOf = (n: number) => contentHash(n.toString(16).padStart(64, '0'));
const messagesOf = (count: number, from = 1): ThreadView['messages'] =>
  Array.from({ length: count }, (_, sequence) => ({ hash: hashOf(from + sequence), author: creator, sequence }));

const view: ThreadView = { thread, version: 3, coAuthors: [creator], vault: 7n, messages: messagesOf(2), specs: [] };
const accountOf = (of: ThreadView): LedgerThread => ({
  ...{ id: of.thread, version: of.version, coAuthors: of.coAuthors, vault: of.vault, createdSlot: 1, updatedSlot: 9 },
  ...{ messageCount: of.messages.length, openSpecs: of.specs.length, hashChain: hashChainOf(of.messages) },
});
const account = accountOf(view);
/** The view's last event is of slot 9. */
/** As cached. */
const sealed = (of: ThreadView) => ({ view: of, chain: hashChainOf(of.messages) });
const against = (value: LedgerThread | null, slot = 9) => compareWithLedger(sealed(view), 9, { slot, value });

describe('[HL2] a cached view of the ledger’s own version', () => {
  it('agrees when all is alike', () => {
    expect(against(account)).toEqual({ kind: 'agrees' });
  });

  it.each([
    ['coAuthors', { coAuthors: [other] }, String(creator), String(other)],
    ['coAuthors', { coAuthors: [creator, other] }, String(creator), `${creator} ${other}`],
    ['messageCount', { messageCount: 3 }, '2', '3'],
    ['openSpecs', { openSpecs: 1 }, '0', '1'],
    ['vault', { vault: 8n }, '7', '8'],
    ['hashChain', { hashChain: '0'.repeat(64) }, account.hashChain, '0'.repeat(64)],
  ] as const)('differs in %s, with both values', (field, change, cached, ledger) => {
    expect(against({ ...account, ...change })).toEqual({ kind: 'differs', differences: [{ field, cached, ledger }] });
  });
});

describe('[HL2] a cached view of several co-authors', () => {
  it('names all of them', () => {
    const both = { ...view, coAuthors: [creator, other] };
    const differences = [{ field: 'coAuthors', cached: `${creator} ${other}`, ledger: String(creator) }];
    expect(compareWithLedger(sealed(both), 9, { slot: 9, value: account })).toEqual({ kind: 'differs', differences });
  });
});

describe('[HL3] a cached view that is older', () => {
  const later = { ...account, version: 5 };

  it('is older by so many versions, whatever may have changed since', () => {
    const changed = { ...later, coAuthors: [other], openSpecs: 2, vault: 0n, messageCount: 4, hashChain: '0'.repeat(64) };
    expect(against(changed)).toEqual({ kind: 'older', versions: 2 });
  });

  it('differs where messages went missing, or changed though none came', () => {
    const fewer = { field: 'messageCount', cached: '2', ledger: '1' };
    expect(against({ ...later, messageCount: 1 })).toEqual({ kind: 'differs', differences: [fewer] });
    const altered = { field: 'hashChain', cached: account.hashChain, ledger: '0'.repeat(64) };
    expect(against({ ...later, hashChain: '0'.repeat(64) })).toEqual({ kind: 'differs', differences: [altered] });
  });
});

describe('[HL4] a cached view that is newer than what the ledger answers', () => {
  it.each([
    ['an earlier version', { ...account, version: 2 }, { field: 'version', cached: '3', ledger: '2' }],
    ['no such thread', null, { field: 'thread', cached: '3', ledger: 'none' }],
  ] as const)('differs by %s, unless the node that answers is behind', (_, value, difference) => {
    expect(against(value, 9)).toEqual({ kind: 'differs', differences: [difference] });
    expect(against(value, 8)).toEqual({ kind: 'nodeBehind' });
  });
});

describe('[HL3] whatever was ingested so far', () => {
  it('a true view of any earlier version never differs, and an altered one of the same version always does', () => {
    const counts = fc.record({ now: fc.nat(5), ago: fc.nat(5), at: fc.nat(4) });
    fc.assert(
      fc.property(counts, ({ now, ago, at }) => {
        const truth: ThreadView = { ...view, version: now + 1, messages: messagesOf(now) };
        const count = Math.max(0, now - ago);
        const older: ThreadView = { ...view, version: count + 1, messages: messagesOf(count) };
        const read = { slot: 9, value: accountOf(truth) };
        const versions = now - count;
        expect(compareWithLedger(sealed(older), 9, read)).toEqual(
          versions === 0 ? { kind: 'agrees' } : { kind: 'older', versions },
        );
        if (now === 0) return;
        const changed = truth.messages.map((each, i) => (i === at % now ? { ...each, hash: hashOf(99) } : each));
        expect(compareWithLedger(sealed({ ...truth, messages: changed }), 9, read)).toMatchObject({
          kind: 'differs',
          differences: [{ field: 'hashChain' }],
        });
      }),
    );
  });
});
