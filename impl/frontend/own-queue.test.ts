/** Clients and backends of this repository, with a ledger and a content store that can be away: what is left queued, and what becomes of it. */
import { describe, expect, it } from 'vitest';
import { MemoryNetwork } from '../adapters/channel/memory.ts';
import { MemoryStore } from '../adapters/store/memory.ts';
import { Backend, type BackendOptions } from '../backend/backend.ts';
import { qdrantDown, ScriptedContent } from '../backend/scripted-content.ts';
import { ScriptedProgram, scriptedWallet } from '../backend/scripted-program.ts';
import { hashContent } from '../core/content.ts';
import { type Answer, actionOf, type Request } from '../core/protocol.ts';
import { decodeAnswer, decodeRequest, encodeAnswer } from '../core/protocol-codec.ts';
import { queuedText } from '../core/queued-write.ts';
import { ScriptedClock } from '../core/scripted-clock.ts';
import { scriptedEmbedder } from '../core/scripted-embedder.ts';
import { ScriptedRandom } from '../core/scripted-random.ts';
import type { Connection, Dialer } from '../ports/channel.ts';
import { type BackendId, backendId, intentId, type ThreadId, threadId } from '../ports/ids.ts';
import type { Wallet } from '../ports/ledger.ts';
import { failed, notApplied, ok, type Reply } from '../ports/outcome.ts';
import { Frontend } from './frontend.ts';

const [b0, b1] = [backendId('b0'), backendId('b1')];
const [t0, t1] = [threadId('01'.repeat(32)), threadId('02'.repeat(32))];
const ann = scriptedWallet(1);

/** Looks at, changes or withholds what goes over the wire. */
interface Wire {
  request?: (request: Request) => 'lose' | undefined | Promise<undefined>;
  answer?: (answer: Answer, request: Request) => Answer | 'lose' | Promise<Answer>;
}

class World {
  readonly ledger = new ScriptedProgram();
  readonly content = new ScriptedContent();
  readonly clock = new ScriptedClock();
  readonly random = new ScriptedRandom();
  readonly network = new MemoryNetwork();
  readonly stores = new Map<BackendId, MemoryStore>();
  readonly backends = new Map<BackendId, Backend>();
  readonly wire: Wire = {};
  readonly requests: Request[] = [];
  /** New content of this thread does not reach the content store. */
  awayFor: ThreadId | null = null;

  static async with(options: BackendOptions = {}, ids: readonly BackendId[] = [b0]): Promise<World> {
    const world = new World();
    for (const id of ids) await world.start(id, new MemoryStore(), options);
    const client = await world.client();
    await client.createThread(t0);
    await client.createThread(t1);
    world.ledger.landed.length = 0;
    return world;
  }

  async start(id: BackendId, store: MemoryStore, options: BackendOptions = {}): Promise<Backend> {
    const { ledger, content, clock, random } = this;
    const stored = content.port;
    const putPending: typeof stored.putPending = async (message, vector) =>
      message.thread === this.awayFor ? notApplied(qdrantDown) : stored.putPending(message, vector);
    const contentStore = { ...stored, putPending };
    const ports = { ledger: ledger.port, contentStore, embedder: scriptedEmbedder, clock, random };
    const backend = await Backend.open({ id, store, ...ports, options: { ensureCollections: false, breaker: null, ...options } });
    this.stores.set(id, store);
    this.backends.set(id, backend);
    this.network.up(id, backend);
    return backend;
  }

  /** As it was when it crashed: on what its store had synced. */
  async restart(id: BackendId): Promise<Backend> {
    this.network.down(id);
    return this.start(id, new MemoryStore(this.stores.get(id)?.crash() ?? new Map()));
  }

