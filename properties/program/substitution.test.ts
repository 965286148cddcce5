/**
 * Malformed and malicious requests: for every account of every instruction another account in its place (a fresh one, another of the
 * same instruction, the one of a parallel scene, a look-alike at another address), flags taken away, accounts dropped and
 * added, data cut and extended. Each is refused by name and changes nothing; the untouched instruction is then accepted.
 */
import { PublicKey, TransactionInstruction } from '@solana/web3.js';
import { describe, expect, it } from 'vitest';
import {
  createThread,
  divest,
  initialize,
  PROGRAM_ERRORS,
  PROGRAM_ID,
  postMessage,
  submitSpec,
  TOKEN_PROGRAM_ID,
  vaultAddress,
  vote,
} from '#impl/adapters/solana/codec/index.ts';
import type { Bank } from '#simulations/solana/bank.ts';
import { createBank } from '#simulations/solana/create-bank.ts';
import { must, openSpec, refusalOf, settlementOf, threadOf, voteAll, wallets } from './scenes.ts';
import { MINIMUM_STAKE, openBareStage, openStage, type Stage, TIME_TO_LIVE_S } from './stage.ts';

type Scene = (stage: Stage) => Promise<TransactionInstruction>;

const scenes: Readonly<Record<string, Scene>> = {
  createThread: async (stage) => {
    const [creator] = await wallets(stage, 1);
    return createThread({ creator, thread: stage.thread(), mint: stage.mint });
  },
  'postMessage, first of a page': async (stage) => {
    const [author] = await wallets(stage, 1);
    return postMessage({ author, thread: await threadOf(stage, [author]), hash: stage.hash(), page: 0 });
  },
  'postMessage, into a page': async (stage) => {
    const [author] = await wallets(stage, 1);
    const thread = await threadOf(stage, [author]);
    await must(stage, postMessage({ author, thread, hash: stage.hash(), page: 0 }));
    return postMessage({ author, thread, hash: stage.hash(), page: 0 });
  },
  submitSpec: async (stage) => {
    const [coAuthor, author] = await wallets(stage, 2);
    const thread = await threadOf(stage, [coAuthor]);
    return submitSpec({ thread, hash: stage.hash(), author, stake: 1_000n, mint: stage.mint });
  },
  vote: async (stage) => {
    const [voter] = await wallets(stage, 1);
    const spec = await openSpec(stage, await threadOf(stage, [voter]));
    return vote({ ...spec, voter, choice: 'approve' });
  },
  'settle, approved': async (stage) => {
    const voters = await wallets(stage, 2);
    const spec = await openSpec(stage, await threadOf(stage, voters));
    await voteAll(
      stage,
      spec,
      voters.map((voter) => [voter, 'approve'] as const),
    );
    const [payer] = await wallets(stage, 1);
    return settlementOf(stage, spec, payer);
  },
  divest: async (stage) => {
    const coAuthors = await wallets(stage, 2);
    const thread = await threadOf(stage, coAuthors);
    await stage.give(vaultAddress(thread), 1_000n);
    return divest({ wallet: coAuthors[0], thread, mint: stage.mint });
  },
};

const malformed: ReadonlySet<string> = new Set([
  ...PROGRAM_ERRORS.filter(({ number }) => number < 200).map(({ name }) => name),
  'WrongPage',
]);

type Meta = TransactionInstruction['keys'][number];

const withKeys = (instruction: TransactionInstruction, keys: Meta[]): TransactionInstruction =>
  new TransactionInstruction({ programId: PROGRAM_ID, keys, data: instruction.data });

const withData = (instruction: TransactionInstruction, data: Uint8Array): TransactionInstruction =>
  new TransactionInstruction({ programId: PROGRAM_ID, keys: instruction.keys, data: Buffer.from(data) });

const changed = (instruction: TransactionInstruction, position: number, change: Partial<Meta>): TransactionInstruction =>
  withKeys(
    instruction,
    instruction.keys.map((meta, index) => (index === position ? { ...meta, ...change } : meta)),
  );

