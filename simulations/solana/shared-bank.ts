/**
 * One bank under many worlds: calls one at a time, the Clock sysvar set only when it changes, and accounts remembered between
 * writes (a read costs bankrun a third of a transaction). Coherent because every write to the bank passes through here.
 * Worlds keep apart by fresh keys; the few accounts they share are named in `genesis.ts`.
 */
import type { Bank, BankAccount, BankResult } from './bank.ts';

/** When more accounts than this are remembered, all are forgotten at once. */
const REMEMBERED_ACCOUNTS = 20_000;

/** Programs and sysvars of the runtime itself are named by hand; no key anybody generates looks like this. */
const runtimeAddress = /1{7}/;

/** A point of virtual time as the runtime sees it. */
export interface Moment {
  readonly slot: number;
  readonly unixTimestampS: number;
}

export class SharedBank {
  readonly bank: Bank;
  private readonly remembered = new Map<string, BankAccount | null>();
  private last: Promise<unknown> = Promise.resolve();
  /** What the last transaction wrote, until somebody asks for anything: see `readWhileIdle`. */
  private unread: readonly string[] = [];
  /** Accounts that may exist because they were written since the bank began. */
  private readonly written = new Set<string>();
  private executions = 0;
  private clock = '';

  constructor(bank: Bank) {
    this.bank = bank;
  }

  /** Runs `work` when everything asked for before has ended. The other methods may be called only from inside it. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    this.unread = [];
    const run = this.last.then(work);
    this.last = run.catch(() => undefined);
    return run;
  }

  async accounts(addresses: readonly string[]): Promise<readonly (BankAccount | null)[]> {
    if (this.remembered.size > REMEMBERED_ACCOUNTS) this.remembered.clear();
    const missing = addresses.filter((address) => !this.remembered.has(address));
    if (missing.length > 0) await this.remember(missing);
    return addresses.map((address) => this.remembered.get(address) ?? null);
  }

  /** The same for accounts that are about to be written; what certainly is not there is not asked for. */
  accountsToWrite(addresses: readonly string[]): Promise<readonly (BankAccount | null)[]> {
    for (const address of addresses) {
      if (!this.remembered.has(address) && this.isAbsent(address)) this.remembered.set(address, null);
    }
    return this.accounts(addresses);
  }

  async account(address: string): Promise<BankAccount | null> {
    const [account] = await this.accounts([address]);
    return account ?? null;
  }

  async setAccount(address: string, account: BankAccount | null): Promise<void> {
    this.remembered.set(address, account);
    if (account === null) this.written.delete(address);
    else this.written.add(address);
    await this.bank.setAccount(address, account);
  }

  /** Drops what is remembered of accounts that nobody will ask for again. */
  forget(addresses: Iterable<string>): void {
    for (const address of addresses) this.remembered.delete(address);
  }

  /** Sets the Clock sysvar for the executions that follow. */
  async setClock({ slot, unixTimestampS }: Moment): Promise<void> {
    const clock = `${slot} ${unixTimestampS}`;
    if (clock === this.clock) return;
    this.clock = clock;
    await this.bank.setClock({ slot: BigInt(slot), unixTimestampS: BigInt(unixTimestampS) });
  }

  /** Executes at the moment that was set last. `writable` are the accounts it may change. */
  async execute(wire: Uint8Array, writable: readonly string[]): Promise<BankResult> {
    this.forget(writable);
    for (const address of writable) this.written.add(address);
    this.executions += 1;
    const result = await this.bank.execute(wire, this.executions);
    this.unread = writable;
    setImmediate(() => this.readWhileIdle());
    return result;
  }

  /**
   * The next transaction must know most of what this one wrote, since it overwrites it. So it is read as soon as nobody waits for
   * the bank; whoever comes sooner reads only what he needs, whoever comes later finds it there.
   */
  private readWhileIdle(): void {
    const addresses = this.unread;
    if (addresses.length === 0) return;
    // Whoever reads the same accounts next meets the same error.
    this.exclusive(() => this.remember(addresses)).catch(() => undefined);
  }

  private isAbsent(address: string): boolean {
    const initial = this.bank.initialAccounts;
    return initial !== null && !initial.has(address) && !this.written.has(address) && !runtimeAddress.test(address);
  }

  private async remember(addresses: readonly string[]): Promise<void> {
    const found = await this.bank.accounts(addresses);
    for (const [index, address] of addresses.entries()) this.remembered.set(address, found[index] ?? null);
  }
}
