/**
 * Tokens: after every commit wallets + escrows + vaults + treasury is what it was at the start, nothing is negative, and no wallet
 * has less unless it signed. Judged from balances read from the ledger; a look is judged likewise. What each movement should be is
 * for the witness.
 */
import { shown } from '#model/difference.ts';
import type { LedgerObservation } from '#model/observation.ts';
import type { History, Landing } from './history.ts';
import { holds, type Verdict, type Violated, violated } from './verdict.ts';

const sum = (amounts: Iterable<bigint>): bigint => {
  let total = 0n;
  for (const amount of amounts) total += amount;
  return total;
};

export function judgeTokens({ setup, landings, looks }: History): Verdict {
  const supply = sum(setup.wallets.map(([, balance]) => balance));
  const books: Books = { wallets: new Map(setup.wallets), vaults: new Map(), held: supply, vaulted: 0n };
  for (const landing of landings ?? []) {
    const wrong = enter(books, landing, supply);
    if (wrong !== null) return wrong;
  }
  for (const { at, observation } of looks) {
    const wrong = observation.ledger === null ? null : judgeLook(observation.ledger, at, supply);
    if (wrong !== null) return wrong;
  }
  return holds((landings?.length ?? 0) + looks.length);
}

interface Books {
  readonly wallets: Map<string, bigint>;
  readonly vaults: Map<string, bigint>;
  /** Over all wallets. */
  held: bigint;
  /** Over all vaults. */
  vaulted: bigint;
}

function enter(books: Books, { at, instruction, signer, outcome, tokens }: Landing, supply: bigint): Violated | null {
  const what = `${instruction.kind} of ${instruction.thread} by ${signer} at step ${at}`;
  for (const [wallet, balance] of tokens.wallets) {
    const before = books.wallets.get(wallet) ?? 0n;
    if (balance < 0n) return violated('OR17', at, `${what} left ${wallet} with ${balance}`);
    if (balance < before && wallet !== signer)
      return violated('OR18', at, `${what} took ${before - balance} from ${wallet}, who did not sign`);
    books.wallets.set(wallet, balance);
    books.held += balance - before;
  }
  if (outcome.kind === 'committed') {
    const { thread, vault } = outcome.view;
    books.vaulted += vault - (books.vaults.get(thread) ?? 0n);
    books.vaults.set(thread, vault);
  }
  const total = books.held + books.vaulted + tokens.treasury + tokens.escrowed;
  if (total === supply) return null;
  const change = total > supply ? `made ${total - supply} out of nothing` : `destroyed ${supply - total}`;
  return violated('OR17', at, `${what} ${change}: ${supply} before, ${total} after`);
}

function judgeLook({ wallets, threads, treasury, escrowed }: LedgerObservation, at: number, supply: bigint): Violated | null {
  const total = sum(wallets.map(([, balance]) => balance)) + sum(threads.map(({ vault }) => vault)) + treasury + escrowed;
  if (total !== supply)
    return violated('OR17', at, `step ${at}: all tokens are ${shown(total)}, and were ${shown(supply)} at the start`);
  const stakes = sum(threads.flatMap(({ openSpecs }) => openSpecs.map(({ stake }) => stake)));
  if (stakes === escrowed) return null;
  return violated('OR17', at, `step ${at}: ${escrowed} in escrow for open specs that staked ${stakes}`);
}
