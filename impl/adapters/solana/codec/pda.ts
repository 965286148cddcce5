/**
 * The addresses of everything the program owns, derived from seeds (see `SEED`), and of associated token accounts.
 * A derivation costs a good part of a millisecond and always ends the same, so answers are remembered.
 */
import { PublicKey } from '@solana/web3.js';
import type { ContentHash, ThreadId, WalletId } from '../../../ports/ids.ts';
import { fromHex, u32Bytes } from './bytes.ts';
import { ASSOCIATED_TOKEN_PROGRAM_ID, PROGRAM_ID, SEED, TOKEN_PROGRAM_ID } from './constants.ts';

/** Which spec: the same author can submit the same content to the same thread only once, for ever. */
export interface SpecKey {
  readonly thread: ThreadId;
  readonly hash: ContentHash;
  readonly author: WalletId;
}

/** An address and the bump that makes it one nobody holds the key of. */
export interface DerivedAddress {
  readonly address: PublicKey;
  readonly bump: number;
}

/** Answers remembered; some 300 bytes each. The oldest used goes first. */
const REMEMBERED = 16_384;
const remembered = new Map<string, DerivedAddress>();

function derive(name: string, seeds: () => readonly Uint8Array[], program: PublicKey = PROGRAM_ID): DerivedAddress {
  const known = remembered.get(name);
  if (known !== undefined) {
    remembered.delete(name);
    remembered.set(name, known);
    return known;
  }
  const [address, bump] = PublicKey.findProgramAddressSync(
    seeds().map((seed) => seed as Buffer),
    program,
  );
  const derived = { address, bump };
  remembered.set(name, derived);
  if (remembered.size > REMEMBERED) {
    for (const oldest of remembered.keys()) {
      remembered.delete(oldest);
      break;
    }
  }
  return derived;
}

const seed = (name: keyof typeof SEED): Buffer => Buffer.from(SEED[name]);

export const deriveConfig = (): DerivedAddress => derive('config', () => [seed('config')]);
export const deriveTreasury = (): DerivedAddress => derive('treasury', () => [seed('treasury')]);

export const deriveThread = (thread: ThreadId): DerivedAddress =>
  derive(`thread ${thread}`, () => [seed('thread'), fromHex(thread)]);

export const deriveVault = (thread: ThreadId): DerivedAddress =>
  derive(`vault ${thread}`, () => [seed('vault'), fromHex(thread)]);

/** `index` is the sequence of a message divided by `PAGE_ENTRIES`, rounded down. */
export const derivePage = (thread: ThreadId, index: number): DerivedAddress =>
  derive(`page ${thread} ${index}`, () => [seed('page'), fromHex(thread), u32Bytes(index)]);

export const deriveMessage = (thread: ThreadId, hash: ContentHash): DerivedAddress =>
  derive(`message ${thread} ${hash}`, () => [seed('message'), fromHex(thread), fromHex(hash)]);

export const deriveSpec = ({ thread, hash, author }: SpecKey): DerivedAddress =>
  derive(`spec ${thread} ${hash} ${author}`, () => [
    seed('spec'),
    fromHex(thread),
    fromHex(hash),
    new PublicKey(author).toBytes(),
  ]);

export const deriveEscrow = (spec: SpecKey): DerivedAddress =>
  derive(`escrow ${spec.thread} ${spec.hash} ${spec.author}`, () => [seed('escrow'), deriveSpec(spec).address.toBytes()]);

/** The associated token account of a wallet for a mint of the SPL Token program. */
export const deriveTokenAccount = (wallet: string, mint: string): DerivedAddress =>
  derive(
    `token ${wallet} ${mint}`,
    () => [new PublicKey(wallet).toBytes(), TOKEN_PROGRAM_ID.toBytes(), new PublicKey(mint).toBytes()],
    ASSOCIATED_TOKEN_PROGRAM_ID,
  );

export const configAddress = (): PublicKey => deriveConfig().address;
export const treasuryAddress = (): PublicKey => deriveTreasury().address;
export const threadAddress = (thread: ThreadId): PublicKey => deriveThread(thread).address;
export const vaultAddress = (thread: ThreadId): PublicKey => deriveVault(thread).address;
export const pageAddress = (thread: ThreadId, index: number): PublicKey => derivePage(thread, index).address;
export const messageAddress = (thread: ThreadId, hash: ContentHash): PublicKey => deriveMessage(thread, hash).address;
export const specAddress = (spec: SpecKey): PublicKey => deriveSpec(spec).address;
export const escrowAddress = (spec: SpecKey): PublicKey => deriveEscrow(spec).address;
export const tokenAccountAddress = (wallet: string, mint: string): PublicKey => deriveTokenAccount(wallet, mint).address;
