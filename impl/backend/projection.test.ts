import bs58 from 'bs58';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../adapters/store/memory.ts';
import { hashContent } from '../core/content.ts';
import { pack } from '../core/json.ts';
import type { StoredMessage } from '../ports/content-store.ts';
import { intentId, threadId, walletId } from '../ports/ids.ts';
import { ok } from '../ports/outcome.ts';
import { type ContentTask, taskKey } from './projection-queue.ts';
import { historyOf } from './scripted-ledger.ts';
import { scriptedParts } from './scripted-parts.ts';

const thread = threadId('01'.repeat(32));
const author = walletId(bs58.encode(new Uint8Array(32).fill(5)));
const text = 'held';
const hash = hashContent({ thread, author, text });
const task: ContentTask = { kind: 'content', hash, thread, author };
const draft = { hash, thread, author, text };
const stored = (state: StoredMessage['state']): StoredMessage =>
  state === 'pending' ? { ...draft, state, sequence: null } : { ...draft, state, sequence: 0 };

const world = async (store = new MemoryStore()) => ({ store, ...(await scriptedParts(store)) });
type World = Awaited<ReturnType<typeof world>>;

/** The thread and its recorded message, ingested. */
async function recorded(): Promise<World> {
  const at = await world();
  at.ledger.history = historyOf(thread, author, [hash]);
  at.ledger.recorded.set(hash, 0);
  await at.ingestion.catchUp();
  return at;
}

/** A refused write has left its content task and its text behind. */
async function refused(): Promise<World> {
  const at = await world();
  const held = { kind: 'put', table: 'texts', key: hash, value: pack({ thread, author, text }) } as const;
  await at.store.write([...at.queue.writesFor([task]), held]);
  at.queue.adopt([task]);
  at.content.messages.set(hash, stored('pending'));
  return at;
}

const heldText = (at: World) => at.store.get('texts', hash);

