/**
 * Reads a wire transaction (legacy or v0) as far as a ledger must: signatures, the signed bytes, accounts with their roles,
 * the blockhash. Refuses by name whatever a node would not take in. Left out: what the instructions mean.
 * Format: https://solana.com/docs/core/transactions
 */
import { addressText } from './base58.ts';

/** Largest packet a node accepts. */
export const MAX_TRANSACTION_BYTES = 1232;

export interface WireInstruction {
  /** Index into the accounts. */
  readonly program: number;
  readonly accounts: Uint8Array;
  readonly data: Uint8Array;
}

export interface WireTransaction {
  readonly bytes: Uint8Array;
  /** One per required signer, in the order of the accounts. */
  readonly signatures: readonly Uint8Array[];
  /** The bytes that are signed. */
  readonly message: Uint8Array;
  readonly version: 'legacy' | 0;
  /** Of the message: required signatures, and how many of the signed and of the other accounts are read-only. */
  readonly header: { readonly required: number; readonly readonlySigned: number; readonly readonlyUnsigned: number };
  /** Base58; the first `signatures.length` sign, the very first pays the fee. */
  readonly accounts: readonly string[];
  readonly instructions: readonly WireInstruction[];
  /** Where the blockhash begins in `bytes`. */
  readonly blockhashOffset: number;
  readonly blockhash: Uint8Array;
}

export interface Malformed {
  readonly code: 'TransactionTooLarge' | 'TransactionMalformed' | 'LookupTablesUnsupported';
  readonly detail: string;
}

/** Thrown inside this file only. */
class WireError extends Error {
  readonly code: Malformed['code'];
  constructor(code: Malformed['code'], detail: string) {
    super(detail);
    this.code = code;
  }
}

const malformed = (detail: string): never => {
  throw new WireError('TransactionMalformed', detail);
};

/** A cursor over bytes that refuses to run past the end. */
class Reader {
  offset = 0;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  byte(what: string): number {
    const value = this.bytes[this.offset];
    if (value === undefined) return malformed(`the bytes end within the ${what}`);
    this.offset += 1;
    return value;
  }

  take(count: number, what: string): Uint8Array {
    if (this.offset + count > this.bytes.length) return malformed(`the bytes end within the ${what}`);
    this.offset += count;
    return this.bytes.subarray(this.offset - count, this.offset);
  }

  /** Solana's compact u16: seven bits a byte, at most three bytes, shortest form only. */
  length(what: string): number {
    let value = 0;
    for (let shift = 0; shift < 21; shift += 7) {
      const byte = this.byte(`${what} count`);
      value |= (byte & 0x7f) << shift;
      if ((byte & 0x80) !== 0) continue;
      if (value > 0xffff || (byte === 0 && shift > 0)) return malformed(`the ${what} count is not a shortest compact u16`);
      return value;
    }
    return malformed(`the ${what} count is longer than three bytes`);
  }
}

export function parseWire(bytes: Uint8Array): WireTransaction | Malformed {
  if (bytes.length > MAX_TRANSACTION_BYTES) {
    const detail = `a transaction has at most ${MAX_TRANSACTION_BYTES} bytes, got ${bytes.length}`;
    return { code: 'TransactionTooLarge', detail };
  }
  try {
    return parse(bytes);
  } catch (error) {
    if (error instanceof WireError) return { code: error.code, detail: error.message };
    throw error;
  }
}

export const isMalformed = (parsed: WireTransaction | Malformed): parsed is Malformed => 'code' in parsed;

function parse(bytes: Uint8Array): WireTransaction {
  const reader = new Reader(bytes);
  const signatureCount = reader.length('signature');
  const signatures = Array.from({ length: signatureCount }, () => reader.take(64, 'signatures'));
  const messageStart = reader.offset;
  const versioned = ((bytes[messageStart] ?? 0) & 0x80) !== 0;
  if (versioned && reader.byte('version') !== 0x80) return malformed('the message is neither legacy nor version 0');
  const required = reader.byte('header');
  const readonlySigned = reader.byte('header');
  const readonlyUnsigned = reader.byte('header');
  const accountCount = reader.length('account');
  const accounts = Array.from({ length: accountCount }, () => addressText(reader.take(32, 'accounts')));
  if (required === 0 || readonlySigned >= required || required + readonlyUnsigned > accountCount) {
    return malformed(`the header (${required}, ${readonlySigned}, ${readonlyUnsigned}) does not fit ${accountCount} accounts`);
  }
  if (signatureCount !== required) return malformed(`expected ${required} signatures, got ${signatureCount}`);
  if (new Set(accounts).size !== accountCount) return malformed('an account occurs twice');
  const blockhashOffset = reader.offset;
  const blockhash = reader.take(32, 'blockhash');
  const instructions = readInstructions(reader, accountCount);
  if (versioned && reader.length('lookup table') > 0) {
    throw new WireError('LookupTablesUnsupported', 'address lookup tables are not supported: list every account in the message');
  }
  if (reader.offset !== bytes.length) return malformed(`${bytes.length - reader.offset} bytes follow the transaction`);
  return {
    bytes,
    signatures,
    message: bytes.subarray(messageStart),
    version: versioned ? 0 : 'legacy',
    header: { required, readonlySigned, readonlyUnsigned },
    accounts,
    instructions,
    blockhashOffset,
    blockhash,
  };
}

function readInstructions(reader: Reader, accountCount: number): readonly WireInstruction[] {
  return Array.from({ length: reader.length('instruction') }, (_, index) => {
    const program = reader.byte('program index');
    if (program === 0 || program >= accountCount) malformed(`instruction ${index} names program account ${program}`);
    const accounts = reader.take(reader.length('instruction account'), 'instruction accounts');
    if (accounts.some((account) => account >= accountCount)) malformed(`instruction ${index} uses an account that is not listed`);
    return { program, accounts, data: reader.take(reader.length('instruction data'), 'instruction data') };
  });
}

/** The accounts that the transaction may write, base58. */
export function writableAccounts({ header, accounts }: WireTransaction): readonly string[] {
  const { required, readonlySigned, readonlyUnsigned } = header;
  return accounts.filter((_, index) =>
    index < required ? index < required - readonlySigned : index < accounts.length - readonlyUnsigned,
  );
}

/** Where the blockhash begins in a wire transaction that `parseWire` accepted before. */
export function blockhashOffset(wire: Uint8Array): number {
  const reader = new Reader(wire);
  reader.take(64 * reader.length('signature'), 'signatures');
  if (((wire[reader.offset] ?? 0) & 0x80) !== 0) reader.take(1, 'version');
  reader.take(3, 'header');
  reader.take(32 * reader.length('account'), 'accounts');
  return reader.offset;
}
