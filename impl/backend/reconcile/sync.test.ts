/**
 * The comparison of the content store with the cache, and that what it queues really mends. What a green run does not show: the real
 * adapters (the sequence suite does) and passes that overlap with everybody's writes (the concurrent properties do).
 */
import bs58 from 'bs58';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../adapters/store/memory.ts';
import type { ConflictKind } from '../../core/conflict.ts';
import { hashContent } from '../../core/content.ts';
import { pack } from '../../core/json.ts';
import type { StoredMessage } from '../../ports/content-store.ts';
import { backendId, type ContentHash, threadId, walletId } from '../../ports/ids.ts';
import type { LedgerEvent } from '../../ports/ledger.ts';
import { failed, ok } from '../../ports/outcome.ts';
import { Backend } from '../backend.ts';
import { qdrantDown } from '../scripted-content.ts';
import { historyOf, ledgerDown, transaction } from '../scripted-ledger.ts';
import { scriptedParts } from '../scripted-parts.ts';
import { Sync, type SyncReport } from './sync.ts';

const wallet = (n: number) => walletId(bs58.encode(new Uint8Array(32).fill(n)));
const thread = threadId('01'.repeat(32));
const creator = wallet(5);
const proposer = wallet(6);
const draftOf = (text: string, author = creator) => ({ hash: hashContent({ thread, author, text }), thread, author, text });

const said = draftOf('said');
const posted: StoredMessage = { ...said, state: 'recorded', sequence: 0 };
const proposed = draftOf('proposed', proposer);
const open: StoredMessage = { ...proposed, state: 'pending', sequence: null };
const unneeded: StoredMessage = { ...draftOf('unneeded'), state: 'pending', sequence: null };
const metadata = { thread, version: 3, coAuthors: [creator], messageCount: 1 };

const submitted: LedgerEvent = {
  kind: 'specSubmitted',
  thread,
  hash: proposed.hash,
  author: proposer,
  stake: 1n,
  expiresAtS: 1,
  version: 3,
  vault: 0n,
  ...transaction(2),
};
const vote = { voter: creator, choice: 'approve', version: 4, vault: 0n } as const;
const history = [...historyOf(thread, creator, [said.hash]), submitted];

async function parts(store: MemoryStore) {
  const at = await scriptedParts(store);
  return { ...at, store, sync: await Sync.load(at.ports, { ...at, ...at.told }) };
}

type World = Awaited<ReturnType<typeof parts>>;

const putText = (message: Pick<StoredMessage, 'hash' | 'author' | 'text'>) =>
  ({
    kind: 'put',
    table: 'texts',
    key: message.hash,
    value: pack({ thread, author: message.author, text: message.text }),
  }) as const;

/** One recorded message and one open spec, ingested and projected; this backend holds both texts, or none. */
async function world(texts: 'held' | 'none' = 'held'): Promise<World> {
  const at = await parts(new MemoryStore());
  at.ledger.history = [...history];
  at.ledger.recorded.set(said.hash, 0);
  at.ledger.open.add(proposed.hash);
  for (const message of [posted, open]) at.content.messages.set(message.hash, message);
  at.content.threads.set(thread, metadata);
  if (texts === 'held') await at.store.write([posted, open].map(putText));
  await at.ingestion.catchUp();
  await at.projection.run();
  expect(at.queue.size).toBe(0);
  at.content.calls.length = 0;
  at.ledger.calls.length = 0;
  return at;
}

/** A pass, worked off. */
async function mend(at: World): Promise<object> {
  const report = await at.sync.run();
  expect(await at.projection.run()).toEqual(ok(undefined));
  return report.ok ? report.value : report.failure;
}

const nothing = { threads: 1, diverged: 0, quarantined: [] };
const found = (diverged: number): object => ({ threads: 1, diverged, quarantined: [] });
const contents = (at: World): readonly StoredMessage[] => [...at.content.messages.values()];
const asItWas = expect.arrayContaining([posted, open]);

