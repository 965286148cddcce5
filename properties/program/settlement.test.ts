/** The settlement table, row by row, on both virtual machines. A green run does not show compute limits; see compute-units.test.ts. */
import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  divest,
  postMessage,
  type SpecKey,
  settle,
  submitSpec,
  threadAddress,
  tokenAccountAddress,
  treasuryAddress,
  vaultAddress,
  vote,
} from '#impl/adapters/solana/codec/index.ts';
import type { WalletId } from '#impl/ports/ids.ts';
import {
  gains,
  must,
  openSpec,
  readMessage,
  readPage,
  readPurses,
  readSpec,
  readThread,
  seat,
  settlementOf,
  threadOf,
  total,
  voteAll,
  wallets,
} from './scenes.ts';
import { MINIMUM_STAKE, openStage, type Stage, TIME_TO_LIVE_S } from './stage.ts';

const nothing = { vault: 0n, escrow: 0n, treasury: 0n, author: 0n };

describe.each(['bankrun', 'litesvm'] as const)('settlement on %s', (kind) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage(kind, 'settlement');
  });

  /** Settles and tells what changed; the total must not. */
  async function settled(
    spec: SpecKey,
    voters: readonly WalletId[],
  ): Promise<{ readonly sent: Awaited<ReturnType<typeof must>>; readonly gained: ReturnType<typeof gains> }> {
    const before = await readPurses(stage, spec, voters);
    const version = (await readThread(stage, spec.thread)).version;
    const sent = await must(stage, await settlementOf(stage, spec));
    const after = await readPurses(stage, spec, voters);
    expect(total(after)).toBe(total(before));
    const thread = await readThread(stage, spec.thread);
    expect(thread.vault).toBe(after.vault);
    expect(thread.version).toBe(version + 1);
    expect(sent.version).toBe(BigInt(thread.version));
    expect(sent.events).toEqual([expect.objectContaining({ kind: 'settled', version: thread.version, vault: after.vault })]);
    return { sent, gained: gains(before, after) };
  }

  it('[PG2] all approve: equal shares, the remainder to the vault, the author joins, the hash is recorded', async () => {
    const voters = await wallets(stage, 3);
    const thread = await threadOf(stage, voters);
    const spec = await openSpec(stage, thread, { stake: 1_001n });
    await voteAll(
      stage,
      spec,
      voters.map((voter) => [voter, 'approve'] as const),
    );
    const { sent, gained } = await settled(spec, voters);
    expect(gained).toEqual({ ...nothing, vault: 2n, escrow: -1_001n, voters: [333n, 333n, 333n] });
    expect(sent.events).toEqual([
      {
        kind: 'settled',
        thread,
        version: 6,
        vault: 2n,
        hash: spec.hash,
        author: spec.author,
        status: 'approved',
        sequence: 0,
        joined: true,
      },
    ]);
    const after = await readThread(stage, thread);
    expect(after.coAuthors).toEqual([...voters, spec.author]);
    expect(after).toMatchObject({ messageCount: 1, openSpecs: 0 });
    const chain = createHash('sha256').update(Buffer.concat([Buffer.alloc(32), Buffer.from(spec.hash, 'hex')]));
    expect(after.hashChain).toBe(chain.digest('hex'));
    expect(await readPage(stage, thread, 0)).toEqual([{ hash: spec.hash, author: spec.author, sequence: 0 }]);
    expect(await readMessage(stage, spec)).toMatchObject({ hash: spec.hash, author: spec.author, sequence: 0, version: 6 });
    expect((await readSpec(stage, spec)).status).toBe('approved');
  });

  it('[PG2] all deny: the stake goes to the vault, nothing else happens', async () => {
    const voters = await wallets(stage, 2);
    const thread = await threadOf(stage, voters);
    const spec = await openSpec(stage, thread);
    await voteAll(
      stage,
      spec,
      voters.map((voter) => [voter, 'deny'] as const),
    );
    const { sent, gained } = await settled(spec, voters);
    expect(gained).toEqual({ ...nothing, vault: 1_000n, escrow: -1_000n, voters: [0n, 0n] });
    expect(sent.events[0]).toMatchObject({ status: 'denied', sequence: null, joined: false });
    expect(await readThread(stage, thread)).toMatchObject({ coAuthors: voters, messageCount: 0, openSpecs: 0 });
    expect(await readMessage(stage, spec)).toBeNull();
  });

  it('[PG2] split: stake * approvals / votes rounded down to the treasury, the rest to the vault', async () => {
    const voters = await wallets(stage, 3);
    const thread = await threadOf(stage, voters);
    const spec = await openSpec(stage, thread);
    await voteAll(
      stage,
      spec,
      voters.map((voter, index) => [voter, index < 2 ? 'approve' : 'deny'] as const),
    );
    const { sent, gained } = await settled(spec, voters);
    expect(gained).toEqual({ ...nothing, vault: 334n, treasury: 666n, escrow: -1_000n, voters: [0n, 0n, 0n] });
    expect(sent.events[0]).toMatchObject({ status: 'split', sequence: null, joined: false });
  });

  it('[PG2] split of the largest possible stake: the product would not fit 64 bits, the part is still exact', async () => {
    const voters = await wallets(stage, 15);
    const thread = await threadOf(stage, voters);
    const treasury = await stage.tokens(treasuryAddress());
    const stake = 2n ** 64n - 1n - treasury;
    const author = await stage.wallet(stake);
    const spec = await openSpec(stage, thread, { stake, author });
    await voteAll(
      stage,
      spec,
      voters.map((voter, index) => [voter, index < 14 ? 'approve' : 'deny'] as const),
    );
    const { gained } = await settled(spec, voters);
    const part = (stake * 14n) / 15n;
    expect(gained).toMatchObject({ vault: stake - part, treasury: part, escrow: -stake });
    // The bank is shared: a treasury near the top of 64 bits would overflow in the next test.
    await stage.give(treasuryAddress(), treasury - (await stage.tokens(treasuryAddress())));
  });

  it('[PG2] expired: the treasury takes the stake from the second of expiry on, not a second before', async () => {
    const voters = await wallets(stage, 2);
    const thread = await threadOf(stage, voters);
    const spec = await openSpec(stage, thread);
    await voteAll(stage, spec, [[voters[0], 'approve']]);
    await stage.at(TIME_TO_LIVE_S - 1);
    expect((await stage.send(await settlementOf(stage, spec))).refusal).toBe('NotDecided');
    await stage.at(TIME_TO_LIVE_S, 77);
    const { sent, gained } = await settled(spec, voters);
    await stage.at(0);
    expect(gained).toEqual({ ...nothing, treasury: 1_000n, escrow: -1_000n, voters: [0n, 0n] });
    expect(sent.events[0]).toMatchObject({ status: 'expired' });
    expect(await readThread(stage, thread)).toMatchObject({ createdSlot: 10, updatedSlot: 77 });
  });

  it('[PG2] decided wins over expired: complete votes decide however late they are settled', async () => {
    const voters = await wallets(stage, 2);
    const spec = await openSpec(stage, await threadOf(stage, voters));
    await voteAll(
      stage,
      spec,
      voters.map((voter) => [voter, 'approve'] as const),
    );
    await stage.at(TIME_TO_LIVE_S + 1_000);
    const { sent } = await settled(spec, voters);
    await stage.at(0);
    expect(sent.events[0]).toMatchObject({ status: 'approved', joined: true });
  });

  it('[PG2] all approve without room: the stake goes back to the author, nothing is recorded', async () => {
    const voters = await wallets(stage, 15);
    const thread = await threadOf(stage, voters);
    const [first, second] = [await openSpec(stage, thread), await openSpec(stage, thread)];
    for (const spec of [first, second])
      await voteAll(
        stage,
        spec,
        voters.map((voter) => [voter, 'approve'] as const),
      );
    const joined = await settled(first, voters);
    expect(joined.sent.events[0]).toMatchObject({ status: 'approved', joined: true });
    const { sent, gained } = await settled(second, voters);
    expect(gained).toMatchObject({ ...nothing, author: 1_000n, escrow: -1_000n });
    expect(sent.events[0]).toMatchObject({ status: 'returned', sequence: null, joined: false });
    expect(await readThread(stage, thread)).toMatchObject({ coAuthors: [...voters, first.author], messageCount: 1 });
  });

  it('[PG2] every awaited co-author left before deciding: the stake goes back to the author', async () => {
    const voters = await wallets(stage, 2);
    const thread = await threadOf(stage, voters);
    const spec = await openSpec(stage, thread);
    const newcomer = await openSpec(stage, thread);
    await voteAll(
      stage,
      newcomer,
      voters.map((voter) => [voter, 'approve'] as const),
    );
    await settled(newcomer, voters);
    for (const wallet of voters) await must(stage, divest({ wallet, thread, mint: stage.mint }));
    const { sent, gained } = await settled(spec, voters);
    expect(gained).toEqual({ ...nothing, author: 1_000n, escrow: -1_000n, voters: [0n, 0n] });
    expect(sent.events[0]).toMatchObject({ status: 'returned' });
  });

  it('[PG2] a vote stands when its voter leaves, share included; a leaver who has not voted is not waited for', async () => {
    const voters = await wallets(stage, 3);
    const [approver, silent, other] = voters;
    const thread = await threadOf(stage, voters);
    const spec = await openSpec(stage, thread);
    await voteAll(stage, spec, [
      [approver, 'approve'],
      [other, 'approve'],
    ]);
    expect((await stage.send(await settlementOf(stage, spec))).refusal).toBe('NotDecided');
    await must(stage, divest({ wallet: approver, thread, mint: stage.mint }));
    await must(stage, divest({ wallet: silent, thread, mint: stage.mint }));
    const { gained } = await settled(spec, voters);
    expect(gained.voters).toEqual([500n, 0n, 500n]);
    expect((await readThread(stage, thread)).coAuthors).toEqual([other, spec.author]);
  });

  it('[PG2] a voter who left and came back without having voted is awaited again', async () => {
    const voters = await wallets(stage, 2);
    const [back, approver] = voters;
    const thread = await threadOf(stage, voters);
    const spec = await openSpec(stage, thread);
    await voteAll(stage, spec, [[approver, 'approve']]);
    await must(stage, divest({ wallet: back, thread, mint: stage.mint }));
    await seat(stage, thread, [approver, back]);
    expect((await stage.send(await settlementOf(stage, spec))).refusal).toBe('NotDecided');
    await voteAll(stage, spec, [[back, 'deny']]);
    expect((await settled(spec, voters)).sent.events[0]).toMatchObject({ status: 'split' });
  });

  it('[PG2] an author who joined meanwhile joins no second time, even in a full thread; the hash is recorded', async () => {
    const voters = await wallets(stage, 15);
    const thread = await threadOf(stage, voters);
    const author = await stage.wallet();
    const [first, second] = [await openSpec(stage, thread, { author }), await openSpec(stage, thread, { author })];
    for (const spec of [first, second])
      await voteAll(
        stage,
        spec,
        voters.map((voter) => [voter, 'approve'] as const),
      );
    await settled(first, voters);
    const { sent } = await settled(second, voters);
    expect(sent.events[0]).toMatchObject({ status: 'approved', sequence: 1, joined: false });
    expect((await readThread(stage, thread)).coAuthors).toEqual([...voters, author]);
  });

  it('[PG2] a hash recorded meanwhile is recorded no second time; the author still joins', async () => {
    const [poster] = await wallets(stage, 1);
    const thread = await threadOf(stage, [poster]);
    const spec = await openSpec(stage, thread);
    await voteAll(stage, spec, [[poster, 'approve']]);
    await must(stage, postMessage({ author: poster, thread, hash: spec.hash, page: 0 }));
    const before = await readThread(stage, thread);
    const { sent } = await settled(spec, [poster]);
    expect(sent.events[0]).toMatchObject({ status: 'approved', sequence: null, joined: true });
    const after = await readThread(stage, thread);
    expect([after.messageCount, after.hashChain]).toEqual([before.messageCount, before.hashChain]);
    expect(await readMessage(stage, spec)).toMatchObject({ author: poster, sequence: 0 });
  });

  it('[PG2] divest pays vault / co-authors rounded down; what was given to the vault directly counts from there on', async () => {
    const coAuthors = await wallets(stage, 3);
    const [first, leaver, last] = coAuthors;
    const thread = await threadOf(stage, coAuthors);
    await stage.give(vaultAddress(thread), 1_000n);
    expect((await readThread(stage, thread)).vault).toBe(0n);
    const before = await stage.tokens(tokenAccountAddress(leaver, stage.mint));
    const sent = await must(stage, divest({ wallet: leaver, thread, mint: stage.mint }));
    expect(sent.events).toEqual([{ kind: 'divested', thread, version: 2, vault: 667n, wallet: leaver, payout: 333n }]);
    expect(await stage.tokens(tokenAccountAddress(leaver, stage.mint))).toBe(before + 333n);
    expect(await readThread(stage, thread)).toMatchObject({ vault: 667n, coAuthors: [first, last] });
  });

  it('[PG2] a thread grown to 16 by settlements is byte for byte what the test scenes write', async () => {
    const [creator] = await wallets(stage, 1);
    const thread = await threadOf(stage, [creator]);
    for (let size = 1; size < 16; size++) {
      const { coAuthors } = await readThread(stage, thread);
      const spec = await openSpec(stage, thread, { stake: MINIMUM_STAKE });
      await voteAll(
        stage,
        spec,
        coAuthors.map((voter) => [voter, 'approve'] as const),
      );
      await must(stage, await settlementOf(stage, spec));
    }
    const grown = await stage.account(threadAddress(thread));
    const { coAuthors } = await readThread(stage, thread);
    expect(coAuthors).toHaveLength(16);
    await seat(stage, thread, coAuthors);
    const written = await stage.account(threadAddress(thread));
    expect(Buffer.from(written?.data ?? []).toString('hex')).toBe(Buffer.from(grown?.data ?? []).toString('hex'));
    const author = await stage.wallet();
    const full = await stage.send(submitSpec({ thread, hash: stage.hash(), author, stake: 1_000n, mint: stage.mint }));
    expect(full.refusal).toBe('ThreadFull');
  });

  it('[PG2] a vote or settlement that lands in between does not make a prepared settlement stale', async () => {
    const voters = await wallets(stage, 2);
    const [early, late] = voters;
    const thread = await threadOf(stage, voters);
    const spec = await openSpec(stage, thread);
    await voteAll(stage, spec, [[early, 'approve']]);
    const prepared = settle({ ...spec, payer: stage.feePayer, voters, page: 0, mint: stage.mint });
    await must(stage, vote({ ...spec, voter: late, choice: 'approve' }));
    await must(stage, prepared);
    expect((await readSpec(stage, spec)).status).toBe('approved');
  });
});
