/**
 * Where CHOIR is: wallets, escrows (stakes of open specs), vaults, treasury. Nothing here creates or destroys any; every
 * movement is a `debit` here and a `credit` there, in base units.
 */
import { withEntry } from '../collections.ts';
import type { SolanaState } from './state.ts';

type Wallets = SolanaState['wallets'];

export function balanceOf(state: SolanaState, wallet: string): bigint {
  return state.wallets.get(wallet) ?? 0n;
}

/** Gives back the same wallets when there is nothing to pay, so that nobody gets an account of zero. */
export function credit(wallets: Wallets, wallet: string, amount: bigint): Wallets {
  return amount === 0n ? wallets : withEntry(wallets, wallet, (wallets.get(wallet) ?? 0n) + amount);
}

/** The caller has checked that the wallet holds that much. */
export function debit(wallets: Wallets, wallet: string, amount: bigint): Wallets {
  return credit(wallets, wallet, -amount);
}

/** Stakes of open specs, over all threads. */
export function escrowed(state: SolanaState): bigint {
  let sum = 0n;
  for (const thread of state.threads.values()) for (const spec of thread.now.openSpecs) sum += spec.stake;
  return sum;
}

/** All CHOIR there is: wallets + escrows + vaults + treasury. */
export function supply(state: SolanaState): bigint {
  let sum = state.treasury + escrowed(state);
  for (const balance of state.wallets.values()) sum += balance;
  for (const thread of state.threads.values()) sum += thread.now.vault;
  return sum;
}
