/**
 * Makes a bank with the Choir program in it. Programs must be there from the start (bankrun loads none later), so this is the one
 * place that reads the built program.
 */
import { readFileSync } from 'node:fs';
import { PROGRAM_ID } from '#impl/adapters/solana/codec/index.ts';
import type { Bank, BankProgram } from './bank.ts';
import { createBankrunBank } from './bankrun-bank.ts';
import { createLiteSvmBank } from './litesvm-bank.ts';

const programFile = new URL('../../impl/program/choir.so', import.meta.url);

let sharedBankrun: Promise<Bank> | null = null;

/** The committed build of `impl/program`. Throws when it is missing. */
export function choirProgram(): BankProgram {
  return { address: PROGRAM_ID.toBase58(), elf: readFileSync(programFile) };
}

/**
 * A bank with Choir and SPL Token loaded. LiteSVM: a fresh one a call. bankrun: the same one for every call in this process,
 * because each context costs memory that is never given back; keep worlds apart by fresh keys.
 */
export function createBank(kind: Bank['kind']): Promise<Bank> {
  switch (kind) {
    case 'litesvm':
      return Promise.resolve(createLiteSvmBank([choirProgram()]));
    case 'bankrun':
      sharedBankrun ??= createBankrunBank([choirProgram()]);
      return sharedBankrun;
  }
}
