/**
 * What outsiders can do to the program's surroundings: send lamports ahead to addresses that are yet to be created, close, freeze
 * or give away token accounts. None of it blocks anybody. And what grows: pages beyond the first, threads beyond one page.
 */
import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  createThread,
  divest,
  escrowAddress,
  messageAddress,
  type ProgramEvent,
  pageAddress,
  postMessage,
  specAddress,
  submitSpec,
  THREAD,
  threadAddress,
  tokenAccountAddress,
  vaultAddress,
  vote,
} from '#impl/adapters/solana/codec/index.ts';
import type { LedgerThread } from '#impl/ports/ledger.ts';
import { tokenAccount } from '#simulations/solana/token-layout.ts';
import {
  gains,
  must,
  openSpec,
  readPage,
  readPurses,
  readThread,
  refusalOf,
  seat,
  settlementOf,
  threadOf,
  voteAll,
  wallets,
} from './scenes.ts';
import { openStage, type Stage, systemAccount } from './stage.ts';

describe.each(['bankrun', 'litesvm'] as const)('robustness on %s', (kind) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage(kind, 'robustness');
  });

  it.each([1n, 1_000_000n, 100_000_000n])(
    '[PG9] %d lamports sent ahead to every address do not block its creation',
    async (lamports) => {
      const { mint } = stage;
      const [creator, author] = await wallets(stage, 2);
      const thread = stage.thread();
      const [posted, spec] = [stage.hash(), { thread, hash: stage.hash(), author }];
      const ahead = [
        threadAddress(thread),
        vaultAddress(thread),
        messageAddress(thread, posted),
        pageAddress(thread, 0),
        specAddress(spec),
        escrowAddress(spec),
        messageAddress(thread, spec.hash),
      ];
      for (const address of ahead) await stage.set(address, systemAccount(lamports));
      await must(stage, createThread({ creator, thread, mint }));
      await must(stage, postMessage({ author: creator, thread, hash: posted, page: 0 }));
      await must(stage, submitSpec({ ...spec, stake: 1_000n, mint }));
      await voteAll(stage, spec, [[creator, 'approve']]);
      await must(stage, await settlementOf(stage, spec));
      expect(await readThread(stage, thread)).toMatchObject({ version: 5, messageCount: 2, coAuthors: [creator, author] });
      for (const address of ahead) {
        const account = await stage.account(address);
        const needed = BigInt((128 + (account?.data.length ?? 0)) * 6960);
        expect(account?.lamports).toBe(lamports > needed ? lamports : needed);
      }
    },
  );

  const unusable = {
    closed: async (wallet: string): Promise<void> => stage.set(tokenAccountAddress(wallet, stage.mint), null),
    frozen: async (wallet: string): Promise<void> => {
      const account = tokenAccount(stage.mint, wallet, 0n);
      account.data[108] = 2;
      await stage.set(tokenAccountAddress(wallet, stage.mint), account);
    },
    'given to somebody else': async (wallet: string): Promise<void> =>
      stage.set(tokenAccountAddress(wallet, stage.mint), tokenAccount(stage.mint, stage.key(), 0n)),
    'refunded with lamports only': async (wallet: string): Promise<void> =>
      stage.set(tokenAccountAddress(wallet, stage.mint), systemAccount(5_000_000n)),
  } as const;

  it.each(Object.entries(unusable))(
    "[PG10] an approver's token account %s: their share goes to the vault",
    async (_what, spoil) => {
      const voters = await wallets(stage, 3);
      const thread = await threadOf(stage, voters);
      const spec = await openSpec(stage, thread);
      await voteAll(
        stage,
        spec,
        voters.map((voter) => [voter, 'approve'] as const),
      );
      await spoil(voters[1]);
      const before = await readPurses(stage, spec, voters);
      await must(stage, await settlementOf(stage, spec));
      const gained = gains(before, await readPurses(stage, spec, voters));
      expect(gained).toEqual({ vault: 334n, escrow: -1_000n, treasury: 0n, author: 0n, voters: [333n, 0n, 333n] });
      expect((await readThread(stage, thread)).vault).toBe(334n);
    },
  );

  it.each(Object.entries(unusable))(
    "[PG10] the author's token account %s: a returned stake goes to the vault",
    async (_what, spoil) => {
      const [leaver, other] = await wallets(stage, 2);
      const thread = await threadOf(stage, [leaver]);
      const [first, second] = [await openSpec(stage, thread, { author: other }), await openSpec(stage, thread)];
      await voteAll(stage, first, [[leaver, 'approve']]);
      await must(stage, await settlementOf(stage, first));
      await must(stage, divest({ wallet: leaver, thread, mint: stage.mint }));
      await spoil(second.author);
      const before = await readPurses(stage, second, [leaver]);
      const sent = await must(stage, await settlementOf(stage, second));
      expect(sent.events[0]).toMatchObject({ status: 'returned', vault: 1_000n });
      const gained = gains(before, await readPurses(stage, second, [leaver]));
      expect(gained).toEqual({ vault: 1_000n, escrow: -1_000n, treasury: 0n, author: 0n, voters: [0n] });
    },
  );

  it('[PG8] 130 messages fill three pages in order; each page is created by its first message', async () => {
    const [author] = await wallets(stage, 1);
    const thread = await threadOf(stage, [author]);
    const hashes = Array.from({ length: 130 }, () => stage.hash());
    for (const [sequence, hash] of hashes.entries()) {
      const page = Math.floor(sequence / 64);
      if (sequence % 64 === 0) {
        expect(await readPage(stage, thread, page)).toBeNull();
        if (page > 0) expect(await refusalOf(stage, postMessage({ author, thread, hash, page: page - 1 }))).toBe('WrongPage');
      }
      const sent = await must(stage, postMessage({ author, thread, hash, page }));
      expect(sent.events[0]).toMatchObject({ kind: 'messagePosted', sequence, hash });
    }
    const pages = await Promise.all([0, 1, 2].map((index) => readPage(stage, thread, index)));
    expect(pages.map((page) => page?.length)).toEqual([64, 64, 2]);
    expect(pages.flatMap((page) => page ?? [])).toEqual(hashes.map((hash, sequence) => ({ hash, author, sequence })));
    const chain = hashes.reduce(
      (link, hash) =>
        createHash('sha256')
          .update(Buffer.concat([link, Buffer.from(hash, 'hex')]))
          .digest(),
      Buffer.alloc(32) as Buffer,
    );
    expect(await readThread(stage, thread)).toMatchObject({ messageCount: 130, version: 131, hashChain: chain.toString('hex') });
  });

  it('[PG11] the events alone rebuild the thread, and each raises the version by one', async () => {
    const [first, second] = await wallets(stage, 2);
    const thread = stage.thread();
    const events: ProgramEvent[] = [];
    const send = async (instruction: Parameters<typeof must>[1]): Promise<void> => {
      events.push(...(await must(stage, instruction)).events);
    };
    await send(createThread({ creator: first, thread, mint: stage.mint }));
    await send(postMessage({ author: first, thread, hash: stage.hash(), page: 0 }));
    for (const [author, choice] of [
      [second, 'approve'],
      [await stage.wallet(), 'deny'],
      [await stage.wallet(), 'approve'],
    ] as const) {
      const spec = { thread, hash: stage.hash(), author };
      await send(submitSpec({ ...spec, stake: 1_001n, mint: stage.mint }));
      const { coAuthors } = await readThread(stage, thread);
      for (const voter of coAuthors) await send(vote({ ...spec, voter, choice }));
      await send(await settlementOf(stage, spec));
    }
    await send(divest({ wallet: first, thread, mint: stage.mint }));
    expect(events.map((event) => event.version)).toEqual(events.map((_, index) => index + 1));
    const { createdSlot, updatedSlot, ...ledger } = await readThread(stage, thread);
    expect([createdSlot, updatedSlot]).toEqual([10, 10]);
    expect(rebuild(events)).toEqual(ledger);
  });

  it('[PG1] bytes of a thread that no field uses are zero, also where somebody has left', async () => {
    const coAuthors = await wallets(stage, 3);
    const [leaver, ...rest] = coAuthors;
    const thread = await threadOf(stage, coAuthors);
    await must(stage, divest({ wallet: leaver, thread, mint: stage.mint }));
    const left = Buffer.from((await stage.account(threadAddress(thread)))?.data ?? []);
    await seat(stage, thread, rest);
    const written = Buffer.from((await stage.account(threadAddress(thread)))?.data ?? []);
    expect(left.toString('hex')).toBe(written.toString('hex'));
    expect(left.length).toBe(THREAD.size);
    expect(left.subarray(5, 8)).toEqual(Buffer.alloc(3));
  });
});