describe('[S-2.1] [S-2.2] [S-2.3] comparing what is stored with what is cached', () => {
  it('[SY1] reads, and changes nothing where nothing has changed', async () => {
    const at = await world();
    expect(await mend(at)).toEqual(nothing);
    expect(at.content.calls).toEqual(['read thread', 'scroll']);
    expect(at.ledger.calls).toEqual([]);
  });

  it('[SY8] has queued what differs durably before it says so', async () => {
    const at = await world();
    at.content.messages.delete(said.hash);
    expect(await at.sync.run()).toEqual(ok(found(1)));
    const after = await parts(new MemoryStore(at.store.crash()));
    expect(after.queue.tasks()).toEqual([{ kind: 'content', hash: said.hash, thread, author: creator }]);
  });

  it('[SY9] ends at a failed read, with nothing queued and the last figures kept', async () => {
    const at = await world('none');
    at.content.messages.delete(said.hash);
    await at.sync.run();
    at.content.threads.clear();
    at.content.down = true;
    expect(await at.sync.run()).toEqual({ ok: false, failure: qdrantDown });
    at.content.down = false;
    at.content.onScroll = async () => {
      at.content.down = true;
    };
    expect(await at.sync.run()).toEqual({ ok: false, failure: qdrantDown });
    expect({ queue: at.queue.size, quarantined: at.sync.quarantined }).toEqual({ queue: 0, quarantined: [said.hash] });
  });

  it('[SY11] takes what was ingested while it read for no sign of anything', async () => {
    const at = await parts(new MemoryStore());
    at.ledger.history = history.slice(0, 1);
    await at.ingestion.catchUp();
    at.content.threads.set(thread, { ...metadata, version: 1, messageCount: 0 });
    await at.projection.run();
    at.content.onScroll = async () => {
      at.ledger.history = [...history];
      await at.ingestion.catchUp();
    };
    expect(await at.sync.run()).toEqual(ok(nothing));
    expect(at.sync.quarantined).toEqual([]);
  });

  it('[SY12] reads a long thread in pages, and runs once for all who asked before it began', async () => {
    const at = await parts(new MemoryStore());
    const drafts = Array.from({ length: 130 }, (_, n) => draftOf(`${n}`));
    at.ledger.history = historyOf(
      thread,
      creator,
      drafts.map(({ hash }) => hash),
    );
    for (const [sequence, draft] of drafts.entries()) {
      at.content.messages.set(draft.hash, { ...draft, state: 'recorded', sequence });
      await at.store.write([putText(draft)]);
    }
    await at.ingestion.catchUp();
    await at.projection.run();
    at.content.messages.delete(drafts[129]?.hash ?? said.hash);
    at.content.calls.length = 0;
    const reports = await Promise.all([at.sync.run(), at.sync.run(), at.sync.run()]);
    expect(at.content.calls.filter((call) => call === 'scroll')).toHaveLength(2 * 3);
    expect(reports).toEqual(reports.map(() => ok(found(1))));
  });
});

