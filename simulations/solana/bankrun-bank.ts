/**
 * A bank on bankrun. One context a process: each start leaks about 12 MB, so every caller shares the first one.
 *
 * bankrun verifies no signature, but it does refuse stale blockhashes (about a second of wall time) and repeated messages. So the
 * message gets a blockhash of bankrun's own just before it runs, and is run again with a newer one when bankrun takes it for a
 * repetition. Neither is visible outside: both refusals happen before any effect.
 * Never warps slots: after `setAccount` that aborts the process.
 */

import { PublicKey, type VersionedTransaction } from '@solana/web3.js';
import bs58 from 'bs58';
import { type BanksClient, Clock, type ProgramTestContext, start } from 'solana-bankrun';
import type { Bank, BankAccount, BankProgram, BankResult } from './bank.ts';
import { blockhashOffset } from './wire.ts';

/** Owner of the genesis accounts that hold programs. */
const loader = new PublicKey('BPFLoader2111111111111111111111111111111111');
const systemProgram = new PublicKey(new Uint8Array(32));
/** A native call takes about 0.1 ms; one that was given something it cannot digest never settles. */
const nativeCallLimitMs = 30_000;
/** Each newer blockhash is about 6 ms away and one look costs 0.1 ms. */
const maxBlockhashLooks = 20_000;

/** The bytes bankrun's client asks a transaction for; the rest of `VersionedTransaction` it never touches. */
const asTransaction = (wire: Uint8Array): VersionedTransaction => ({ serialize: () => wire }) as VersionedTransaction;

/** The SPL Token program is preloaded by bankrun itself. */
export async function createBankrunBank(programs: readonly BankProgram[]): Promise<Bank> {
  const context = await start(
    [],
    programs.map(({ address, elf }) => ({
      address: new PublicKey(address),
      info: { lamports: 10_000_000_000, data: elf, owner: loader, executable: true },
    })),
  );
  return new BankrunBank(context);
}

class BankrunBank implements Bank {
  readonly kind = 'bankrun' as const;
  private readonly context: ProgramTestContext;
  private readonly client: BanksClient;
  private blockhash: Uint8Array;

  constructor(context: ProgramTestContext) {
    this.context = context;
    this.client = context.banksClient;
    this.blockhash = bs58.decode(context.lastBlockhash);
  }

  async execute(wire: Uint8Array, executionId: number): Promise<BankResult> {
    const offset = blockhashOffset(wire);
    for (let attempt = 0; attempt < 100; attempt++) {
      const patched = Uint8Array.from(wire);
      patched.set(this.blockhash, offset);
      // The first signature follows the one-byte count; bankrun keys statuses by it.
      new DataView(patched.buffer).setFloat64(1, executionId);
      const { result, meta } = await inTime('tryProcessTransaction', this.client.tryProcessTransaction(asTransaction(patched)));
      if (isOwnRefusal(result)) {
        await this.renewBlockhash();
        continue;
      }
      return {
        error: result,
        logs: meta?.logMessages ?? [],
        computeUnits: Number(meta?.computeUnitsConsumed ?? 0n),
        returnData: meta?.returnData?.data ?? new Uint8Array(0),
      };
    }
    throw new Error('bankrun refused the same message 100 times for its blockhash or as a repetition');
  }

  async accounts(addresses: readonly string[]): Promise<readonly (BankAccount | null)[]> {
    const reads = addresses.map((address) => this.client.getAccount(new PublicKey(address)));
    const accounts = await inTime('getAccount', Promise.all(reads));
    return accounts.map(
      (account) =>
        account && {
          lamports: BigInt(account.lamports),
          owner: account.owner.toBase58(),
          data: account.data,
          executable: account.executable,
        },
    );
  }

  async setAccount(address: string, account: BankAccount | null): Promise<void> {
    this.context.setAccount(
      new PublicKey(address),
      account === null
        ? { lamports: 0, data: new Uint8Array(0), owner: systemProgram, executable: false }
        : {
            lamports: Number(account.lamports),
            data: account.data,
            owner: new PublicKey(account.owner),
            executable: account.executable,
          },
    );
  }

  async setClock({ slot, unixTimestampS }: { slot: bigint; unixTimestampS: bigint }): Promise<void> {
    this.context.setClock(new Clock(slot, unixTimestampS, 0n, 0n, unixTimestampS));
  }

  close(): void {
    // The context has no way to be released; it lives as long as the process and serves the next caller.
  }

  private async renewBlockhash(): Promise<void> {
    for (let look = 0; look < maxBlockhashLooks; look++) {
      const latest = await inTime('getLatestBlockhash', this.client.getLatestBlockhash());
      if (latest === null) break;
      const bytes = bs58.decode(latest[0]);
      if (!bytes.every((byte, index) => byte === this.blockhash[index])) {
        this.blockhash = bytes;
        return;
      }
    }
    throw new Error(`bankrun issued no new blockhash within ${maxBlockhashLooks} looks`);
  }
}

function isOwnRefusal(result: string | null): boolean {
  return result === 'Blockhash not found' || result === 'This transaction has already been processed';
}

async function inTime<T>(what: string, call: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    const stuck = (): void => reject(new Error(`bankrun: ${what} did not settle within ${nativeCallLimitMs} ms`));
    // biome-ignore lint/style/noRestrictedGlobals: guards against the native addon hanging; nothing simulated depends on it
    timer = setTimeout(stuck, nativeCallLimitMs);
  });
  try {
    return await Promise.race([call, limit]);
  } finally {
    clearTimeout(timer);
  }
}