type Rebuilt = Omit<LedgerThread, 'createdSlot' | 'updatedSlot'>;

/** The fold that a reader of the event stream does. */
function rebuild(events: readonly ProgramEvent[]): Rebuilt | null {
  let thread: Rebuilt | null = null;
  for (const event of events) {
    const { version, vault } = event;
    if (event.kind === 'threadCreated') {
      const hashChain = '0'.repeat(64);
      thread = { id: event.thread, version, vault, coAuthors: [event.creator], messageCount: 0, openSpecs: 0, hashChain };
      continue;
    }
    if (thread === null) return null;
    const base: Rebuilt = { ...thread, version, vault };
    thread = applied(base, event);
  }
  return thread;
}

function applied(thread: Rebuilt, event: Exclude<ProgramEvent, { readonly kind: 'threadCreated' }>): Rebuilt {
  const { coAuthors, messageCount, openSpecs } = thread;
  const link = (hash: string): string =>
    createHash('sha256')
      .update(Buffer.from(thread.hashChain + hash, 'hex'))
      .digest('hex');
  switch (event.kind) {
    case 'messagePosted':
      return { ...thread, messageCount: messageCount + 1, hashChain: link(event.hash) };
    case 'specSubmitted':
      return { ...thread, openSpecs: openSpecs + 1 };
    case 'voted':
      return thread;
    case 'settled':
      return {
        ...thread,
        openSpecs: openSpecs - 1,
        coAuthors: event.joined ? [...coAuthors, event.author] : coAuthors,
        messageCount: event.sequence === null ? messageCount : messageCount + 1,
        hashChain: event.sequence === null ? thread.hashChain : link(event.hash),
      };
    case 'divested':
      return { ...thread, coAuthors: coAuthors.filter((wallet) => wallet !== event.wallet) };
  }
}
