/** What the ledger's suites share: the environment they run on, and the steps every scenario is made of. */
import { createHash } from 'node:crypto';
import { it } from 'vitest';
import { type ContentHash, contentHash, type ThreadId, threadId } from '#impl/ports/ids.ts';
import type {
  EventPosition,
  Ledger,
  LedgerAction,
  LedgerEvent,
  LedgerThread,
  ReadOptions,
  SignedTransaction,
  TransactionStatus,
  Wallet,
} from '#impl/ports/ledger.ts';
import type { Reply } from '#impl/ports/outcome.ts';
import type { Gateway } from '#simulations/solana/gateway.ts';
import type { VirtualLedger } from '#simulations/solana/virtual-ledger.ts';

export interface OpenedLedger {
  readonly ledger: Ledger;
  /** Another client of the same ledger, as a second backend would be. */
  another(options?: { readonly preflight?: boolean }): Ledger;
  /** Four, each with SOL for fees and `balance` CHOIR. */
  readonly wallets: readonly [Wallet, Wallet, Wallet, Wallet];
  /** Base units of CHOIR. */
  readonly balance: bigint;
  readonly minimumStake: bigint;
  /** Posts a body to the RPC node, for requests that no adapter would make. */
  readonly rpc: (body: string) => Promise<{ readonly status: number; readonly text: string }>;
  /** Lets time pass: virtual or real. */
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** A ledger whose faults, forks and time can be commanded. */
export interface CommandedLedger extends OpenedLedger {
  readonly gateway: Pick<Gateway, 'arm' | 'faults' | 'setLink'>;
  readonly chain: Pick<VirtualLedger, 'tip' | 'forkOut' | 'treasuryGain'>;
  /** Everything each wallet has as the newest bank has it, in a form that is only compared. */
  holdings(): Promise<readonly unknown[]>;
}

/** Our gateway over a virtual machine. */
export interface OpenedGateway extends CommandedLedger {
  readonly gateway: Gateway;
  readonly chain: VirtualLedger;
}

export interface LedgerEnvironment<Opened extends OpenedLedger = OpenedLedger> {
  /** Fresh wallets and threads of its own. */
  open(): Promise<Opened>;
}

export const confirmed: ReadOptions = { commitment: 'confirmed' };
export const processed: ReadOptions = { commitment: 'processed' };

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export const hashOf = (text: string): ContentHash => contentHash(sha256(`content ${text}`));
/** Threads are the creator's own, so that environments may share a ledger. */
export const threadOf = (creator: Wallet, name = 'one'): ThreadId => threadId(sha256(`thread ${creator.id} ${name}`));

/** The value of a reply that must be one. */
export function expectValue<T>(reply: Reply<T>): T {
  if (!reply.ok) throw new Error(`${reply.failure.code}: ${reply.failure.detail}`);
  return reply.value;
}

/** Prepared and signed, not sent. */
export async function signed(ledger: Ledger, wallet: Wallet, action: LedgerAction): Promise<SignedTransaction> {
  return expectValue(wallet.signAction(expectValue(await ledger.prepare(action, wallet.id)), action));
}

/** Longest wait for a confirmation: a minute, after which a validator has given up on the blockhash as well. */
const patienceMs = 60_000;
const lookEveryMs = 800;

/**
 * `it` for a suite of which some cases do not apply to a ground: these are skipped by their name, with the reason in the report.
 * `unused` are names that no case had, once all were declared: the list may not outlive what it excuses.
 */
export function casesExcept(skipped: Readonly<Record<string, string>>): {
  readonly it: (name: string, test: () => void | Promise<void>, timeoutMs?: number) => void;
  readonly unused: () => readonly string[];
} {
  const left = new Set(Object.keys(skipped));
  return {
    it: (name, test, timeoutMs) => {
      const reason = skipped[name];
      left.delete(name);
      if (reason === undefined) it(name, test, timeoutMs);
      else it.skip(`${name}: does not apply, because ${reason}`, () => undefined);
    },
    unused: () => [...left],
  };
}

/** Waits until the transaction is at least confirmed; fails when that never comes. */
export async function settled(
  { ledger, pass }: Pick<OpenedLedger, 'ledger' | 'pass'>,
  { signature }: Pick<SignedTransaction, 'signature'>,
): Promise<Extract<TransactionStatus, { kind: 'landed' }>> {
  for (let waitedMs = 0; waitedMs <= patienceMs; waitedMs += lookEveryMs) {
    const status = expectValue(await ledger.transactionStatus(signature, { searchHistory: true }));
    if (status.kind === 'landed' && status.commitment !== 'processed') return status;
    await pass(lookEveryMs);
  }
  throw new Error(`${signature} was not confirmed within ${patienceMs} ms`);
}

/** One whole transaction: prepared, signed, sent, confirmed. `refusal` is the program's, null when it succeeded. */
export async function act(
  opened: Pick<OpenedLedger, 'ledger' | 'pass'>,
  wallet: Wallet,
  action: LedgerAction,
): Promise<{ readonly refusal: string | null; readonly slot: number; readonly transaction: SignedTransaction }> {
  const transaction = await signed(opened.ledger, wallet, action);
  const outcome = await opened.ledger.submit(transaction);
  if (outcome.kind !== 'applied') throw new Error(`${action.kind} was ${outcome.kind}: ${outcome.failure.detail}`);
  const { refusal, slot } = await settled(opened, transaction);
  return { refusal: refusal?.code ?? null, slot, transaction };
}

export async function threadAt(ledger: Ledger, thread: ThreadId, options: ReadOptions = confirmed): Promise<LedgerThread | null> {
  return expectValue(await ledger.thread(thread, options)).value;
}

/** All events there are, or all of one thread, in pages of `limit` transactions. */
export async function allEvents(ledger: Ledger, limit = 1_000, thread?: ThreadId): Promise<readonly LedgerEvent[]> {
  const events: LedgerEvent[] = [];
  let after: EventPosition | null = null;
  for (;;) {
    const page: { readonly events: readonly LedgerEvent[]; readonly next: EventPosition | null } = expectValue(
      await ledger.events(after, limit, thread),
    );
    events.push(...page.events);
    if (page.next === null || page.next.signature === after?.signature) return events;
    after = page.next;
  }
}

export const eventsOf = async (ledger: Ledger, thread: ThreadId, limit?: number): Promise<readonly LedgerEvent[]> =>
  (await allEvents(ledger, limit)).filter((event) => event.thread === thread);
