import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../adapters/store/memory.ts';
import type { Push } from '../core/protocol.ts';
import { decodePush } from '../core/protocol-codec.ts';
import { ScriptedClock } from '../core/scripted-clock.ts';
import { contentHash, intentId, type ThreadId, threadId, walletId } from '../ports/ids.ts';
import type { SignedTransaction } from '../ports/ledger.ts';
import { ThreadCache } from './cache.ts';
import { Ingestion } from './ingestion.ts';
import { ProjectionQueue, taskKey } from './projection-queue.ts';
import { Publisher } from './publisher.ts';
import { historyOf, ScriptedLedger, transaction } from './scripted-ledger.ts';
import { toldTo } from './scripted-monitor.ts';
import { keyOf, Outbox, type Submitting } from './writing/outbox.ts';

const one = threadId('01'.repeat(32));
const two = threadId('02'.repeat(32));
const ann = walletId('A'.repeat(40));
const hashes = ['a', 'b', 'c', 'd'].map((digit) => contentHash(digit.repeat(64)));

async function world(store = new MemoryStore(), ledger = new ScriptedLedger(), pageLimit = 100) {
  const clock = new ScriptedClock();
  const cache = await ThreadCache.load(store);
  const outbox = await Outbox.load(store, 10);
  const queue = await ProjectionQueue.load(store);
  const publisher = new Publisher();
  const pushes: Push[] = [];
  const durableAtPush: boolean[] = [];
  let unsynced = 0;
  const watched = new Proxy(store, {
    get(target, key) {
      if (key === 'write') unsynced += 1;
      if (key === 'sync') unsynced = 0;
      const member: unknown = Reflect.get(target, key, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
  publisher.add({
    id: 'peer',
    close: () => undefined,
    push: (frame) => {
      const push = decodePush(frame);
      if (push.ok) pushes.push(push.value);
      durableAtPush.push(unsynced === 0);
    },
  });
  const told = toldTo(clock);
  const parts = { cache, outbox, queue, publisher, ...told };
  const ingestion = await Ingestion.load({ ledger: ledger.port, store: watched, clock }, parts, pageLimit);
  return { store, ledger, clock, pushes, durableAtPush, ingestion, ...parts };
}

const versions = (at: { cache: ThreadCache }) => (thread: ThreadId) => at.cache.view(thread)?.version ?? 0;

describe('ingestion', () => {
  it('[IN1] caches every thread at its newest version, page by page, and comes to an end', async () => {
    const at = await world(undefined, undefined, 2);
    at.ledger.history = [...historyOf(one, ann, hashes.slice(0, 3)), ...historyOf(two, ann, [], 4)];
    expect(await at.ingestion.catchUp()).toEqual({ ok: true, value: false });
    expect([one, two].map(versions(at))).toEqual([4, 1]);
    expect(at.cache.view(one)?.messages.map((message) => message.hash)).toEqual(hashes.slice(0, 3));
  });

  it('[IN2] is where it was after a crash, with views, checkpoint and tasks from the same moment', async () => {
    const at = await world(undefined, undefined, 2);
    at.ledger.history = historyOf(one, ann, hashes);
    await at.ingestion.catchUp(() => versions(at)(one) >= 2);
    const after = await world(new MemoryStore(at.store.crash()), at.ledger);
    expect(after.cache.views()).toEqual(at.cache.views());
    expect(after.ingestion.checkpoint).toEqual(at.ingestion.checkpoint);
    const keys = (queue: ProjectionQueue) => queue.tasks().map(taskKey).sort();
    expect(keys(after.queue)).toEqual(keys(at.queue));
    await after.ingestion.catchUp();
    expect(versions(after)(one)).toBe(5);
    expect(after.cache.view(one)?.messages.map((message) => message.sequence)).toEqual([0, 1, 2, 3]);
  });

  it('[IN3] tells clients only what is durable, and only the messages that are new', async () => {
    const at = await world();
    at.ledger.history = historyOf(one, ann, hashes.slice(0, 1));
    await at.ingestion.catchUp();
    at.ledger.history = historyOf(one, ann, hashes);
    await at.ingestion.catchUp();
    expect(at.pushes.map(({ slices }) => slices.map(({ version, from, messages }) => [version, from, messages.length]))).toEqual([
      [[2, 0, 1]],
      [[5, 1, 3]],
    ]);
    expect(at.durableAtPush).toEqual([true, true]);
  });

  it('[IN4] shows nothing of a page whose writing failed', async () => {
    const at = await world();
    at.ledger.history = historyOf(one, ann, hashes);
    at.store.crash();
    await expect(at.ingestion.catchUp()).rejects.toMatchObject({ code: 'StoreClosed' });
    expect(at.cache.views()).toEqual([]);
    expect(at.pushes).toEqual([]);
  });

  it('[IN5] fills a gap by reading again from the last event applied to that thread', async () => {
    const at = await world();
    at.ledger.history = historyOf(one, ann, hashes.slice(0, 2));
    await at.ingestion.catchUp();
    at.ledger.history = historyOf(one, ann, hashes);
    at.ledger.dropped = [new Set([3])];
    await at.ingestion.catchUp();
    expect(versions(at)(one)).toBe(5);
    expect({ gaps: at.ingestion.gaps, behind: at.ingestion.behind }).toEqual({ gaps: 1, behind: 0 });
  });

  it('[IN6] remembers, over a crash, a gap it could not fill, goes on with other threads, and repairs it later', async () => {
    const at = await world();
    at.ledger.history = [...historyOf(one, ann, hashes), ...historyOf(two, ann, hashes, 5)];
    at.ledger.dropped = [new Set([2]), new Set([2])];
    await at.ingestion.catchUp();
    expect([one, two].map(versions(at))).toEqual([2, 5]);
    expect(at.ingestion.behind).toBe(1);
    const after = await world(new MemoryStore(at.store.crash()), at.ledger);
    expect(after.ingestion.behind).toBe(1);
    after.ledger.dropped = [];
    expect(await after.ingestion.repair()).toEqual({ ok: true, value: undefined });
    expect(versions(after)(one)).toBe(5);
    expect(after.ingestion.behind).toBe(0);
    expect((await world(new MemoryStore(after.store.crash()))).ingestion.behind).toBe(0);
  });

  it('[IN7] brings a thread to a version that the stream has passed over', async () => {
    const at = await world();
    at.ledger.history = historyOf(one, ann, hashes);
    at.ledger.dropped = [new Set([4])];
    await at.ingestion.catchUp();
    expect(versions(at)(one)).toBe(4);
    expect(await at.ingestion.catchUpThread(one, 5)).toEqual({ ok: true, value: true });
    expect(await at.ingestion.catchUpThread(one, 6)).toEqual({ ok: true, value: false });
  });

  it('[IN8] stops as soon as what was waited for is there', async () => {
    const at = await world();
    at.ledger.history = historyOf(one, ann, hashes);
    expect(await at.ingestion.catchUp(() => versions(at)(one) >= 5)).toEqual({ ok: true, value: true });
    expect(at.ledger.calls).toEqual(['events']);
  });

  it('[IN9] reads one page for callers that come together, and never answers from a page begun before the call', async () => {
    const at = await world();
    at.ledger.history = historyOf(one, ann, hashes.slice(0, 1));
    const early = at.ingestion.catchUp();
    at.ledger.history = historyOf(one, ann, hashes);
    const reached = () => versions(at)(one) >= 5;
    await Promise.all([early, at.ingestion.catchUp(reached), at.ingestion.catchUp(reached)]);
    expect(versions(at)(one)).toBe(5);
    expect(at.ledger.calls.length).toBeLessThanOrEqual(3);
  });

  it('[IN10] reports an unreachable ledger and changes nothing', async () => {
    const at = await world();
    at.ledger.history = historyOf(one, ann, hashes);
    at.ledger.down = true;
    expect(await at.ingestion.catchUp()).toMatchObject({ ok: false, failure: { kind: 'unavailable' } });
    expect(at.cache.views()).toEqual([]);
  });

  it('[IN11] ends our own intent in the same batch that caches its event', async () => {
    const at = await world();
    at.ledger.history = historyOf(one, ann, []);
    const signed: SignedTransaction = { signature: transaction(0).signature, bytes: '', lastValidBlockHeight: 9 };
    const prepared = { signer: ann, message: '', lastValidBlockHeight: 9 };
    const action = { kind: 'createThread', thread: one } as const;
    const entry: Submitting = {
      state: 'submitting',
      wallet: ann,
      intent: intentId('i'),
      order: 0,
      action,
      hash: null,
      prepared,
      signed,
    };
    await at.outbox.put(entry);
    await at.ingestion.catchUp();
    const after = await world(new MemoryStore(at.store.crash()));
    for (const outbox of [at.outbox, after.outbox]) {
      expect(outbox.get(keyOf(ann, entry.intent))).toMatchObject({ state: 'ended', end: { kind: 'confirmed', version: 1 } });
      expect(outbox.open()).toEqual([]);
    }
  });

  it('[IN12] finds a landing it no longer remembers by reading the stream again', async () => {
    const at = await world();
    at.ledger.history = historyOf(one, ann, hashes);
    expect(await at.ingestion.locate(transaction(3).signature)).toEqual({
      ok: true,
      value: { thread: one, version: 4, slot: 103 },
    });
    expect(await at.ingestion.locate(transaction(30).signature)).toEqual({ ok: true, value: null });
  });
});
