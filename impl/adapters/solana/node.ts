/**
 * One RPC node behind web3.js: every call ends in a reply, and the newest settled slot seen so far is remembered, so that reads
 * which prepare a write are never answered from before what this process has already seen.
 */
import { Connection, type PublicKey } from '@solana/web3.js';
import type { AtSlot, Commitment, ReadOptions } from '../../ports/ledger.ts';
import { failed, ok, type Reply } from '../../ports/outcome.ts';
import type { AccountBytes } from './codec/index.ts';
import { fromException } from './failures.ts';
import { type FetchLike, rpcFetch } from './transport.ts';

export class SolanaNode {
  readonly connection: Connection;
  private settledSlot = 0;

  constructor(url: string, fetch: FetchLike) {
    this.connection = new Connection(url, {
      commitment: 'confirmed',
      // Its own five silent retries would sleep on the wall clock and repeat calls behind the caller's back.
      disableRetryOnRateLimit: true,
      fetch: rpcFetch(fetch),
      httpAgent: false,
    });
  }

  /** A slot that is at least confirmed and was seen by this process; 0 before the first. */
  get settled(): number {
    return this.settledSlot;
  }

  noteSlot(slot: number, commitment: Commitment): void {
    if (commitment !== 'processed') this.settledSlot = Math.max(this.settledSlot, slot);
  }

  /** Runs one read; whatever a node or network can do to it comes back as a failure. */
  async read<T>(call: (connection: Connection) => Promise<T>): Promise<Reply<T>> {
    try {
      return ok(await call(this.connection));
    } catch (error) {
      return failed(fromException(error).failure);
    }
  }

  /** Accounts from one bank, atomically (at most 100); null where there is none. */
  async accounts(
    addresses: readonly PublicKey[],
    options: ReadOptions,
  ): Promise<Reply<AtSlot<readonly (AccountBytes | null)[]>>> {
    const [only] = addresses;
    if (only !== undefined && addresses.length === 1) return this.account(only, options);
    const reply = await this.read((connection) => connection.getMultipleAccountsInfoAndContext([...addresses], config(options)));
    return this.settle(reply, options, (found) => found.map((each) => each && bytesOf(each)));
  }

  private async account(address: PublicKey, options: ReadOptions): Promise<Reply<AtSlot<readonly (AccountBytes | null)[]>>> {
    const reply = await this.read((connection) => connection.getAccountInfoAndContext(address, config(options)));
    return this.settle(reply, options, (found) => [found && bytesOf(found)]);
  }

  private settle<Raw, T>(
    reply: Reply<{ readonly context: { readonly slot: number }; readonly value: Raw }>,
    { commitment, minContextSlot }: ReadOptions,
    convert: (raw: Raw) => T,
  ): Reply<AtSlot<T>> {
    if (!reply.ok) return reply;
    const { slot } = reply.value.context;
    // Nodes refuse by themselves; proxies that strip the parameter do not.
    if (minContextSlot !== undefined && slot < minContextSlot) return failed(behind(slot, minContextSlot));
    this.noteSlot(slot, commitment);
    return ok({ slot, value: convert(reply.value.value) });
  }
}

export const behind = (slot: number, wanted: number) =>
  ({
    kind: 'behind',
    authority: 'solana',
    code: 'MinContextSlotNotReached',
    detail: `the node answered from slot ${slot}, expected at least ${wanted}`,
  }) as const;

const config = ({ commitment, minContextSlot }: ReadOptions) => ({
  commitment,
  ...(minContextSlot === undefined ? {} : { minContextSlot }),
});

const bytesOf = (account: { readonly owner: PublicKey; readonly data: Uint8Array }): AccountBytes => ({
  owner: account.owner.toBase58(),
  data: account.data,
});
