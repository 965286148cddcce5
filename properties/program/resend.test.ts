/** Natural idempotency: every instruction sent again after it landed is refused by a name that says so, and changes nothing. */
import { describe, expect, it } from 'vitest';
import { createThread, divest, postMessage, submitSpec, vote } from '#impl/adapters/solana/codec/index.ts';
import { must, openSpec, readThread, refusalOf, settlementOf, threadOf, voteAll, wallets } from './scenes.ts';
import { openStage } from './stage.ts';

describe.each(['bankrun', 'litesvm'] as const)('sending again on %s', (kind) => {
  it('[PG5] each instruction, right after it landed', async () => {
    const stage = await openStage(kind, 'resend');
    const { mint } = stage;
    const [creator, author] = await wallets(stage, 2);
    const thread = stage.thread();
    const spec = { thread, hash: stage.hash(), author };
    const again: string[] = [];
    const twice = async (instruction: Parameters<typeof must>[1]): Promise<void> => {
      await must(stage, instruction);
      again.push(await refusalOf(stage, instruction));
    };
    await twice(createThread({ creator, thread, mint }));
    await twice(postMessage({ author: creator, thread, hash: stage.hash(), page: 0 }));
    await twice(submitSpec({ ...spec, stake: 1_000n, mint }));
    await twice(vote({ ...spec, voter: creator, choice: 'approve' }));
    await twice(await settlementOf(stage, spec));
    await twice(divest({ wallet: creator, thread, mint }));
    expect(again).toEqual([
      'ThreadAlreadyExists',
      'HashAlreadyRecorded',
      'SpecAlreadyOpen',
      'AlreadyVoted',
      'SpecAlreadySettled',
      'NotCoAuthor',
    ]);
    expect((await readThread(stage, thread)).version).toBe(6);
  });

  it('[PG5] a spec can exist once only: settled without being recorded, it can never be submitted again', async () => {
    const stage = await openStage(kind, 'resend settled');
    const [voter] = await wallets(stage, 1);
    const thread = await threadOf(stage, [voter]);
    const spec = await openSpec(stage, thread);
    const submission = submitSpec({ ...spec, stake: 1_000n, mint: stage.mint });
    await voteAll(stage, spec, [[voter, 'deny']]);
    await must(stage, await settlementOf(stage, spec));
    expect(await refusalOf(stage, submission)).toBe('SpecAlreadySettled');
    expect(await refusalOf(stage, vote({ ...spec, voter, choice: 'deny' }))).toBe('SpecAlreadySettled');
  });

  it('[PG5] two in one transaction: the second is refused, so neither has happened', async () => {
    const stage = await openStage(kind, 'resend twice');
    const [author] = await wallets(stage, 1);
    const thread = await threadOf(stage, [author]);
    const post = postMessage({ author, thread, hash: stage.hash(), page: 0 });
    expect((await stage.send([post, post])).refusal).toBe('HashAlreadyRecorded');
    expect(await readThread(stage, thread)).toMatchObject({ version: 1, messageCount: 0 });
    const both = await stage.send([post, postMessage({ author, thread, hash: stage.hash(), page: 0 })]);
    expect(both).toMatchObject({ refusal: null, version: 3n });
    expect(both.events.map((event) => event.version)).toEqual([2, 3]);
  });
});
