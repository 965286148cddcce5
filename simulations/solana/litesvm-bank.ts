/**
 * A bank on LiteSVM: synchronous, one virtual machine a bank, with its own opinions (signatures, blockhashes, duplicates)
 * switched off, because the virtual ledger in front of it decides all of those.
 *
 * It drives the package's native class directly: the wrapper around it re-encodes every address and transaction through
 * JavaScript codecs, 0.2 ms a call where the virtual machine itself needs 0.02.
 */

import {
  Account,
  Clock,
  FailedTransactionMetadata,
  InstructionErrorBorshIo,
  InstructionErrorCustom,
  LiteSvm,
  TransactionErrorDuplicateInstruction,
  TransactionErrorInstructionError,
  TransactionErrorInsufficientFundsForRent,
  TransactionErrorProgramExecutionTemporarilyRestricted,
} from 'litesvm/dist/internal.js';
import type { Bank, BankAccount, BankProgram, BankResult } from './bank.ts';
import { addressBytes, addressText } from './base58.ts';
import {
  customErrorText,
  instructionErrorTextAt,
  instructionFailedText,
  rentFailedText,
  transactionErrorTextAt,
} from './runtime-errors.ts';

const noData = new Uint8Array(0);
const systemProgram = new Uint8Array(32);

/** The SPL Token program is part of LiteSVM's standard set. Takes about 7 ms. */
export function createLiteSvmBank(programs: readonly BankProgram[]): Bank {
  const svm = new LiteSvm();
  svm.setSigverify(false);
  svm.setBlockhashCheck(false);
  svm.setTransactionHistory(0n);
  for (const program of programs) svm.addProgram(addressBytes(program.address), program.elf);
  return {
    kind: 'litesvm',
    initialAccounts: null,
    execute: async (wire) => execute(svm, wire),
    accounts: async (addresses) => addresses.map((address) => readAccount(svm, address)),
    setAccount: async (address, account) => writeAccount(svm, address, account),
    setClock: async ({ slot, unixTimestampS }) => svm.setClock(new Clock(slot, unixTimestampS, 0n, 0n, unixTimestampS)),
    close: () => undefined,
  };
}

function execute(svm: LiteSvm, wire: Uint8Array): BankResult {
  const result = svm.sendVersionedTransaction(wire);
  const failed = result instanceof FailedTransactionMetadata;
  const meta = failed ? result.meta() : result;
  return {
    error: failed ? errorText(result) : null,
    logs: meta.logs(),
    computeUnits: Number(meta.computeUnitsConsumed()),
    returnData: meta.returnData().data(),
  };
}

function errorText(result: FailedTransactionMetadata): string {
  const error = result.err();
  if (typeof error === 'number') return transactionErrorTextAt(error);
  if (error instanceof TransactionErrorInstructionError) {
    const cause = error.err();
    if (typeof cause === 'number') return instructionFailedText(error.index, instructionErrorTextAt(cause));
    if (cause instanceof InstructionErrorCustom) return instructionFailedText(error.index, customErrorText(cause.code));
    if (cause instanceof InstructionErrorBorshIo) {
      return instructionFailedText(error.index, 'Failed to serialize or deserialize account data');
    }
  }
  if (error instanceof TransactionErrorInsufficientFundsForRent) return rentFailedText(error.accountIndex);
  if (error instanceof TransactionErrorDuplicateInstruction) {
    return `Transaction contains a duplicate instruction (${error.index}) that is not allowed`;
  }
  if (error instanceof TransactionErrorProgramExecutionTemporarilyRestricted) {
    return `Execution of the program referenced by account at index ${error.accountIndex} is temporarily restricted.`;
  }
  throw new Error(`LiteSVM reported an error of an unknown shape: ${String(error)}`);
}

function readAccount(svm: LiteSvm, address: string): BankAccount | null {
  const account = svm.getAccount(addressBytes(address));
  if (account === null || account.lamports() === 0n) return null;
  return {
    lamports: account.lamports(),
    owner: addressText(account.owner()),
    data: account.data(),
    executable: account.executable(),
  };
}

function writeAccount(svm: LiteSvm, address: string, account: BankAccount | null): void {
  const native =
    account === null
      ? new Account(0n, noData, systemProgram, false, 0n)
      : new Account(account.lamports, account.data, addressBytes(account.owner), account.executable, 0n);
  svm.setAccount(addressBytes(address), native);
}