async function refusals(
  stage: Stage,
  attacks: readonly (readonly [what: string, TransactionInstruction])[],
): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const [what, attack] of attacks) lines.push(`${what}: ${await refusalOf(stage, attack)}`);
  return lines;
}

/** Substitutes by position. The signer's place is taken by somebody who has not signed; who else may sign is `refusals.test.ts`. */
function substitutions(
  instruction: TransactionInstruction,
  parallel: TransactionInstruction,
  fresh: string,
): [string, TransactionInstruction][] {
  return instruction.keys.flatMap((meta, position): [string, TransactionInstruction][] => {
    const own = meta.pubkey.toBase58();
    const others = [
      fresh,
      ...instruction.keys.map((each) => each.pubkey.toBase58()),
      parallel.keys[position]?.pubkey.toBase58() ?? own,
    ];
    const candidates = [...new Set(others)].filter((other) => other !== own);
    return candidates.map((other) => {
      const change = { pubkey: new PublicKey(other), isSigner: false };
      return [`account ${position} replaced by ${other}`, changed(instruction, position, change)];
    });
  });
}

/** `free` are the places that any account of the right kind may take. */
async function lookAlikes(
  stage: Stage,
  instruction: TransactionInstruction,
  free: readonly number[],
): Promise<[string, TransactionInstruction][]> {
  const attacks: [string, TransactionInstruction][] = [];
  for (const [position, meta] of instruction.keys.entries()) {
    const account = await stage.account(meta.pubkey);
    if (account === null || account.data.length === 0 || account.executable || free.includes(position)) continue;
    const twin = stage.key();
    await stage.set(twin, account);
    attacks.push([
      `account ${position} replaced by a look-alike`,
      changed(instruction, position, { pubkey: new PublicKey(twin) }),
    ]);
  }
  return attacks;
}

async function attackAll(
  stage: Stage,
  instruction: TransactionInstruction,
  parallel: TransactionInstruction,
  free: readonly number[] = [],
): Promise<void> {
  const attacks = [...substitutions(instruction, parallel, stage.key()), ...(await lookAlikes(stage, instruction, free))];
  const outcomes = await refusals(stage, attacks);
  expect(outcomes.filter((line) => !malformed.has(line.split(': ')[1] ?? ''))).toEqual([]);

  const unsigned = instruction.keys.flatMap((meta, i): [string, TransactionInstruction][] =>
    meta.isSigner ? [[`${i}`, changed(instruction, i, { isSigner: false })]] : [],
  );
  expect(await refusals(stage, unsigned)).toEqual(['0: MissingSigner']);
  const unwritable = instruction.keys.flatMap((meta, i): [string, TransactionInstruction][] =>
    meta.isWritable ? [[`${i}`, changed(instruction, i, { isWritable: false })]] : [],
  );
  expect(unwritable.length).toBeGreaterThan(0);
  expect(await refusals(stage, unwritable)).toEqual(unwritable.map(([what]) => `${what}: AccountNotWritable`));

  const extra = { pubkey: new PublicKey(stage.key()), isSigner: false, isWritable: true };
  const { keys, data } = instruction;
  const counts: [string, TransactionInstruction][] = [
    ['one account fewer', withKeys(instruction, keys.slice(0, -1))],
    ['no account', withKeys(instruction, [])],
    ['one account more', withKeys(instruction, [...keys, extra])],
    ['forty more', withKeys(instruction, [...keys, ...Array.from({ length: 40 }, () => extra)])],
    [
      'the same account two hundred times',
      withKeys(
        instruction,
        Array.from({ length: 200 }, () => extra),
      ),
    ],
  ];
  expect(await refusals(stage, counts)).toEqual(counts.map(([what]) => `${what}: WrongAccountCount`));

  const lengths = [
    ...Array.from({ length: data.length }, (_, length) => data.subarray(0, length)),
    Buffer.concat([data, Buffer.alloc(1)]),
  ];
  const cut = lengths.map((bytes): [string, TransactionInstruction] => [`${bytes.length} bytes`, withData(instruction, bytes)]);
  expect(await refusals(stage, cut)).toEqual(cut.map(([what]) => `${what}: WrongInstructionLength`));
  for (const tag of [7, 255]) {
    expect(await refusalOf(stage, withData(instruction, Buffer.from([tag, ...data.subarray(1)])))).toBe('UnknownInstruction');
  }
  expect(await refusalOf(stage, instruction)).toBe('accepted');
}