describe('projection', () => {
  it('[PJ1] records content and metadata, once for all events of a thread', async () => {
    const at = await recorded();
    at.content.messages.set(hash, stored('pending'));
    expect(await at.projection.run()).toEqual(ok(undefined));
    expect(at.content.state(hash)).toBe('recorded');
    expect(at.content.threads.get(thread)).toEqual({ thread, version: 2, coAuthors: [author], messageCount: 1 });
    expect(at.queue.size).toBe(0);
    expect(at.content.calls.filter((call) => call === 'put thread')).toHaveLength(1);
  });

  it('[PJ2] writes nothing that another instance has done already', async () => {
    const at = await recorded();
    at.content.messages.set(hash, stored('recorded'));
    at.content.threads.set(thread, { thread, version: 2, coAuthors: [author], messageCount: 1 });
    await at.projection.run();
    expect(at.content.calls).toEqual(['read messages', 'read thread']);
    expect(at.queue.size).toBe(0);
  });

  it('[PJ3] never replaces newer metadata', async () => {
    const at = await recorded();
    at.content.messages.set(hash, stored('recorded'));
    at.content.threads.set(thread, { thread, version: 7, coAuthors: [], messageCount: 6 });
    at.projection.expectFresh(thread);
    await at.projection.run();
    expect(at.content.threads.get(thread)?.version).toBe(7);
    expect(at.queue.size).toBe(0);
  });

  it('[PJ4] does not look before it writes what this backend has just caused', async () => {
    const at = await recorded();
    at.content.messages.set(hash, stored('pending'));
    at.projection.expectFresh(hash, thread);
    await at.projection.run();
    expect(at.content.calls).toEqual(['mark', 'read messages', 'put thread']);
  });

  it('[PJ5] keeps everything queued, durably, while the content store is away', async () => {
    const at = await recorded();
    at.content.down = true;
    expect(await at.projection.run()).toMatchObject({ ok: false, failure: { kind: 'unavailable' } });
    expect(at.queue.size).toBe(2);
    const after = await world(new MemoryStore(at.store.crash()));
    expect(after.queue.size).toBe(2);
    after.content.messages.set(hash, stored('pending'));
    await after.projection.run();
    expect(after.content.state(hash)).toBe('recorded');
  });

  it('[PJ6] asks again at once when an answer was lost, and no more than that', async () => {
    const at = await recorded();
    at.content.messages.set(hash, stored('pending'));
    at.content.loseNext = true;
    expect(await at.projection.run()).toEqual(ok(undefined));
    expect(at.content.calls.filter((call) => call === 'mark')).toHaveLength(2);
  });

  it('[PJ7] restores recorded content that is gone from the text it holds, keeps that text, and counts what nobody here holds', async () => {
    const at = await recorded();
    await at.store.write([{ kind: 'put', table: 'texts', key: hash, value: pack({ thread, author, text }) }]);
    await at.projection.run();
    expect(at.content.state(hash)).toBe('recorded');
    expect(await heldText(at)).toBeDefined();
    const bare = await recorded();
    await bare.projection.run();
    expect({ missing: bare.projection.missing, queue: bare.queue.size }).toEqual({ missing: 1, queue: 0 });
  });

  it('[PJ8] discards refused content, and lets go of its text', async () => {
    const at = await refused();
    await at.projection.run();
    expect(at.content.messages.has(hash)).toBe(false);
    expect(at.queue.size).toBe(0);
    expect(await heldText(at)).toBeUndefined();
  });

  it('[PJ9] discards nothing while the ledger cannot say that nobody needs it, and then touches nothing at all', async () => {
    const at = await refused();
    at.ledger.down = true;
    expect(await at.projection.run()).toMatchObject({ ok: false, failure: { authority: 'solana' } });
    expect(at.content.calls).toEqual([]);
    expect(at.queue.size).toBe(1);
  });

  it('[PJ18] discards once for each time that the ledger was asked, whatever became of the answer', async () => {
    const at = await refused();
    at.content.loseNext = true;
    // Recorded, and put there by another backend, before the first answer is given up.
    at.content.onDiscard = () => at.ledger.recorded.set(hash, 0);
    expect(await at.projection.run()).toEqual(ok(undefined));
    expect(at.content.calls.filter((call) => call === 'discard')).toHaveLength(1);
    expect(at.queue.size).toBe(1);
    at.content.messages.set(hash, stored('pending'));
    await at.projection.run();
    expect(at.content.calls.filter((call) => call === 'discard')).toHaveLength(1);
    expect(at.content.state(hash)).toBe('recorded');
  });

  it.each(['recorded', 'open'] as const)('[PJ10] keeps content that another backend has made %s meanwhile', async (state) => {
    const at = await refused();
    if (state === 'open') at.ledger.open.add(hash);
    else at.ledger.recorded.set(hash, 3);
    await at.projection.run();
    expect(at.content.state(hash)).toBe(state === 'open' ? 'pending' : 'recorded');
    expect(at.content.calls).not.toContain('discard');
  });

  it('[PJ11] keeps content with which an intent of its own could still land', async () => {
    const at = await refused();
    await at.outbox.put({
      state: 'preparing',
      wallet: author,
      intent: intentId('again'),
      order: 1,
      action: { kind: 'postMessage', thread, hash },
      hash,
      prepared: { signer: author, message: '', lastValidBlockHeight: 1 },
    });
    await at.projection.run();
    expect(at.content.state(hash)).toBe('pending');
    expect(await heldText(at)).toBeDefined();
    expect(at.ledger.calls).toEqual([]);
  });

  it.each(['recorded', 'open'] as const)(
    '[PJ12] puts content back when it became %s between the question and the discard',
    async (state) => {
      const at = await refused();
      at.content.onDiscard = () => {
        if (state === 'open') at.ledger.open.add(hash);
        else at.ledger.recorded.set(hash, 0);
      };
      await at.projection.run();
      expect(at.queue.size).toBe(1);
      expect(await heldText(at)).toBeDefined();
      await at.projection.run();
      expect(at.content.state(hash)).toBe(state === 'open' ? 'pending' : 'recorded');
      expect(at.queue.size).toBe(0);
    },
  );

  it('[PJ14] keeps the text of what is recorded or an open spec, and drops it with the content', async () => {
    const at = await refused();
    at.ledger.open.add(hash);
    await at.projection.run();
    expect(await heldText(at)).toBeDefined();
    at.ledger.open.delete(hash);
    at.queue.adopt([{ ...task }]);
    await at.projection.run();
    expect({ stored: at.content.messages.size, text: await heldText(at) }).toEqual({ stored: 0, text: undefined });
  });

  it('[PJ15] forgets that something was fresh once there is nothing to do', async () => {
    const at = await recorded();
    at.content.messages.set(hash, stored('pending'));
    await at.projection.run();
    at.projection.expectFresh(hash);
    await at.projection.run();
    await at.store.write([{ kind: 'put', table: 'texts', key: hash, value: pack({ thread, author, text }) }]);
    at.content.alter(hash, { text: 'altered' });
    at.queue.adopt([task]);
    await at.projection.run();
    expect(at.content.messages.get(hash)).toEqual(stored('recorded'));
  });

  it.each(['held', 'not held'] as const)(
    "[PJ16] removes an open spec's altered content only to put it back: %s",
    async (text) => {
      const at = await refused();
      if (text === 'not held') await at.store.write([{ kind: 'delete', table: 'texts', key: hash }]);
      at.ledger.open.add(hash);
      at.content.alter(hash, { text: 'altered' });
      await at.projection.run();
      const expected = text === 'held' ? stored('pending') : { ...stored('pending'), text: 'altered' };
      expect(at.content.messages.get(hash)).toEqual(expected);
      expect(at.projection.missing).toBe(text === 'held' ? 0 : 1);
    },
  );

  it('[PJ17] [P-2.4] what is acknowledged and is not there stays queued, and the metadata that counts it with it', async () => {
    const at = await recorded();
    at.content.messages.set(hash, stored('pending'));
    at.content.forgetful = true;
    expect(await at.projection.run()).toMatchObject({ ok: false, failure: { code: 'NotVerified' } });
    expect(at.queue.tasks().map(taskKey).sort()).toEqual([taskKey(task), taskKey({ kind: 'thread', thread })]);
    expect(at.content.threads.size).toBe(0);
    at.content.forgetful = false;
    expect(await at.projection.run()).toEqual(ok(undefined));
    expect({ queue: at.queue.size, state: at.content.state(hash) }).toEqual({ queue: 0, state: 'recorded' });
  });

  it('[PJ13] has nothing to ask when there is nothing to do', async () => {
    const at = await world();
    expect(await at.projection.run()).toEqual(ok(undefined));
    expect([...at.content.calls, ...at.ledger.calls]).toEqual([]);
  });
});
