/**
 * Situations that the program's tests begin from: threads with several co-authors, open specs, a settlement ready to be sent.
 * Co-authors beyond the first are written into the thread's account, because growing a thread by settlements takes
 * dozens of transactions; `settlement.test.ts` grows one the long way, to show that both look the same.
 */
import type { PublicKey, TransactionInstruction } from '@solana/web3.js';
import bs58 from 'bs58';
import {
  createThread,
  decodeMessage,
  decodePage,
  decodeSpec,
  decodeThread,
  deriveTokenAccount,
  escrowAddress,
  messageAddress,
  PAGE_ENTRIES,
  pageAddress,
  type SpecKey,
  settle,
  specAddress,
  submitSpec,
  THREAD,
  threadAddress,
  tokenAccountAddress,
  treasuryAddress,
  vaultAddress,
  vote,
} from '#impl/adapters/solana/codec/index.ts';
import type { ThreadId, WalletId } from '#impl/ports/ids.ts';
import type { LedgerMessage, LedgerSpec, LedgerThread } from '#impl/ports/ledger.ts';
import type { Reply } from '#impl/ports/outcome.ts';
import type { Sent, Stage } from './stage.ts';

function unwrap<T>(reply: Reply<T>): T {
  if (!reply.ok) throw new Error(reply.failure.detail);
  return reply.value;
}

/** Sends and insists on success. */
export async function must(
  stage: Stage,
  instruction: TransactionInstruction,
  feePayer: WalletId = stage.feePayer,
): Promise<Sent> {
  const sent = await stage.send(instruction, feePayer);
  if (sent.refusal !== null) throw new Error(`refused: ${sent.refusal} (${sent.error})\n${sent.logs.join('\n')}`);
  return sent;
}

/** Writes co-authors (and the bumps of their token accounts) over those of an existing thread. */
export async function seat(stage: Stage, thread: ThreadId, coAuthors: readonly WalletId[]): Promise<void> {
  const account = await stage.account(threadAddress(thread));
  if (account === null) throw new Error('no such thread');
  const data = Buffer.from(account.data);
  data.fill(0, THREAD.tokenBumps, THREAD.size);
  data[THREAD.coAuthorCount] = coAuthors.length;
  coAuthors.forEach((wallet, index) => {
    data[THREAD.tokenBumps + index] = deriveTokenAccount(wallet, stage.mint).bump;
    data.set(bs58.decode(wallet), THREAD.coAuthors + 32 * index);
  });
  await stage.set(threadAddress(thread), { ...account, data: new Uint8Array(data) });
}

/** A thread of these co-authors, created by the first. */
export async function threadOf(stage: Stage, coAuthors: readonly WalletId[]): Promise<ThreadId> {
  const [creator] = coAuthors;
  if (creator === undefined) throw new Error('a thread needs a creator');
  const thread = stage.thread();
  await must(stage, createThread({ creator, thread, mint: stage.mint }));
  if (coAuthors.length > 1) await seat(stage, thread, coAuthors);
  return thread;
}

type Wallets<Count extends number> = Count extends 1
  ? readonly [WalletId]
  : Count extends 2
    ? readonly [WalletId, WalletId]
    : Count extends 3
      ? readonly [WalletId, WalletId, WalletId]
      : readonly WalletId[];

/** Fresh wallets with a token account each. */
export async function wallets<Count extends number>(stage: Stage, count: Count): Promise<Wallets<Count>> {
  const all: WalletId[] = [];
  for (let index = 0; index < count; index++) all.push(await stage.wallet());
  return all as readonly WalletId[] as Wallets<Count>;
}

/** A new spec by a new author (or the one given). */
export async function openSpec(
  stage: Stage,
  thread: ThreadId,
  options: { readonly stake?: bigint; readonly author?: WalletId } = {},
): Promise<SpecKey> {
  const author = options.author ?? (await stage.wallet());
  const spec = { thread, hash: stage.hash(), author };
  await must(stage, submitSpec({ ...spec, stake: options.stake ?? 1_000n, mint: stage.mint }));
  return spec;
}

export async function voteAll(
  stage: Stage,
  spec: SpecKey,
  choices: readonly (readonly [voter: WalletId, choice: 'approve' | 'deny'])[],
): Promise<void> {
  for (const [voter, choice] of choices) await must(stage, vote({ ...spec, voter, choice }));
}

