import { describe, expect, it } from 'vitest';
import { contentHash, signature, threadId, walletId } from '../ports/ids.ts';
import type { LedgerEvent } from '../ports/ledger.ts';
import type { ThreadView } from './protocol.ts';
import { completeSlice, MAX_SLICE_MESSAGES, sliceOf } from './thread-slice.ts';
import { applyEvent } from './thread-view.ts';

const thread = threadId('aa'.repeat(32));
const [ann, ben, cat] = ['A', 'B', 'C'].map((name) => walletId(name.repeat(40)));
const [h1, h2] = ['11', '22'].map((digits) => contentHash(digits.repeat(32)));
if (ann === undefined || ben === undefined || cat === undefined || h1 === undefined || h2 === undefined)
  throw new Error('fixture');

const at = (version: number, vault = 0n) => ({
  thread,
  version,
  vault,
  slot: 100 + version,
  signature: signature('s'.repeat(80)),
});
/** One event of every kind, in an order in which each fits. */
const history: readonly LedgerEvent[] = [
  { kind: 'threadCreated', creator: ann, ...at(1) },
  { kind: 'messagePosted', hash: h1, author: ann, sequence: 0, ...at(2) },
  { kind: 'specSubmitted', hash: h2, author: ben, stake: 5n, expiresAtS: 99, ...at(3) },
  { kind: 'voted', hash: h2, author: ben, voter: ann, choice: 'approve', ...at(4) },
  { kind: 'settled', hash: h2, author: ben, status: 'approved', sequence: 1, joined: true, ...at(5, 3n) },
  { kind: 'divested', wallet: ann, payout: 1n, ...at(6, 2n) },
];

function replay(events: readonly LedgerEvent[]): ThreadView | undefined {
  let view: ThreadView | undefined;
  for (const event of events) {
    const result = applyEvent(view, event);
    if (result.kind !== 'applied') throw new Error(`${event.kind} v${event.version}: ${result.kind}`);
    view = result.view;
  }
  return view;
}

describe('applyEvent', () => {
  it('[TV1] builds the view of every version from the events alone', () => {
    const spec = { hash: h2, author: ben, stake: 5n, expiresAtS: 99, voters: [ann], approvals: [], denials: [] };
    expect(replay(history.slice(0, 3))).toEqual({
      thread,
      version: 3,
      coAuthors: [ann],
      vault: 0n,
      messages: [{ hash: h1, author: ann, sequence: 0 }],
      specs: [spec],
    });
    expect(replay(history.slice(0, 4))?.specs).toEqual([{ ...spec, approvals: [ann] }]);
    expect(replay(history)).toEqual({
      thread,
      version: 6,
      coAuthors: [ben],
      vault: 2n,
      messages: [
        { hash: h1, author: ann, sequence: 0 },
        { hash: h2, author: ben, sequence: 1 },
      ],
      specs: [],
    });
  });

  it('[TV1] changes nothing but the spec that is voted on or settled, and records nothing of one that was denied', () => {
    const others: readonly LedgerEvent[] = [
      { kind: 'specSubmitted', hash: h2, author: cat, stake: 7n, expiresAtS: 99, ...at(4) },
      { kind: 'voted', hash: h2, author: ben, voter: ann, choice: 'deny', ...at(5) },
    ];
    const open = replay([...history.slice(0, 3), ...others]);
    expect(open?.specs.map(({ author, approvals, denials }) => [author, approvals, denials])).toEqual([
      [ben, [], [ann]],
      [cat, [], []],
    ]);
    const denied: LedgerEvent = {
      kind: 'settled',
      hash: h2,
      author: ben,
      status: 'denied',
      sequence: null,
      joined: false,
      ...at(6),
    };
    const { specs = [], ...rest } = replay([...history.slice(0, 3), ...others, denied]) ?? {};
    expect(specs.map(({ author }) => author)).toEqual([cat]);
    expect(rest).toMatchObject({ version: 6, coAuthors: [ann], messages: [{ hash: h1 }] });
  });

  it('[TV2] takes each event once: whatever was applied before is stale and changes nothing', () => {
    for (let n = 1; n <= history.length; n += 1) {
      const view = replay(history.slice(0, n));
      for (const event of history.slice(0, n)) expect(applyEvent(view, event)).toEqual({ kind: 'stale' });
    }
  });

  it('[TV3] sees a gap wherever an event is missing, from the first one on', () => {
    for (let n = 0; n < history.length; n += 1) {
      const view = replay(history.slice(0, n));
      for (const event of history.slice(n + 1)) expect(applyEvent(view, event)).toEqual({ kind: 'gap' });
    }
    const early: LedgerEvent = { kind: 'messagePosted', hash: h1, author: ann, sequence: 0, ...at(1) };
    expect(applyEvent(undefined, early)).toEqual({ kind: 'gap' });
    expect(applyEvent(undefined, { kind: 'threadCreated', creator: ann, ...at(2) })).toEqual({ kind: 'gap' });
  });

  it('[TV4] sees a gap in an event of the right version that contradicts the view', () => {
    const view = replay(history.slice(0, 3));
    const impossible: readonly LedgerEvent[] = [
      { kind: 'threadCreated', creator: ann, ...at(4) },
      { kind: 'messagePosted', hash: h2, author: ann, sequence: 5, ...at(4) },
      { kind: 'specSubmitted', hash: h2, author: ben, stake: 5n, expiresAtS: 99, ...at(4) },
      { kind: 'voted', hash: h1, author: ben, voter: ann, choice: 'deny', ...at(4) },
      { kind: 'settled', hash: h1, author: ben, status: 'denied', sequence: null, joined: false, ...at(4) },
      { kind: 'settled', hash: h2, author: ben, status: 'approved', sequence: 0, joined: true, ...at(4) },
      { kind: 'divested', wallet: cat, payout: 0n, ...at(4) },
    ];
    for (const event of impossible) expect(applyEvent(view, event)).toEqual({ kind: 'gap' });
  });

  it('[TV5] lists votes in the order of the voters, whoever voted first', () => {
    const before: ThreadView = {
      thread,
      version: 1,
      coAuthors: [ann, ben, cat],
      vault: 0n,
      messages: [],
      specs: [{ hash: h1, author: ben, stake: 1n, expiresAtS: 1, voters: [ann, ben, cat], approvals: [], denials: [] }],
    };
    let view = before;
    for (const [i, voter] of [cat, ann].entries()) {
      const result = applyEvent(view, { kind: 'voted', hash: h1, author: ben, voter, choice: 'deny', ...at(2 + i) });
      if (result.kind === 'applied') view = result.view;
    }
    expect(view.specs[0]?.denials).toEqual([ann, cat]);
    expect(before.specs[0]?.denials).toEqual([]);
  });
});

