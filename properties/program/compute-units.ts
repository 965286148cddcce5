/**
 * What each instruction costs, measured with fixed keys: finding an address takes 1,500 units an attempt, and how many attempts
 * it takes depends on the keys alone. Also writes and reads the table in `docs/compute-units.md`.
 */
import type { TransactionInstruction } from '@solana/web3.js';
import bs58 from 'bs58';
import {
  createThread,
  deriveTokenAccount,
  divest,
  initialize,
  postMessage,
  SPEC,
  type SpecKey,
  specAddress,
  submitSpec,
  vaultAddress,
  vote,
} from '#impl/adapters/solana/codec/index.ts';
import type { WalletId } from '#impl/ports/ids.ts';
import type { Bank } from '#simulations/solana/bank.ts';
import { must, openSpec, readSpec, seat, settlementOf, threadOf, voteAll, wallets } from './scenes.ts';
import { MINIMUM_STAKE, openBareStage, type Stage, TIME_TO_LIVE_S } from './stage.ts';

export interface Cost {
  readonly units: number;
  /** Of the whole transaction: one signature, this instruction alone. */
  readonly bytes: number;
}

/** By name of the case, in the table's order. */
export type Costs = ReadonlyMap<string, Cost>;

type Choice = 'approve' | 'deny';

/** @param bank one without configuration: `initialize` is measured too */
export async function measureCosts(bank: Bank): Promise<Costs> {
  const stage = await openBareStage(bank, 'compute units');
  const costs = new Map<string, Cost>();
  const measure = async (name: string, instruction: TransactionInstruction): Promise<void> => {
    const { computeUnits: units, bytes } = await must(stage, instruction, instruction.keys[0]?.pubkey.toBase58() as WalletId);
    costs.set(name, { units, bytes });
  };
  const { mint, feePayer } = stage;
  const terms = { minimumStake: MINIMUM_STAKE, specTimeToLiveS: TIME_TO_LIVE_S };
  await measure('initialize', initialize({ payer: feePayer, mint, ...terms }));
  const [creator, author] = await wallets(stage, 2);
  const thread = stage.thread();
  await measure('create_thread', createThread({ creator, thread, mint }));
  const post = (): TransactionInstruction => postMessage({ author: creator, thread, hash: stage.hash(), page: 0 });
  await measure('post_message, first of a page', post());
  await measure('post_message, into a page', post());
  const spec = { thread, hash: stage.hash(), author };
  await measure('submit_spec, 1 voter', submitSpec({ ...spec, stake: 1_001n, mint }));
  await measure('vote, 1 voter', vote({ ...spec, voter: creator, choice: 'approve' }));
  await measure('settle, 1 approves', await settlementOf(stage, spec, feePayer));
  await measureFullThread(stage, measure);
  return costs;
}

/** A spec can be submitted while there is room for its author, so 15 voters are the most; 16 are written into one to be safe. */
async function measureFullThread(
  stage: Stage,
  measure: (name: string, instruction: TransactionInstruction) => Promise<void>,
): Promise<void> {
  const all = await wallets(stage, 16);
  const most = all.slice(0, 15);
  const decided = async (choices: (index: number) => Choice, voters: readonly WalletId[] = most): Promise<SpecKey> => {
    const thread = await threadOf(stage, most);
    const spec = await openSpec(stage, thread, { stake: 1_001n });
    if (voters.length > most.length) await addVoter(stage, spec, voters.at(-1));
    await seat(stage, thread, voters);
    await voteAll(
      stage,
      spec,
      voters.map((voter, index) => [voter, choices(index)] as const),
    );
    await seat(stage, thread, most);
    return spec;
  };
  const settled = async (name: string, spec: SpecKey): Promise<void> =>
    measure(name, await settlementOf(stage, spec, stage.feePayer));

  const author = await stage.wallet();
  const spec = { thread: await threadOf(stage, most), hash: stage.hash(), author };
  await measure('submit_spec, 15 voters', submitSpec({ ...spec, stake: 1_001n, mint: stage.mint }));
  await measure('vote, last of 15 voters', vote({ ...spec, voter: most[14] as WalletId, choice: 'deny' }));
  await settled('settle, 15 approve', await decided(() => 'approve'));
  await settled('settle, 16 approve', await decided(() => 'approve', all));
  await settled('settle, 15 deny', await decided(() => 'deny'));
  await settled('settle, 15 split', await decided((index) => (index % 2 === 0 ? 'approve' : 'deny')));
  const unsettled = await openSpec(stage, await threadOf(stage, most));
  await stage.at(TIME_TO_LIVE_S);
  await settled('settle, 15 voters, expired', unsettled);
  await stage.at(0);
  const full = await decided(() => 'approve');
  await seat(stage, full.thread, all);
  await settled('settle, 15 approve, no room: returned', full);
  await stage.give(vaultAddress(full.thread), 16_000n);
  await measure('divest, last of 16', divest({ wallet: all[15] as WalletId, thread: full.thread, mint: stage.mint }));
}

