/**
 * Everything the judge looks at, once: the ledger's accounts and events, what Qdrant really stores, and each backend through a client
 * that has never been here before and so is shown what is in its cache. The ledger is read through its adapter, whose contract has
 * tests of its own.
 */
import { parseMessage, parseThread } from '#impl/adapters/qdrant/payloads.ts';
import { systemRandom } from '#impl/adapters/random/system.ts';
import type { ThreadView } from '#impl/core/protocol.ts';
import { Frontend } from '#impl/frontend/frontend.ts';
import type { Dialer } from '#impl/ports/channel.ts';
import type { BackendId, ThreadId } from '#impl/ports/ids.ts';
import type { EventPosition, Ledger, LedgerEvent, Wallet } from '#impl/ports/ledger.ts';
import type { Reply } from '#impl/ports/outcome.ts';
import type { ListeningAuthorities } from '#simulations/world/svm/listening-authorities.ts';
import type { CrashObservation, Shown } from './judge.ts';

export interface Witnesses {
  readonly authorities: Pick<ListeningAuthorities, 'ledger' | 'points'>;
  readonly backends: readonly BackendId[];
  readonly dialer: Dialer;
  /** Of somebody who takes no part. */
  readonly auditor: Wallet;
  readonly clients: readonly { readonly name: string; views(): readonly ThreadView[] }[];
  /** Begins the collections' names. */
  readonly prefix: string;
}

const confirmed = { commitment: 'confirmed' } as const;

function settled<T>(reply: Reply<T>): T {
  if (!reply.ok) throw new Error(`the ledger could not be read: ${reply.failure.code}: ${reply.failure.detail}`);
  return reply.value;
}

export async function observeCrashes(witnesses: Witnesses): Promise<CrashObservation> {
  const { authorities, clients, prefix } = witnesses;
  const events = await allEvents(authorities.ledger);
  const ledger: ThreadView[] = [];
  for (const event of events)
    if (event.kind === 'threadCreated') ledger.push(await viewOf(authorities.ledger, event.thread, events));
  const backends: Shown[] = [];
  for (const backend of witnesses.backends) {
    const threads = ledger.map(({ thread }) => thread);
    backends.push(...(await shownBy(backend, witnesses, threads)));
  }
  const messages = authorities.points(`${prefix}messages`).map((point) => ({ point, parsed: parseMessage(point) }));
  const metadata = authorities.points(`${prefix}threads`).map((point) => ({ point, parsed: parseThread(point) }));
  return {
    ledger,
    events,
    backends,
    clients: clients.map((client) => ({ who: client.name, views: client.views() })),
    messages: messages.flatMap(({ parsed }) => (parsed.ok ? [parsed.value] : [])),
    metadata: metadata.flatMap(({ parsed }) => (parsed.ok ? [parsed.value] : [])),
    unreadable: [...messages, ...metadata].flatMap(({ point, parsed }) => (parsed.ok ? [] : [String(point.id)])),
  };
}

async function allEvents(ledger: Ledger): Promise<readonly LedgerEvent[]> {
  const events: LedgerEvent[] = [];
  let after: EventPosition | null = null;
  for (;;) {
    const page: { readonly events: readonly LedgerEvent[]; readonly next: EventPosition | null } = settled(
      await ledger.events(after, 1_000),
    );
    events.push(...page.events);
    if (page.next === null || page.next.signature === after?.signature) return events;
    after = page.next;
  }
}

/** From accounts; events only say which specs to look for. */
async function viewOf(ledger: Ledger, id: ThreadId, events: readonly LedgerEvent[]): Promise<ThreadView> {
  const { value: thread } = settled(await ledger.thread(id, confirmed));
  if (thread === null) throw new Error(`the ledger has an event of ${id} and no such thread`);
  const messages: ThreadView['messages'][number][] = [];
  while (messages.length < thread.messageCount) {
    const page = settled(await ledger.messages(id, { from: messages.length, limit: 1_024 }, confirmed)).value;
    if (page.length === 0) throw new Error(`${id} counts ${thread.messageCount} messages and has ${messages.length}`);
    messages.push(...page);
  }
  const specs: ThreadView['specs'][number][] = [];
  for (const event of events) {
    if (event.kind !== 'specSubmitted' || event.thread !== id) continue;
    const { value: spec } = settled(await ledger.spec(event, confirmed));
    if (spec?.status === 'open') specs.push(spec);
  }
  const { version, coAuthors, vault } = thread;
  return { thread: id, version, coAuthors, vault, messages, specs };
}

async function shownBy(
  backend: BackendId,
  { dialer, auditor }: Witnesses,
  threads: readonly ThreadId[],
): Promise<readonly Shown[]> {
  const frontend = new Frontend({ wallet: auditor, dialer, random: systemRandom });
  const who = (what: string): string => `${backend}, ${what},`;
  if ((await frontend.connect(backend)).kind !== 'done') return [{ who: who('gone'), views: [] }];
  try {
    const cache = frontend.getSnapshot().threads.flatMap(({ confirmed: view }) => (view === null ? [] : [view]));
    const cached: ThreadView[] = [];
    const strong: ThreadView[] = [];
    await frontend.signIn();
    for (const thread of threads) {
      for (const [views, read] of [
        [cached, frontend.readCached(thread)],
        [strong, frontend.readStrong(thread)],
      ] as const) {
        const result = await read;
        if (result.kind === 'view') views.push(result.view);
      }
    }
    return [
      { who: who('in its cache'), views: cache },
      { who: who('read as cached'), views: cached },
      { who: who('read strongly'), views: strong },
    ];
  } finally {
    frontend.disconnect();
  }
}
