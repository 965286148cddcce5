/**
 * The ledger port on web3.js: the same code for an in-process gateway and for a validator. Each method is one or two RPC calls,
 * none of them repeated here. Left out: confirming, re-sending, back-off (`core/`).
 */
import type { PublicKey, TransactionConfirmationStatus } from '@solana/web3.js';
import type { Signature, ThreadId, WalletId } from '../../ports/ids.ts';
import type {
  AtSlot,
  Commitment,
  Ledger,
  LedgerAction,
  LedgerMessage,
  LedgerSpec,
  LedgerThread,
  PreparedTransaction,
  ReadOptions,
  SignedTransaction,
  StatusOptions,
  TransactionStatus,
} from '../../ports/ledger.ts';
import { applied, type Failure, failed, notApplied, type Outcome, ok, type Reply, unknown } from '../../ports/outcome.ts';
import {
  type AccountBytes,
  configAddress,
  decodeConfig,
  decodeMessage,
  decodePage,
  decodeSpec,
  decodeThread,
  decodeTokenAccount,
  messageAddress,
  PAGE_ENTRIES,
  pageAddress,
  refusalFromRpc,
  type SpecKey,
  specAddress,
  threadAddress,
  tokenAccountAddress,
} from './codec/index.ts';
import { type EventPage, EventReader } from './event-reader.ts';
import { fromException } from './failures.ts';
import { behind, SolanaNode } from './node.ts';
import { prepareAction } from './prepare.ts';
import { type FetchLike, fetchWithTimeout } from './transport.ts';

export interface SolanaLedgerOptions {
  /** Of an RPC node; anything well-formed when `fetch` answers in process. */
  readonly url: string;
  /** Default: the platform's, with a time-out of `timeoutMs`. */
  readonly fetch?: FetchLike;
  /** For the default `fetch` only, 15,000 if not given. */
  readonly timeoutMs?: number;
  /** Let the node simulate before it broadcasts. A preflight error is no final verdict: another node may see it differently. */
  readonly preflight?: boolean;
}

export function createSolanaLedger(options: SolanaLedgerOptions): Ledger {
  const fetch = options.fetch ?? fetchWithTimeout(globalThis.fetch, options.timeoutMs ?? 15_000);
  return new SolanaLedger(new SolanaNode(options.url, fetch), options.preflight ?? false);
}

const failure = (kind: Failure['kind'], code: string, detail: string): Failure => ({ kind, authority: 'solana', code, detail });

class SolanaLedger implements Ledger {
  private readonly node: SolanaNode;
  private readonly preflight: boolean;
  private readonly eventReader: EventReader;
  /** Configured once on the chain, for ever. */
  private mint: string | null = null;

  constructor(node: SolanaNode, preflight: boolean) {
    this.node = node;
    this.preflight = preflight;
    this.eventReader = new EventReader(node);
  }

  async prepare(action: LedgerAction, signer: WalletId): Promise<Reply<PreparedTransaction>> {
    const mint = await this.readMint();
    return mint.ok ? prepareAction(this.node, mint.value, action, signer) : mint;
  }

  async submit(transaction: SignedTransaction): Promise<Outcome<Signature>> {
    try {
      const answered = await this.node.connection.sendEncodedTransaction(transaction.bytes, {
        skipPreflight: !this.preflight,
        preflightCommitment: 'confirmed',
        maxRetries: 0,
      });
      if (answered === transaction.signature) return applied(transaction.signature);
      const detail = `the node took the bytes as ${answered}, expected ${transaction.signature}`;
      return unknown(failure('unavailable', 'SignatureMismatch', detail));
    } catch (error) {
      const call = fromException(error);
      if (call.failure.code === 'AlreadyProcessed') return applied(transaction.signature);
      return call.delivered === 'no' ? notApplied(call.failure) : unknown(call.failure);
    }
  }

  async transactionStatus(
    signature: Signature,
    { searchHistory, minContextSlot }: StatusOptions,
  ): Promise<Reply<TransactionStatus>> {
    const reply = await this.node.read((connection) =>
      connection.getSignatureStatuses([signature], { searchTransactionHistory: searchHistory }),
    );
    if (!reply.ok) return reply;
    const { context, value } = reply.value;
    // The method takes no such parameter: every answer tells its slot instead.
    if (minContextSlot !== undefined && context.slot < minContextSlot) return failed(behind(context.slot, minContextSlot));
    const status = value[0] ?? null;
    if (status === null) return ok({ kind: 'notSeen' });
    const commitment = commitmentOf(status);
    this.node.noteSlot(status.slot, commitment);
    const refusal = status.err === null ? null : refusalFromRpc(status.err);
    return ok({ kind: 'landed', slot: status.slot, commitment, refusal });
  }

  async blockHeight(): Promise<Reply<AtSlot<number>>> {
    const reply = await this.node.read((connection) => connection.getEpochInfo('confirmed'));
    if (!reply.ok) return reply;
    const { absoluteSlot, blockHeight } = reply.value;
    if (blockHeight === undefined)
      return failed(failure('unavailable', 'MalformedAnswer', 'expected a block height, the node told none'));
    return ok({ slot: absoluteSlot, value: blockHeight });
  }