describe('[C-1.1] [C-1.2] content that is not what its hash says', () => {
  it.each<[string, (at: World) => void]>([
    ['lost', (at) => at.content.messages.delete(said.hash)],
    ['unreadable', (at) => at.content.malformed.add(said.hash)],
    ['of another text', (at) => at.content.alter(said.hash, { text: 'unsaid' })],
    ['of another author', (at) => at.content.alter(said.hash, { author: proposer })],
    ['of an author who is no key', (at) => at.content.alter(said.hash, { author: walletId('1'.repeat(40)) })],
    ['in another thread', (at) => at.content.alter(said.hash, { thread: threadId('02'.repeat(32)) })],
  ])('[SY2] a recorded message that is %s is put back whole', async (_, harm) => {
    const at = await world();
    harm(at);
    expect(await mend(at)).toEqual(found(1));
    expect(contents(at)).toEqual(asItWas);
    expect(await mend(at)).toEqual(nothing);
  });

  it.each<[string, Partial<StoredMessage>]>([
    ['pending', { state: 'pending', sequence: null }],
    ['at another sequence', { sequence: 7 }],
  ])('[SY3] a recorded message that is merely %s is marked again, by whoever finds it', async (_, change) => {
    const at = await world('none');
    at.content.alter(said.hash, change);
    expect(await mend(at)).toEqual(found(1));
    expect(contents(at)).toEqual(asItWas);
    expect(at.content.calls).not.toContain('put recorded');
  });

  it.each<[string, (at: World) => void]>([
    ['lost', (at) => at.content.messages.delete(proposed.hash)],
    ['altered', (at) => at.content.alter(proposed.hash, { text: 'let me in' })],
    ['unreadable', (at) => at.content.malformed.add(proposed.hash)],
  ])("[SY4] an open spec's content that is %s is put back, pending", async (_, harm) => {
    const at = await world();
    harm(at);
    expect(await mend(at)).toEqual(found(1));
    expect(contents(at)).toEqual(asItWas);
    expect(await mend(at)).toEqual(nothing);
  });

  it('[SY17] that is both recorded and an open spec’s counts once, as recorded', async () => {
    const at = await world('none');
    // The proposer joins by another spec, and posts what the open one proposes.
    const other = { hash: draftOf('other', proposer).hash, author: proposer };
    at.ledger.history.push(
      { ...submitted, ...other, version: 4, ...transaction(3) },
      { ...vote, kind: 'voted', thread, ...other, version: 5, ...transaction(4) },
      {
        kind: 'settled',
        thread,
        ...other,
        status: 'approved',
        sequence: 1,
        joined: true,
        version: 6,
        vault: 0n,
        ...transaction(5),
      },
      { kind: 'messagePosted', ...proposed, sequence: 2, version: 7, vault: 0n, ...transaction(6) },
    );
    await at.ingestion.catchUp();
    expect(at.cache.view(thread)).toMatchObject({ version: 7, specs: [{ hash: proposed.hash }] });
    at.content.messages.delete(proposed.hash);
    expect(await at.sync.run()).toMatchObject(ok({ quarantined: [other.hash, proposed.hash] }));
  });

  it("[SY15] an open spec's content that is stored as recorded is never moved back", async () => {
    const at = await world();
    const recorded: StoredMessage = { ...proposed, text: 'let me in', state: 'recorded', sequence: 1 };
    at.content.messages.set(proposed.hash, recorded);
    await mend(at);
    expect(at.content.messages.get(proposed.hash)).toEqual(recorded);
  });

  it.each<[string, (at: World, hash: ContentHash) => void]>([
    ['lost', (at, hash) => at.content.messages.delete(hash)],
    ['altered', (at, hash) => at.content.alter(hash, { text: 'unsaid' })],
  ])('[SY6] what is %s and not held here is left alone, and counted until it is back', async (_, harm) => {
    const at = await world('none');
    for (const { hash } of contents(at)) harm(at, hash);
    const left = contents(at);
    expect(await mend(at)).toEqual({ threads: 1, diverged: 0, quarantined: [said.hash, proposed.hash] });
    expect(contents(at)).toEqual(left);
    expect(at.sync.quarantined).toEqual([said.hash, proposed.hash]);
    for (const message of [posted, open]) at.content.messages.set(message.hash, message);
    expect(await mend(at)).toEqual(nothing);
    expect(at.sync.quarantined).toEqual([]);
  });

  it('[SY7] is looked at, whoever said that it was written just now', async () => {
    const at = await world();
    at.content.alter(said.hash, { text: 'unsaid' });
    await at.sync.run();
    at.projection.expectFresh(said.hash);
    await at.projection.run();
    expect(contents(at)).toEqual(asItWas);
  });

  it('[SY7] is looked at by an attempt that begins later than one under way', async () => {
    const at = await world();
    at.queue.adopt([{ kind: 'content', hash: said.hash, thread, author: creator }]);
    at.projection.expectFresh(said.hash);
    at.content.alter(said.hash, { text: 'unsaid' });
    const earlier = at.projection.run();
    const passed = at.sync.run();
    await Promise.all([earlier, passed]);
    at.projection.expectFresh(said.hash);
    await at.projection.run();
    expect(contents(at)).toEqual(asItWas);
  });
});

