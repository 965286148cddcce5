import bs58 from 'bs58';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../adapters/store/memory.ts';
import { hashContent } from '../core/content.ts';
import { pack } from '../core/json.ts';
import { ScriptedClock } from '../core/scripted-clock.ts';
import type { ContentStore, StoredMessage, ThreadMetadata } from '../ports/content-store.ts';
import { type ContentHash, intentId, type ThreadId, threadId, walletId } from '../ports/ids.ts';
import { applied, type Failure, failed, notApplied, type Outcome, ok, unknown } from '../ports/outcome.ts';
import { ThreadCache } from './cache.ts';
import { Ingestion } from './ingestion.ts';
import { Outbox } from './outbox.ts';
import { Projection } from './projection.ts';
import { type ContentTask, ProjectionQueue } from './projection-queue.ts';
import { Publisher } from './publisher.ts';
import { historyOf, ScriptedLedger } from './scripted-ledger.ts';

const thread = threadId('01'.repeat(32));
const author = walletId(bs58.encode(new Uint8Array(32).fill(5)));
const text = 'held';
const hash = hashContent({ thread, author, text });
const task: ContentTask = { kind: 'content', hash, thread, author };
const qdrantDown: Failure = { kind: 'unavailable', authority: 'qdrant', code: 'ConnectionRefused', detail: '' };

/** In memory; counts its calls; the next call can be made to fail, or to lose its answer after its effect. */
class ScriptedContent {
  readonly messages = new Map<ContentHash, StoredMessage['state']>();
  readonly threads = new Map<ThreadId, ThreadMetadata>();
  readonly calls: string[] = [];
  down = false;
  loseNext = false;
  onDiscard: () => void = () => undefined;

  get port(): ContentStore {
    const message = (state: StoredMessage['state']) => (each: { hash: ContentHash }) =>
      this.#write(`put ${state}`, () => {
        if (this.messages.get(each.hash) !== 'recorded') this.messages.set(each.hash, state);
      });
    const port: Partial<ContentStore> = {
      putPending: message('pending'),
      putRecorded: message('recorded'),
      markRecorded: (id) =>
        this.#write('mark', () => {
          if (!this.messages.has(id)) return 'missing';
          this.messages.set(id, 'recorded');
          return 'recorded';
        }),
      discardPending: (id) =>
        this.#write('discard', () => {
          this.onDiscard();
          if (this.messages.get(id) === 'recorded') return 'kept';
          this.messages.delete(id);
          return 'discarded';
        }),
      messages: async (ids) => {
        this.calls.push('read messages');
        if (this.down) return failed(qdrantDown);
        const found = ids.filter((id) => this.messages.has(id));
        return ok(found.map((id) => ({ hash: id, state: this.messages.get(id), sequence: 0 }) as StoredMessage));
      },
      thread: async (id) => {
        this.calls.push('read thread');
        return this.down ? failed(qdrantDown) : ok(this.threads.get(id) ?? null);
      },
      putThread: (metadata) =>
        this.#write('put thread', () => {
          if ((this.threads.get(metadata.thread)?.version ?? 0) >= metadata.version) return 'superseded';
          this.threads.set(metadata.thread, metadata);
          return 'written';
        }),
    };
    return port as ContentStore;
  }

  async #write<T>(name: string, effect: () => T): Promise<Outcome<T>> {
    this.calls.push(name);
    if (this.down) return notApplied(qdrantDown);
    const value = effect();
    if (!this.loseNext) return applied(value);
    this.loseNext = false;
    return unknown({ ...qdrantDown, kind: 'timeout' });
  }
}

async function world(store = new MemoryStore()) {
  const ledger = new ScriptedLedger();
  const content = new ScriptedContent();
  const clock = new ScriptedClock();
  const cache = await ThreadCache.load(store);
  const outbox = await Outbox.load(store, 10);
  const queue = await ProjectionQueue.load(store);
  const embedder = { dimensions: 1, embed: async (texts: readonly string[]) => ok(texts.map(() => [1])) };
  const ports = { ledger: ledger.port, contentStore: content.port, embedder, store, clock };
  const projection = new Projection(ports, { cache, outbox, queue });
  const ingestion = await Ingestion.load(ports, { cache, outbox, queue, publisher: new Publisher() }, 100);
  return { store, ledger, content, cache, outbox, queue, projection, ingestion };
}

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
async function refused(stored: StoredMessage['state'] | null = 'pending'): Promise<World> {
  const at = await world();
  const held = { kind: 'put', table: 'texts', key: hash, value: pack({ thread, author, text }) } as const;
  await at.store.write([...at.queue.writesFor([task]), held]);
  at.queue.adopt([task]);
  if (stored !== null) at.content.messages.set(hash, stored);
  return at;
}

