/**
 * One world's Solana: decides what the bank under it does not. Time and slots, blockhashes and their expiry, repeated
 * transactions, commitment, forks, and the log that histories are read from. The bank only executes.
 *
 *   submit -> [signatures] -> [blockhash] -> [repeated?] -> execute -> processed -> (2 slots) confirmed -> (32 slots) finalized
 *             ^                                           |
 *             +---------------- forkOut <-----------------+
 *
 * A transaction lands in the slot of the moment it is submitted: there is no queue; delay and loss are the gateway's faults.
 * Left out: rewards, rent collection, vote traffic, blocks without transactions, balances in transaction metadata.
 */

import bs58 from 'bs58';
import type { BankAccount, BankResult } from './bank.ts';
import { type Endowment, type Genesis, MINT, SHARED_ACCOUNTS } from './genesis.ts';
import { accountBefore, type JournalEntry, type PreImage, withoutShared } from './journal.ts';
import { landsAsFailed, type TransactionErrorJson, transactionErrorJson } from './runtime-errors.ts';
import type { Moment } from './shared-bank.ts';
import { forgedSigner } from './signatures.ts';
import { BLOCKHASH_LIFE_SLOTS, Blockhashes, bankSlot, FINALIZED_AFTER_SLOTS, slotAtTime } from './slots.ts';
import { tokensIn } from './token-layout.ts';
import { type WireTransaction, writableAccounts } from './wire.ts';

export const LAMPORTS_PER_SIGNATURE = 5_000;
/** How far behind the newest block a node may answer from, slots. */
export const MAX_LAG_SLOTS = 32;

export interface LedgerOptions {
  readonly genesis: Genesis;
  /** Names the world; its blockhashes follow from it. */
  readonly seed: string;
  /** Virtual milliseconds since the Unix epoch; must never go back. */
  readonly nowMs: () => number;
}

/** A transaction in a block. */
export interface LandedTransaction {
  readonly signature: string;
  readonly slot: number;
  /** Unix seconds. */
  readonly blockTimeS: number;
  readonly wire: WireTransaction;
  /** null when it succeeded; else it paid its fee and changed nothing more. */
  readonly error: TransactionErrorJson | null;
  readonly logs: readonly string[];
  readonly computeUnits: number;
  readonly returnData: Uint8Array;
  readonly feeLamports: number;
}

/** Not in any block: nothing was changed and no fee was paid. `error` is the runtime's reason, e.g. `BlockhashNotFound`. */
export interface NotLanded {
  readonly kind: 'notLanded';
  readonly error: TransactionErrorJson;
}

export type SubmitResult = { readonly kind: 'landed'; readonly transaction: LandedTransaction } | NotLanded;

export interface Simulated {
  readonly error: TransactionErrorJson | null;
  /** The same as the runtime puts it. */
  readonly errorText: string | null;
  readonly logs: readonly string[];
  readonly computeUnits: number;
  readonly returnData: Uint8Array;
}

interface Entry extends JournalEntry {
  readonly transaction: LandedTransaction;
}

const rejected = (error: TransactionErrorJson): NotLanded => ({ kind: 'notLanded', error });

export class VirtualLedger {
  readonly seed: string;
  private readonly genesis: Genesis;
  private readonly nowMs: () => number;
  private readonly genesisMs: number;
  /** Oldest first. */
  private readonly landed: LandedTransaction[] = [];
  private readonly bySignature = new Map<string, LandedTransaction>();
  /** Pre-images of recent transactions, oldest first; a suffix of `landed`. */
  private journal: Entry[] = [];
  private readonly touched = new Set<string>();
  private readonly blockhashes: Blockhashes;
  private treasury = 0n;
  private closed = false;

  constructor({ genesis, seed, nowMs }: LedgerOptions) {
    this.genesis = genesis;
    this.seed = seed;
    this.blockhashes = new Blockhashes(seed);
    this.nowMs = nowMs;
    this.genesisMs = nowMs();
  }

  /** The newest slot. */
  tip(): number {
    return slotAtTime(this.nowMs(), this.genesisMs);
  }

