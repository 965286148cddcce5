import { describe, expect, it } from 'vitest';
import type { ThreadView } from '../core/protocol.ts';
import { contentHash, intentId, threadId, walletId } from '../ports/ids.ts';
import type { LedgerAction } from '../ports/ledger.ts';
import { absorb, begin, display, mark, type Overlay, rollBack } from './optimistic.ts';

const thread = threadId('01'.repeat(32));
const hash = contentHash('0a'.repeat(32));
const me = walletId('A'.repeat(40));
const author = walletId('B'.repeat(40));
const id = (n: number) => intentId(`i${n}`);
const view: ThreadView = { thread, version: 3, coAuthors: [me], vault: 0n, messages: [], specs: [] };

const actions: readonly LedgerAction[] = [
  { kind: 'createThread', thread },
  { kind: 'postMessage', thread, hash },
  { kind: 'submitSpec', thread, hash, stake: 5n },
  { kind: 'vote', thread, hash, author, choice: 'deny' },
  { kind: 'settle', thread, hash, author },
  { kind: 'divest', thread },
];
const all: Overlay = actions.reduce<Overlay>(
  (overlay, action, n) => begin(overlay, { intent: id(n), action, text: action.kind === 'postMessage' ? 'hi' : null }),
  [],
);

describe('optimistic overlay', () => {
  it('[OP1] shows every kind of own write apart from what is confirmed, marked', () => {
    const marked = (n: number) => ({ intent: id(n), certainty: 'optimistic' });
    expect(display(thread, view, all, me)).toEqual({
      thread,
      confirmed: view,
      creating: marked(0),
      messages: [{ hash, author: me, text: 'hi', ...marked(1) }],
      specs: [{ hash, author: me, stake: 5n, text: '', ...marked(2) }],
      votes: [{ hash, author, choice: 'deny', ...marked(3) }],
      settlements: [{ hash, author, ...marked(4) }],
      leaving: marked(5),
    });
  });

  it('[OP2] takes back whole what was refused, and nothing else', () => {
    expect(rollBack(all, id(1)).map((entry) => entry.intent)).toEqual([0, 2, 3, 4, 5].map(id));
    expect(display(thread, view, rollBack(all, id(1)), me).messages).toEqual([]);
  });

  it('[OP3] keeps a confirmed write until a view that includes it is shown, and not longer', () => {
    const overlay = mark(all, id(1), { kind: 'confirmed', version: 4 });
    expect(absorb(overlay, () => 3)).toBe(overlay);
    expect(absorb(overlay, () => 4).map((entry) => entry.intent)).toEqual([0, 2, 3, 4, 5].map(id));
  });

  it('[OP4] keeps writes of unknown fate, marked so, whatever views come', () => {
    const overlay = mark(all, id(1), { kind: 'unsettled' });
    expect(
      display(
        thread,
        view,
        absorb(overlay, () => 99),
        me,
      ).messages[0]?.certainty,
    ).toBe('unsettled');
  });

  it('[OP5] has one entry an intent, however often it is begun', () => {
    expect(begin(all, { intent: id(0), action: actions[0] as LedgerAction, text: null })).toHaveLength(all.length);
  });

  it('[OP6] changes no overlay in place', () => {
    const before = structuredClone(all);
    rollBack(all, id(0));
    mark(all, id(1), { kind: 'unsettled' });
    expect(all).toEqual(before);
  });
});
