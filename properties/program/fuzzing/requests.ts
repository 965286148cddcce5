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

const mostly = (random: Dice, likely: readonly WalletId[], all: readonly WalletId[]): WalletId =>
  random.pick(likely.length > 0 && random.percent(85) ? likely : all);

const pageOf = (thread: LedgerThread | null, random: Dice): number =>
  random.percent(4) ? random.below(3) : Math.floor((thread?.messageCount ?? 0) / PAGE_ENTRIES);

export async function drawRequest(world: FuzzWorld, random: Dice): Promise<TransactionInstruction> {
  const { wallets, hashes, stage } = world;
  const { mint } = stage;
  const dice = random.below(100);
  const anyone = random.pick(wallets);
  const thread = random.pick(world.threads);
  if (dice < 3) return initialize({ payer: anyone, mint, minimumStake: 1n, specTimeToLiveS: 1 });
  if (dice < 8) return createThread({ creator: anyone, thread, mint });
  if (dice < 70 && dice >= 30) {
    const { key, now } = await pickSpec(world, random);
    if (dice < 52) {
      const missing = now?.voters.filter((each) => !now.approvals.includes(each) && !now.denials.includes(each)) ?? [];
      return vote({ ...key, voter: mostly(random, missing, wallets), choice: random.percent(65) ? 'approve' : 'deny' });
    }
    const page = pageOf(await threadNow(world, key.thread), random);
    return settle({ ...key, payer: anyone, page, voters: now?.voters ?? [anyone], mint });
  }
  const now = await threadNow(world, thread);
  const coAuthors = now?.coAuthors ?? [];
  if (dice < 20) {
    const hash = random.percent(50) ? random.pick(hashes) : stage.hash();
    return postMessage({ author: mostly(random, coAuthors, wallets), thread, hash, page: pageOf(now, random) });
  }
  if (dice < 30) return divest({ wallet: mostly(random, coAuthors, wallets), thread, mint });
  const key = random.pick(world.specs);
  const owner = await threadNow(world, key.thread);
  const strangers = wallets.slice(2, 6).filter((each) => owner?.coAuthors.includes(each) !== true);
  const stake = BigInt(random.percent(10) ? random.below(1_000) : 1_000 + random.below(2_000));
  return submitSpec({ ...key, author: mostly(random, strangers, wallets), stake, mint });
}