/** The settlement as a client that reads the accounts now would build it. */
export async function settlementOf(
  stage: Stage,
  spec: SpecKey,
  payer: WalletId = stage.feePayer,
): Promise<TransactionInstruction> {
  const { messageCount } = await readThread(stage, spec.thread);
  const { voters } = await readSpec(stage, spec);
  return settle({ ...spec, payer, voters, page: Math.floor(messageCount / PAGE_ENTRIES), mint: stage.mint });
}

export async function readThread(stage: Stage, thread: ThreadId): Promise<LedgerThread> {
  const account = await stage.account(threadAddress(thread));
  if (account === null) throw new Error('no such thread');
  return unwrap(decodeThread(account));
}

export async function readSpec(stage: Stage, spec: SpecKey): Promise<LedgerSpec> {
  const account = await stage.account(specAddress(spec));
  if (account === null) throw new Error('no such spec');
  return unwrap(decodeSpec(account));
}

export async function readPage(stage: Stage, thread: ThreadId, index: number): Promise<readonly LedgerMessage[] | null> {
  const account = await stage.account(pageAddress(thread, index));
  return account === null ? null : unwrap(decodePage(account)).messages;
}

export async function readMessage(
  stage: Stage,
  spec: { readonly thread: ThreadId; readonly hash: SpecKey['hash'] },
): Promise<(LedgerMessage & { readonly version: number }) | null> {
  const account = await stage.account(messageAddress(spec.thread, spec.hash));
  return account === null || account.data.length === 0 ? null : unwrap(decodeMessage(account));
}

/** Where the CHOIR of a spec and its people can be. */
export interface Purses {
  readonly vault: bigint;
  readonly escrow: bigint;
  readonly treasury: bigint;
  readonly author: bigint;
  readonly voters: readonly bigint[];
}

export async function readPurses(stage: Stage, spec: SpecKey, voters: readonly WalletId[]): Promise<Purses> {
  const each = voters.map((voter) => stage.tokens(tokenAccountAddress(voter, stage.mint)));
  return {
    vault: await stage.tokens(vaultAddress(spec.thread)),
    escrow: await stage.tokens(escrowAddress(spec)),
    treasury: await stage.tokens(treasuryAddress()),
    author: await stage.tokens(tokenAccountAddress(spec.author, stage.mint)),
    voters: await Promise.all(each),
  };
}

/** What each purse gained, so that a test can state a whole row of the settlement table at once. */
export function gains(before: Purses, after: Purses): Purses {
  return {
    vault: after.vault - before.vault,
    escrow: after.escrow - before.escrow,
    treasury: after.treasury - before.treasury,
    author: after.author - before.author,
    voters: after.voters.map((amount, index) => amount - (before.voters[index] ?? 0n)),
  };
}

export const total = (purses: Purses): bigint =>
  purses.vault + purses.escrow + purses.treasury + purses.author + purses.voters.reduce((sum, each) => sum + each, 0n);

/** Every account of these instructions as comparable text: what "nothing changed" means. */
export async function snapshot(stage: Stage, addresses: Iterable<string | PublicKey>): Promise<readonly string[]> {
  const unique = [...new Set([...addresses].map((address) => address.toString()))].sort();
  const found = await stage.bank.accounts(unique);
  return unique.map((address, index) => {
    const account = found[index];
    if (account === null || account === undefined) return `${address} absent`;
    return `${address} ${account.owner} ${account.lamports} ${Buffer.from(account.data).toString('hex')}`;
  });
}

/** The name of the refusal (or `accepted`), after seeing that a refused instruction changed no account but the fee payer's. */
export async function refusalOf(stage: Stage, instruction: TransactionInstruction): Promise<string> {
  const addresses = instruction.keys.map((meta) => meta.pubkey.toBase58()).filter((key) => key !== stage.feePayer);
  const before = await snapshot(stage, addresses);
  const sent = await stage.send(instruction);
  if (sent.refusal === null) return 'accepted';
  const after = await snapshot(stage, addresses);
  const changed = after.filter((account, index) => account !== before[index]);
  if (changed.length > 0) throw new Error(`${sent.refusal} changed ${changed.join('\n')}`);
  return sent.refusal;
}