describe('[C-2.1] [C-2.2] metadata', () => {
  it.each<[string, (at: World) => void]>([
    ['lost', (at) => at.content.threads.delete(thread)],
    ['older', (at) => at.content.threads.set(thread, { ...metadata, version: 2 })],
    ['of other co-authors', (at) => at.content.threads.set(thread, { ...metadata, coAuthors: [proposer] })],
    ['of another count', (at) => at.content.threads.set(thread, { ...metadata, messageCount: 5 })],
  ])('[SY5] that is %s is written again from the view', async (_, harm) => {
    const at = await world('none');
    harm(at);
    expect(await mend(at)).toEqual(found(1));
    expect(at.content.threads.get(thread)).toEqual(metadata);
    expect(await mend(at)).toEqual(nothing);
  });

  it('[SY5] that is newer is another backend’s work', async () => {
    const at = await world();
    const newer = { ...metadata, version: 9, coAuthors: [proposer] };
    at.content.threads.set(thread, newer);
    expect(await mend(at)).toEqual(nothing);
    expect(at.content.threads.get(thread)).toEqual(newer);
  });
});

describe('[C-1] [C-2] [C-3] [C-4] [C-1.3] [C-3.2] conflicts with Qdrant', () => {
  it.each<[ConflictKind, string, (at: World) => unknown]>([
    ['HashMismatch', 'lost', (at) => at.content.messages.delete(said.hash)],
    ['HashMismatch', 'altered', (at) => at.content.alter(said.hash, { text: 'unsaid' })],
    ['OwnershipConflict', 'of other co-authors', (at) => at.content.threads.set(thread, { ...metadata, coAuthors: [proposer] })],
    ['StateDesync', 'metadata lost', (at) => at.content.threads.delete(thread)],
    ['StateDesync', 'metadata older', (at) => at.content.threads.set(thread, { ...metadata, version: 2 })],
    ['StateDesync', 'not marked recorded', (at) => at.content.alter(said.hash, { state: 'pending', sequence: null })],
    ['TimestampConflict', 'at another sequence', (at) => at.content.alter(said.hash, { sequence: 7 })],
  ])('[CQ1] %s (%s): met once, mended, and resolved once it is seen to be', async (kind, _what, harm) => {
    const at = await world();
    harm(at);
    await at.sync.run();
    await at.sync.run();
    expect(at.told.conflicts.counts[kind]).toEqual({ met: 1, resolved: 0, quarantined: 0 });
    expect(at.told.conflicts.open()).toMatchObject([{ kind, thread }]);
    at.clock.advance(1_500);
    await at.projection.run();
    expect(await at.sync.verify()).toEqual(ok(undefined));
    expect(at.told.conflicts.counts[kind]).toEqual({ met: 1, resolved: 1, quarantined: 0 });
    expect(at.told.conflicts.open()).toEqual([]);
    expect(contents(at)).toEqual(asItWas);
    expect(at.content.threads.get(thread)).toEqual(metadata);
    const settled = at.told.events.filter((event) => event.kind === 'settled');
    expect(settled).toMatchObject([{ conflict: { kind }, how: 'resolved', tookMs: 1_500 }]);
  });

  it('[CQ2] what nobody here can mend is quarantined, told once, and resolved when somebody else has mended it', async () => {
    const at = await world('none');
    at.content.messages.delete(said.hash);
    for (const _ of [1, 2, 3]) await mend(at);
    expect(at.told.conflicts.counts.HashMismatch).toEqual({ met: 1, resolved: 0, quarantined: 1 });
    expect(at.told.raised.map(({ kind, code }) => [kind, code])).toContainEqual(['ReconciliationFailed', 'ContentQuarantined']);
    at.content.messages.set(said.hash, posted);
    await mend(at);
    expect(at.told.conflicts.counts.HashMismatch).toEqual({ met: 1, resolved: 1, quarantined: 1 });
  });

  it('[CQ3] an order of events that is not the chain’s is met, and the chain’s wins', async () => {
    const at = await parts(new MemoryStore());
    at.ledger.history = [...history];
    const events = at.ledger.events.bind(at.ledger);
    at.ledger.events = async (...inputs) => {
      const page = await events(...inputs);
      const isStream = inputs[2] === undefined;
      return page.ok && isStream ? ok({ ...page.value, events: [...page.value.events].reverse() }) : page;
    };
    await at.ingestion.catchUp();
    expect(at.cache.view(thread)?.version).toBe(3);
    expect(at.told.conflicts.counts.TimestampConflict).toEqual({ met: 2, resolved: 2, quarantined: 0 });
  });
});