async function addVoter(stage: Stage, spec: SpecKey, voter: WalletId | undefined): Promise<void> {
  const account = await stage.account(specAddress(spec));
  if (account === null || voter === undefined) throw new Error('no such spec or voter');
  const { voters } = await readSpec(stage, spec);
  const data = Buffer.from(account.data);
  data[SPEC.voterCount] = voters.length + 1;
  data[SPEC.tokenBumps + voters.length] = deriveTokenAccount(voter, stage.mint).bump;
  data.set(bs58.decode(voter), SPEC.voters + 32 * voters.length);
  await stage.set(specAddress(spec), { ...account, data: new Uint8Array(data) });
}

/** Units of a case as the table has them, by machine. */
export type Table = ReadonlyMap<string, { readonly litesvm: number; readonly bankrun: number; readonly bytes: number }>;

const number = (value: number): string => value.toLocaleString('en-US');

export function writeTable(litesvm: Costs, bankrun: Costs): string {
  const rows = [...litesvm].map(
    ([name, { units, bytes }]) => `| ${name} | ${number(units)} | ${number(bankrun.get(name)?.units ?? 0)} | ${number(bytes)} |`,
  );
  return `${HEAD}${rows.join('\n')}\n`;
}

export function readTable(text: string): Table {
  const rows = text.matchAll(/^\| (.+?) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|$/gm);
  const count = (digits: string | undefined): number => Number(digits?.replaceAll(',', ''));
  return new Map(
    [...rows].map(([, name, litesvm, bankrun, bytes]) => [
      name ?? '',
      { litesvm: count(litesvm), bankrun: count(bankrun), bytes: count(bytes) },
    ]),
  );
}

const HEAD = `# Compute units

What each instruction of the on-chain program costs. A transaction may use 200,000 units an instruction without asking for more, and
is at most 1,232 bytes long; the largest settlement stays below both.

The two machines ship different builds of the SPL Token program, which is why they differ. Finding an address costs 1,500 units an
attempt, and the number of attempts depends on the keys (two on average); these figures are for fixed keys, so they are the same on
every run. A settlement searches only the addresses of its message and page; vault, escrow and up to 17 token accounts are checked with
bumps found earlier, so that no choice of wallets can make it dear. Who meets an unlucky address all the same can ask for more
units (at most 1,400,000) with a compute budget instruction; there is room for it in every transaction.

Sixteen approvers cannot come about: a spec is refused when the thread is full, so its voters are 15 at most. The row is there
because the layout has room for them.

\`properties/program/compute-units.test.ts\` fails when a figure is exceeded by more than a tenth. To write this file anew:
\`UPDATE_COMPUTE_UNITS=1 npx vitest run properties/program/compute-units.test.ts\`.

| instruction | LiteSVM, units | bankrun, units | transaction, bytes |
|---|---|---|---|
`;
