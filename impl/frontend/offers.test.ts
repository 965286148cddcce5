/**
 * Who else holds a text that Qdrant lost: a backend's cache of contents, and clients. Clients and backends of this repository, over a
 * ledger and a content store in memory. What a green run does not show: offers amid everybody's work (the concurrent properties do).
 */
import { describe, expect, it } from 'vitest';
import { MemoryNetwork } from '../adapters/channel/memory.ts';
import { MemoryStore } from '../adapters/store/memory.ts';
import { Backend } from '../backend/backend.ts';
import { ContentOffers, type OfferParts } from '../backend/contents/content-offers.ts';
import { ScriptedContent } from '../backend/scripted-content.ts';
import { ScriptedProgram, scriptedWallet } from '../backend/scripted-program.ts';
import { hashContent, MAX_TEXT_BYTES } from '../core/content.ts';
import { type Answer, MAX_WANTED, type Request } from '../core/protocol.ts';
import { decodeAnswer, decodeRequest, encodeRequest } from '../core/protocol-codec.ts';
import { ScriptedClock } from '../core/scripted-clock.ts';
import { scriptedEmbedder } from '../core/scripted-embedder.ts';
import { ScriptedRandom } from '../core/scripted-random.ts';
import type { Dialer, Peer } from '../ports/channel.ts';
import { type BackendId, backendId, contentHash, type ThreadId, threadId } from '../ports/ids.ts';
import type { Wallet } from '../ports/ledger.ts';
import type { MonitorEvent } from '../ports/monitor.ts';
import { failed, ok } from '../ports/outcome.ts';
import { Frontend } from './frontend.ts';
import type { Link } from './link.ts';
import { Offers } from './offers.ts';

const [b0, b1] = [backendId('b0'), backendId('b1')];
const [thread, other] = [threadId('01'.repeat(32)), threadId('02'.repeat(32))];
const [ann, bob] = [scriptedWallet(1), scriptedWallet(2)];
const hashOf = (text: string) => hashContent({ thread, author: ann.id, text });

class World {
  readonly ledger = new ScriptedProgram();
  readonly content = new ScriptedContent();
  readonly clock = new ScriptedClock();
  readonly random = new ScriptedRandom();
  readonly network = new MemoryNetwork();
  readonly stores = new Map<BackendId, MemoryStore>();
  readonly backends = new Map<BackendId, Backend>();
  readonly requests: Request[] = [];
  readonly told: MonitorEvent[] = [];
  /** Answers to offers are lost. */
  losesAnswers = false;

  /** Posts are Ann's, through b0, who is now connected to b1; and b1 has ingested them. */
  static async after(...texts: readonly string[]): Promise<{ world: World; client: Frontend }> {
    const world = new World();
    for (const id of [b0, b1]) await world.start(id, new MemoryStore());
    const client = await world.client(b0);
    await client.createThread(thread);
    for (const text of texts) expect(await client.post(thread, text)).toMatchObject({ kind: 'confirmed' });
    await world.backend(b1).round();
    await client.connect(b1);
    await client.signIn();
    await client.round();
    return { world, client };
  }

  async start(id: BackendId, store: MemoryStore): Promise<void> {
    const ports = {
      ledger: this.ledger.port,
      contentStore: this.content.port,
      embedder: scriptedEmbedder,
      clock: this.clock,
      random: this.random,
    };
    const monitor = { tell: (event: MonitorEvent) => this.told.push(event) };
    const backend = await Backend.open({ id, store, ...ports, monitor, options: { ensureCollections: false } });
    this.stores.set(id, store);
    this.backends.set(id, backend);
    this.network.up(id, backend);
  }

  /** On what its store had synced. */
  async restart(id: BackendId): Promise<void> {
    this.network.down(id);
    await this.start(id, new MemoryStore(this.stores.get(id)?.crash() ?? new Map()));
  }

  backend(id: BackendId): Backend {
    return this.backends.get(id) as Backend;
  }