describe('[S-2.2] what a pass costs', () => {
  const idOf = (n: number) => threadId(n.toString(16).padStart(64, '0'));
  const recorded = (n: number): StoredMessage => {
    const id = idOf(n);
    const draft = { thread: id, author: creator, text: `said ${n}` };
    return { ...draft, hash: hashContent(draft), state: 'recorded', sequence: 0 };
  };

  /** So many threads with one message each, all of them compared before. */
  async function many(count: number): Promise<World> {
    const at = await parts(new MemoryStore());
    for (let n = 0; n < count; n += 1) {
      const message = recorded(n);
      at.ledger.history.push(...historyOf(message.thread, creator, [message.hash], 2 * n));
      at.content.messages.set(message.hash, message);
      at.content.threads.set(message.thread, { thread: message.thread, version: 2, coAuthors: [creator], messageCount: 1 });
    }
    await at.ingestion.catchUp();
    await at.projection.run();
    const first = await at.sync.run();
    expect(first).toEqual(ok({ threads: count, diverged: 0, quarantined: [] }));
    return at;
  }

  it('[SY18] first everything, then what changed or was wrong and a bounded share of the rest, and in turn all of it', async () => {
    const at = await many(200);
    at.content.calls.length = 0;
    expect(await at.sync.run()).toEqual(ok({ threads: 64, diverged: 0, quarantined: [] }));
    expect(at.content.calls).toHaveLength(2 * 64);
    // The next share begins after this one; the changed thread is before it.
    const changed = recorded(0);
    const more = { ...historyOf(changed.thread, creator, [changed.hash, said.hash], 400)[2] } as LedgerEvent;
    at.ledger.history.push(more);
    await at.ingestion.catchUp();
    expect(await report(at)).toMatchObject({ threads: 65 });
    for (let pass = 0; pass < 4; pass += 1) await at.sync.run();
    for (let n = 0; n < 200; n += 1) at.content.messages.delete(recorded(n).hash);
    const lost = new Set<string>();
    for (let pass = 0; pass < 4; pass += 1) for (const hash of (await report(at)).quarantined) lost.add(hash);
    expect(lost.size).toBeGreaterThanOrEqual(200);
  });

  it('[SY19] what was verified stays so over a restart, and what changed meanwhile is not', async () => {
    const at = await many(100);
    await at.store.sync();
    at.ledger.history.push({
      ...historyOf(recorded(7).thread, creator, [said.hash, said.hash], 300)[2],
      sequence: 1,
    } as LedgerEvent);
    const after = await parts(new MemoryStore(at.store.crash()));
    expect(after.sync.unverified).toBe(0);
    after.ledger.history = at.ledger.history;
    await after.ingestion.catchUp();
    expect(after.sync.unverified).toBe(1);
  });

  const report = async (at: World): Promise<SyncReport> => {
    const ran = await at.sync.run();
    if (!ran.ok) throw new Error(ran.failure.detail);
    return ran.value;
  };
});

describe('pending content that no view needs', () => {
  it('[SY10] is asked about after a minute, however many passes, and goes only when the ledger does not know it', async () => {
    const at = await world();
    at.content.messages.set(unneeded.hash, unneeded);
    for (const ms of [0, 0, 59_999]) {
      at.clock.advance(ms);
      expect(await mend(at)).toEqual(nothing);
    }
    expect({ asked: at.ledger.calls, stored: at.content.state(unneeded.hash) }).toEqual({ asked: [], stored: 'pending' });
    at.clock.advance(1);
    expect(await mend(at)).toEqual(found(1));
    expect(at.content.state(unneeded.hash)).toBeUndefined();
  });

  it.each(['recorded', 'open'] as const)('[SY10] stays when the ledger says that it is %s by now', async (state) => {
    const at = await world();
    at.content.messages.set(unneeded.hash, unneeded);
    await mend(at);
    at.clock.advance(60_000);
    if (state === 'open') at.ledger.open.add(unneeded.hash);
    else at.ledger.recorded.set(unneeded.hash, 1);
    await mend(at);
    expect(at.content.state(unneeded.hash)).toBe(state === 'open' ? 'pending' : 'recorded');
    expect(at.content.calls).not.toContain('discard');
  });
});

