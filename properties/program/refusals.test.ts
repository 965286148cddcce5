/**
 * Every domain refusal of every instruction by its name, in the order in which several are reported, and that none changes a byte.
 * Malformed requests are in `substitution.test.ts`.
 */
import { SYSVAR_RENT_PUBKEY } from '@solana/web3.js';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  createThread,
  divest,
  initialize,
  messageAddress,
  postMessage,
  settle,
  submitSpec,
  THREAD,
  threadAddress,
  tokenAccountAddress,
  vaultAddress,
  vote,
} from '#impl/adapters/solana/codec/index.ts';
import { choirProgram, createBank } from '#simulations/solana/create-bank.ts';
import { createLiteSvmBank } from '#simulations/solana/litesvm-bank.ts';
import { tokenAccount } from '#simulations/solana/token-layout.ts';
import { must, openSpec, refusalOf, seat, settlementOf, threadOf, voteAll, wallets } from './scenes.ts';
import { MINIMUM_STAKE, openBareStage, openStage, type Stage, systemAccount, TIME_TO_LIVE_S } from './stage.ts';

describe.each(['bankrun', 'litesvm'] as const)('refusals on %s', (kind) => {
  let stage: Stage;

  /** The first test of the file on purpose: bankrun has one configuration a process, and this sees it come into being. */
  it('[PG3] initialize: terms and mint are checked, nothing works before it, it works once', async () => {
    stage = await openBareStage(await createBank(kind), 'refusals');
    const { mint, feePayer: payer } = stage;
    const terms = { payer, mint, minimumStake: MINIMUM_STAKE, specTimeToLiveS: TIME_TO_LIVE_S };
    const thread = stage.thread();
    const spec = { thread, hash: stage.hash(), author: payer };
    expect(await refusalOf(stage, createThread({ creator: payer, thread, mint }))).toBe('NotInitialized');
    expect(await refusalOf(stage, submitSpec({ ...spec, stake: 1_000n, mint }))).toBe('NotInitialized');
    expect(await refusalOf(stage, settle({ ...spec, payer, voters: [payer], page: 0, mint }))).toBe('NotInitialized');
    const refusal = async (change: Partial<typeof terms>): Promise<string> =>
      (await stage.send(initialize({ ...terms, ...change }))).refusal ?? 'accepted';
    expect(await refusal({ minimumStake: 0n })).toBe('MinimumStakeZero');
    expect(await refusal({ specTimeToLiveS: 0 })).toBe('TimeToLiveZero');
    expect(await refusal({ mint: stage.key() })).toBe('InvalidMint');
    const account = await stage.account(mint);
    if (account === null) throw new Error('no mint');
    for (const [offset, value] of [
      [44, 6],
      [45, 0],
    ] as const) {
      const data = Buffer.from(account.data);
      data[offset] = value;
      await stage.set(mint, { ...account, data: new Uint8Array(data) });
      expect(await refusal({})).toBe('InvalidMint');
    }
    await stage.set(mint, account);
    expect((await stage.send(initialize(terms))).refusal).toBeNull();
    expect(await refusal({})).toBe('AlreadyInitialized');
    expect(await refusal({ minimumStake: 0n })).toBe('AlreadyInitialized');
  });

  describe('once configured', () => {
    let mint: string;
    beforeAll(async () => {
      stage = await openStage(kind, 'refusals, configured', kind === 'litesvm' ? createLiteSvmBank([choirProgram()]) : undefined);
      mint = stage.mint;
    });

    it('[PG3] createThread: ThreadAlreadyExists; another mint than the configured one is refused', async () => {
      const [creator, other] = await wallets(stage, 2);
      const thread = await threadOf(stage, [creator]);
      expect(await refusalOf(stage, createThread({ creator: other, thread, mint }))).toBe('ThreadAlreadyExists');
      expect(await refusalOf(stage, createThread({ creator, thread: stage.thread(), mint: stage.key() }))).toBe('InvalidMint');
    });

    it('[PG3] postMessage: ThreadNotFound, NotCoAuthor, HashAlreadyRecorded, WrongPage, in this order', async () => {
      const [author, stranger] = await wallets(stage, 2);
      const [hash, thread] = [stage.hash(), await threadOf(stage, [author])];
      expect(await refusalOf(stage, postMessage({ author, thread: stage.thread(), hash, page: 0 }))).toBe('ThreadNotFound');
      expect(await refusalOf(stage, postMessage({ author, thread, hash, page: 1 }))).toBe('WrongPage');
      await must(stage, postMessage({ author, thread, hash, page: 0 }));
      expect(await refusalOf(stage, postMessage({ author: stranger, thread, hash, page: 1 }))).toBe('NotCoAuthor');
      expect(await refusalOf(stage, postMessage({ author, thread, hash, page: 1 }))).toBe('HashAlreadyRecorded');
      expect(await refusalOf(stage, postMessage({ author, thread, hash: stage.hash(), page: 1 }))).toBe('WrongPage');
    });

    it('[PG3] submitSpec: the first of its refusals, in their order', async () => {
      const [author] = await wallets(stage, 1);
      const coAuthors = await wallets(stage, 2);
      const thread = await threadOf(stage, coAuthors);
      const hash = stage.hash();
      const submit = (change: Partial<Parameters<typeof submitSpec>[0]>): Promise<string> =>
        refusalOf(stage, submitSpec({ thread, hash, author, stake: 1_000n, mint, ...change }));
      expect(await submit({ thread: stage.thread(), stake: 0n })).toBe('ThreadNotFound');
      expect(await submit({ author: coAuthors[1], stake: 0n })).toBe('AuthorIsCoAuthor');
      expect(await submit({ stake: 999n })).toBe('StakeBelowMinimum');
      expect(await submit({ stake: 1_000_001n })).toBe('InsufficientFunds');
      expect(await submit({ author: await stage.wallet(null) })).toBe('InsufficientFunds');
      const [frozen, givenAway] = [await stage.wallet(null), await stage.wallet(null)];
      const frozenAccount = tokenAccount(mint, frozen, 5_000n);
      frozenAccount.data[108] = 2;
      await stage.set(tokenAccountAddress(frozen, mint), frozenAccount);
      await stage.set(tokenAccountAddress(givenAway, mint), tokenAccount(mint, author, 5_000n));
      expect([await submit({ author: frozen }), await submit({ author: givenAway })]).toEqual([
        'InsufficientFunds',
        'InsufficientFunds',
      ]);
      const spec = await openSpec(stage, thread, { author });
      expect(await submit({ hash: spec.hash, stake: 0n })).toBe('SpecAlreadyOpen');
      await voteAll(
        stage,
        spec,
        coAuthors.map((voter) => [voter, 'deny'] as const),
      );
      await must(stage, await settlementOf(stage, spec));
      expect(await submit({ hash: spec.hash, stake: 0n })).toBe('SpecAlreadySettled');
      await must(stage, postMessage({ author: coAuthors[0], thread, hash: spec.hash, page: 0 }));
      expect(await submit({ hash: spec.hash, stake: 0n })).toBe('HashAlreadyRecorded');
      await seat(stage, thread, await wallets(stage, 16));
      expect(await submit({ hash: spec.hash, stake: 0n })).toBe('ThreadFull');
    });

    it('[PG3] vote: the first of its refusals, in their order', async () => {
      const [first, second, third] = await wallets(stage, 3);
      const thread = await threadOf(stage, [first, second, third]);
      const spec = await openSpec(stage, thread);
      const cast = (voter: typeof first, change: object = {}): Promise<string> =>
        refusalOf(stage, vote({ ...spec, voter, choice: 'approve', ...change }));
      expect(await cast(first, { thread: stage.thread() })).toBe('ThreadNotFound');
      expect(await cast(first, { hash: stage.hash() })).toBe('SpecNotFound');
      expect(await cast(first, { author: first })).toBe('SpecNotFound');
      expect(await cast(spec.author)).toBe('NotAVoter');
      await voteAll(stage, spec, [[first, 'deny']]);
      expect(await cast(first)).toBe('AlreadyVoted');
      await must(stage, divest({ wallet: second, thread, mint }));
      expect(await cast(second)).toBe('NotCoAuthor');
      await must(stage, divest({ wallet: first, thread, mint }));
      expect(await cast(first)).toBe('NotCoAuthor');
      await stage.at(TIME_TO_LIVE_S);
      expect(await cast(third)).toBe('SpecExpired');
      expect(await cast(second)).toBe('NotCoAuthor');
      await must(stage, await settlementOf(stage, spec));
      expect(await cast(third)).toBe('SpecAlreadySettled');
      expect(await cast(spec.author)).toBe('SpecAlreadySettled');
      await stage.at(0);
    });

    it('[PG3] vote: allowed in the last second before expiry; a co-author who joined later is no voter', async () => {
      const [voter] = await wallets(stage, 1);
      const thread = await threadOf(stage, [voter]);
      const [earlier, later] = [await openSpec(stage, thread), await openSpec(stage, thread)];
      await voteAll(stage, earlier, [[voter, 'approve']]);
      await must(stage, await settlementOf(stage, earlier));
      expect(await refusalOf(stage, vote({ ...later, voter: earlier.author, choice: 'deny' }))).toBe('NotAVoter');
      await stage.at(TIME_TO_LIVE_S - 1);
      await must(stage, vote({ ...later, voter, choice: 'approve' }));
      await stage.at(0);
    });

    it('[PG3] settle: ThreadNotFound, SpecNotFound, SpecAlreadySettled, NotDecided', async () => {
      const [voter] = await wallets(stage, 1);
      const thread = await threadOf(stage, [voter]);
      const spec = await openSpec(stage, thread);
      const request = { ...spec, payer: stage.feePayer, voters: [voter], page: 0, mint };
      const refusal = async (change: object): Promise<string> =>
        (await stage.send(settle({ ...request, ...change }))).refusal ?? 'accepted';
      expect(await refusal({ thread: stage.thread() })).toBe('ThreadNotFound');
      expect(await refusal({ hash: stage.hash() })).toBe('SpecNotFound');
      expect(await refusal({})).toBe('NotDecided');
      expect(await refusal({ voters: [] })).toBe('WrongAccountCount');
      expect(await refusal({ voters: [voter, voter] })).toBe('WrongAccountCount');
      await voteAll(stage, spec, [[voter, 'approve']]);
      expect(await refusal({ page: 1 })).toBe('WrongPage');
      expect(await refusal({})).toBe('accepted');
      expect(await refusal({ voters: [] })).toBe('SpecAlreadySettled');
    });

    it('[PG3] divest: ThreadNotFound, NotCoAuthor, LastCoAuthor; TokenAccountInvalid when there is something to pay', async () => {
      const [first, stranger] = await wallets(stage, 2);
      const poor = await stage.wallet(null);
      const thread = await threadOf(stage, [first, poor]);
      const leave = (wallet: typeof first, change: object = {}): Promise<string> =>
        refusalOf(stage, divest({ wallet, thread, mint, ...change }));
      expect(await leave(first, { thread: stage.thread() })).toBe('ThreadNotFound');
      expect(await leave(stranger)).toBe('NotCoAuthor');
      await stage.give(vaultAddress(thread), 2n);
      expect(await leave(poor)).toBe('TokenAccountInvalid');
      await stage.give(vaultAddress(thread), -2n);
      expect(await leave(poor)).toBe('accepted');
      expect(await leave(first)).toBe('LastCoAuthor');
    });

    it('[PG3] who pays for new accounts needs the lamports, and to be an ordinary wallet', async () => {
      const [rich] = await wallets(stage, 1);
      const thread = await threadOf(stage, [rich]);
      await stage.set(rich, systemAccount(1_000_000n));
      const post = postMessage({ author: rich, thread, hash: stage.hash(), page: 0 });
      expect(await refusalOf(stage, post)).toBe('InsufficientLamports');
      await stage.set(rich, { ...systemAccount(10n ** 10n), data: new Uint8Array(8) });
      expect(await refusalOf(stage, post)).toBe('InvalidPayer');
      await stage.set(rich, { ...systemAccount(10n ** 10n), owner: stage.key() });
      expect(await refusalOf(stage, post)).toBe('InvalidPayer');
      await stage.set(rich, systemAccount(10n ** 10n));
      expect(await refusalOf(stage, post)).toBe('accepted');
    });

    it('[PG3] an address to be created that another program holds is refused, whatever it holds there', async () => {
      const [author] = await wallets(stage, 1);
      const [thread, hash] = [await threadOf(stage, [author]), stage.hash()];
      const post = postMessage({ author, thread, hash, page: 0 });
      for (const data of [new Uint8Array(0), new Uint8Array(8)]) {
        await stage.set(messageAddress(thread, hash), { ...systemAccount(1_000_000n), owner: stage.key(), data });
        expect(await refusalOf(stage, post)).toBe('WrongAccountOwner');
      }
      await stage.set(messageAddress(thread, hash), null);
      expect(await refusalOf(stage, post)).toBe('accepted');
    });

    it('[PG3] counters and times at the end of their range are refused, never wrapped', async () => {
      const [author] = await wallets(stage, 1);
      const thread = await threadOf(stage, [author]);
      const account = await stage.account(threadAddress(thread));
      if (account === null) throw new Error('no thread');
      const withU32 = (offset: number, value: number): Promise<void> => {
        const data = Buffer.from(account.data);
        data.writeUInt32LE(value, offset);
        return stage.set(threadAddress(thread), { ...account, data: new Uint8Array(data) });
      };
      await withU32(THREAD.messageCount, 0xffffffff);
      const page = 0xffffffff >>> 6;
      expect(await refusalOf(stage, postMessage({ author, thread, hash: stage.hash(), page }))).toBe('ArithmeticOverflow');
      await withU32(THREAD.openSpecs, 0xffffffff);
      const stranger = await stage.wallet();
      const submission = submitSpec({ thread, hash: stage.hash(), author: stranger, stake: 1_000n, mint });
      expect(await refusalOf(stage, submission)).toBe('ArithmeticOverflow');
      await withU32(THREAD.openSpecs, 0);
      await stage.bank.setClock({ slot: 10n, unixTimestampS: 2n ** 63n - 1n });
      expect(await refusalOf(stage, submission)).toBe('ArithmeticOverflow');
      await stage.at(0);
      expect(await refusalOf(stage, submission)).toBe('accepted');
      expect(await stage.tokens(tokenAccountAddress(stranger, mint))).toBe(999_000n);
    });
  });
});

