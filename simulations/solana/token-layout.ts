/**
 * SPL Token accounts as bytes, so that a world can begin with mints and balances that no transaction made.
 * Layout: https://docs.rs/spl-token/latest/spl_token/state/index.html (82 and 165 bytes).
 */
import bs58 from 'bs58';
import { CHOIR_DECIMALS, TOKEN_PROGRAM_ID } from '#impl/adapters/solana/codec/index.ts';
import type { BankAccount } from './bank.ts';

export const TOKEN_PROGRAM: string = TOKEN_PROGRAM_ID.toBase58();

const MINT_BYTES = 82;
const TOKEN_ACCOUNT_BYTES = 165;
const AMOUNT_OFFSET = 64;

/** Lamports that make an account of this many bytes exempt from rent: 2 years at 3,480 lamports a byte-year, 128 bytes of overhead. */
export const rentExemptLamports = (bytes: number): bigint => BigInt((128 + bytes) * 6960);

/** The CHOIR mint: 9 decimals, no freeze authority. Amounts in base units. */
export function mintAccount(authority: string, supply: bigint): BankAccount {
  const data = Buffer.alloc(MINT_BYTES);
  data.writeUInt32LE(1, 0);
  data.set(bs58.decode(authority), 4);
  data.writeBigUInt64LE(supply, 36);
  data[44] = CHOIR_DECIMALS;
  data[45] = 1;
  return { lamports: rentExemptLamports(MINT_BYTES), owner: TOKEN_PROGRAM, data: new Uint8Array(data), executable: false };
}

/** An initialized token account without delegate or close authority. */
export function tokenAccount(mint: string, owner: string, amount: bigint): BankAccount {
  const data = Buffer.alloc(TOKEN_ACCOUNT_BYTES);
  data.set(bs58.decode(mint), 0);
  data.set(bs58.decode(owner), 32);
  data.writeBigUInt64LE(amount, AMOUNT_OFFSET);
  data[108] = 1;
  return {
    lamports: rentExemptLamports(TOKEN_ACCOUNT_BYTES),
    owner: TOKEN_PROGRAM,
    data: new Uint8Array(data),
    executable: false,
  };
}

const isTokenAccount = (account: BankAccount): boolean =>
  account.owner === TOKEN_PROGRAM && account.data.length === TOKEN_ACCOUNT_BYTES;

/** Tokens in an account of that mint, base units; 0 for every other kind of account. */
export function tokensIn(account: BankAccount | null, mint: string): bigint {
  if (account === null || !isTokenAccount(account)) return 0n;
  if (bs58.encode(account.data.subarray(0, 32)) !== mint) return 0n;
  return Buffer.from(account.data).readBigUInt64LE(AMOUNT_OFFSET);
}

/** The same account with `change` tokens more (or, negative, fewer). */
export function withTokensAdded(account: BankAccount, change: bigint): BankAccount {
  const data = Buffer.from(account.data);
  data.writeBigUInt64LE(data.readBigUInt64LE(AMOUNT_OFFSET) + change, AMOUNT_OFFSET);
  return { ...account, data: new Uint8Array(data) };
}
