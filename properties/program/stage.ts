/**
 * Where the program's own tests play: one bank, a CHOIR mint, and fresh keys from a name and a counter, so that every run is the
 * same and tests can share a bank. The bank verifies no signatures, so nobody needs a private key; what the program sees as
 * signed is what the message's header says.
 */
import { createHash } from 'node:crypto';
import { PublicKey, type TransactionInstruction, TransactionMessage, VersionedTransaction } from '@solana/web3.js';
import bs58 from 'bs58';
import {
  configAddress,
  decodeConfig,
  decodeEvents,
  initialize,
  type ProgramEvent,
  refusalFromRpc,
  SYSTEM_PROGRAM_ID,
  tokenAccountAddress,
} from '#impl/adapters/solana/codec/index.ts';
import { type ContentHash, contentHash, type ThreadId, threadId, type WalletId, walletId } from '#impl/ports/ids.ts';
import type { Bank, BankAccount } from '#simulations/solana/bank.ts';
import { createBank } from '#simulations/solana/create-bank.ts';
import { transactionErrorJson } from '#simulations/solana/runtime-errors.ts';
import { mintAccount, tokenAccount, tokensIn, withTokensAdded } from '#simulations/solana/token-layout.ts';

export const MINIMUM_STAKE = 1_000n;
export const TIME_TO_LIVE_S = 604_800;
/** The stage's clock when it opens, unix seconds. */
export const OPENING_S = 1_700_000_000;

/** How a transaction ended, as far as the program's tests care. */
export interface Sent {
  /** The stable name of the refusal, null when it succeeded. */
  readonly refusal: string | null;
  /** The runtime's own text for it. */
  readonly error: string | null;
  readonly logs: readonly string[];
  readonly events: readonly ProgramEvent[];
  /** From the return data, null when there was none. */
  readonly version: bigint | null;
  readonly computeUnits: number;
  /** Of the whole wire transaction. */
  readonly bytes: number;
}

export interface Stage {
  readonly bank: Bank;
  readonly mint: string;
  /** Pays the fees of every transaction, so that nobody else's lamports change by a refused one. */
  readonly feePayer: WalletId;
  key(): string;
  thread(): ThreadId;
  hash(): ContentHash;
  /** A fresh wallet with lamports, and a token account holding `choir` base units (null: without one). */
  wallet(choir?: bigint | null): Promise<WalletId>;
  send(instructions: TransactionInstruction | readonly TransactionInstruction[], feePayer?: WalletId): Promise<Sent>;
  account(address: string | PublicKey): Promise<BankAccount | null>;
  set(address: string | PublicKey, account: BankAccount | null): Promise<void>;
  /** CHOIR in an account, 0 when there is none. */
  tokens(address: string | PublicKey): Promise<bigint>;
  /** Gives CHOIR to an existing token account out of nowhere. */
  give(address: string | PublicKey, choir: bigint): Promise<void>;
  /** Moves the clock: seconds after the stage opened. */
  at(secondsAfterOpening: number, slot?: number): Promise<void>;
}

const systemProgram = SYSTEM_PROGRAM_ID.toBase58();
const blockhash = bs58.encode(new Uint8Array(32).fill(7));

/** An ordinary wallet's account. */
export const systemAccount = (lamports: bigint): BankAccount => ({
  lamports,
  owner: systemProgram,
  data: new Uint8Array(0),
  executable: false,
});

/** A wire transaction with empty signatures. */
export function wireOf(instructions: readonly TransactionInstruction[], feePayer: string): Uint8Array {
  const message = new TransactionMessage({
    payerKey: new PublicKey(feePayer),
    recentBlockhash: blockhash,
    instructions: [...instructions],
  }).compileToLegacyMessage();
  return new VersionedTransaction(message).serialize();
}

/** A stage on a bank of this kind, the program configured. `name` keeps stages on one bank apart. */
export async function openStage(kind: Bank['kind'], name: string, bank?: Bank): Promise<Stage> {
  const stage = await openBareStage(bank ?? (await createBank(kind)), name);
  const config = await stage.account(configAddress());
  if (config === null) {
    const terms = { minimumStake: MINIMUM_STAKE, specTimeToLiveS: TIME_TO_LIVE_S };
    const sent = await stage.send(initialize({ payer: stage.feePayer, mint: stage.mint, ...terms }));
    if (sent.refusal !== null) throw new Error(`initialize was refused: ${sent.error}\n${sent.logs.join('\n')}`);
    return stage;
  }
  const decoded = decodeConfig(config);
  if (!decoded.ok) throw new Error(decoded.failure.detail);
  return { ...stage, mint: decoded.value.mint };
}

/** The same before `initialize`. */
export async function openBareStage(bank: Bank, name: string): Promise<Stage> {
  let drawn = 0;
  let executions = 0;
  const bytes = (): Buffer => createHash('sha256').update(`${name} ${drawn++}`).digest();
  const key = (): string => bs58.encode(bytes());
  const mint = key();
  const feePayer = walletId(key());
  const account = async (address: string | PublicKey): Promise<BankAccount | null> =>
    (await bank.accounts([address.toString()]))[0] ?? null;
  const set = (address: string | PublicKey, next: BankAccount | null): Promise<void> => bank.setAccount(address.toString(), next);
  await set(mint, mintAccount(feePayer, 0n));
  await set(feePayer, systemAccount(10n ** 15n));
  const at = (seconds: number, slot = 10): Promise<void> =>
    bank.setClock({ slot: BigInt(slot), unixTimestampS: BigInt(OPENING_S + seconds) });
  await at(0);
  const stage: Stage = {
    bank,
    mint,
    feePayer,
    key,
    thread: () => threadId(bytes().toString('hex')),
    hash: () => contentHash(bytes().toString('hex')),
    account,
    set,
    at,
    wallet: async function (this: Stage, choir = 1_000_000n) {
      const wallet = walletId(key());
      await set(wallet, systemAccount(10_000_000_000n));
      if (choir !== null) await set(tokenAccountAddress(wallet, this.mint), tokenAccount(this.mint, wallet, choir));
      return wallet;
    },
    tokens: async function (this: Stage, address) {
      return tokensIn(await account(address), this.mint);
    },
    give: async (address, choir) => {
      const old = await account(address);
      if (old === null) throw new Error(`no token account at ${address.toString()}`);
      await set(address, withTokensAdded(old, choir));
    },
    send: async (instructions, payer = feePayer) => {
      const list = 'programId' in instructions ? [instructions] : instructions;
      const wire = wireOf(list, payer);
      executions += 1;
      return toSent(await bank.execute(wire, executions), wire.length);
    },
  };
  return stage;
}

function toSent(result: Awaited<ReturnType<Bank['execute']>>, bytes: number): Sent {
  const { error, logs, computeUnits, returnData } = result;
  const events = error === null ? decodeEvents(logs) : null;
  if (events !== null && !events.ok) throw new Error(`events: ${events.failure.detail}`);
  return {
    refusal: error === null ? null : refusalFromRpc(transactionErrorJson(error)).code,
    error,
    logs,
    events: events === null ? [] : events.value,
    version: error === null && returnData.length === 8 ? Buffer.from(returnData).readBigUInt64LE() : null,
    computeUnits,
    bytes,
  };
}