it('[PG3] a rent sysvar that this build cannot compute with is refused; a threshold of one year is understood', async () => {
  const stage = await openStage('litesvm', 'refusals, rent');
  const [author] = await wallets(stage, 1);
  const thread = await threadOf(stage, [author]);
  const withThreshold = async (years: number): Promise<void> => {
    const account = await stage.account(SYSVAR_RENT_PUBKEY);
    if (account === null) throw new Error('no rent sysvar');
    const data = Buffer.from(account.data);
    data.writeDoubleLE(years, 8);
    await stage.set(SYSVAR_RENT_PUBKEY, { ...account, data: new Uint8Array(data) });
  };
  const [first, second] = [stage.hash(), stage.hash()];
  await withThreshold(1.5);
  expect(await refusalOf(stage, postMessage({ author, thread, hash: first, page: 0 }))).toBe('UnsupportedRent');
  await withThreshold(1);
  await must(stage, postMessage({ author, thread, hash: first, page: 0 }));
  await withThreshold(2);
  await must(stage, postMessage({ author, thread, hash: second, page: 0 }));
  const [one, two] = [await stage.account(messageAddress(thread, first)), await stage.account(messageAddress(thread, second))];
  expect(two?.lamports).toBe((one?.lamports ?? 0n) * 2n);
});
