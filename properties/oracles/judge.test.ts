import { describe, expect, it } from 'vitest';
import type { History, OperationRecord } from './history.ts';
import { HistoryError, judge } from './judge.ts';
import { fullHistory, randomHistory } from './random-history.ts';

const history = randomHistory(7);
const first = history.operations[0] as OperationRecord;

describe('judge', () => {
  it('[OR22] asks the ledger first, then versions, then the others, and says how much each judged', () => {
    const { violation, inconclusive, judged } = judge(history);
    expect([violation, inconclusive]).toEqual([null, []]);
    expect([...judged.keys()].slice(0, 2)).toEqual(['ownership-witness', 'ownership-versions']);
    expect([...judged.values()].every((count) => count > 0)).toBe(true);
    expect(judged.has('linearizability-search')).toBe(false);
  });

  it('[OR22] searches only where the ledger is not known, and counts what it cannot decide', () => {
    const blind: History = { ...history, landings: null };
    expect([...judge(blind).judged.keys()][0]).toBe('linearizability-search');
    const { inconclusive, violation, judged } = judge(blind, { searchSteps: 2 });
    expect(violation).toBe(null);
    expect(inconclusive.map(({ oracle }) => oracle)).toEqual(['linearizability-search']);
    expect(judged.has('linearizability-search')).toBe(false);
    expect(judged.get('tokens-conserved')).toBeGreaterThan(0);
  });

  it('[OR22] stops at the first violation and keeps what was inconclusive before it', () => {
    const lost: History = { ...history, landings: null, ended: { ...history.ended, pending: ['backend#1: queue'] } };
    const { violation, inconclusive } = judge(lost, { searchSteps: 2 });
    expect(violation).toMatchObject({ oracle: 'liveness', rule: 'OR21' });
    expect(inconclusive).toHaveLength(1);
    expect(judge({ ...history, landings: (history.landings ?? []).slice(1) }).violation?.oracle).toBe('ownership-witness');
  });

  it('[OR22] judges a run without a heal, and says that convergence was not judged', () => {
    const { judged } = judge(randomHistory(7, { ...fullHistory, observers: false }));
    expect([judged.get('content-converges'), judged.get('liveness')]).toEqual([0, 0]);
  });

  it.each<readonly [string, Partial<History>, RegExp]>([
    ['an id twice', { operations: [first, first] }, /operations\[1\]\.id: expected a new id, got 0 again/],
    [
      'calls out of order',
      {
        operations: [
          { ...first, call: 9 },
          { ...first, id: 1, call: 8 },
        ],
      },
      /operations\[\d\]/,
    ],
    [
      'an end before its call',
      { operations: [{ ...first, call: 1e9 }] },
      /operations\[0\]\.end\.at: expected at least 1000000000/,
    ],
    [
      'an end learnt before its answer',
      { operations: [{ ...first, settled: { at: -1, answer: { kind: 'refused', code: 'Expired' } } }] },
      /operations\[0\]\.settled\.at/,
    ],
    [
      'a twin of nobody',
      { operations: [{ ...first, sameTransactionAs: 99 }] },
      /operations\[0\]\.sameTransactionAs: expected an operation's id, got 99/,
    ],
    ['a landing of nobody', { operations: [] }, /landings\[0\]\.operation: expected an operation's id/],
    ['showings out of order', { showings: [...history.showings].reverse() }, /showings\[\d+\]\.at: expected at least/],
  ])('[OR24] refuses a history with %s, naming the place', (_, change, message) => {
    expect(() => judge({ ...history, ...change })).toThrow(message);
    expect(() => judge({ ...history, ...change })).toThrow(HistoryError);
  });
});
