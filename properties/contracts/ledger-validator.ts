/**
 * The ledger's contract on a validator: whatever `SOLANA_URL` names, with the built program deployed at its address and an airdrop.
 * The first run makes a CHOIR mint and configures the program with it; later runs find both.
 */
import { createHash, createPrivateKey, type KeyObject, sign } from 'node:crypto';
import {
  Connection,
  PublicKey,
  SYSVAR_RENT_PUBKEY,
  SystemProgram,
  TransactionInstruction,
  TransactionMessage,
  VersionedTransaction,
} from '@solana/web3.js';
import {
  ASSOCIATED_TOKEN_PROGRAM_ID,
  CHOIR_DECIMALS,
  configAddress,
  decodeConfig,
  initialize,
  TOKEN_PROGRAM_ID,
  tokenAccountAddress,
} from '#impl/adapters/solana/codec/index.ts';
import { createSolanaLedger } from '#impl/adapters/solana/ledger.ts';
import { createKeypairWallet } from '#impl/adapters/solana/wallet.ts';
import type { WalletId } from '#impl/ports/ids.ts';
import { fourWallets } from './ledger-grounds.ts';
import { expectValue, type LedgerEnvironment, type OpenedLedger } from './ledger-stage.ts';

const balance = 10_000n;
const minimumStake = 1_000n;
const mintBytes = 82;
const lamportsEach = 1_000_000_000;
const pollMs = 400;

interface Signer {
  readonly id: WalletId;
  readonly address: PublicKey;
  readonly key: KeyObject;
}

/** Deterministic, so that later runs can mint more: this is a test currency. */
function signerFrom(name: string): Signer {
  const seed = createHash('sha256').update(`choir validator ${name}`).digest();
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  const { id } = createKeypairWallet(seed);
  return { id, address: new PublicKey(id), key: createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }) };
}

// biome-ignore lint/style/noRestrictedGlobals: a validator lives in real time
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export function validatorEnvironment(url: string, run: string): LedgerEnvironment {
  const connection = new Connection(url, 'confirmed');
  const authority = signerFrom('authority');
  const mint = signerFrom('mint');
  let prepared: Promise<void> | null = null;
  let count = 0;
  return {
    open: async () => {
      prepared ??= prepareChain(connection, authority, mint);
      await prepared;
      const wallets = fourWallets(`${run} ${count++}`);
      await Promise.all(wallets.map(({ id }) => send(connection, authority, [], endow(authority, mint, id))));
      const another: OpenedLedger['another'] = (options = {}) => createSolanaLedger({ url, ...options });
      return {
        ledger: another(),
        another,
        wallets,
        balance,
        minimumStake,
        rpc: async (body) => {
          // biome-ignore lint/style/noRestrictedGlobals: the ground itself, not the code under test
          const response = await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
          return { status: response.status, text: await response.text() };
        },
        pass: sleep,
        close: async () => undefined,
      };
    },
  };
}

async function prepareChain(connection: Connection, authority: Signer, mint: Signer): Promise<void> {
  if ((await connection.getBalance(authority.address)) < 50 * lamportsEach) {
    await landed(connection, await connection.requestAirdrop(authority.address, 100 * lamportsEach));
  }
  if ((await connection.getAccountInfo(mint.address)) === null) {
    const lamports = await connection.getMinimumBalanceForRentExemption(mintBytes);
    const create = SystemProgram.createAccount({
      fromPubkey: authority.address,
      newAccountPubkey: mint.address,
      lamports,
      space: mintBytes,
      programId: TOKEN_PROGRAM_ID,
    });
    await send(connection, authority, [mint], [create, initializeMint(mint.address, authority.address)]);
  }
  const config = await connection.getAccountInfo(configAddress());
  if (config === null) {
    const terms = { minimumStake, specTimeToLiveS: 604_800 };
    await send(connection, authority, [], [initialize({ payer: authority.id, mint: mint.id, ...terms })]);
    return;
  }
  const configured = expectValue(decodeConfig({ owner: config.owner.toBase58(), data: config.data }));
  if (configured.mint !== mint.id || configured.minimumStake !== minimumStake) {
    throw new Error(`the program at ${connection.rpcEndpoint} is configured with mint ${configured.mint}, expected ${mint.id}`);
  }
}

/** https://docs.rs/spl-token/latest/spl_token/instruction/enum.TokenInstruction.html: InitializeMint is 0, MintTo is 7. */
function initializeMint(mint: PublicKey, authority: PublicKey): TransactionInstruction {
  const data = Buffer.concat([Buffer.from([0, CHOIR_DECIMALS]), authority.toBytes(), Buffer.alloc(33)]);
  const keys = [
    { pubkey: mint, isSigner: false, isWritable: true },
    { pubkey: SYSVAR_RENT_PUBKEY, isSigner: false, isWritable: false },
  ];
  return new TransactionInstruction({ programId: TOKEN_PROGRAM_ID, keys, data });
}

/** SOL, an associated token account (created only if it is missing) and CHOIR. */
function endow(authority: Signer, mint: Signer, wallet: WalletId): readonly TransactionInstruction[] {
  const owner = new PublicKey(wallet);
  const account = tokenAccountAddress(wallet, mint.id);
  const amount = Buffer.alloc(9);
  amount[0] = 7;
  amount.writeBigUInt64LE(balance, 1);
  const read = (pubkey: PublicKey) => ({ pubkey, isSigner: false, isWritable: false });
  const write = (pubkey: PublicKey) => ({ pubkey, isSigner: false, isWritable: true });
  const payer = { pubkey: authority.address, isSigner: true, isWritable: true };
  return [
    SystemProgram.transfer({ fromPubkey: authority.address, toPubkey: owner, lamports: lamportsEach }),
    new TransactionInstruction({
      programId: ASSOCIATED_TOKEN_PROGRAM_ID,
      keys: [payer, write(account), read(owner), read(mint.address), read(SystemProgram.programId), read(TOKEN_PROGRAM_ID)],
      data: Buffer.from([1]),
    }),
    new TransactionInstruction({
      programId: TOKEN_PROGRAM_ID,
      keys: [write(mint.address), write(account), { ...payer, isWritable: false }],
      data: amount,
    }),
  ];
}

async function send(
  connection: Connection,
  payer: Signer,
  others: readonly Signer[],
  instructions: readonly TransactionInstruction[],
): Promise<void> {
  const { blockhash } = await connection.getLatestBlockhash();
  const message = new TransactionMessage({
    payerKey: payer.address,
    recentBlockhash: blockhash,
    instructions: [...instructions],
  }).compileToLegacyMessage();
  const transaction = new VersionedTransaction(message);
  const bytes = message.serialize();
  for (const signer of [payer, ...others]) transaction.addSignature(signer.address, sign(null, bytes, signer.key));
  const signature = await connection.sendRawTransaction(transaction.serialize());
  await landed(connection, signature);
}

async function landed(connection: Connection, signature: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < 60_000; waitedMs += pollMs) {
    const { value } = await connection.getSignatureStatuses([signature]);
    const status = value[0] ?? null;
    if (status?.err) throw new Error(`set-up transaction failed: ${JSON.stringify(status.err)}`);
    if (status !== null && status.confirmationStatus !== 'processed') return;
    await sleep(pollMs);
  }
  throw new Error(`set-up transaction ${signature} was not confirmed within a minute`);
}
