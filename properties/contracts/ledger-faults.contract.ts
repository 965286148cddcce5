/**
 * The ledger port under every fault of its authority, on grounds that can command them. Each case shows what the port tells its
 * caller *and* what the chain did, since the whole point is that the two may differ.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LedgerAction, SignedTransaction, Wallet } from '#impl/ports/ledger.ts';
import { BLOCKHASH_LIFE_SLOTS, CONFIRMED_AFTER_SLOTS, SLOT_MS } from '#simulations/solana/slots.ts';
import {
  act,
  allEvents,
  type CommandedLedger,
  confirmed,
  expectValue,
  hashOf,
  type LedgerEnvironment,
  processed,
  settled,
  signed,
  threadAt,
  threadOf,
} from './ledger-stage.ts';

const confirmationMs = CONFIRMED_AFTER_SLOTS * SLOT_MS;

export function ledgerFaultsContract(environment: LedgerEnvironment<CommandedLedger>): void {
  let opened: CommandedLedger;
  let alice: Wallet;
  let bob: Wallet;
  let createThread: Extract<LedgerAction, { kind: 'createThread' }>;
  beforeEach(async () => {
    opened = await environment.open();
    [alice, bob] = opened.wallets;
    createThread = { kind: 'createThread', thread: threadOf(alice) };
  });
  afterEach(() => opened.close());

  const version = async (options = confirmed): Promise<number | null> =>
    (await threadAt(opened.ledger, createThread.thread, options))?.version ?? null;
  const status = async ({ signature }: SignedTransaction) =>
    expectValue(await opened.ledger.transactionStatus(signature, { searchHistory: true }));
  const fired = (): readonly (readonly [string, boolean])[] =>
    opened.gateway.faults.fired.map(({ fault, noticeable }) => [fault.kind, noticeable]);

  describe('lost transactions and answers', () => {
    it('[LF1] S1: dropped after it was taken: looks taken, is nowhere, and the same bytes still land', async () => {
      const transaction = await signed(opened.ledger, alice, createThread);
      opened.gateway.arm({ kind: 'dropSubmit' });
      expect(await opened.ledger.submit(transaction)).toEqual({ kind: 'applied', value: transaction.signature });
      await opened.pass(confirmationMs);
      expect(await status(transaction)).toEqual({ kind: 'notSeen' });
      expect(await version(processed)).toBeNull();
      expect(await opened.ledger.submit(transaction)).toEqual({ kind: 'applied', value: transaction.signature });
      expect(await settled(opened, transaction)).toMatchObject({ refusal: null });
      expect(fired()).toEqual([['dropSubmit', true]]);
    });

    it('[LF2] S2: lands until its last valid block height, never after it', async () => {
      const early = await signed(opened.ledger, alice, createThread);
      const late = await signed(opened.ledger, bob, { kind: 'createThread', thread: threadOf(bob) });
      // The blockhash is of a confirmed bank, some slots behind the newest.
      await opened.pass((BLOCKHASH_LIFE_SLOTS - CONFIRMED_AFTER_SLOTS) * SLOT_MS);
      expect(opened.chain.tip()).toBe(early.lastValidBlockHeight);
      await opened.ledger.submit(early);
      expect(await version(processed)).toBe(1);
      await opened.pass(SLOT_MS);
      await opened.ledger.submit(late);
      await opened.pass(confirmationMs);
      expect(await opened.another({ preflight: true }).submit(late)).toMatchObject({
        kind: 'notApplied',
        failure: { kind: 'refused', code: 'BlockhashNotFound' },
      });
      expect(expectValue(await opened.ledger.blockHeight()).value).toBeGreaterThan(late.lastValidBlockHeight);
      expect(await status(late)).toEqual({ kind: 'notSeen' });
      expect(await status(early)).toMatchObject({ kind: 'landed', commitment: 'confirmed' });
      expect(await threadAt(opened.ledger, threadOf(bob))).toBeNull();
    });

    for (const as of ['reset', 'silence'] as const) {
      const expected =
        as === 'reset' ? { kind: 'unavailable', code: 'ConnectionLost' } : { kind: 'timeout', code: 'RequestTimeout' };

      it(`[LF3] S3: it lands and the answer is lost (${as}): unknown, settled by its status`, async () => {
        const transaction = await signed(opened.ledger, alice, createThread);
        opened.gateway.arm({ kind: 'loseSubmit', position: 'after', as });
        expect(await opened.ledger.submit(transaction)).toMatchObject({ kind: 'unknown', failure: expected });
        expect(await settled(opened, transaction)).toMatchObject({ refusal: null });
        expect(await version()).toBe(1);
      });

      it(`[LF3] S3: it is lost on the way (${as}): unknown too, and the same bytes land later`, async () => {
        const transaction = await signed(opened.ledger, alice, createThread);
        opened.gateway.arm({ kind: 'loseSubmit', position: 'before', as });
        expect(await opened.ledger.submit(transaction)).toMatchObject({ kind: 'unknown', failure: expected });
        await opened.pass(confirmationMs);
        expect(await status(transaction)).toEqual({ kind: 'notSeen' });
        await opened.ledger.submit(transaction);
        expect(await settled(opened, transaction)).toMatchObject({ refusal: null });
      });
    }

    it('[LF4] S4: signed anew too early: both land, the second as a named no-op', async () => {
      await act(opened, alice, createThread);
      const post: LedgerAction = { kind: 'postMessage', thread: createThread.thread, hash: hashOf('once') };
      const first = await signed(opened.ledger, alice, post);
      opened.gateway.arm({ kind: 'loseSubmit', position: 'after', as: 'reset' });
      await opened.ledger.submit(first);
      await opened.pass(SLOT_MS);
      const second = await signed(opened.ledger, alice, post);
      expect(second.signature).not.toBe(first.signature);
      await opened.ledger.submit(second);
      expect(await settled(opened, first)).toMatchObject({ refusal: null });
      expect(await settled(opened, second)).toMatchObject({ refusal: { code: 'HashAlreadyRecorded' } });
      expect(await threadAt(opened.ledger, createThread.thread)).toMatchObject({ version: 2, messageCount: 1 });
    });
  });

  describe('forks', () => {
    it('[LF5] S6: processed is not confirmed; a fork takes it back whole, and the same bytes land again', async () => {
      const before = await opened.holdings();
      const transaction = await signed(opened.ledger, alice, createThread);
      await opened.ledger.submit(transaction);
      expect(await status(transaction)).toMatchObject({ kind: 'landed', commitment: 'processed' });
      expect([await version(processed), await version(confirmed)]).toEqual([1, null]);
      expect(await opened.holdings()).not.toEqual(before);
      expect(await opened.chain.forkOut(1)).toEqual([transaction.signature]);
      expect(await status(transaction)).toEqual({ kind: 'notSeen' });
      expect(await version(processed)).toBeNull();
      expect(await opened.holdings()).toEqual(before);
      await opened.ledger.submit(transaction);
      expect(await settled(opened, transaction)).toMatchObject({ refusal: null });
      expect(await version()).toBe(1);
    });

    it('[LF5] S6: only what is not confirmed can be forked out, newest first, shared accounts included', async () => {
      const { thread } = createThread;
      await act(opened, alice, createThread);
      const stake = opened.minimumStake;
      const key = { thread, hash: hashOf('split'), author: bob.id };
      await act(opened, bob, { kind: 'submitSpec', thread, hash: key.hash, stake });
      const before = await opened.holdings();
      // An expired spec's stake goes to the treasury, which other worlds use as well.
      await opened.pass(604_800_000);
      const post = await signed(opened.ledger, alice, { kind: 'postMessage', thread, hash: hashOf('a') });
      await opened.ledger.submit(post);
      const settlement = await signed(opened.ledger, alice, { kind: 'settle', ...key });
      await opened.ledger.submit(settlement);
      expect(opened.chain.treasuryGain()).toBe(stake);
      expect(await opened.chain.forkOut(100)).toEqual([settlement.signature, post.signature]);
      expect(opened.chain.treasuryGain()).toBe(0n);
      expect(await opened.holdings()).toEqual(before);
      expect(await version(processed)).toBe(2);
      await opened.ledger.submit(settlement);
      expect(await settled(opened, settlement)).toMatchObject({ refusal: null });
      expect(opened.chain.treasuryGain()).toBe(stake);
      expect(await opened.chain.forkOut(100)).toEqual([]);
    });

    it('[LF5] S6: events wait for confirmation, so a fork never takes one back', async () => {
      const transaction = await signed(opened.ledger, alice, createThread);
      await opened.ledger.submit(transaction);
      expect(expectValue(await opened.ledger.events(null, 10))).toEqual({ events: [], next: null });
      await opened.pass(confirmationMs);
      expect(await allEvents(opened.ledger)).toMatchObject([{ kind: 'threadCreated', version: 1 }]);
      expect(await opened.chain.forkOut(1)).toEqual([]);
    });
  });

  describe('nodes that lag, refuse or cannot be reached', () => {
    it('[LF6] S7: a lagging node answers from the past and says so; minContextSlot refuses it', async () => {
      const { slot } = await act(opened, alice, createThread);
      await opened.pass(2_000);
      opened.gateway.faults.lag(10);
      const stale = expectValue(await opened.ledger.thread(createThread.thread, confirmed));
      expect(stale.value).toBeNull();
      expect(stale.slot).toBeLessThan(slot);
      expect(await opened.ledger.thread(createThread.thread, { ...confirmed, minContextSlot: slot })).toMatchObject({
        ok: false,
        failure: { kind: 'behind' },
      });
      expect(fired()).toContainEqual(['lag', true]);
      opened.gateway.faults.lag(0);
      expect(await version()).toBe(1);
    });

    it('[LF6] S7: that a lagging node has not seen a transaction proves nothing, and it can be kept from being asked', async () => {
      const transaction = await signed(opened.ledger, alice, createThread);
      await opened.ledger.submit(transaction);
      await opened.pass(2_000);
      const at = expectValue(await opened.ledger.blockHeight()).slot;
      opened.gateway.faults.lag(20);
      const seen = (options: { readonly minContextSlot?: number }) =>
        opened.ledger.transactionStatus(transaction.signature, { searchHistory: true, ...options });
      expect(await seen({})).toEqual({ ok: true, value: { kind: 'notSeen' } });
      expect(await seen({ minContextSlot: at })).toMatchObject({ ok: false, failure: { kind: 'behind' } });
      opened.gateway.faults.lag(0);
      expect(await seen({ minContextSlot: at })).toMatchObject({ ok: true, value: { kind: 'landed' } });
    });

    it('[LF6] S7: a write is never prepared from before what was seen already', async () => {
      await act(opened, alice, createThread);
      await version();
      opened.gateway.faults.lag(20);
      const post: LedgerAction = { kind: 'postMessage', thread: createThread.thread, hash: hashOf('a') };
      expect(await opened.ledger.prepare(post, alice.id)).toMatchObject({ ok: false, failure: { kind: 'behind' } });
      // Who has seen nothing yet cannot know better.
      expect(await opened.another().prepare(post, alice.id)).toMatchObject({ ok: false, failure: { code: 'ThreadNotFound' } });
    });

    it('[LF7] S8: 429, 503 and "node is behind" are certainly not applied, with the wait that was asked for', async () => {
      const transaction = await signed(opened.ledger, alice, createThread);
      const cases = [
        [
          { kind: 'rateLimited', retryAfterS: 3 },
          { kind: 'unavailable', code: 'RateLimited', retryAfterMs: 3_000 },
        ],
        [{ kind: 'unavailable' }, { kind: 'unavailable', code: 'NodeUnavailable' }],
        [
          { kind: 'behind', slots: 42 },
          { kind: 'behind', code: 'NodeBehind' },
        ],
      ] as const;
      for (const [refusal, failure] of cases) {
        opened.gateway.arm({ kind: 'failCall', call: 1, refusal });
        expect(await opened.ledger.submit(transaction)).toMatchObject({ kind: 'notApplied', failure });
        opened.gateway.arm({ kind: 'failCall', call: 1, refusal });
        expect(await opened.ledger.thread(createThread.thread, confirmed)).toMatchObject({ ok: false, failure });
        opened.gateway.arm({ kind: 'failCall', call: 1, refusal });
        expect(await opened.ledger.events(null, 10)).toMatchObject({ ok: false, failure });
      }
      await opened.pass(confirmationMs);
      expect(await status(transaction)).toEqual({ kind: 'notSeen' });
    });

    it('[LF7] S8: the n-th call is the one that fails', async () => {
      opened.gateway.arm({ kind: 'failCall', call: 3, refusal: { kind: 'unavailable' } });
      const heights = [];
      for (let call = 1; call <= 4; call++) heights.push((await opened.ledger.blockHeight()).ok);
      expect(heights).toEqual([true, true, false, true]);
    });

    it('[LF8] S10: a preflight error is of that node only: the same bytes land through another', async () => {
      const transaction = await signed(opened.ledger, alice, createThread);
      opened.gateway.arm({ kind: 'failPreflight', error: 'BlockhashNotFound' });
      expect(await opened.another({ preflight: true }).submit(transaction)).toMatchObject({
        kind: 'notApplied',
        failure: { kind: 'refused', code: 'BlockhashNotFound' },
      });
      expect(await opened.ledger.submit(transaction)).toMatchObject({ kind: 'applied' });
      expect(await settled(opened, transaction)).toMatchObject({ refusal: null });
    });

    it('[LF8] S10: a lagging node knows no fresh blockhash', async () => {
      const transaction = await signed(opened.ledger, alice, createThread);
      opened.gateway.faults.lag(5);
      expect(await opened.another({ preflight: true }).submit(transaction)).toMatchObject({
        kind: 'notApplied',
        failure: { code: 'BlockhashNotFound' },
      });
    });

    it('[LF9] a refused connection: nothing applied, nothing read, and all well afterwards', async () => {
      const transaction = await signed(opened.ledger, alice, createThread);
      const refused = { kind: 'unavailable', code: 'ConnectionRefused' };
      await opened.gateway.setLink('down');
      expect(await opened.ledger.submit(transaction)).toMatchObject({ kind: 'notApplied', failure: refused });
      expect(await opened.ledger.blockHeight()).toMatchObject({ ok: false, failure: refused });
      expect(await opened.another().prepare(createThread, alice.id)).toMatchObject({ ok: false, failure: refused });
      await opened.gateway.setLink('up');
      expect(await status(transaction)).toEqual({ kind: 'notSeen' });
      await opened.ledger.submit(transaction);
      expect(await settled(opened, transaction)).toMatchObject({ refusal: null });
    });
  });

  describe('disturbed histories', () => {
    const versionsUnder = async (change: 'drop' | 'double' | 'swap', index: number): Promise<readonly number[]> => {
      opened.gateway.arm({ kind: 'disturbEvents', change, index });
      const versions = (await allEvents(opened.another(), 100)).map((event) => event.version);
      expect(fired()).toEqual([['disturbEvents', true]]);
      return versions;
    };
    beforeEach(async () => {
      await act(opened, alice, createThread);
      for (const text of ['a', 'b', 'c']) {
        await act(opened, alice, { kind: 'postMessage', thread: createThread.thread, hash: hashOf(text) });
      }
    });

    it('[LF10] S9: a missing entry is a gap that versions show', async () => {
      expect(await versionsUnder('drop', 1)).toEqual([1, 2, 4]);
    });

    it('[LF10] S9: the newest one missing is told at the next look', async () => {
      expect(await versionsUnder('drop', 0)).toEqual([1, 2, 3, 4]);
    });

    it('[LF10] S9: an entry told twice counts once', async () => {
      expect(await versionsUnder('double', 1)).toEqual([1, 2, 3, 4]);
    });

    it.each([1, 2, 3])(
      '[LF10] S9: what is listed and not there yet (entry %i) ends the page, and begins the next',
      async (index) => {
        opened.gateway.arm({ kind: 'hideTransaction', index });
        const { events } = expectValue(await opened.another().events(null, 100));
        expect(events.map(({ version }) => version)).toEqual([1, 2, 3, 4].slice(0, index));
        expect(fired()).toEqual([['hideTransaction', true]]);
        opened.gateway.arm({ kind: 'hideTransaction', index });
        expect((await allEvents(opened.another(), 100)).map(({ version }) => version)).toEqual([1, 2, 3, 4]);
      },
    );

    it('[LF10] S9: nothing is told where the first that is listed is not there yet', async () => {
      opened.gateway.arm({ kind: 'hideTransaction', index: 0 });
      const failure = { kind: 'behind', code: 'TransactionNotAvailable' };
      expect(await opened.another().events(null, 100)).toMatchObject({ ok: false, failure });
    });

    it('[LF10] S9: entries swapped across slots are put right', async () => {
      expect(await versionsUnder('swap', 1)).toEqual([1, 2, 3, 4]);
    });
  });

  it('[LF10] S9: entries swapped within one slot come as they were told, and what followed the last one comes again', async () => {
    await act(opened, alice, createThread);
    for (const text of ['a', 'b']) {
      await opened.ledger.submit(
        await signed(opened.ledger, alice, { kind: 'postMessage', thread: createThread.thread, hash: hashOf(text) }),
      );
    }
    await opened.pass(confirmationMs);
    opened.gateway.arm({ kind: 'disturbEvents', change: 'swap', index: 0 });
    expect((await allEvents(opened.another())).map((event) => event.version)).toEqual([1, 3, 2, 3]);
  });
}