  thread(id: ThreadId, options: ReadOptions): Promise<Reply<AtSlot<LedgerThread | null>>> {
    return this.readOne(threadAddress(id), options, decodeThread);
  }

  spec(key: SpecKey, options: ReadOptions): Promise<Reply<AtSlot<LedgerSpec | null>>> {
    return this.readOne(specAddress(key), options, decodeSpec);
  }

  message(
    { thread, hash }: Parameters<Ledger['message']>[0],
    options: ReadOptions,
  ): Promise<Reply<AtSlot<LedgerMessage | null>>> {
    return this.readOne(messageAddress(thread, hash), options, (account) => {
      const decoded = decodeMessage(account);
      if (!decoded.ok) return decoded;
      const { author, sequence } = decoded.value;
      return ok({ hash: decoded.value.hash, author, sequence });
    });
  }

  async messages(
    thread: ThreadId,
    range: { readonly from: number; readonly limit: number },
    options: ReadOptions,
  ): Promise<Reply<AtSlot<readonly LedgerMessage[]>>> {
    const wrong = outOfRange(range.limit, 1_024) ?? negative(range.from);
    if (wrong !== null) return failed(failure('invalid', 'InvalidRange', wrong));
    const firstPage = Math.floor(range.from / PAGE_ENTRIES);
    // Most threads fit their first page, and this way they take one call.
    const first = await this.node.accounts([threadAddress(thread), pageAddress(thread, firstPage)], options);
    if (!first.ok) return first;
    const [threadAccount, pageAccount] = first.value.value;
    const { slot } = first.value;
    if (!threadAccount || !pageAccount) return ok({ slot, value: [] });
    const head = decodeThread(threadAccount);
    if (!head.ok) return head;
    const end = Math.min(range.from + range.limit, head.value.messageCount);
    const more = await this.pages(thread, firstPage + 1, Math.ceil(end / PAGE_ENTRIES), { ...options, minContextSlot: slot });
    if (!more.ok) return more;
    const messages: LedgerMessage[] = [];
    for (const account of [pageAccount, ...more.value]) {
      const page = decodePage(account);
      if (!page.ok) return page;
      messages.push(...page.value.messages);
    }
    return ok({ slot, value: messages.filter(({ sequence }) => sequence >= range.from && sequence < end) });
  }

  async balance(wallet: WalletId, options: ReadOptions): Promise<Reply<AtSlot<bigint>>> {
    const mint = await this.readMint();
    if (!mint.ok) return mint;
    const account = await this.readOne(tokenAccountAddress(wallet, mint.value), options, decodeTokenAccount);
    return account.ok ? ok({ slot: account.value.slot, value: account.value.value?.amount ?? 0n }) : account;
  }

  async events(...[after, limit, thread]: Parameters<Ledger['events']>): Promise<Reply<EventPage>> {
    const wrong = outOfRange(limit, 1_000);
    if (wrong !== null) return failed(failure('invalid', 'InvalidRange', wrong));
    return this.eventReader.read(after, limit, thread);
  }

  private async readMint(): Promise<Reply<string>> {
    if (this.mint !== null) return ok(this.mint);
    const config = await this.readOne(configAddress(), { commitment: 'confirmed' }, decodeConfig);
    if (!config.ok) return config;
    if (config.value.value === null) return failed(failure('refused', 'NotInitialized', 'the program has no configuration yet'));
    this.mint = config.value.value.mint;
    return ok(this.mint);
  }

  /** Accounts of pages `from` (inclusive) to `to` (exclusive), up to the first that is missing. */
  private async pages(thread: ThreadId, from: number, to: number, options: ReadOptions): Promise<Reply<readonly AccountBytes[]>> {
    if (from >= to) return ok([]);
    const addresses = Array.from({ length: to - from }, (_, index) => pageAddress(thread, from + index));
    const found = await this.node.accounts(addresses, options);
    if (!found.ok) return found;
    const present: AccountBytes[] = [];
    for (const account of found.value.value) {
      if (account === null) break;
      present.push(account);
    }
    return ok(present);
  }

  private async readOne<T>(
    address: PublicKey,
    options: ReadOptions,
    decode: (account: AccountBytes) => Reply<T>,
  ): Promise<Reply<AtSlot<T | null>>> {
    const found = await this.node.accounts([address], options);
    if (!found.ok) return found;
    const { slot, value } = found.value;
    const [account] = value;
    if (!account) return ok({ slot, value: null });
    const decoded = decode(account);
    return decoded.ok ? ok({ slot, value: decoded.value }) : decoded;
  }
}

const negative = (from: number): string | null =>
  Number.isInteger(from) && from >= 0 ? null : `from: expected 0 or more, got ${from}`;

const outOfRange = (limit: number, most: number): string | null =>
  Number.isInteger(limit) && limit >= 1 && limit <= most ? null : `limit: expected 1 to ${most}, got ${limit}`;

/** Nodes of old releases leave the status out and count confirmations instead; null there means rooted. */
function commitmentOf(status: {
  readonly confirmationStatus?: TransactionConfirmationStatus;
  readonly confirmations: number | null;
}): Commitment {
  return status.confirmationStatus ?? (status.confirmations === null ? 'finalized' : 'processed');
}
