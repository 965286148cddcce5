/** Reading the stream again. What a green run does not show: real nodes that leave out entries (the concurrent properties do). */
import bs58 from 'bs58';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../adapters/store/memory.ts';
import { hashContent } from '../../core/content.ts';
import { ScriptedClock } from '../../core/scripted-clock.ts';
import { threadId, walletId } from '../../ports/ids.ts';
import { ok } from '../../ports/outcome.ts';
import { ThreadCache } from '../cache.ts';
import { Ingestion } from '../ingestion.ts';
import { ProjectionQueue } from '../projection-queue.ts';
import { Publisher } from '../publisher.ts';
import { historyOf, ledgerDown, ScriptedLedger } from '../scripted-ledger.ts';
import { toldTo } from '../scripted-monitor.ts';
import { Outbox } from '../writing/outbox.ts';
import { Audit } from './audit.ts';

const creator = walletId(bs58.encode(new Uint8Array(32).fill(5)));
const first = threadId('01'.repeat(32));
const second = threadId('02'.repeat(32));
const hash = (text: string) => hashContent({ thread: first, author: creator, text });
/** Two entries of one thread, then the creation of another, which is all there is of it. */
const history = [...historyOf(first, creator, [hash('said')]), ...historyOf(second, creator, [], 2)];

async function world(store = new MemoryStore(), pageLimit = 100) {
  const ledger = new ScriptedLedger();
  ledger.history = [...history];
  const cache = await ThreadCache.load(store);
  const outbox = await Outbox.load(store, 10);
  const queue = await ProjectionQueue.load(store);
  const publisher = new Publisher();
  const ports = { ledger: ledger.port, store, clock: new ScriptedClock() };
  const ingestion = await Ingestion.load(ports, { cache, outbox, queue, publisher, ...toldTo(ports.clock) }, pageLimit);
  const audit = await Audit.load({ store, cache, ingestion });
  const versions = () => cache.views().map(({ version }) => version);
  return { store, ledger, ingestion, audit, versions };
}

type World = Awaited<ReturnType<typeof world>>;

/** How many reads of the stream a pass made. */
async function readsOf({ audit, ledger }: World): Promise<number> {
  ledger.calls.length = 0;
  expect(await audit.run()).toEqual(ok(undefined));
  return ledger.calls.length;
}

describe('[S-2.3] reading again what the ledger told', () => {
  it.each([
    ['a thread’s creation, of which nothing else tells', 2, [2]],
    ['a thread’s newest entry', 1, [1, 1]],
  ])('[AU1] finds %s where the stream left it out', async (_, index, without) => {
    const at = await world();
    at.ledger.dropped = [new Set([index])];
    await at.ingestion.catchUp();
    expect(at.versions()).toEqual(without);
    expect(at.ingestion.behind).toBe(0);
    expect(await at.audit.run()).toEqual(ok(undefined));
    expect(at.versions()).toEqual([2, 1]);
    expect(at.audit.passedOver).toBe(1);
  });

  it('[AU2] reads each entry three more times, left out meanwhile or not, and none of them ever after', async () => {
    const at = await world();
    const missing = new Set([2]);
    // By ingestion, which reads until there is nothing new, and by two passes.
    at.ledger.dropped = [missing, missing, missing, missing];
    await at.ingestion.catchUp();
    expect([await readsOf(at), await readsOf(at)]).toEqual([1, 1]);
    expect(at.versions()).toEqual([2]);
    await at.audit.run();
    expect(at.versions()).toEqual([2, 1]);
    expect(await readsOf(at)).toBe(0);
    at.ledger.history.push(...historyOf(threadId('03'.repeat(32)), creator, [], 3));
    await at.ingestion.catchUp();
    expect([await readsOf(at), await readsOf(at), await readsOf(at), await readsOf(at)]).toEqual([1, 1, 1, 0]);
  });

  it('[AU3] goes on after a restart where it was, and reads more, not less, of what it had forgotten', async () => {
    const at = await world();
    await at.ingestion.catchUp();
    for (let pass = 0; pass < 3; pass += 1) await at.audit.run();
    await at.store.sync();
    expect(await readsOf(await world(new MemoryStore(at.store.crash())))).toBe(0);
    const unsynced = await world();
    await unsynced.ingestion.catchUp();
    await unsynced.audit.run();
    expect(await readsOf(await world(new MemoryStore(unsynced.store.crash())))).toBe(1);
  });

  it('[AU4] ends at a failed read and begins there again', async () => {
    const at = await world();
    at.ledger.dropped = [new Set([2])];
    await at.ingestion.catchUp();
    at.ledger.down = true;
    expect(await at.audit.run()).toEqual({ ok: false, failure: ledgerDown });
    at.ledger.down = false;
    expect(await readsOf(at)).toBeGreaterThan(0);
    expect(at.versions()).toEqual([2, 1]);
  });

  it('[AU5] reads page by page, and not beyond where ingestion stands', async () => {
    const at = await world(new MemoryStore(), 1);
    await at.ingestion.catchUp();
    at.ledger.history.push(
      ...historyOf(threadId('03'.repeat(32)), creator, [], 3),
      ...historyOf(threadId('04'.repeat(32)), creator, [], 4),
    );
    expect(await readsOf(at)).toBe(3);
    expect(at.versions()).toEqual([2, 1]);
  });

  it('[AU5] takes what has come since for nothing that was left out, and reads no further than the page it is on', async () => {
    const at = await world(new MemoryStore(), 2);
    await at.ingestion.catchUp();
    for (const n of [3, 4, 5]) at.ledger.history.push(...historyOf(threadId(`0${n}`.repeat(32)), creator, [], n));
    expect(await readsOf(at)).toBe(2);
    expect(at.versions()).toEqual([2, 1]);
  });

  it('[AU4] ends at a failed back-fill, which the next pass makes', async () => {
    const at = await world();
    at.ledger.dropped = [new Set([2])];
    await at.ingestion.catchUp();
    const events = at.ledger.events.bind(at.ledger);
    at.ledger.events = async (...inputs) => {
      const page = await events(...inputs);
      at.ledger.down = true;
      return page;
    };
    expect(await at.audit.run()).toEqual({ ok: false, failure: ledgerDown });
    at.ledger.events = events;
    at.ledger.down = false;
    expect(await at.audit.run()).toEqual(ok(undefined));
    expect(at.versions()).toEqual([2, 1]);
  });

  it('[AU1] counts only what it has found', async () => {
    const at = await world();
    const missing = new Set([2]);
    // By ingestion, and by the back-fill that follows the pass's own reading.
    at.ledger.dropped = [missing, missing, new Set(), missing, missing];
    await at.ingestion.catchUp();
    expect(at.ledger.calls).toHaveLength(2);
    await at.audit.run();
    expect(at.versions()).toEqual([2]);
    expect(at.audit.passedOver).toBe(0);
  });

  it('[AU5] has nothing to read before anything was ingested', async () => {
    expect(await readsOf(await world())).toBe(0);
  });
});
