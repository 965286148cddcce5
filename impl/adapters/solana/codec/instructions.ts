/**
 * The seven instructions: how each is built (accounts in the program's order, then data), and how data is read back.
 * The data alone says everything a signer agrees to; the accounts follow from it and from public state.
 */
import { type AccountMeta, PublicKey, TransactionInstruction } from '@solana/web3.js';
import type { ContentHash, ThreadId, WalletId } from '../../../ports/ids.ts';
import { fromHex, hashAt, threadIdAt, u32At, u32Bytes, u64At, u64Bytes, walletAt } from './bytes.ts';
import { CHOICE, INSTRUCTION, PROGRAM_ID, SYSTEM_PROGRAM_ID, TOKEN_PROGRAM_ID } from './constants.ts';
import { INSTRUCTION_SIZE } from './layout.ts';
import {
  configAddress,
  escrowAddress,
  messageAddress,
  pageAddress,
  type SpecKey,
  specAddress,
  threadAddress,
  tokenAccountAddress,
  treasuryAddress,
  vaultAddress,
} from './pda.ts';

/** What instruction data says. Stakes in base units of CHOIR, times in seconds. */
export type ProgramInstruction =
  | { readonly kind: 'initialize'; readonly minimumStake: bigint; readonly specTimeToLiveS: number }
  | { readonly kind: 'createThread'; readonly thread: ThreadId }
  | { readonly kind: 'postMessage'; readonly thread: ThreadId; readonly hash: ContentHash }
  | { readonly kind: 'submitSpec'; readonly thread: ThreadId; readonly hash: ContentHash; readonly stake: bigint }
  | ({ readonly kind: 'vote'; readonly choice: 'approve' | 'deny' } & SpecKey)
  | ({ readonly kind: 'settle' } & SpecKey)
  | { readonly kind: 'divest'; readonly thread: ThreadId };

const signer = (key: string): AccountMeta => ({ pubkey: new PublicKey(key), isSigner: true, isWritable: false });
const payer = (key: string): AccountMeta => ({ pubkey: new PublicKey(key), isSigner: true, isWritable: true });
const writable = (pubkey: PublicKey): AccountMeta => ({ pubkey, isSigner: false, isWritable: true });
const readonly = (pubkey: PublicKey): AccountMeta => ({ pubkey, isSigner: false, isWritable: false });
const tokenProgram = readonly(TOKEN_PROGRAM_ID);
const systemProgram = readonly(SYSTEM_PROGRAM_ID);

const instruction = (keys: AccountMeta[], what: ProgramInstruction): TransactionInstruction =>
  new TransactionInstruction({ programId: PROGRAM_ID, keys, data: encodeInstruction(what) });

/**
 * Instruction data.
 * @throws RangeError when a stake or time is out of range (u64, u32).
 */
export function encodeInstruction(what: ProgramInstruction): Buffer {
  const tag = Buffer.from([INSTRUCTION[what.kind]]);
  switch (what.kind) {
    case 'initialize':
      return Buffer.concat([tag, u64Bytes(what.minimumStake), u32Bytes(what.specTimeToLiveS)]);
    case 'createThread':
    case 'divest':
      return Buffer.concat([tag, fromHex(what.thread)]);
    case 'postMessage':
      return Buffer.concat([tag, fromHex(what.thread), fromHex(what.hash)]);
    case 'submitSpec':
      return Buffer.concat([tag, fromHex(what.thread), fromHex(what.hash), u64Bytes(what.stake)]);
    case 'vote':
      return Buffer.concat([tag, specKeyBytes(what), Buffer.from([CHOICE[what.choice]])]);
    case 'settle':
      return Buffer.concat([tag, specKeyBytes(what)]);
  }
}

const specKeyBytes = ({ thread, hash, author }: SpecKey): Buffer =>
  Buffer.concat([fromHex(thread), fromHex(hash), new PublicKey(author).toBytes()]);

/** What the data says, or null when the program would refuse it as `UnknownInstruction`, `WrongInstructionLength` or `InvalidChoice`. */
export function decodeInstruction(data: Uint8Array): ProgramInstruction | null {
  const kind = (Object.keys(INSTRUCTION) as ProgramInstruction['kind'][]).find((each) => INSTRUCTION[each] === data[0]);
  if (kind === undefined) return null;
  return data.length === INSTRUCTION_SIZE[kind] ? decodeBody(kind, data) : null;
}

