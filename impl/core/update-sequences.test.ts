/**
 * The two update sequences by what they call, in which order, and what they answer; each step ends as it is told.
 * What a green run does not show: crashes between the steps (`cross-domain-update.test.ts`) and real authorities (the sequence suites).
 */
import { describe, expect, it } from 'vitest';
import { threadId } from '../ports/ids.ts';
import { type Failure, failed, ok, type Reply } from '../ports/outcome.ts';
import type { Fate } from './confirm.ts';
import { recordContent, storeContent } from './content-update.ts';
import { concludeFate, type OwnershipUpdateSteps, ownershipUpdate } from './ownership-update.ts';
import type { WriteResult } from './protocol.ts';
import { refusalOf } from './refusal.ts';

const confirmed: WriteResult = { kind: 'confirmed', thread: threadId('01'.repeat(32)), version: 2, slot: 7 };
const unsettled: WriteResult = { kind: 'unsettled' };
const failure = (kind: Failure['kind'], authority: Failure['authority'] = 'solana'): Failure => ({
  ...{ kind, authority, code: 'Own', detail: 'why' },
});
const landed = (code: string | null = null): Fate => ({
  kind: 'landed',
  slot: 7,
  refusal: code === null ? null : { code, detail: 'why' },
});

/** Steps that note their calls. @param shown what cache and frontends answer */
function steps(fate: Fate, shown: WriteResult = confirmed): { readonly calls: string[]; readonly of: OwnershipUpdateSteps } {
  const calls: string[] = [];
  return {
    calls,
    of: {
      updateSolana: async () => {
        calls.push('solana');
        return fate;
      },
      updateCacheAndFrontends: async () => {
        calls.push('cache and frontends');
        return shown;
      },
      updateQdrant: async () => {
        calls.push('qdrant');
      },
      end: async (refusal) => {
        calls.push(`end ${refusal.code}`);
        return { kind: 'refused', refusal };
      },
    },
  };
}

const all = ['solana', 'cache and frontends', 'qdrant'];
const refused = (code: string): object => ({ kind: 'refused', refusal: { code, authority: 'solana' } });

describe.each([
  ['an ownership update', ownershipUpdate],
  ['the rest of a content update', recordContent],
])('[T-2.1] [T-2.2] [T-2.3] %s', (_, update) => {
  const run = async (fate: Fate, shown?: WriteResult): Promise<readonly [WriteResult, readonly string[]]> => {
    const { calls, of } = steps(fate, shown);
    return [await update(of), calls];
  };

  it('[CD7] goes from Solana to the cache and the frontends, then to Qdrant, and answers what was shown', async () => {
    expect(await run(landed())).toEqual([confirmed, all]);
    const end: WriteResult = { kind: 'refused', refusal: { code: 'Later', authority: 'backend', detail: '' } };
    expect(await run(landed(), end)).toEqual([end, all]);
  });

  it.each<[string, Fate, string]>([
    ['landed as a refusal', landed('NotAVoter'), 'NotAVoter'],
    ['expired', { kind: 'expired' }, 'Expired'],
    ['was rejected', { kind: 'rejected', failure: failure('invalid') }, 'Own'],
  ])('[CD8] ends what %s by that name, shows nothing, and has its content removed', async (_what, fate, code) => {
    const [result, calls] = await run(fate);
    expect(result).toMatchObject(refused(code));
    expect(calls).toEqual(['solana', `end ${code}`, 'qdrant']);
  });

  it('[CD9] stays open while the fate is unknown, or the ledger cannot show the event', async () => {
    expect(await run({ kind: 'unknown', failure: null, processed: false })).toEqual([unsettled, ['solana']]);
    expect(await run(landed(), unsettled)).toEqual([unsettled, ['solana', 'cache and frontends']]);
  });
});

describe('a fate that somebody looked up', () => {
  const conclude = async (fate: Fate): Promise<readonly [WriteResult, readonly string[]]> => {
    const { calls, of } = steps({ kind: 'unknown', failure: null, processed: false });
    return [await concludeFate(of, fate), calls];
  };

  it('[CD7] [CD8] [CD9] is concluded alike, without sending anything, and Qdrant is left to others', async () => {
    expect(await conclude(landed())).toEqual([confirmed, ['cache and frontends']]);
    const [result, calls] = await conclude({ kind: 'expired' });
    expect([result, calls]).toMatchObject([refused('Expired'), ['end Expired']]);
    expect(await conclude({ kind: 'unknown', failure: null, processed: true })).toEqual([unsettled, []]);
  });
});

describe('[T-1.1] a content update', () => {
  const store = async (put: Reply<void>): Promise<readonly [WriteResult | null, readonly string[]]> => {
    const calls: string[] = [];
    const result = await storeContent({
      keepIntentAndText: async () => {
        calls.push('intent and text');
      },
      putPending: async () => {
        calls.push('pending');
        return put;
      },
      end: async (refusal) => {
        calls.push(`end ${refusal.code}`);
        return { kind: 'refused', refusal };
      },
    });
    return [result, calls];
  };

  it('[CD10] keeps the intent with its text, then stores, and has not ended when both are done', async () => {
    expect(await store(ok(undefined))).toEqual([null, ['intent and text', 'pending']]);
  });

  it('[CD10] ends where it cannot be stored, by the reason', async () => {
    const [away, calls] = await store(failed(failure('unavailable', 'qdrant')));
    expect(away).toMatchObject({ kind: 'refused', refusal: { authority: 'qdrant', code: 'QdrantUnavailable' } });
    expect(calls).toEqual(['intent and text', 'pending', 'end QdrantUnavailable']);
    expect(await store(failed(failure('invalid', 'qdrant')))).toMatchObject([{ refusal: { code: 'Own' } }, {}]);
  });
});

describe('what a client is told of a failure', () => {
  it.each([
    ['solana', 'SolanaUnavailable'],
    ['qdrant', 'QdrantUnavailable'],
    ['backend', 'BackendUnavailable'],
    ['frontend', 'FrontendUnavailable'],
  ] as const)('[RT9] of %s: one code however it cannot be reached, its own where it said no', (authority, code) => {
    for (const kind of ['unavailable', 'timeout', 'behind'] as const)
      expect(refusalOf(failure(kind, authority))).toEqual({ authority, code, detail: 'why' });
    for (const kind of ['refused', 'invalid'] as const)
      expect(refusalOf(failure(kind, authority))).toEqual({ authority, code: 'Own', detail: 'why' });
  });
});