describe.each(['bankrun', 'litesvm'] as const)('substituted accounts on %s', (kind) => {
  let bank: Bank;

  it('[PG4] initialize (before any other, on a bank without configuration)', async () => {
    bank = await createBank(kind);
    const stage = await openBareStage(bank, 'substitution, initialize');
    const request = async (): Promise<TransactionInstruction> => {
      const [payer] = await wallets(stage, 1);
      return initialize({ payer, mint: stage.mint, minimumStake: MINIMUM_STAKE, specTimeToLiveS: TIME_TO_LIVE_S });
    };
    const mintPlace = 3;
    await attackAll(stage, await request(), await request(), [mintPlace]);
  });

  it.each(Object.entries(scenes))('[PG4] %s', async (name, scene) => {
    const stage = await openStage(kind, `substitution, ${name}`, bank);
    await attackAll(stage, await scene(stage), await scene(stage));
  });

  it('[PG4] accounts of the program with another tag, layout or size than this build writes are not understood', async () => {
    const stage = await openStage(kind, 'substitution, layouts', bank);
    const [voter] = await wallets(stage, 1);
    const thread = await threadOf(stage, [voter]);
    await must(stage, postMessage({ author: voter, thread, hash: stage.hash(), page: 0 }));
    const spec = await openSpec(stage, thread);
    await voteAll(stage, spec, [[voter, 'approve']]);
    const settlement = await settlementOf(stage, spec);
    const expected = { 1: 'WrongAccountKind', 2: 'WrongAccountKind', 3: 'WrongAccountKind', 8: 'WrongPage' };
    for (const [position, refusal] of Object.entries(expected)) {
      const address = settlement.keys[Number(position)]?.pubkey ?? '';
      const account = await stage.account(address);
      if (account === null) throw new Error(`nothing at place ${position}`);
      const bytes = Buffer.from(account.data);
      const others = [
        Buffer.concat([Buffer.from([9]), bytes.subarray(1)]),
        Buffer.concat([bytes.subarray(0, 1), Buffer.from([2]), bytes.subarray(2)]),
        bytes.subarray(0, -1),
        Buffer.concat([bytes, Buffer.alloc(1)]),
        Buffer.alloc(0),
      ];
      for (const data of others) {
        await stage.set(address, { ...account, data: new Uint8Array(data) });
        expect(await refusalOf(stage, settlement)).toBe(refusal);
      }
      await stage.set(address, { ...account, owner: TOKEN_PROGRAM_ID.toBase58() });
      expect(await refusalOf(stage, settlement)).toBe(refusal === 'WrongPage' ? refusal : 'WrongAccountOwner');
      await stage.set(address, account);
    }
    expect(await refusalOf(stage, settlement)).toBe('accepted');
  });

  it('[PG4] a vote is approve or deny, nothing else', async () => {
    const stage = await openStage(kind, 'substitution, choice', bank);
    const [voter] = await wallets(stage, 1);
    const cast = vote({ ...(await openSpec(stage, await threadOf(stage, [voter]))), voter, choice: 'deny' });
    for (const choice of [2, 255]) {
      const data = Buffer.from(cast.data);
      data[97] = choice;
      expect(await refusalOf(stage, withData(cast, data))).toBe('InvalidChoice');
    }
    expect(await refusalOf(stage, cast)).toBe('accepted');
  });
});