function decodeBody(kind: ProgramInstruction['kind'], data: Uint8Array): ProgramInstruction | null {
  switch (kind) {
    case 'initialize':
      return { kind, minimumStake: u64At(data, 1), specTimeToLiveS: u32At(data, 9) };
    case 'createThread':
    case 'divest':
      return { kind, thread: threadIdAt(data, 1) };
    case 'postMessage':
      return { kind, thread: threadIdAt(data, 1), hash: hashAt(data, 33) };
    case 'submitSpec':
      return { kind, thread: threadIdAt(data, 1), hash: hashAt(data, 33), stake: u64At(data, 65) };
    case 'vote': {
      const choice = data[97];
      if (choice !== CHOICE.approve && choice !== CHOICE.deny) return null;
      return { kind, ...specKeyAt(data), choice: choice === CHOICE.approve ? 'approve' : 'deny' };
    }
    case 'settle':
      return { kind, ...specKeyAt(data) };
  }
}

const specKeyAt = (data: Uint8Array): SpecKey => ({
  thread: threadIdAt(data, 1),
  hash: hashAt(data, 33),
  author: walletAt(data, 65),
});

/** Configures the program, once. `mint` is the CHOIR mint. */
export function initialize(args: {
  readonly payer: WalletId;
  readonly mint: string;
  readonly minimumStake: bigint;
  readonly specTimeToLiveS: number;
}): TransactionInstruction {
  const keys = [
    payer(args.payer),
    writable(configAddress()),
    writable(treasuryAddress()),
    readonly(new PublicKey(args.mint)),
    tokenProgram,
    systemProgram,
  ];
  const { minimumStake, specTimeToLiveS } = args;
  return instruction(keys, { kind: 'initialize', minimumStake, specTimeToLiveS });
}

export function createThread(args: {
  readonly creator: WalletId;
  readonly thread: ThreadId;
  readonly mint: string;
}): TransactionInstruction {
  const keys = [
    payer(args.creator),
    readonly(configAddress()),
    writable(threadAddress(args.thread)),
    writable(vaultAddress(args.thread)),
    readonly(new PublicKey(args.mint)),
    tokenProgram,
    systemProgram,
  ];
  return instruction(keys, { kind: 'createThread', thread: args.thread });
}

/** `page` is the thread's message count divided by `PAGE_ENTRIES`, rounded down: the page the new message goes to. */
export function postMessage(args: {
  readonly author: WalletId;
  readonly thread: ThreadId;
  readonly hash: ContentHash;
  readonly page: number;
}): TransactionInstruction {
  const { author, thread, hash, page } = args;
  const keys = [
    payer(author),
    writable(threadAddress(thread)),
    writable(messageAddress(thread, hash)),
    writable(pageAddress(thread, page)),
    systemProgram,
  ];
  return instruction(keys, { kind: 'postMessage', thread, hash });
}

export function submitSpec(args: SpecKey & { readonly stake: bigint; readonly mint: string }): TransactionInstruction {
  const { thread, hash, author, stake, mint } = args;
  const keys = [
    payer(author),
    readonly(configAddress()),
    writable(threadAddress(thread)),
    writable(specAddress(args)),
    writable(escrowAddress(args)),
    writable(tokenAccountAddress(author, mint)),
    readonly(messageAddress(thread, hash)),
    readonly(new PublicKey(mint)),
    tokenProgram,
    systemProgram,
  ];
  return instruction(keys, { kind: 'submitSpec', thread, hash, stake });
}

export function vote(args: SpecKey & { readonly voter: WalletId; readonly choice: 'approve' | 'deny' }): TransactionInstruction {
  const { thread, hash, author, voter, choice } = args;
  const keys = [signer(voter), writable(threadAddress(thread)), writable(specAddress(args))];
  return instruction(keys, { kind: 'vote', thread, hash, author, choice });
}

/**
 * `voters` are the spec's snapshot, all of it and in its order, whoever has voted: so no vote that lands in between makes this stale.
 * `page` is the page the next message of the thread goes to.
 */
export function settle(
  args: SpecKey & {
    readonly payer: WalletId;
    readonly page: number;
    readonly voters: readonly WalletId[];
    readonly mint: string;
  },
): TransactionInstruction {
  const { thread, hash, author, mint } = args;
  const keys = [
    payer(args.payer),
    readonly(configAddress()),
    writable(threadAddress(thread)),
    writable(specAddress(args)),
    writable(vaultAddress(thread)),
    writable(escrowAddress(args)),
    writable(treasuryAddress()),
    writable(messageAddress(thread, hash)),
    writable(pageAddress(thread, args.page)),
    writable(tokenAccountAddress(author, mint)),
    tokenProgram,
    systemProgram,
    ...args.voters.map((voter) => writable(tokenAccountAddress(voter, mint))),
  ];
  return instruction(keys, { kind: 'settle', thread, hash, author });
}

export function divest(args: {
  readonly wallet: WalletId;
  readonly thread: ThreadId;
  readonly mint: string;
}): TransactionInstruction {
  const keys = [
    signer(args.wallet),
    writable(threadAddress(args.thread)),
    writable(vaultAddress(args.thread)),
    writable(tokenAccountAddress(args.wallet, args.mint)),
    tokenProgram,
  ];
  return instruction(keys, { kind: 'divest', thread: args.thread });
}