  /** CHOIR this world's transactions have moved into the treasury, base units; forks taken back. */
  treasuryGain(): bigint {
    return this.treasury;
  }

  /** Creates or overwrites wallets and their token accounts, without a transaction. */
  async fundWallets(endowments: readonly Endowment[]): Promise<void> {
    await this.exclusive(async () => {
      for (const address of await this.genesis.endow(endowments)) this.touched.add(address);
    });
  }

  /** The slot a blockhash was issued for while it still serves transactions of `slot`, else null. */
  blockhashSlot(blockhash: Uint8Array, slot: number): number | null {
    const issued = this.blockhashes.slotOf(blockhash);
    return issued !== null && issued <= slot && slot <= issued + BLOCKHASH_LIFE_SLOTS ? issued : null;
  }

  /** Why a transaction cannot land in `slot` whatever it does: its blockhash, or because it landed before. */
  refusal(wire: WireTransaction, slot: number): 'BlockhashNotFound' | 'AlreadyProcessed' | null {
    if (this.blockhashSlot(wire.blockhash, slot) === null) return 'BlockhashNotFound';
    return this.transaction(signatureOf(wire), slot) === null ? null : 'AlreadyProcessed';
  }

  blockhash(slot: number): string {
    return bs58.encode(this.blockhashes.at(slot));
  }

  /** Lands the transaction now, or says why not. The same bytes land at most once, whatever happens in between but a fork. */
  submit(transaction: WireTransaction): Promise<SubmitResult> {
    return this.exclusive(() => this.land(transaction));
  }

  /** What executing it now would do, without doing it. Looks neither at signatures nor at blockhash nor for repetitions. */
  simulate(transaction: WireTransaction): Promise<Simulated> {
    return this.exclusive(async () => {
      const writable = writableAccounts(transaction);
      const before = await this.genesis.bank.accounts(writable);
      await this.genesis.bank.setClock(this.moment());
      const result = await this.genesis.bank.execute(transaction.bytes, writable);
      for (const [index, address] of writable.entries()) await this.genesis.bank.setAccount(address, before[index] ?? null);
      const error = result.error === null ? null : transactionErrorJson(result.error);
      return {
        error,
        errorText: result.error,
        logs: result.logs,
        computeUnits: result.computeUnits,
        returnData: result.returnData,
      };
    });
  }

  /** Accounts as they were at the end of `slot` (at most `MAX_LAG_SLOTS` behind the finalized one), all from that one state. */
  accounts(addresses: readonly string[], slot: number): Promise<readonly (BankAccount | null)[]> {
    return this.exclusive(async () => {
      const later = this.journal.filter((entry) => entry.slot > slot);
      if (later.length === 0) return this.genesis.bank.accounts(addresses);
      const now = (address: string) => () => this.genesis.bank.account(address);
      const states: (BankAccount | null)[] = [];
      for (const address of addresses) states.push(await accountBefore(address, later, now(address)));
      return states;
    });
  }

  /** A landed transaction by its first signature, as seen by a node whose newest block is `slot`. */
  transaction(signature: string, slot: number): LandedTransaction | null {
    const found = this.bySignature.get(signature);
    return found !== undefined && found.slot <= slot ? found : null;
  }

  /** Landed transactions up to `slot`, newest first. */
  *history(slot: number): Generator<LandedTransaction> {
    for (let index = this.landed.length - 1; index >= 0; index--) {
      const transaction = this.landed[index];
      if (transaction !== undefined && transaction.slot <= slot) yield transaction;
    }
  }

  /**
   * Takes the newest `count` transactions that are not confirmed yet out of the chain, as a fork does: accounts, statuses and the
   * memory of their signatures. Answers the signatures that went, newest first; the same bytes can land again.
   */
  forkOut(count: number): Promise<readonly string[]> {
    return this.exclusive(async () => {
      const confirmed = bankSlot(this.tip(), 'confirmed');
      const gone: string[] = [];
      while (gone.length < count) {
        const entry = this.journal.at(-1);
        if (entry === undefined || entry.slot <= confirmed) break;
        await this.revert(entry);
        gone.push(entry.transaction.signature);
      }
      return gone;
    });
  }

