/**
 * A small world to fuzz in: wallets (some without a token account), threads (some not created yet), a handful of contents, so that
 * random requests meet each other. Also what happens to it from outside the program: time, gifts, closed and frozen accounts.
 */
import {
  createThread,
  type SpecKey,
  submitSpec,
  tokenAccountAddress,
  treasuryAddress,
  vaultAddress,
} from '#impl/adapters/solana/codec/index.ts';
import type { ContentHash, ThreadId, WalletId } from '#impl/ports/ids.ts';
import { tokenAccount } from '#simulations/solana/token-layout.ts';
import { threadOf } from '../scenes.ts';
import { type Stage, TIME_TO_LIVE_S } from '../stage.ts';
import type { Substitutes } from './mutations.ts';
import type { Dice } from './random.ts';

export interface FuzzWorld extends Substitutes {
  readonly stage: Stage;
  readonly wallets: readonly WalletId[];
  readonly threads: readonly ThreadId[];
  readonly hashes: readonly ContentHash[];
  /** Any that could be submitted. */
  readonly specs: readonly SpecKey[];
  /** Those that were and are not settled yet, oldest first. */
  readonly open: SpecKey[];
  /** Seconds since the stage opened. */
  nowS: number;
}

const WALLETS = 7;
const THREADS = 4;
const HASHES = 5;

export async function openWorld(stage: Stage): Promise<FuzzWorld> {
  const wallets: WalletId[] = [];
  for (let index = 0; index < WALLETS; index++) wallets.push(await stage.wallet(index === WALLETS - 1 ? null : 100_000n));
  const [first, second, third, fourth] = wallets as [WalletId, WalletId, WalletId, WalletId];
  const made = [
    await threadOf(stage, [first]),
    await threadOf(stage, [second, third]),
    await threadOf(stage, [fourth, first, second]),
  ];
  const threads = [...made, ...Array.from({ length: THREADS - made.length }, () => stage.thread())];
  const hashes = Array.from({ length: HASHES }, () => stage.hash());
  const specs = threads.flatMap((thread) =>
    hashes.flatMap((hash) => wallets.slice(2, 6).map((author) => ({ thread, hash, author }))),
  );
  await stage.at(0);
  const addresses = new Set<string>();
  for (const wallet of wallets) addresses.add(wallet);
  for (const instruction of [
    ...threads.map((thread) => createThread({ creator: first, thread, mint: stage.mint })),
    ...specs.slice(0, 8).map((spec) => submitSpec({ ...spec, stake: 1_000n, mint: stage.mint })),
  ]) {
    for (const meta of instruction.keys) addresses.add(meta.pubkey.toBase58());
  }
  const purses = [
    ...wallets.map((wallet) => tokenAccountAddress(wallet, stage.mint)),
    ...threads.map((thread) => vaultAddress(thread)),
    treasuryAddress(),
  ].map((address) => address.toBase58());
  return { stage, wallets, threads, hashes, specs, open: [], addresses: [...addresses, ...purses], purses, nowS: 0 };
}

/** Now and then something happens that no instruction of the program did. */
export async function disturb(world: FuzzWorld, random: Dice): Promise<void> {
  const { stage } = world;
  if (random.percent(1)) {
    world.nowS += random.below(TIME_TO_LIVE_S);
    await stage.at(world.nowS);
  }
  if (!random.percent(4)) return;
  const wallet = random.pick(world.wallets);
  const address = tokenAccountAddress(wallet, stage.mint);
  const amount = await stage.tokens(address);
  switch (random.below(6)) {
    case 0: {
      const vault = vaultAddress(random.pick(world.threads));
      if ((await stage.account(vault)) !== null) await stage.give(vault, BigInt(random.below(500)));
      return;
    }
    case 1:
      return stage.set(address, null);
    case 2: {
      const frozen = tokenAccount(stage.mint, wallet, amount);
      frozen.data[108] = 2;
      return stage.set(address, frozen);
    }
    default:
      return stage.set(address, tokenAccount(stage.mint, wallet, amount + 10_000n));
  }
}