  async client(at: BackendId, wallet: Wallet = ann): Promise<Frontend> {
    const client = new Frontend({ wallet, dialer: this.#dialer(), random: this.random });
    await client.connect(at);
    await client.signIn();
    return client;
  }

  lose(...texts: readonly string[]): void {
    for (const text of texts) this.content.messages.delete(hashOf(text));
  }

  stored(text: string): string | undefined {
    return this.content.messages.get(hashOf(text))?.text;
  }

  async held(id: BackendId, text: string): Promise<boolean> {
    return (await this.stores.get(id)?.get('texts', hashOf(text))) !== undefined;
  }

  quarantined(id: BackendId): number {
    return this.backend(id).inspect().counters.quarantined;
  }

  get offers(): readonly string[] {
    return this.requests.flatMap((each) => (each.kind === 'offerContent' ? [each.text] : []));
  }

  get restored(): readonly string[] {
    return this.told.flatMap((event) => (event.kind === 'restored' ? [event.from] : []));
  }

  #dialer(): Dialer {
    const inner = this.network.dialer('client');
    const lost = failed({ kind: 'timeout', authority: 'backend', code: 'AnswerLost', detail: '' });
    return {
      connect: async (backend, handlers) => {
        const dialled = await inner.connect(backend, handlers);
        if (!dialled.ok) return dialled;
        const request = async (frame: string) => {
          const decoded = decodeRequest(frame);
          if (decoded.ok) this.requests.push(decoded.value);
          const reply = await dialled.value.request(frame);
          return this.losesAnswers && decoded.ok && decoded.value.kind === 'offerContent' ? lost : reply;
        };
        return ok({ request, close: () => dialled.value.close() });
      },
    };
  }
}

describe('[T-1.5] [C-1.2] holders of a text that Qdrant lost', () => {
  it('[HC1] a cache that still has it: put back, kept durably from then on, and never quarantined', async () => {
    const { world, client } = await World.after('one', 'two');
    expect(await client.readContent(thread)).toMatchObject({ texts: [{ text: 'one' }, { text: 'two' }] });
    expect(await world.held(b1, 'one')).toBe(false);
    world.lose('one');
    world.content.alter(hashOf('two'), { text: 'never said' });
    // However old: what is right under a hash stays right.
    world.clock.advance(7_200_000);
    expect(await world.backend(b1).sync()).toMatchObject(ok({ diverged: 2, quarantined: [] }));
    expect([world.stored('one'), world.stored('two')]).toEqual(['one', 'two']);
    expect(world.restored).toEqual(['cache', 'cache']);
    await world.restart(b1);
    expect(await world.held(b1, 'one')).toBe(true);
    world.lose('one');
    await world.backend(b1).sync();
    expect([world.stored('one'), world.restored.at(-1)]).toEqual(['one', 'store']);
  });

  it('[HC2] a client that wrote it: offers what is wanted in its round, once, and the next round puts it back', async () => {
    const { world, client } = await World.after('one', 'two');
    world.lose('one');
    await world.backend(b1).sync();
    expect(world.quarantined(b1)).toBe(1);
    await client.round();
    expect([world.offers, world.quarantined(b1), world.stored('one')]).toEqual([['one'], 0, undefined]);
    await client.round();
    await world.backend(b1).round();
    expect([world.stored('one'), world.restored]).toEqual(['one', ['client']]);
    await world.backend(b1).sync();
    await client.round();
    expect([world.offers, world.quarantined(b1)]).toEqual([['one'], 0]);
    // Lost once more it is put back from what is held here now.
    world.lose('one');
    await world.backend(b1).sync();
    expect([world.stored('one'), world.offers, world.restored.at(-1)]).toEqual(['one', ['one'], 'store']);
  });

  it('[HC2] a client that has read it, whoever wrote it', async () => {
    const { world } = await World.after('one');
    const reader = await world.client(b1, bob);
    await reader.readContent(thread);
    await world.restart(b1);
    world.lose('one');
    await world.backend(b1).round();
    await world.backend(b1).sync();
    await reader.connect(b1);
    expect(world.quarantined(b1)).toBe(1);
    await reader.round();
    await world.backend(b1).round();
    expect([world.stored('one'), world.restored]).toEqual(['one', ['client']]);
  });

  it('[HC3] what was taken is durable, and so is that it is to be put back', async () => {
    const { world, client } = await World.after('one');
    world.lose('one');
    await world.backend(b1).sync();
    await client.round();
    await world.restart(b1);
    expect(world.backend(b1).inspect().projectionQueue).toBe(1);
    await world.backend(b1).round();
    expect(world.stored('one')).toBe('one');
  });

  it('[HC4] what is not quarantined here now is refused, and nothing is kept of it', async () => {
    const { world, client } = await World.after('one', 'two');
    const { token } = world.requests.findLast((each) => each.kind === 'hello') as { readonly token: string };
    const offer = async (text: string, of: ThreadId = thread, by: string = token): Promise<string> => {
      const request: Request = { kind: 'offerContent', token: by, thread: of, author: ann.id, text };
      const peer = { id: 'somebody', push: () => undefined, close: () => undefined } as unknown as Peer;
      const answer = decodeAnswer(await world.backend(b1).onRequest(peer, encodeRequest(request)));
      if (!answer.ok) throw new Error(answer.failure.detail);
      return answer.value.kind === 'refused' ? answer.value.refusal.code : answer.value.kind;
    };
    expect(await offer('one')).toBe('ContentNotWanted');
    world.lose('one');
    await world.backend(b1).sync();
    expect(await offer('two')).toBe('ContentNotWanted');
    expect(await offer('never said')).toBe('ContentNotWanted');
    expect(await offer('one', other)).toBe('ContentNotWanted');
    expect(await offer('one', thread, '00'.repeat(32))).toBe('Unauthenticated');
    expect(await Promise.all(['two', 'never said'].map((text) => world.held(b1, text)))).toEqual([false, false]);
    expect(await Promise.all([offer('one'), offer('one')])).toEqual(['taken', 'ContentNotWanted']);
    expect(world.backend(b1).inspect().projectionQueue).toBe(1);
    expect(client.getSnapshot().signedIn).toBe(true);
  });

  it('[HC5] whoever has no session is asked for nothing, nor anybody for threads that they do not have', async () => {
    const { world, client } = await World.after('one');
    world.lose('one');
    await world.backend(b1).sync();
    const hello = async (over: Partial<Request & { kind: 'hello' }>) => {
      const { token } = world.requests.findLast((each) => each.kind === 'hello') as { readonly token: string };
      const request: Request = { kind: 'hello', token, known: [{ thread, version: 9, messages: 1 }], unsettled: [], ...over };
      const peer = { id: 'somebody', push: () => undefined, close: () => undefined } as unknown as Peer;
      const answer = decodeAnswer(await world.backend(b1).onRequest(peer, encodeRequest(request)));
      return answer.ok ? (answer.value as Answer & { kind: 'welcome' }).wanted : null;
    };
    expect(await hello({})).toEqual([hashOf('one')]);
    expect(await hello({ known: [] })).toEqual([hashOf('one')]);
    expect(await hello({ token: null })).toBeUndefined();
    expect(client.getSnapshot().signedIn).toBe(true);
    const none = { quarantinedIn: (of: ThreadId) => (of === thread ? [hashOf('one')] : []) };
    const offers = new ContentOffers({ sync: none } as unknown as OfferParts);
    expect(offers.wanted({} as Peer, new Set([other]))).toEqual([]);
  });

  it('[HC5] asks for at most 32 at a time, sorted, and for all of them in turn, on each connection', () => {
    const all = Array.from({ length: 70 }, (_, n) => contentHash((n * 3 + 16).toString(16).padStart(2, '0').repeat(32)));
    const sync = { quarantinedIn: () => all.toReversed() };
    const offers = new ContentOffers({ sync } as unknown as OfferParts);
    const [peer, another] = [{} as Peer, {} as Peer];
    const lists = [1, 2, 3].map(() => offers.wanted(peer, new Set([thread])));
    expect(lists[0]).toEqual([...all].sort().slice(0, MAX_WANTED));
    expect(offers.wanted(another, new Set([thread]))).toEqual(lists[0]);
    for (const list of lists) expect(list).toEqual([...list].sort());
    expect(lists.map(({ length }) => length)).toEqual([32, 32, 32]);
    expect(new Set(lists.flat()).size).toBe(70);
  });

  it('[HC6] a client offers one after another, goes on after a lost answer, and begins anew with a connection', async () => {
    const texts = ['one', 'two', 'three'];
    const { world, client } = await World.after(...texts);
    world.lose(...texts);
    await world.backend(b1).sync();
    const inOrder = [...texts].sort((a, b) => (hashOf(a) < hashOf(b) ? -1 : 1));
    world.losesAnswers = true;
    await client.round();
    expect(world.offers).toEqual(inOrder.slice(0, 1));
    world.losesAnswers = false;
    await Promise.all([client.round(), client.round()]);
    expect(world.offers).toEqual(inOrder);
    await world.backend(b1).round();
    expect(texts.map((text) => world.stored(text))).toEqual(texts);
  });

  it('[HC6] what a backend refuses or has taken is not offered again while it asks for it, but when it asks once more', async () => {
    const asked: string[] = [];
    let refuses = true;
    const refusal = { code: 'ContentNotWanted', authority: 'backend', detail: '' } as const;
    const link = {
      backend: b0,
      token: 'token',
      ask: async ({ text }: { readonly text: string }) => {
        asked.push(text);
        return refuses ? { kind: 'refused', refusal } : { kind: 'answered', answer: { kind: 'taken' } };
      },
    };
    const offers = new Offers(link as unknown as Link);
    offers.hold({ thread, author: ann.id, text: 'one' }, hashOf('one'));
    const round = async (...wanted: readonly string[]): Promise<number> => {
      offers.take(b0, wanted.map(hashOf));
      await offers.offer();
      return asked.length;
    };
    expect([await round('one'), await round('one'), await round('one', 'unknown')]).toEqual([1, 1, 1]);
    refuses = false;
    expect([await round(), await round('one'), await round('one')]).toEqual([1, 2, 2]);
    offers.connected();
    await offers.offer();
    expect(asked.length).toBe(2);
    expect(await round('one')).toBe(3);
    offers.take(b1, [hashOf('one')]);
    offers.connected();
    offers.take(b1, [hashOf('one')]);
    await offers.offer();
    expect(asked.length).toBe(3);
  });

  it('[HC7] a client holds at most 4 MiB of texts, the latest', () => {
    const offers = new Offers({} as Link);
    const long = (n: number): string => `${n}`.padEnd(1_000_000, 'é').slice(0, 500_000);
    const held = Array.from({ length: 20 }, (_, n) => long(n));
    for (const text of held) {
      offers.hold({ thread, author: ann.id, text }, hashOf(text));
      expect(offers.bytes).toBeLessThanOrEqual(4_194_304);
    }
    expect(offers.bytes).toBeGreaterThan(3_000_000);
    offers.hold({ thread, author: ann.id, text: long(19) }, hashOf(long(19)));
    expect(offers.bytes).toBeLessThan(4_194_304);
    offers.hold({ thread, author: ann.id, text: 'x'.repeat(4_194_305) }, hashOf('too long'));
    expect(offers.bytes).toBeGreaterThan(3_000_000);
  });

  it('[HC8] an offer of no content, or of more than any content may be, is an invalid request', () => {
    const offer = (text: string) => {
      const frame = encodeRequest({ kind: 'offerContent', token: '00'.repeat(32), thread, author: ann.id, text });
      const decoded = decodeRequest(frame);
      return decoded.ok ? 'ok' : `${decoded.failure.code} ${decoded.failure.detail}`;
    };
    expect(offer('x'.repeat(MAX_TEXT_BYTES))).toBe('ok');
    expect(offer('\u0001'.repeat(MAX_TEXT_BYTES))).toBe('ok');
    expect(offer('x'.repeat(MAX_TEXT_BYTES + 1))).toMatch(/InvalidRequest text: expected 1 to 1048576 bytes/);
    expect(offer('')).toMatch(/InvalidRequest text: /);
  });
});