  /** Takes everything this world put on the bank away again. */
  async close(): Promise<void> {
    if (this.closed) return;
    await this.exclusive(() => this.genesis.remove(this.touched));
    this.closed = true;
    this.touched.clear();
    this.landed.length = 0;
    this.bySignature.clear();
    this.journal = [];
  }

  private exclusive<T>(work: () => Promise<T>): Promise<T> {
    if (this.closed) throw new Error('this world is closed');
    return this.genesis.bank.exclusive(work);
  }

  private moment(): Moment {
    return { slot: this.tip(), unixTimestampS: Math.floor(this.nowMs() / 1000) };
  }

  private async land(wire: WireTransaction): Promise<SubmitResult> {
    const { bank } = this.genesis;
    const moment = this.moment();
    const writable = writableAccounts(wire);
    // Under way while signatures are verified, which takes about as long.
    const reading = bank.accountsToWrite(writable);
    const setting = bank.setClock(moment);
    const refused = forgedSigner(wire) === null ? this.refusal(wire, this.tip()) : 'SignatureFailure';
    const [before] = await Promise.all([reading, setting]);
    if (refused !== null) return rejected(refused);
    const result = await bank.execute(wire.bytes, writable);
    if (result.error !== null && !landsAsFailed(result.error)) return rejected(transactionErrorJson(result.error));
    const transaction = landedTransaction(wire, result, moment);
    this.landed.push(transaction);
    this.bySignature.set(transaction.signature, transaction);
    await this.record(transaction, writable, before);
    return { kind: 'landed', transaction };
  }

  private async record(
    transaction: LandedTransaction,
    writable: readonly string[],
    before: readonly (BankAccount | null)[],
  ): Promise<void> {
    const images = new Map<string, PreImage>();
    for (const [index, address] of writable.entries()) {
      const old = before[index] ?? null;
      this.touched.add(address);
      images.set(address, SHARED_ACCOUNTS.has(address) ? await this.sharedImage(address, old) : { kind: 'own', before: old });
    }
    const keptFrom = transaction.slot - FINALIZED_AFTER_SLOTS - MAX_LAG_SLOTS;
    while ((this.journal[0]?.slot ?? keptFrom) < keptFrom) this.journal.shift();
    this.journal.push({ slot: transaction.slot, images, transaction });
  }

  private async sharedImage(address: string, old: BankAccount | null): Promise<PreImage> {
    const now = await this.genesis.bank.account(address);
    const tokens = tokensIn(now, MINT) - tokensIn(old, MINT);
    this.treasury += tokens;
    return { kind: 'shared', lamports: (now?.lamports ?? 0n) - (old?.lamports ?? 0n), tokens };
  }

  private async revert(entry: Entry): Promise<void> {
    const { bank } = this.genesis;
    for (const [address, image] of entry.images) {
      if (image.kind === 'own') await bank.setAccount(address, image.before);
      else if (image.lamports !== 0n || image.tokens !== 0n) {
        await bank.setAccount(address, withoutShared(await bank.account(address), image));
        this.treasury -= image.tokens;
      }
    }
    this.journal.pop();
    this.landed.pop();
    this.bySignature.delete(entry.transaction.signature);
  }
}

/** The transaction's name: its first signature, base58. */
export const signatureOf = (wire: WireTransaction): string => bs58.encode(wire.signatures[0] ?? new Uint8Array(64));

function landedTransaction(wire: WireTransaction, result: BankResult, moment: Moment): LandedTransaction {
  return {
    signature: signatureOf(wire),
    slot: moment.slot,
    blockTimeS: moment.unixTimestampS,
    wire,
    error: result.error === null ? null : transactionErrorJson(result.error),
    logs: result.logs,
    computeUnits: result.computeUnits,
    returnData: result.returnData,
    feeLamports: LAMPORTS_PER_SIGNATURE * wire.signatures.length,
  };
}