const heldText = (at: World) => at.store.get('texts', hash);

describe('projection', () => {
  it('[PJ1] records content and metadata, once for all events of a thread', async () => {
    const at = await recorded();
    at.content.messages.set(hash, 'pending');
    expect(await at.projection.run()).toEqual(ok(undefined));
    expect(at.content.messages.get(hash)).toBe('recorded');
    expect(at.content.threads.get(thread)).toEqual({ thread, version: 2, coAuthors: [author], messageCount: 1 });
    expect(at.queue.size).toBe(0);
    expect(at.content.calls.filter((call) => call === 'put thread')).toHaveLength(1);
  });

  it('[PJ2] writes nothing that another instance has done already', async () => {
    const at = await recorded();
    at.content.messages.set(hash, 'recorded');
    at.content.threads.set(thread, { thread, version: 2, coAuthors: [author], messageCount: 1 });
    await at.projection.run();
    expect(at.content.calls).toEqual(['read messages', 'read thread']);
    expect(at.queue.size).toBe(0);
  });

  it('[PJ3] never replaces newer metadata', async () => {
    const at = await recorded();
    at.content.messages.set(hash, 'recorded');
    at.content.threads.set(thread, { thread, version: 7, coAuthors: [], messageCount: 6 });
    at.projection.expectFresh(thread);
    await at.projection.run();
    expect(at.content.threads.get(thread)?.version).toBe(7);
    expect(at.queue.size).toBe(0);
  });

  it('[PJ4] does not look before it writes what this backend has just caused', async () => {
    const at = await recorded();
    at.content.messages.set(hash, 'pending');
    at.projection.expectFresh(hash, thread);
    await at.projection.run();
    expect(at.content.calls).toEqual(['mark', 'put thread']);
  });

  it('[PJ5] keeps everything queued, durably, while the content store is away', async () => {
    const at = await recorded();
    at.content.down = true;
    expect(await at.projection.run()).toMatchObject({ ok: false, failure: { kind: 'unavailable' } });
    expect(at.queue.size).toBe(2);
    const after = await world(new MemoryStore(at.store.crash()));
    expect(after.queue.size).toBe(2);
    after.content.messages.set(hash, 'pending');
    await after.projection.run();
    expect(after.content.messages.get(hash)).toBe('recorded');
  });

  it('[PJ6] asks again at once when an answer was lost, and no more than that', async () => {
    const at = await recorded();
    at.content.messages.set(hash, 'pending');
    at.content.loseNext = true;
    expect(await at.projection.run()).toEqual(ok(undefined));
    expect(at.content.calls.filter((call) => call === 'mark')).toHaveLength(2);
  });

  it('[PJ7] restores recorded content that is gone from the text it holds, and counts what nobody here holds', async () => {
    const at = await recorded();
    await at.store.write([{ kind: 'put', table: 'texts', key: hash, value: pack({ thread, author, text }) }]);
    await at.projection.run();
    expect(at.content.messages.get(hash)).toBe('recorded');
    expect(await heldText(at)).toBeUndefined();
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

  it.each(['recorded', 'open'] as const)('[PJ10] keeps content that another backend has made %s meanwhile', async (state) => {
    const at = await refused();
    if (state === 'open') at.ledger.open.add(hash);
    else at.ledger.recorded.set(hash, 3);
    await at.projection.run();
    expect(at.content.messages.get(hash)).toBe(state === 'open' ? 'pending' : 'recorded');
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
    expect(at.content.messages.get(hash)).toBe('pending');
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
      expect(at.content.messages.get(hash)).toBe(state === 'open' ? 'pending' : 'recorded');
      expect(at.queue.size).toBe(0);
    },
  );

  it('[PJ13] has nothing to ask when there is nothing to do', async () => {
    const at = await world();
    expect(await at.projection.run()).toEqual(ok(undefined));
    expect([...at.content.calls, ...at.ledger.calls]).toEqual([]);
  });
});
