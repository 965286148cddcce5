/** What a node may not make us believe. What a green run does not show: an event that is plausible and untrue (`verification.ts`). */
import bs58 from 'bs58';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { historyOf, transaction } from '../backend/scripted-ledger.ts';
import { contentHash, threadId, type WalletId, walletId } from '../ports/ids.ts';
import type { LedgerEvent } from '../ports/ledger.ts';
import type { ThreadView } from './protocol.ts';
import { applyEvent } from './thread-view.ts';
import { type Known, namesThread, problemOf } from './validate-event.ts';

const wallet = (n: number): WalletId => walletId(bs58.encode(new Uint8Array(32).fill(n)));
const [ann, bob, eve] = [wallet(5), wallet(6), wallet(7)] as const;
const thread = threadId('01'.repeat(32));
const hash = (digit: string) => contentHash(digit.repeat(64));
const at = (n: number, version: number) => ({ thread, version, vault: 0n, ...transaction(n) });
const spec = { hash: hash('c'), author: bob };

/** Ann's thread with one message and bob's open spec. */
const truth: readonly LedgerEvent[] = [
  ...historyOf(thread, ann, [hash('a')]),
  { kind: 'specSubmitted', ...spec, stake: 5n, expiresAtS: 9, ...at(2, 3) },
  { kind: 'voted', ...spec, voter: ann, choice: 'approve', ...at(3, 4) },
  { kind: 'settled', ...spec, status: 'approved', sequence: 1, joined: true, ...at(4, 5) },
  { kind: 'divested', wallet: ann, payout: 0n, ...at(5, 6) },
];

/** After the first `count` events. */
function knownAfter(count: number): Known | undefined {
  let known: Known | undefined;
  for (const event of truth.slice(0, count)) {
    const result = applyEvent(known?.view, event);
    if (result.kind !== 'applied') throw new Error(`the story does not hold at version ${event.version}`);
    known = { view: result.view, at: { slot: event.slot, signature: event.signature } };
  }
  return known;
}

const event = (index: number): LedgerEvent => truth[index] as LedgerEvent;