describe('slices', () => {
  const long: ThreadView = {
    thread,
    version: 9_000,
    coAuthors: [ann],
    vault: 0n,
    messages: Array.from({ length: MAX_SLICE_MESSAGES + 10 }, (_, sequence) => ({ hash: h1, author: ann, sequence })),
    specs: [],
  };
  const short = { ...long, version: 3, messages: long.messages.slice(0, 2) };

  it('[TV6] carry only what the receiver lacks, and complete to exactly the view', () => {
    const slice = sliceOf(short, 1);
    expect(slice.messages).toEqual([short.messages[1]]);
    expect(completeSlice(short.messages.slice(0, 1), slice)).toEqual({ kind: 'complete', view: short });
  });

  it('[TV7] complete over several parts when they are long', () => {
    const first = completeSlice([], sliceOf(long, 0));
    expect(first.kind).toBe('incomplete');
    const held = first.kind === 'incomplete' ? first.messages : [];
    expect(held.length).toBe(MAX_SLICE_MESSAGES);
    expect(completeSlice(held, sliceOf(long, held.length))).toEqual({ kind: 'complete', view: long });
  });

  it('[TV6] repeat nothing that the receiver holds by now, and take nothing from it', () => {
    const messages = long.messages.slice(0, 9);
    const [view, older] = [
      { ...short, messages },
      { ...short, messages: messages.slice(0, 3) },
    ];
    const slice = sliceOf(view, 1);
    expect(completeSlice(messages.slice(0, 4), slice)).toEqual({ kind: 'complete', view });
    const part = { ...slice, messages: slice.messages.slice(0, 2) };
    for (const held of [messages.slice(0, 5), messages.slice(0, 3)])
      expect(completeSlice(held, part)).toEqual({ kind: 'incomplete', messages: held });
    expect(completeSlice(messages, sliceOf(older, 1))).toEqual({ kind: 'complete', view: older });
  });

  it('[TV8] of an older version complete to that version, though the receiver holds more', () => {
    expect(completeSlice(long.messages, sliceOf(short, long.messages.length))).toEqual({ kind: 'complete', view: short });
  });

  it('[TV9] that begin beyond what is held complete nothing', () => {
    expect(completeSlice([], sliceOf(short, 1))).toEqual({ kind: 'incomplete', messages: [] });
  });
});
