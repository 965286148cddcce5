/**
 * Requests that could be meant: any of the seven instructions over the world's few names, mostly ones that the state allows.
 * Built by the same codec as every client's; `mutations.ts` then damages some of them.
 */
import type { TransactionInstruction } from '@solana/web3.js';
import {
  createThread,
  decodeSpec,
  decodeThread,
  divest,
  initialize,
  PAGE_ENTRIES,
  postMessage,
  type SpecKey,
  settle,
  specAddress,
  submitSpec,
  threadAddress,
  vote,
} from '#impl/adapters/solana/codec/index.ts';
import type { ThreadId, WalletId } from '#impl/ports/ids.ts';
import type { LedgerSpec, LedgerThread } from '#impl/ports/ledger.ts';
import type { Dice } from './random.ts';
import type { FuzzWorld } from './world.ts';

async function threadNow(world: FuzzWorld, thread: ThreadId): Promise<LedgerThread | null> {
  const account = await world.stage.account(threadAddress(thread));
  const decoded = account === null ? null : decodeThread(account);
  return decoded?.ok === true ? decoded.value : null;
}

async function specNow(world: FuzzWorld, spec: SpecKey): Promise<LedgerSpec | null> {
  const account = await world.stage.account(specAddress(spec));
  const decoded = account === null ? null : decodeSpec(account);
  return decoded?.ok === true ? decoded.value : null;
}

/** Mostly one of the few oldest that are open. */
async function pickSpec(world: FuzzWorld, random: Dice): Promise<{ readonly key: SpecKey; readonly now: LedgerSpec | null }> {
  const oldest = world.open.slice(0, 4);
  const key = random.pick(oldest.length > 0 && random.percent(90) ? oldest : world.specs);
  return { key, now: await specNow(world, key) };
}

/** The oldest open spec that every voter has voted on, so that settlements succeed often enough to be worth attacking. */
async function decidedSpec(world: FuzzWorld): Promise<{ readonly key: SpecKey; readonly now: LedgerSpec } | null> {
  for (const key of world.open) {
    const now = await specNow(world, key);
    if (now !== null && now.approvals.length + now.denials.length === now.voters.length) return { key, now };
  }
  return null;
}

const mostly = (random: Dice, likely: readonly WalletId[], all: readonly WalletId[]): WalletId =>
  random.pick(likely.length > 0 && random.percent(85) ? likely : all);

const pageOf = (thread: LedgerThread | null, random: Dice): number =>
  random.percent(4) ? random.below(3) : Math.floor((thread?.messageCount ?? 0) / PAGE_ENTRIES);

type Draw = (world: FuzzWorld, random: Dice) => Promise<TransactionInstruction>;

const drawPost: Draw = async (world, random) => {
  const thread = random.pick(world.threads);
  const now = await threadNow(world, thread);
  const hash = random.percent(50) ? random.pick(world.hashes) : world.stage.hash();
  return postMessage({ author: mostly(random, now?.coAuthors ?? [], world.wallets), thread, hash, page: pageOf(now, random) });
};

const drawDivest: Draw = async (world, random) => {
  const thread = random.pick(world.threads);
  const now = await threadNow(world, thread);
  return divest({ wallet: mostly(random, now?.coAuthors ?? [], world.wallets), thread, mint: world.stage.mint });
};

const drawSubmission: Draw = async (world, random) => {
  const key = random.pick(world.specs);
  const thread = await threadNow(world, key.thread);
  const strangers = world.wallets.filter((each) => thread?.coAuthors.includes(each) !== true);
  const stake = BigInt(random.percent(10) ? random.below(1_000) : 1_000 + random.below(2_000));
  return submitSpec({ ...key, author: mostly(random, strangers, world.wallets), stake, mint: world.stage.mint });
};

const drawVote: Draw = async (world, random) => {
  const { key, now } = await pickSpec(world, random);
  const missing = now?.voters.filter((each) => !now.approvals.includes(each) && !now.denials.includes(each)) ?? [];
  const choice = random.percent(65) ? 'approve' : 'deny';
  return vote({ ...key, voter: mostly(random, missing, world.wallets), choice });
};

const drawSettlement: Draw = async (world, random) => {
  const decided = random.percent(70) ? await decidedSpec(world) : null;
  const { key, now } = decided ?? (await pickSpec(world, random));
  const payer = random.pick(world.wallets);
  const page = pageOf(await threadNow(world, key.thread), random);
  return settle({ ...key, payer, page, voters: now?.voters ?? [payer], mint: world.stage.mint });
};

const drawThread: Draw = async (world, random) =>
  createThread({ creator: random.pick(world.wallets), thread: random.pick(world.threads), mint: world.stage.mint });

const drawInitialize: Draw = async (world, random) =>
  initialize({ payer: random.pick(world.wallets), mint: world.stage.mint, minimumStake: 1n, specTimeToLiveS: 1 });

/** How many in a hundred requests are of each kind. */
const shares: readonly (readonly [share: number, draw: Draw])[] = [
  [2, drawInitialize],
  [4, drawThread],
  [10, drawPost],
  [9, drawDivest],
  [25, drawSubmission],
  [28, drawVote],
  [22, drawSettlement],
];

export async function drawRequest(world: FuzzWorld, random: Dice): Promise<TransactionInstruction> {
  let left = random.below(100);
  for (const [share, draw] of shares) {
    if (left < share) return draw(world, random);
    left -= share;
  }
  throw new Error('the shares do not add up to 100');
}
