/**
 * The program's events in ledger order, from an interface that lists transactions newest first: list back to where the reader
 * stands, turn round, fetch the logs. What was listed but not asked for yet is kept for the next call.
 *
 * A position may be missing from the node's history (a fork, another node): then the list does not stop there, and the slot decides.
 * Transactions of that very slot are then told again; readers know an event by its thread's version.
 */
import type { ConfirmedSignatureInfo, Connection, VersionedTransactionResponse } from '@solana/web3.js';
import { signature as asSignature, type Signature, type ThreadId } from '../../ports/ids.ts';
import type { EventPosition, LedgerEvent } from '../../ports/ledger.ts';
import { type Failure, failed, ok, type Reply } from '../../ports/outcome.ts';
import { decodeEvents, PROGRAM_ID, threadAddress } from './codec/index.ts';
import type { SolanaNode } from './node.ts';

/** Signatures a page; the most a node gives. */
const LIST_PAGE = 1_000;
/** Transactions a request: about 20 KB of requests, within the 50 KB that nodes take. */
const FETCH_BATCH = 100;

interface Listed {
  readonly signature: Signature;
  readonly slot: number;
  readonly failed: boolean;
}

export interface EventPage {
  readonly events: readonly LedgerEvent[];
  readonly next: EventPosition | null;
}

export class EventReader {
  private readonly node: SolanaNode;
  private backlog: {
    readonly thread: ThreadId | undefined;
    readonly after: string | null;
    readonly entries: readonly Listed[];
  } | null = null;

  constructor(node: SolanaNode) {
    this.node = node;
  }

  /** Of the whole program, or of one thread. */
  async read(after: EventPosition | null, limit: number, thread?: ThreadId): Promise<Reply<EventPage>> {
    const known = this.backlogAt(after, thread);
    const listed = known === null ? await this.list(after, thread) : ok(known);
    if (!listed.ok) return listed;
    const page = listed.value.slice(0, limit);
    const events = await this.eventsOf(page);
    if (!events.ok) return events;
    const taken = events.value.taken;
    const last = page[taken - 1];
    const rest = listed.value.slice(taken);
    this.backlog = last === undefined || rest.length === 0 ? null : { thread, after: last.signature, entries: rest };
    return ok({
      events: thread === undefined ? events.value.events : events.value.events.filter((event) => event.thread === thread),
      next: last === undefined ? after : { slot: last.slot, signature: last.signature },
    });
  }

  private backlogAt(after: EventPosition | null, thread: ThreadId | undefined): readonly Listed[] | null {
    const { backlog } = this;
    if (backlog === null || backlog.thread !== thread || backlog.after !== (after?.signature ?? null)) return null;
    return backlog.entries;
  }

  /** Everything after the position, oldest first. */
  private async list(after: EventPosition | null, thread: ThreadId | undefined): Promise<Reply<readonly Listed[]>> {
    const address = thread === undefined ? PROGRAM_ID : threadAddress(thread);
    const newestFirst: ConfirmedSignatureInfo[] = [];
    for (;;) {
      const before = newestFirst.at(-1)?.signature;
      const options = { limit: LIST_PAGE, ...(after === null ? {} : { until: after.signature }), ...(before && { before }) };
      const page = await this.node.read((connection) => connection.getSignaturesForAddress(address, options, 'confirmed'));
      if (!page.ok) return page;
      newestFirst.push(...page.value);
      const oldest = page.value.at(-1);
      if (oldest === undefined || page.value.length < LIST_PAGE || (after !== null && oldest.slot < after.slot)) break;
    }
    return ok(inLedgerOrder(newestFirst, after));
  }

  /** Events of the first `taken` entries; fewer than all when the node does not have the rest yet. */
  private async eventsOf(
    page: readonly Listed[],
  ): Promise<Reply<{ readonly events: readonly LedgerEvent[]; readonly taken: number }>> {
    const succeeded = page.filter((entry) => !entry.failed);
    const fetched = new Map<string, VersionedTransactionResponse | null>();
    for (let from = 0; from < succeeded.length; from += FETCH_BATCH) {
      const signatures = succeeded.slice(from, from + FETCH_BATCH).map((entry) => entry.signature);
      const batch = await this.node.read((connection) => fetchTransactions(connection, signatures));
      if (!batch.ok) return batch;
      for (const [index, signature] of signatures.entries()) fetched.set(signature, batch.value[index] ?? null);
    }
    const events: LedgerEvent[] = [];
    for (const [index, entry] of page.entries()) {
      if (entry.failed) continue;
      const transaction = fetched.get(entry.signature) ?? null;
      const logs = transaction?.meta?.logMessages ?? null;
      if (logs === null) return index === 0 ? failed(notAvailable(entry)) : ok({ events, taken: index });
      const decoded = decodeEvents(logs);
      if (!decoded.ok) return decoded;
      const place = { slot: entry.slot, signature: entry.signature };
      for (const event of decoded.value) events.push({ ...event, ...place });
    }
    return ok({ events, taken: page.length });
  }
}

function fetchTransactions(
  connection: Connection,
  signatures: readonly string[],
): Promise<readonly (VersionedTransactionResponse | null)[]> {
  const options = { commitment: 'confirmed', maxSupportedTransactionVersion: 0 } as const;
  return connection.getTransactions([...signatures], options);
}

/** Turns the list round, drops repetitions and what lies before the position, and mends the order where slots tell it. */
function inLedgerOrder(newestFirst: readonly ConfirmedSignatureInfo[], after: EventPosition | null): readonly Listed[] {
  const seen = new Set<string>(after === null ? [] : [after.signature]);
  const listed: Listed[] = [];
  for (const { signature, slot, err } of newestFirst.toReversed()) {
    if (seen.has(signature) || slot < (after?.slot ?? 0)) continue;
    seen.add(signature);
    listed.push({ signature: asSignature(signature), slot, failed: err !== null });
  }
  return listed.toSorted((a, b) => a.slot - b.slot);
}

const notAvailable = ({ signature, slot }: Listed): Failure => ({
  kind: 'behind',
  authority: 'solana',
  code: 'TransactionNotAvailable',
  detail: `the node lists ${signature} in slot ${slot} but does not have it yet`,
});
