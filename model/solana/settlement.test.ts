import { describe, expect, it } from 'vitest';
import { type Count, countOf, decide, payoutOf } from './settlement.ts';
import type { Settlement, Spec } from './state.ts';

const numbers = (to: number): readonly number[] => Array.from({ length: to + 1 }, (_, index) => index);
const both = [false, true] as const;

/** The rule as the behaviour page says it, written a second time and differently. */
function ruled({ approvals, denials, awaited, lapsed, room }: Count): Settlement | 'NotDecided' {
  const waits = awaited > 0;
  if (waits && !lapsed) return 'NotDecided';
  if (waits) return 'expired';
  if (approvals === 0 && denials === 0) return 'returned';
  if (approvals === 0) return 'denied';
  if (denials > 0) return 'split';
  return room ? 'approved' : 'returned';
}

describe('settlement table', () => {
  it('[MS2] decides every count of votes as the behaviour page says, and nothing is left open', () => {
    const decided = new Set<string>();
    for (const approvals of numbers(3)) {
      for (const denials of numbers(3)) {
        for (const awaited of numbers(2)) {
          for (const lapsed of both) {
            for (const room of both) {
              const count = { approvals, denials, awaited, lapsed, room };
              expect([count, decide(count)]).toEqual([count, ruled(count)]);
              decided.add(decide(count));
            }
          }
        }
      }
    }
    expect([...decided].sort()).toEqual(['NotDecided', 'approved', 'denied', 'expired', 'returned', 'split']);
  });

  it('[MS2] pays a stake of 100 as the table says', () => {
    expect(payoutOf.approved(100n, 3n)).toEqual({ perApprover: 33n, vault: 1n, treasury: 0n, author: 0n });
    expect(payoutOf.denied(100n)).toEqual({ perApprover: 0n, vault: 100n, treasury: 0n, author: 0n });
    expect(payoutOf.split(100n, 1n, 2n)).toEqual({ perApprover: 0n, vault: 67n, treasury: 33n, author: 0n });
    expect(payoutOf.expired(100n)).toEqual({ perApprover: 0n, vault: 0n, treasury: 100n, author: 0n });
    expect(payoutOf.returned(100n)).toEqual({ perApprover: 0n, vault: 0n, treasury: 0n, author: 100n });
  });

  it('[MS3] pays out exactly the stake in every row', () => {
    const wrong: string[] = [];
    for (const stake of numbers(60)) {
      for (const approvals of numbers(16).slice(1)) {
        for (const denials of numbers(16 - approvals)) {
          for (const status of Object.keys(payoutOf) as Settlement[]) {
            const { perApprover, vault, treasury, author } = payoutOf[status](BigInt(stake), BigInt(approvals), BigInt(denials));
            const isWhole = perApprover * BigInt(approvals) + vault + treasury + author === BigInt(stake);
            const isOwed = [perApprover, vault, treasury, author].some((part) => part < 0n);
            if (!isWhole || isOwed) wrong.push(`${status}: ${stake} of ${approvals} approvals and ${denials} denials`);
          }
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('[MS2] counts only voters who are co-authors still, and room only for who is not one', () => {
    const spec: Spec = {
      hash: 'h',
      author: 'd',
      stake: 1n,
      expiresAtS: 10,
      voters: ['a', 'b', 'c'],
      approvals: ['a'],
      denials: [],
      status: 'open',
    };
    expect(countOf(spec, ['b'], 2, 9)).toEqual({ approvals: 1, denials: 0, awaited: 1, lapsed: false, room: true });
    expect(countOf(spec, ['x', 'y'], 2, 10)).toEqual({ approvals: 1, denials: 0, awaited: 0, lapsed: true, room: false });
    expect(countOf(spec, ['x', 'd'], 2, 10).room).toBe(true);
  });
});
