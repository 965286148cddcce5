/**
 * A bank on bankrun. One context a process: each start leaks about 12 MB, so every caller shares the first one.
 *
 * bankrun verifies no signature, but it does refuse stale blockhashes (about a second of wall time) and repeated messages. So the
 * message gets a blockhash of bankrun's own just before it runs, and is run again with a newer one when bankrun takes it for a
 * repetition. Neither is visible outside: both refusals happen before any effect.
 * Never warps slots: after `setAccount` that aborts the process.
 *
 * It drives the package's native classes: the wrapper around them makes big numbers of every key, which costs more than the read.
 */

import bs58 from 'bs58';
import { Account, type BanksClient, Clock, type ProgramTestContext, start } from 'solana-bankrun/dist/internal.js';
import type { Bank, BankAccount, BankProgram, BankResult } from './bank.ts';
import { addressBytes, addressText } from './base58.ts';
import { blockhashOffset } from './wire.ts';

/** Owner of the genesis accounts that hold programs. */
const LOADER = 'BPFLoader2111111111111111111111111111111111';
const SYSTEM_PROGRAM = '11111111111111111111111111111111';
/** A native call takes about 0.1 ms; one that was given something it cannot digest never settles. */
const NATIVE_CALL_LIMIT_MS = 30_000;
/** The next blockhash is about 6 ms away and one look costs 0.1 ms. */
const MAX_BLOCKHASH_LOOKS = 20_000;

const emptyAccount: BankAccount = { lamports: 0n, owner: SYSTEM_PROGRAM, data: new Uint8Array(0), executable: false };

/** The SPL Token program is preloaded by bankrun itself. */
export async function createBankrunBank(programs: readonly BankProgram[]): Promise<Bank> {
  const accounts = programs.map(({ address, elf }): [Uint8Array, Account] => [
    addressBytes(address),
    toNative({ lamports: 10_000_000_000n, data: elf, owner: LOADER, executable: true }),
  ]);
  return new BankrunBank(await start([], accounts, undefined, undefined, []));
}

class BankrunBank implements Bank {
  readonly kind = 'bankrun' as const;
  readonly initialAccounts: ReadonlySet<string>;
  private readonly context: ProgramTestContext;
  private readonly client: BanksClient;
  private blockhash: Uint8Array;

  constructor(context: ProgramTestContext) {
    this.context = context;
    this.client = context.banksClient;
    this.blockhash = bs58.decode(context.lastBlockhash);
    this.initialAccounts = new Set(context.genesisConfig.accounts.map(({ address }) => bs58.encode(address)));
  }

  async execute(wire: Uint8Array, executionId: number): Promise<BankResult> {
    const offset = blockhashOffset(wire);
    for (let attempt = 0; attempt < 100; attempt++) {
      const patched = Uint8Array.from(wire);
      patched.set(this.blockhash, offset);
      // The first signature follows the one-byte count; bankrun keys statuses by it.
      new DataView(patched.buffer).setFloat64(1, executionId);
      const { result, meta } = await inTime('execution', this.client.tryProcessVersionedTransaction(patched));
      if (isOwnRefusal(result)) {
        await this.renewBlockhash();
        continue;
      }
      return {
        error: result,
        logs: meta?.logMessages ?? [],
        computeUnits: Number(meta?.computeUnitsConsumed ?? 0n),
        returnData: meta?.returnData?.data ?? emptyAccount.data,
      };
    }
    throw new Error('bankrun refused the same message 100 times for its blockhash or as a repetition');
  }

  async accounts(addresses: readonly string[]): Promise<readonly (BankAccount | null)[]> {
    const reads = addresses.map((address) => this.client.getAccount(addressBytes(address)));
    const accounts = await inTime('reading accounts', Promise.all(reads));
    return accounts.map((account) => account && fromNative(account));
  }

  async setAccount(address: string, account: BankAccount | null): Promise<void> {
    this.context.setAccount(addressBytes(address), toNative(account ?? emptyAccount));
  }

  async setClock({ slot, unixTimestampS }: { slot: bigint; unixTimestampS: bigint }): Promise<void> {
    this.context.setClock(new Clock(slot, unixTimestampS, 0n, 0n, unixTimestampS));
  }

  close(): void {
    // The context has no way to be released; it lives as long as the process and serves the next caller.
  }

  private async renewBlockhash(): Promise<void> {
    for (let look = 0; look < MAX_BLOCKHASH_LOOKS; look++) {
      const latest = await inTime('the latest blockhash', this.client.getLatestBlockhash());
      if (latest === null) break;
      const bytes = bs58.decode(latest.blockhash);
      if (Buffer.compare(bytes, this.blockhash) !== 0) {
        this.blockhash = bytes;
        return;
      }
    }
    throw new Error(`bankrun issued no new blockhash within ${MAX_BLOCKHASH_LOOKS} looks`);
  }
}

const toNative = ({ lamports, data, owner, executable }: BankAccount): Account =>
  new Account(lamports, data, addressBytes(owner), executable, 0n);

const fromNative = (account: Account): BankAccount => ({
  lamports: account.lamports,
  owner: addressText(account.owner),
  data: account.data,
  executable: account.executable,
});

function isOwnRefusal(result: string | null): boolean {
  return result === 'Blockhash not found' || result === 'This transaction has already been processed';
}

function inTime<T>(what: string, call: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stuck = (): void => reject(new Error(`bankrun: ${what} did not settle within ${NATIVE_CALL_LIMIT_MS} ms`));
    // biome-ignore lint/style/noRestrictedGlobals: guards against the native addon hanging; nothing simulated depends on it
    const timer = setTimeout(stuck, NATIVE_CALL_LIMIT_MS);
    call.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