describe('[R-1.3] validate_event', () => {
  it('[VE1] has nothing against what the ledger told, at any time, again, or too early', () => {
    for (let count = 0; count <= truth.length; count += 1)
      for (const each of truth)
        expect([count, each.version, problemOf(each, knownAfter(count))]).toEqual([count, each.version, null]);
    const { slot } = (knownAfter(2) as Known).at;
    expect(problemOf({ ...event(2), slot } as LedgerEvent, knownAfter(2))).toBeNull();
    const second: LedgerEvent = { kind: 'messagePosted', hash: hash('b'), author: ann, sequence: 1, ...at(2, 3) };
    expect(problemOf(second, knownAfter(2))).toBeNull();
    expect(problemOf({ ...event(0), slot: 0 } as LedgerEvent, undefined)).toBeNull();
  });

  const lies: readonly [string, number, object, RegExp][] = [
    ['a thread id that is none', 1, { thread: 'x' }, /^thread: expected 64 lowercase hex digits, got x/],
    ['version 0', 1, { version: 0 }, /^version: expected 1 or more, got 0$/],
    ['a kind that there is none of', 1, { kind: 'burnt' }, /^kind: expected threadCreated, messagePosted/],
    ['a version that is no number', 1, { version: Number.NaN }, /^version/],
    ['a slot before time', 1, { slot: -1 }, /^slot: expected 0 or more, got -1$/],
    ['a slot between two', 1, { slot: 100.5 }, /^slot: expected 0 or more, got 100.5$/],
    ['a slot before its predecessor', 1, { slot: 0 }, /^slot: expected at least 100, that of version 1, got 0/],
    ['a signature that is none', 1, { signature: '0OIl' }, /^signature: expected a base58 signature, got 0OIl$/],
    ['debts', 1, { vault: -1n }, /^vault: expected 0 or more, got -1$/],
    ['a vault that is no amount', 1, { vault: 3 }, /^vault/],
    ['a hash that is none', 1, { hash: 'zz' }, /^hash: expected 64 lowercase hex digits, got zz$/],
    ['an author that is no key', 1, { author: '0' }, /^wallet: expected a base58 public key, got 0$/],
    ['a creator that is no key', 0, { creator: '0' }, /^wallet: expected a base58 public key, got 0$/],
    ['a voter that is no key', 3, { voter: '0' }, /^wallet: expected a base58 public key, got 0$/],
    ['a settled author that is no key', 4, { author: '0' }, /^wallet: expected a base58 public key, got 0$/],
    ['somebody who leaves and is no key', 5, { wallet: '0' }, /^wallet: expected a base58 public key, got 0$/],
    ['more than can be told', 1, { hash: 'z'.repeat(101) }, /^hash: expected 64 lowercase hex digits, got z{100}$/],
    ['a sequence below 0', 1, { sequence: -1 }, /^sequence: expected 0 or more, got -1$/],
    ['a sequence between two', 1, { sequence: 0.5 }, /^sequence: expected 0 or more, got 0.5$/],
    [
      'a second creation',
      1,
      { kind: 'threadCreated', creator: ann },
      /^kind: expected a thread to be created once, got threadCreated$/,
    ],
    ['a message by a stranger', 1, { author: eve }, /^author: expected a co-author/],
    ['a message that leaves a place free', 1, { sequence: 1 }, /^sequence: expected 0, got 1/],
    [
      'a message for the second time',
      2,
      { kind: 'messagePosted', hash: hash('a'), author: ann, sequence: 1 },
      /^hash: expected one that is not recorded yet/,
    ],
    ['a spec by a co-author', 2, { author: ann }, /^author: expected nobody who is a co-author/],
    [
      'a spec that is open already',
      3,
      { kind: 'specSubmitted', stake: 5n, expiresAtS: 9 },
      /^spec: expected one that is not open/,
    ],
    ['a vote on nothing', 3, { hash: hash('d') }, /^spec: expected an open one/],
    ['a vote by nobody who may', 3, { voter: eve }, /^voter: expected one of the voters/],
    ['a settlement of nothing', 4, { author: eve }, /^spec: expected an open one/],
    ['a settlement that leaves a place free', 4, { sequence: 7 }, /^sequence/],
    ['somebody who leaves and was never there', 5, { wallet: eve }, /^wallet: expected a co-author/],
  ];

  it.each(lies)('[VE2] refuses %s', (_what, index, lie, expected) => {
    expect(problemOf({ ...event(index), ...lie } as LedgerEvent, knownAfter(index))).toMatch(expected);
  });

  it('[VE2] refuses a thread that begins with anything but its creation, a full one that somebody joins, and the last one leaving', () => {
    expect(problemOf({ ...event(1), version: 1 } as LedgerEvent, undefined)).toMatch(/^kind: expected threadCreated/);
    const before = knownAfter(4) as Known;
    const crowd = { ...before, view: { ...before.view, coAuthors: Array.from({ length: 16 }, (_, n) => wallet(100 + n)) } };
    expect(problemOf(event(4), crowd)).toMatch(/^joined: expected room for a co-author/);
    const twice = { ...before, view: { ...before.view, coAuthors: [ann, bob] } };
    expect(problemOf(event(4), twice)).toMatch(/^joined: expected somebody new/);
    const alone = knownAfter(6) as Known;
    expect(problemOf({ ...event(5), wallet: bob, version: 7, slot: 200 } as LedgerEvent, alone)).toMatch(
      /^wallet: expected not the last/,
    );
  });

  it('[VE3] says whose event it would be only where that can be known', () => {
    expect(namesThread(event(1))).toBe(true);
    expect(namesThread({ ...event(1), thread: `${thread.slice(1)}A` } as LedgerEvent)).toBe(false);
  });

  it('[VE4] whatever one field is made of: refused, or the reducer can take it, and never an exception', () => {
    const junk = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.double(),
      fc.bigInt(),
      fc.constantFrom(null, undefined, [], {}, '', hash('b'), eve, threadId('02'.repeat(32)), Number.MAX_SAFE_INTEGER + 1),
    );
    const places = fc.nat({ max: truth.length - 1 }).chain((index) =>
      fc.record({
        index: fc.constant(index),
        field: fc.constantFrom(...Object.keys(event(index)).filter((key) => key !== 'kind')),
        value: junk,
      }),
    );
    fc.assert(
      fc.property(places, ({ index, field, value }) => {
        const forged = { ...event(index), [field]: value } as LedgerEvent;
        const known = knownAfter(index);
        if (problemOf(forged, known) !== null) return;
        const result = applyEvent(known?.view, forged);
        if (result.kind !== 'applied') return;
        const { view } = result as { readonly view: ThreadView };
        expect(view.messages.map(({ sequence }) => sequence)).toEqual(view.messages.map((_, n) => n));
        expect(new Set(view.coAuthors).size).toBe(view.coAuthors.length);
        expect(view.coAuthors.length).toBeGreaterThan(0);
      }),
      { numRuns: 2_000 },
    );
  });
});
