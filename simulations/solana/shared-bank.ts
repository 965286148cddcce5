/**
 * One bank under many worlds: calls one at a time, the Clock sysvar set only when it changes, and accounts remembered between
 * writes (a read costs bankrun half as much as a transaction). Coherent because every write to the bank passes through here.
 * Worlds keep apart by fresh keys; the few accounts they share are named in `genesis.ts`.
 */
import type { Bank, BankAccount, BankResult } from './bank.ts';

/** Accounts remembered at most; then all are forgotten at once. */
const REMEMBERED_ACCOUNTS = 20_000;

export class SharedBank {
  readonly bank: Bank;
  private readonly remembered = new Map<string, BankAccount | null>();
  private last: Promise<unknown> = Promise.resolve();
  private executions = 0;
  private clock = '';

  constructor(bank: Bank) {
    this.bank = bank;
  }

  /** Runs `work` when everything asked for before has ended. The other methods may be called only from inside it. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const run = this.last.then(work);
    this.last = run.catch(() => undefined);
    return run;
  }

  async accounts(addresses: readonly string[]): Promise<readonly (BankAccount | null)[]> {
    const missing = addresses.filter((address) => !this.remembered.has(address));
    if (missing.length > 0) {
      const found = await this.bank.accounts(missing);
      if (this.remembered.size + missing.length > REMEMBERED_ACCOUNTS) this.remembered.clear();
      for (const [index, address] of missing.entries()) this.remembered.set(address, found[index] ?? null);
      // What was cleared just now is read again below.
      if (addresses.some((address) => !this.remembered.has(address))) return this.bank.accounts(addresses);
    }
    return addresses.map((address) => this.remembered.get(address) ?? null);
  }

  async account(address: string): Promise<BankAccount | null> {
    const [account] = await this.accounts([address]);
    return account ?? null;
  }

  async setAccount(address: string, account: BankAccount | null): Promise<void> {
    this.remembered.set(address, account);
    await this.bank.setAccount(address, account);
  }

  /** Drops what is remembered of accounts that nobody will ask for again. */
  forget(addresses: Iterable<string>): void {
    for (const address of addresses) this.remembered.delete(address);
  }

  /** Executes at a moment in time. `writable` are the accounts it may change. */
  async execute(
    wire: Uint8Array,
    writable: readonly string[],
    at: { readonly slot: number; readonly unixTimestampS: number },
  ): Promise<BankResult> {
    const clock = `${at.slot} ${at.unixTimestampS}`;
    if (clock !== this.clock) {
      this.clock = clock;
      await this.bank.setClock({ slot: BigInt(at.slot), unixTimestampS: BigInt(at.unixTimestampS) });
    }
    this.forget(writable);
    this.executions += 1;
    return this.bank.execute(wire, this.executions);
  }
}
