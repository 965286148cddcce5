/** RPC methods that read slots, blockhashes and accounts. https://solana.com/docs/rpc/http */
import { createHash } from 'node:crypto';
import bs58 from 'bs58';
import { z } from 'zod';
import type { BankAccount } from './bank.ts';
import { invalidParams, RPC_CODE, RpcError } from './rpc-error.ts';
import { API_VERSION, inContext, type RpcNode, readSlot } from './rpc-node.ts';
import {
  type AccountOptions,
  accountOptions,
  address,
  blockhash,
  commitment,
  context,
  decodeBytes,
  MAX_MULTIPLE_ACCOUNTS,
  positional,
  text,
} from './rpc-params.ts';
import { BLOCKHASH_LIFE_SLOTS } from './slots.ts';
import { rentExemptLamports, TOKEN_PROGRAM } from './token-layout.ts';
import { LAMPORTS_PER_SIGNATURE } from './virtual-ledger.ts';
import { isMalformed, parseWire } from './wire.ts';

export type Params = readonly unknown[];

export const getVersion = (_node: RpcNode, params: Params): unknown => {
  positional(params);
  return { 'solana-core': API_VERSION, 'feature-set': 0 };
};

export const getHealth = (_node: RpcNode, params: Params): unknown => {
  positional(params);
  return 'ok';
};

export const getGenesisHash = ({ ledger }: RpcNode, params: Params): unknown => {
  positional(params);
  return bs58.encode(createHash('sha256').update(`genesis ${ledger.seed}`).digest());
};

export const getSlot = (node: RpcNode, params: Params): unknown => {
  const [options] = positional(params, context);
  return readSlot(node, options);
};

/** Slots of an epoch on mainnet. */
const SLOTS_IN_EPOCH = 432_000;

export const getEpochInfo = (node: RpcNode, params: Params): unknown => {
  const [options] = positional(params, context);
  const slot = readSlot(node, options);
  return {
    absoluteSlot: slot,
    // Every slot has a block.
    blockHeight: slot,
    epoch: Math.floor(slot / SLOTS_IN_EPOCH),
    slotIndex: slot % SLOTS_IN_EPOCH,
    slotsInEpoch: SLOTS_IN_EPOCH,
  };
};

export const getLatestBlockhash = (node: RpcNode, params: Params): unknown => {
  const [options] = positional(params, context);
  const slot = readSlot(node, options);
  return inContext(slot, { blockhash: node.ledger.blockhash(slot), lastValidBlockHeight: slot + BLOCKHASH_LIFE_SLOTS });
};

export const isBlockhashValid = (node: RpcNode, params: Params): unknown => {
  const [hash, options] = positional(params, blockhash, context);
  const slot = readSlot(node, options);
  return inContext(slot, node.ledger.blockhashSlot(bs58.decode(hash), slot) !== null);
};

export const getFeeForMessage = (node: RpcNode, params: Params): unknown => {
  const [encoded, options] = positional(params, text, context);
  const message = decodeBytes(encoded, 'base64');
  const versioned = ((message[0] ?? 0) & 0x80) !== 0;
  const signers = message[versioned ? 1 : 0] ?? 0;
  if (signers === 0 || signers > 127) throw invalidParams('the message has no signer');
  // A message is judged as the transaction that it would become.
  const wire = parseWire(Buffer.concat([Buffer.from([signers]), Buffer.alloc(64 * signers), message]));
  if (isMalformed(wire)) throw invalidParams(wire.detail);
  const slot = readSlot(node, options);
  const valid = node.ledger.blockhashSlot(wire.blockhash, slot) !== null;
  return inContext(slot, valid ? LAMPORTS_PER_SIGNATURE * signers : null);
};

function accountJson(account: BankAccount | null, { encoding, dataSlice }: AccountOptions): unknown {
  if (account === null) return null;
  const { data } = account;
  const part = dataSlice ? data.subarray(dataSlice.offset, dataSlice.offset + dataSlice.length) : data;
  if (encoding !== 'base64' && part.length > 128) {
    const message = 'Encoded binary (base 58) data should be less than 128 bytes, please use Base64 encoding.';
    throw new RpcError(RPC_CODE.invalidRequest, message);
  }
  return {
    lamports: Number(account.lamports),
    owner: account.owner,
    executable: account.executable,
    // What nodes answer for accounts exempt from rent; a number no double holds exactly.
    rentEpoch: 18_446_744_073_709_552_000,
    space: data.length,
    data: encodedData(part, encoding),
  };
}

function encodedData(part: Uint8Array, encoding: AccountOptions['encoding']): unknown {
  switch (encoding) {
    case 'base64':
      return [Buffer.from(part.buffer, part.byteOffset, part.length).toString('base64'), 'base64'];
    case 'base58':
      return [bs58.encode(part), 'base58'];
    case undefined:
      return bs58.encode(part);
  }
}

export const getAccountInfo = async (node: RpcNode, params: Params): Promise<unknown> => {
  const [key, options = {}] = positional(params, address, accountOptions);
  const slot = readSlot(node, options);
  const [account] = await node.ledger.accounts([key], slot);
  return inContext(slot, accountJson(account ?? null, options));
};

const manyAddresses = z
  .array(address)
  .max(MAX_MULTIPLE_ACCOUNTS, { error: `Too many inputs provided; max ${MAX_MULTIPLE_ACCOUNTS}` });

export const getMultipleAccounts = async (node: RpcNode, params: Params): Promise<unknown> => {
  const [addresses, given] = positional(params, manyAddresses, accountOptions);
  const options: AccountOptions = { ...given, encoding: given?.encoding ?? 'base64' };
  const slot = readSlot(node, options);
  const accounts = await node.ledger.accounts(addresses, slot);
  return inContext(
    slot,
    accounts.map((account) => accountJson(account, options)),
  );
};

export const getBalance = async (node: RpcNode, params: Params): Promise<unknown> => {
  const [key, options] = positional(params, address, context);
  const slot = readSlot(node, options);
  const [account] = await node.ledger.accounts([key], slot);
  return inContext(slot, Number(account?.lamports ?? 0n));
};

export const getTokenAccountBalance = async (node: RpcNode, params: Params): Promise<unknown> => {
  const [key, options] = positional(params, address, context);
  const slot = readSlot(node, options);
  const [account] = await node.ledger.accounts([key], slot);
  if (account === null || account === undefined) throw invalidParam('could not find account');
  if (account.owner !== TOKEN_PROGRAM || account.data.length !== 165) throw invalidParam('not a Token account');
  const [mint] = await node.ledger.accounts([bs58.encode(account.data.subarray(0, 32))], slot);
  if (mint === null || mint === undefined) throw invalidParam('could not find mint');
  const decimals = mint.data[44] ?? 0;
  const amount = Buffer.from(account.data).readBigUInt64LE(64);
  const uiAmount = Number(amount) / 10 ** decimals;
  return inContext(slot, { amount: String(amount), decimals, uiAmount, uiAmountString: decimalText(amount, decimals) });
};

const invalidParam = (detail: string): RpcError => new RpcError(RPC_CODE.invalidParams, `Invalid param: ${detail}`);

function decimalText(amount: bigint, decimals: number): string {
  const digits = String(amount).padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, '');
  return fraction === '' ? whole : `${whole}.${fraction}`;
}

const dataLength = z.int().nonnegative().max(10_485_760);
const onlyCommitment = z.object({ commitment: commitment.optional() }).optional();

export const getMinimumBalanceForRentExemption = (_node: RpcNode, params: Params): unknown => {
  const [bytes] = positional(params, dataLength, onlyCommitment);
  return Number(rentExemptLamports(bytes));
};