  /** A new life of a client, signed in. */
  async client({
    at = b0,
    wallet = ann,
    whenUnavailable = 'queue',
  }: {
    at?: BackendId;
    wallet?: Wallet;
    whenUnavailable?: 'queue' | 'refuse';
  } = {}) {
    const client = new Frontend({ wallet, dialer: this.#dialer(), random: this.random, options: { whenUnavailable } });
    await client.connect(at);
    await client.signIn();
    return client;
  }

  queued(id: BackendId = b0): number {
    return this.backends.get(id)?.inspect().queuedWrites ?? 0;
  }

  /** A request reaches b0 from nowhere: made up, or once more, late. What it answers, for which nobody waits. */
  async reaches(request: object | undefined): Promise<string> {
    const peer = { id: 'p', push: () => undefined, close: () => undefined };
    return (await this.backends.get(b0)?.onRequest(peer, JSON.stringify(request))) ?? '';
  }

  /** Texts that were recorded, by thread, in order. */
  posted(thread: ThreadId, texts: readonly string[]): readonly string[] {
    const names = new Map(texts.map((text) => [hashContent({ thread, author: ann.id, text }), text]));
    return this.ledger.landed.flatMap((each) =>
      each.kind === 'postMessage' && each.thread === thread ? [names.get(each.hash) ?? each.hash] : [],
    );
  }

  #dialer(): Dialer {
    const inner = this.network.dialer('client');
    return {
      connect: async (backend, handlers) => {
        const dialled = await inner.connect(backend, handlers);
        return dialled.ok ? ok(this.#tapped(dialled.value)) : dialled;
      },
    };
  }

  #tapped(inner: Connection): Connection {
    const lost = failed({ kind: 'timeout', authority: 'backend', code: 'AnswerLost', detail: '' });
    return {
      close: () => inner.close(),
      request: async (frame): Promise<Reply<string>> => {
        const request = decodeRequest(frame);
        if (!request.ok) throw new Error(request.failure.detail);
        this.requests.push(request.value);
        if ((await this.wire.request?.(request.value)) === 'lose') return lost;
        const reply = await inner.request(frame);
        if (!reply.ok || this.wire.answer === undefined) return reply;
        const answer = decodeAnswer(reply.value);
        if (!answer.ok) throw new Error(answer.failure.detail);
        const changed = await this.wire.answer(answer.value, request.value);
        return changed === 'lose' ? lost : ok(encodeAnswer(changed));
      },
    };
  }
}

const settledBy = (client: Frontend): readonly (readonly [string, string])[] =>
  client.getSnapshot().settled.map(({ intent, end }) => [intent, end.kind === 'refused' ? end.refusal.code : end.kind]);

describe('a write while an authority is away', () => {
  it.each([
    ['[R-2.1] [QU3] Solana', 'SolanaUnavailable', (world: World, down: boolean) => Object.assign(world.ledger, { down })],
    ['[R-2.4] [QU3] Qdrant', 'QdrantUnavailable', (world: World, down: boolean) => Object.assign(world.content, { down })],
  ] as const)('%s: waits durably, shown as not settled, and is confirmed once it is back', async (_, because, set) => {
    const world = await World.with();
    const client = await world.client();
    set(world, true);
    expect(await client.post(t0, 'one', intentId('i1'))).toEqual({ kind: 'unsettled' });
    expect(client.getSnapshot()).toMatchObject({ unsettled: [], queued: [{ intent: 'i1', backend: b0, because }] });
    expect(client.getSnapshot().threads[0]?.messages).toMatchObject([{ intent: 'i1', certainty: 'unsettled' }]);
    await client.round();
    await world.backends.get(b0)?.round();
    expect([world.queued(), world.ledger.landed.length]).toEqual([1, 0]);
    await world.restart(b0);
    expect(world.queued()).toBe(1);
    await client.connect(b0);
    set(world, false);
    await client.round();
    expect(settledBy(client)).toEqual([['i1', 'confirmed']]);
    expect(client.getSnapshot()).toMatchObject({ unsettled: [], queued: [] });
    expect([world.queued(), world.posted(t0, ['one'])]).toEqual([0, ['one']]);
    expect(client.getSnapshot().threads[0]?.confirmed?.messages).toHaveLength(1);
    expect(client.getSnapshot().threads[0]?.messages).toEqual([]);
  });

  it('[QU4] is refused, and nothing waits, where its client was not told to queue', async () => {
    const world = await World.with();
    const client = await world.client({ whenUnavailable: 'refuse' });
    world.ledger.down = true;
    expect(await client.post(t0, 'one')).toMatchObject({ refusal: { code: 'SolanaUnavailable' } });
    expect([world.queued(), client.getSnapshot().queued]).toEqual([0, []]);
    world.network.down(b0);
    expect(await (await new World().client()).post(t0, 'x')).toMatchObject({ refusal: { code: 'Disconnected' } });
  });

  it.each([
    ['in all', { maxQueuedWrites: 2 }, 'expected at most 2 queued writes at this backend'],
    ['of one wallet', { maxQueuedPerWallet: 2 }, 'expected at most 2 queued writes of one wallet at this backend'],
  ])('[QU5] [R-2.1] is refused QueueFull at the limit %s, which it names, and shown no more', async (_, limits, detail) => {
    const world = await World.with(limits);
    const client = await world.client();
    world.ledger.down = true;
    await client.post(t0, 'one');
    await client.post(t0, 'two');
    expect(await client.post(t0, 'three')).toEqual({
      kind: 'refused',
      refusal: { code: 'QueueFull', authority: 'backend', detail },
    });
    expect(client.getSnapshot().threads[0]?.messages).toHaveLength(2);
    expect(client.getSnapshot().queued).toHaveLength(2);
    world.ledger.down = false;
    await client.round();
    world.ledger.down = true;
    expect(await client.post(t0, 'three')).toEqual({ kind: 'unsettled' });
  });

  it('[QU6] is kept only with the proof that its wallet asked for exactly this', async () => {
    const world = await World.with();
    const client = await world.client();
    world.ledger.down = true;
    const write = { kind: 'post', thread: t0, text: 'one' } as const;
    const wrong = ann.signText(queuedText({ backend: b1, wallet: ann.id, intent: intentId('i1'), write }));
    world.wire.request = (request) => {
      if (request.kind === 'queueWrite') Object.assign(request, { proof: wrong });
      return undefined;
    };
    await client.post(t0, 'one', intentId('i1'));
    const token = world.requests.flatMap((each) => (each.kind === 'queueWrite' ? [each.token] : []))[0];
    expect(await world.reaches({ kind: 'queueWrite', token, intent: 'i2', write, proof: wrong })).toContain('SignatureInvalid');
    expect(world.queued()).toBe(1);
  });
});

describe('carrying out what waits', () => {
  const texts = ['a', 'b', 'c', 'd', 'e'];

  /** Five posts in each of two threads, left by a life of the client that is gone. */
  async function left(options: BackendOptions = {}): Promise<World> {
    const world = await World.with(options, [b0, b1]);
    const gone = await world.client();
    world.ledger.down = true;
    for (const text of texts)
      for (const thread of [t0, t1]) await gone.post(thread, text, intentId(`${thread.slice(0, 2)}-${text}`));
    gone.disconnect();
    world.ledger.down = false;
    return world;
  }

  it('[QU7] [R-2.1] a later life of the client, told of it, shows it and carries it out, on each thread in order of arrival', async () => {
    const world = await left();
    await world.restart(b0);
    const client = await world.client();
    expect(client.getSnapshot().threads.map(({ messages }) => messages.map(({ text }) => text))).toEqual([texts, texts]);
    expect(client.getSnapshot().queued).toHaveLength(10);
    await client.round();
    expect([world.posted(t0, texts), world.posted(t1, texts)]).toEqual([texts, texts]);
    expect(settledBy(client)).toHaveLength(10);
    expect(settledBy(client).every(([, how]) => how === 'confirmed')).toBe(true);
    expect([world.queued(), client.getSnapshot().queued]).toEqual([0, []]);
  });

  it('[QU8] what a backend has made up or altered is neither shown nor signed', async () => {
    const world = await left();
    let signed = 0;
    const wallet: Wallet = {
      ...ann,
      signAction: (prepared, action) => {
        signed += 1;
        return ann.signAction(prepared, action);
      },
    };
    world.wire.answer = async (answer, request) => {
      if (request.kind === 'prepareWrite') {
        const prepared = await world.ledger.port.prepare(actionOf(request.write, ann.id), ann.id);
        return prepared.ok ? { kind: 'prepared', prepared: prepared.value } : answer;
      }
      if (answer.kind !== 'welcome' || answer.queued === undefined) return answer;
      const [first] = answer.queued;
      if (first === undefined) return answer;
      const forged = answer.queued.map((row) => ({ ...row, write: { ...row.write, thread: t1, text: 'forged' } as never }));
      return { ...answer, queued: [...forged, { ...first, intent: intentId('made-up') }] };
    };
    const client = await world.client({ wallet });
    expect(client.getSnapshot().queued).toEqual([]);
    expect(client.getSnapshot().threads.flatMap(({ messages }) => messages)).toEqual([]);
    await client.round();
    expect([signed, world.ledger.landed]).toEqual([0, []]);
  });

  it('[QU9] it is no longer queued in the very batch that makes the signed bytes durable', async () => {
    const world = await left();
    const client = await world.client();
    let image: ReturnType<MemoryStore['crash']> | undefined;
    world.ledger.onSubmit = () => {
      // At the first submission the store is as a crash would leave it now.
      image ??= world.stores.get(b0)?.crash();
    };
    await client.round().catch(() => undefined);
    world.ledger.onSubmit = () => undefined;
    const rows = (table: string): unknown[] => [...(image?.get(table)?.values() ?? [])];
    const sent = rows('outbox').filter((row) => JSON.stringify(row).includes('submitting'));
    expect(sent.length).toBeGreaterThan(0);
    expect(rows('queued')).toHaveLength(10 - sent.length);
    world.network.down(b0);
    await world.start(b0, new MemoryStore(image));
    const again = await world.client();
    for (let round = 0; round < 3; round += 1) {
      await world.backends.get(b0)?.round();
      await again.round();
    }
    expect([[...world.posted(t0, texts)].sort(), [...world.posted(t1, texts)].sort()]).toEqual([texts, texts]);
    expect(world.queued()).toBe(0);
  });

  it('[QU10] a passing refusal leaves it, stops its thread until the next round and no other, and counts the attempt', async () => {
    const world = await left();
    const client = await world.client();
    world.awayFor = t0;
    await client.round();
    expect([world.posted(t0, texts), world.posted(t1, texts)]).toEqual([[], texts]);
    expect(world.queued()).toBe(5);
    world.awayFor = null;
    await client.round();
    expect(world.posted(t0, texts)).toEqual(texts);
    const attempts = world.requests.flatMap((each) => (each.kind === 'executeWrite' ? [each.intent] : []));
    expect(attempts).toContain('01-a.q2');
    expect(attempts).toContain('01-b.q1');
  });

  it('[QU11] a refusal for good ends it, durably, and the next of its thread goes on', async () => {
    const world = await World.with();
    const client = await world.client();
    const nowhere = threadId('09'.repeat(32));
    world.ledger.down = true;
    await client.post(nowhere, 'one', intentId('i1'));
    await client.createThread(nowhere, intentId('i2'));
    await client.post(nowhere, 'two', intentId('i3'));
    world.ledger.down = false;
    await client.round();
    expect(settledBy(client)).toEqual([
      ['i1', 'ThreadNotFound'],
      ['i2', 'confirmed'],
      ['i3', 'confirmed'],
    ]);
    await world.restart(b0);
    expect(world.queued()).toBe(0);
  });

  it('[QU12] an answer that was lost leaves nothing twice and nothing out', async () => {
    const world = await World.with();
    const client = await world.client();
    world.ledger.down = true;
    for (const [side, text] of [
      ['request', 'a'],
      ['answer', 'b'],
    ] as const) {
      if (side === 'request') world.wire.request = (request) => (request.kind === 'queueWrite' ? 'lose' : undefined);
      else world.wire.answer = (answer) => (answer.kind === 'queued' ? 'lose' : answer);
      expect(await client.post(t0, text, intentId(`i-${text}`))).toEqual({ kind: 'unsettled' });
      delete world.wire.request;
      delete world.wire.answer;
    }
    expect(world.queued()).toBe(1);
    await client.round();
    expect(world.queued()).toBe(2);
    world.ledger.down = false;
    // The signed bytes get there, their answer does not.
    world.wire.answer = (answer, request) => (request.kind === 'executeWrite' ? 'lose' : answer);
    await client.round();
    delete world.wire.answer;
    await client.round();
    await client.round();
    expect([...world.posted(t0, texts)].sort()).toEqual(['a', 'b']);
    expect([...settledBy(client)].sort()).toEqual([
      ['i-a', 'confirmed'],
      ['i-b', 'confirmed'],
    ]);
    expect([world.queued(), client.getSnapshot().queued, client.getSnapshot().unsettled]).toEqual([0, [], []]);
  });

  it('[QU12] asked again without a connection, it may still have arrived the first time: no end is told', async () => {
    const world = await World.with();
    const client = await world.client();
    world.ledger.down = true;
    world.wire.answer = (answer) => {
      if (answer.kind !== 'queued') return answer;
      client.disconnect();
      return 'lose';
    };
    expect(await client.post(t0, 'a')).toEqual({ kind: 'unsettled' });
    expect(world.queued()).toBe(1);
  });

  it('[QU13] signed bytes that never arrived are signed again under the same intent, and land once', async () => {
    const world = await left();
    const client = await world.client();
    world.wire.request = (request) => (request.kind === 'executeWrite' ? 'lose' : undefined);
    await client.round();
    expect([world.queued(), world.ledger.landed]).toEqual([10, []]);
    delete world.wire.request;
    world.ledger.height += 3;
    await client.round();
    await client.round();
    expect([world.posted(t0, texts), world.posted(t1, texts)]).toEqual([texts, texts]);
    const intents = new Set(
      world.requests.flatMap((each) => (each.kind === 'executeWrite' && each.intent.includes('.q') ? [each.intent] : [])),
    );
    expect(intents.size).toBe(10);
    expect(client.getSnapshot()).toMatchObject({ queued: [], unsettled: [] });
  });

  it('[QU14] the same intent asked for again is not another write, while it waits and after it was carried out', async () => {
    const world = await World.with();
    const client = await world.client();
    world.ledger.down = true;
    await client.post(t0, 'a', intentId('i1'));
    world.ledger.down = false;
    expect(await client.post(t0, 'a', intentId('i1'))).toEqual({ kind: 'unsettled' });
    expect(await client.post(t0, 'b', intentId('i1'))).toEqual({ kind: 'unsettled' });
    await client.round();
    expect(await client.post(t0, 'a', intentId('i1'))).toMatchObject({ kind: 'confirmed' });
    expect(world.posted(t0, texts)).toEqual(['a']);
  });

  it('[QU15] two programs of one wallet that carry it out at once write it once', async () => {
    const world = await left();
    const [one, two] = [await world.client(), await world.client()];
    await Promise.all([one.round(), two.round()]);
    await Promise.all([one.round(), two.round()]);
    expect([world.posted(t0, texts), world.posted(t1, texts)]).toEqual([texts, texts]);
    for (const client of [one, two]) expect(client.getSnapshot()).toMatchObject({ queued: [], unsettled: [] });
    expect(new Set(settledBy(two).map(([, how]) => how))).toEqual(new Set(['confirmed']));
  });

  it('[QU16] it waits at its backend while the client is at another one', async () => {
    const world = await left();
    const client = await world.client({ at: b1 });
    await client.round();
    expect([world.queued(b0), world.queued(b1), world.ledger.landed]).toEqual([10, 0, []]);
    await client.connect(b0);
    await client.signIn();
    await client.round();
    expect(world.queued(b0)).toBe(0);
  });

  it('[QU17] can be given up until its signed bytes are durable, and says when that is too late', async () => {
    const world = await World.with();
    const client = await world.client();
    world.ledger.down = true;
    await client.post(t0, 'a', intentId('i1'));
    await client.post(t0, 'b', intentId('i2'));
    expect(await client.dropQueued(intentId('i1'))).toEqual({ kind: 'done' });
    expect(await client.dropQueued(intentId('i1'))).toMatchObject({ refusal: { code: 'NotQueued' } });
    expect(settledBy(client)).toEqual([['i1', 'Dropped']]);
    await world.restart(b0);
    expect(world.queued()).toBe(1);
    world.ledger.down = false;
    await client.connect(b0);
    let isLate: unknown = null;
    world.ledger.onSubmit = () => {
      isLate ??= client.dropQueued(intentId('i2'));
    };
    await client.round();
    expect(await isLate).toMatchObject({ refusal: { code: 'NotQueued' } });
    expect(world.posted(t0, texts)).toEqual(['b']);
    const elsewhere = await World.with({}, [b0, b1]);
    const there = await elsewhere.client();
    elsewhere.ledger.down = true;
    await there.post(t0, 'a', intentId('i1'));
    await there.connect(b1);
    await there.signIn();
    expect(await there.dropQueued(intentId('i1'))).toMatchObject({ refusal: { code: 'QueuedElsewhere' } });
  });

  it('[QU19] stays given up when the request that left it comes once more, and when giving up is asked for again', async () => {
    const world = await World.with();
    const client = await world.client();
    world.ledger.down = true;
    await client.post(t0, 'a', intentId('i1'));
    const left = world.requests.findLast((each) => each.kind === 'queueWrite');
    let isLost = true;
    world.wire.answer = (answer) => {
      if (answer.kind !== 'dropped' || !isLost) return answer;
      isLost = false;
      return 'lose';
    };
    expect(await client.dropQueued(intentId('i1'))).toEqual({ kind: 'done' });
    const again = () => world.reaches(left);
    expect(await again()).toContain('Dropped');
    await world.restart(b0);
    expect(await again()).toContain('Dropped');
    expect(world.queued()).toBe(0);
    world.ledger.down = false;
    await client.connect(b0);
    await client.round();
    expect(world.ledger.landed).not.toContainEqual(expect.objectContaining({ kind: 'postMessage' }));
    expect(settledBy(client)).toEqual([['i1', 'Dropped']]);
  });

  it('[QU20] one that its client knows to be over is given up at its backend, so that no later life carries it out once more', async () => {
    const world = await World.with();
    const client = await world.client();
    world.ledger.down = true;
    await client.post(t0, 'a', intentId('i1'));
    world.ledger.down = false;
    // Its bytes never arrive, and have landed all the same: another write's transaction was the very same.
    world.wire.request = (request) => (request.kind === 'executeWrite' ? 'lose' : undefined);
    world.wire.answer = (answer, request) => {
      if (answer.kind !== 'welcome' || request.kind !== 'hello') return answer;
      const end = { kind: 'confirmed', thread: t0, version: 2, slot: 9 } as const;
      return { ...answer, ends: request.unsettled.map(({ intent }) => ({ intent, end })) };
    };
    await client.round();
    await client.round();
    expect(settledBy(client)).toEqual([['i1', 'confirmed']]);
    delete world.wire.request;
    delete world.wire.answer;
    for (let round = 0; round < 3; round += 1) await client.round();
    expect(world.queued()).toBe(0);
    expect(world.requests.filter(({ kind }) => kind === 'dropQueued')).toHaveLength(1);
    const later = await world.client();
    await later.round();
    expect([world.posted(t0, texts), settledBy(client)]).toEqual([[], [['i1', 'confirmed']]]);
  });

  it('[QU21] is left there once at a time: a round that comes meanwhile does not, and then calls what cannot be reached refused', async () => {
    const world = await World.with();
    const client = await world.client();
    world.ledger.down = true;
    let arrive: () => void = () => undefined;
    const underWay = new Promise<void>((begun) => {
      world.wire.request = (request) => {
        if (request.kind !== 'queueWrite') return undefined;
        delete world.wire.request;
        begun();
        return new Promise((resolve) => {
          arrive = () => resolve(undefined);
        });
      };
    });
    const posted = client.post(t0, 'a', intentId('i1'));
    await underWay;
    await client.round();
    world.network.down(b0);
    arrive();
    expect(await posted).toMatchObject({ kind: 'refused', refusal: { code: 'SolanaUnavailable' } });
    expect([world.queued(), client.getSnapshot().queued]).toEqual([0, []]);
  });

  it('[QU21] is not refused because it could not be left once more, where the first request may have arrived', async () => {
    const world = await World.with();
    const client = await world.client();
    world.ledger.down = true;
    world.wire.answer = (answer, request) => {
      if (request.kind !== 'queueWrite') return answer;
      world.network.down(b0);
      return 'lose';
    };
    expect(await client.post(t0, 'a', intentId('i1'))).toEqual({ kind: 'unsettled' });
    expect(client.getSnapshot().queued).toMatchObject([{ intent: 'i1' }]);
    delete world.wire.answer;
    world.ledger.down = false;
    await world.restart(b0);
    await client.connect(b0);
    await client.signIn();
    await client.round();
    expect([world.posted(t0, texts), settledBy(client)]).toEqual([['a'], [['i1', 'confirmed']]]);
  });

  it('[QU22] waits, wherever it was left, while signed bytes of one before it on its thread may still land', async () => {
    const world = await World.with({}, [b0, b1]);
    const client = await world.client();
    world.ledger.down = true;
    await client.post(t0, 'a', intentId('i1'));
    world.ledger.down = false;
    world.ledger.onSubmit = () => Object.assign(world.ledger, { down: true });
    await client.round();
    world.ledger.onSubmit = () => undefined;
    await client.connect(b1);
    await client.signIn();
    await client.post(t0, 'b', intentId('i2'));
    world.ledger.down = false;
    await client.round();
    expect([world.posted(t0, texts), world.queued(b1)]).toEqual([[], 1]);
    await world.backends.get(b0)?.round();
    await client.round();
    expect(world.posted(t0, texts)).toEqual(['a', 'b']);
  });

  it('[QU14] is not prepared anew, once it was signed, by a request that comes late', async () => {
    const world = await World.with();
    const client = await world.client();
    world.ledger.onSubmit = () => Object.assign(world.ledger, { down: true });
    expect(await client.post(t0, 'a', intentId('i1'))).toEqual({ kind: 'unsettled' });
    world.ledger.onSubmit = () => undefined;
    world.ledger.down = false;
    world.ledger.height += 1;
    const prepares = world.requests.findLast((each) => each.kind === 'prepareWrite');
    expect(JSON.parse(await world.reaches(prepares))).toMatchObject({ kind: 'written', result: { kind: 'unsettled' } });
    await world.backends.get(b0)?.round();
    await client.round();
    expect([world.posted(t0, texts), client.getSnapshot().unsettled]).toEqual([['a'], []]);
  });

  it('[QU23] once refused, is cleared away where a late copy of its request has left it all the same', async () => {
    const world = await World.with({ maxQueuedWrites: 1 });
    const client = await world.client();
    world.ledger.down = true;
    await client.post(t0, 'a', intentId('i1'));
    expect(await client.post(t0, 'b', intentId('i2'))).toMatchObject({ refusal: { code: 'QueueFull' } });
    const left = world.requests.findLast((each) => each.kind === 'queueWrite');
    await client.dropQueued(intentId('i1'));
    expect(await world.reaches(left)).toContain('queued');
    await client.round();
    await client.round();
    expect([world.queued(), client.getSnapshot().queued]).toEqual([0, []]);
    expect(await client.post(t0, 'b', intentId('i3'))).toEqual({ kind: 'unsettled' });
    world.ledger.down = false;
    await client.round();
    expect(world.posted(t0, texts)).toEqual(['b']);
  });

  it('[QU23] once refused, is carried out all the same where its user asks for it again', async () => {
    const world = await World.with({ maxQueuedWrites: 1 });
    const client = await world.client();
    world.ledger.down = true;
    await client.post(t0, 'a', intentId('i1'));
    expect(await client.post(t0, 'b', intentId('i2'))).toMatchObject({ refusal: { code: 'QueueFull' } });
    await client.dropQueued(intentId('i1'));
    expect(await client.post(t0, 'b', intentId('i2'))).toEqual({ kind: 'unsettled' });
    await client.round();
    await client.round();
    world.ledger.down = false;
    await client.round();
    expect([world.posted(t0, texts), client.getSnapshot().queued]).toEqual([['b'], []]);
  });

  it('[QU18] is told in as many answers as its size takes', async () => {
    const world = await World.with();
    const gone = await world.client();
    world.ledger.down = true;
    const long = ['x', 'y', 'z'].map((letter) => letter.repeat(900_000));
    for (const text of long) await gone.post(t0, text);
    gone.disconnect();
    world.ledger.down = false;
    const sizes: number[] = [];
    world.wire.answer = (answer) => {
      if (answer.kind === 'welcome' && answer.queued !== undefined) sizes.push(answer.queued.length);
      return answer;
    };
    const client = await world.client();
    await client.round();
    expect(world.ledger.landed).toHaveLength(3);
    expect(Math.max(...sizes)).toBe(2);
  });
});

describe('[R-2.4] how much a backend takes on', () => {
  it('[WL1] writes at a time: the limit is told before anything happens, and room is room again', async () => {
    const world = await World.with({ maxOpenWrites: 1 });
    const client = await world.client({ whenUnavailable: 'refuse' });
    world.wire.request = ({ kind }) => (kind === 'executeWrite' ? 'lose' : undefined);
    expect(await client.post(t0, 'first')).toEqual({ kind: 'unsettled' });
    world.wire.request = () => undefined;
    const refusal = { code: 'QueueFull', authority: 'backend', detail: expect.stringMatching(/at most 1 open writes/) };
    expect(await client.post(t0, 'second')).toMatchObject({ kind: 'refused', refusal });
    expect([...world.content.messages.values()].map(({ text }) => text)).toEqual(['first']);
    world.ledger.height += 1_000;
    await world.backends.get(b0)?.round();
    expect(await client.post(t0, 'second')).toMatchObject({ kind: 'confirmed' });
  });

  it('[WL2] updates that wait for Qdrant: further writes wait at their clients until they are fewer', async () => {
    const world = await World.with({ maxQueuedUpdates: 1 });
    const client = await world.client({ whenUnavailable: 'refuse' });
    world.content.down = true;
    const [one, two] = [client.newThreadId(), client.newThreadId()];
    expect(await client.createThread(one)).toMatchObject({ kind: 'confirmed' });
    const refusal = { code: 'QueueFull', detail: expect.stringMatching(/at most 1 updates that wait for Qdrant/) };
    expect(await client.createThread(two)).toMatchObject({ kind: 'refused', refusal });
    world.content.down = false;
    await world.backends.get(b0)?.round();
    expect(await client.createThread(two)).toMatchObject({ kind: 'confirmed' });
  });
});