describe('a backend', () => {
  /** Opened over a world whose recorded message is lost from the content store. */
  async function opened(options: { readonly syncEveryMs?: number } = {}) {
    const at = await world();
    at.content.messages.delete(said.hash);
    const random = { bytes: (count: number) => new Uint8Array(count) };
    const settings = { ensureCollections: false, ...options };
    const backend = await Backend.open({ id: backendId('b0'), ...at.ports, random, options: settings });
    return { ...at, backend };
  }

  it.each([
    [{}, 60_000],
    [{ syncEveryMs: 5_000 }, 5_000],
  ])('[SY13] %j compares in the first round %i ms after it was opened, and as long after that', async (options, everyMs) => {
    const at = await opened(options);
    const scrolled = async (ms: number): Promise<number> => {
      at.clock.advance(ms);
      at.content.calls.length = 0;
      expect(await at.backend.round()).toEqual({ failures: [] });
      return at.content.calls.filter((call) => call === 'scroll').length;
    };
    expect([await scrolled(0), await scrolled(everyMs - 1)]).toEqual([0, 0]);
    expect(at.content.state(said.hash)).toBeUndefined();
    // Once to find it, once to see that it is mended.
    expect(await scrolled(1)).toBe(2);
    expect(at.content.state(said.hash)).toBe('recorded');
    expect([await scrolled(everyMs - 1), await scrolled(1)]).toEqual([0, 1]);
  });

  it('[SY14] compares nothing while the ledger is away, and says why it could not while the content store is', async () => {
    const at = await opened();
    at.clock.advance(60_000);
    at.ledger.down = true;
    expect(await at.backend.round()).toEqual({ failures: [ledgerDown] });
    expect(at.content.calls).toEqual([]);
    at.ledger.down = false;
    at.content.down = true;
    expect(await at.backend.round()).toEqual({ failures: [qdrantDown] });
    at.content.down = false;
    expect(await at.backend.round()).toEqual({ failures: [] });
    expect(at.content.state(said.hash)).toBe('recorded');
  });

  it('[SY14] makes no pass in a round that could not work off the queue, or not read the ledger to its end', async () => {
    const at = await opened();
    at.clock.advance(60_000);
    at.ledger.history.push({ kind: 'voted', thread, hash: proposed.hash, author: proposer, ...vote, ...transaction(3) });
    at.content.down = true;
    expect(await at.backend.round()).toEqual({ failures: [qdrantDown] });
    at.content.down = false;
    await at.backend.round();
    expect(at.content.calls.filter((call) => call === 'scroll')).toHaveLength(2);
    // One event never shows: the thread stays behind, and is tried again in every round.
    const later = { ...vote, kind: 'voted', thread, hash: proposed.hash, author: proposer, version: 6 } as const;
    at.ledger.history.push({ ...later, ...transaction(5) });
    await at.backend.round();
    expect(at.backend.inspect().behind).toBe(1);
    at.clock.advance(60_000);
    const events = at.ledger.events.bind(at.ledger);
    let reads = 0;
    at.ledger.events = async (...inputs) => {
      reads += 1;
      return reads === 1 ? events(...inputs) : failed({ ...ledgerDown, kind: 'refused' });
    };
    expect((await at.backend.round()).failures).toHaveLength(1);
    expect(at.content.calls.filter((call) => call === 'scroll')).toHaveLength(2);
  });

  it('[SY14] answers what the ledger failed with where it cannot be read again, and compares nothing', async () => {
    const at = await opened();
    await at.backend.round();
    at.content.calls.length = 0;
    at.ledger.down = true;
    expect(await at.backend.sync()).toEqual({ ok: false, failure: ledgerDown });
    expect(at.content.calls).toEqual([]);
  });

  it('[SY16] compares at once when it is told to, mends, and shows what it has to leave to others', async () => {
    const at = await opened();
    expect(await at.backend.sync()).toEqual(ok(found(1)));
    expect(at.content.state(said.hash)).toBe('recorded');
    await at.store.write([{ kind: 'delete', table: 'texts', key: said.hash }]);
    at.content.messages.delete(said.hash);
    expect(await at.backend.sync()).toEqual(ok({ threads: 1, diverged: 0, quarantined: [said.hash] }));
    expect(at.backend.inspect()).toMatchObject({ projectionQueue: 0, counters: { quarantined: 1, missingContents: 0 } });
  });
});
