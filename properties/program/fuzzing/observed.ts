/** One transaction, seen from outside: what the judges look at. */
import { PROGRAM_ID } from '#impl/adapters/solana/codec/index.ts';
import type { Reply } from '#impl/ports/outcome.ts';
import type { BankAccount } from '#simulations/solana/bank.ts';
import type { Sent } from '../stage.ts';

/** Accounts are those of the transaction's instructions (without the fee payer) and the world's token accounts. */
export interface Observed {
  readonly sent: Sent;
  readonly instructionCount: number;
  readonly signers: ReadonlySet<string>;
  readonly before: ReadonlyMap<string, BankAccount | null>;
  readonly after: ReadonlyMap<string, BankAccount | null>;
  readonly mint: string;
  /** Unix seconds. */
  readonly nowS: number;
}

export const programId: string = PROGRAM_ID.toBase58();

const isSame = (a: BankAccount | null, b: BankAccount | null): boolean => {
  if (a === null || b === null) return a === b;
  return a.lamports === b.lamports && a.owner === b.owner && Buffer.from(a.data).equals(Buffer.from(b.data));
};

export function changedAddresses({ before, after }: Observed): readonly string[] {
  return [...before.keys()].filter((address) => !isSame(before.get(address) ?? null, after.get(address) ?? null));
}

/** What the account holds, or null when it is absent or of another kind. */
export function decoded<T>(account: BankAccount | null | undefined, decode: (account: BankAccount) => Reply<T>): T | null {
  const reply = account === null || account === undefined ? null : decode(account);
  return reply?.ok === true ? reply.value : null;
}
