import bs58 from 'bs58';
import { describe, expect, it } from 'vitest';
import { ScriptedContent } from '../backend/scripted-content.ts';
import { accountOf, historyOf, ScriptedLedger, transaction } from '../backend/scripted-ledger.ts';
import { hashContent } from '../core/content.ts';
import type { Answer, Request, ThreadSlice } from '../core/protocol.ts';
import { decodeRequest, encodeAnswer, encodePush } from '../core/protocol-codec.ts';
import { ScriptedClock } from '../core/scripted-clock.ts';
import { scriptedEmbedder } from '../core/scripted-embedder.ts';
import { sliceOf } from '../core/thread-slice.ts';
import { applyEvent } from '../core/thread-view.ts';
import type { ConnectionHandlers, Dialer } from '../ports/channel.ts';
import { backendId, threadId, walletId } from '../ports/ids.ts';
import type { LedgerEvent, ReadOptions, Wallet } from '../ports/ledger.ts';
import { type Failure, failed, ok } from '../ports/outcome.ts';
import { DirectReads } from './direct.ts';
import { Frontend } from './frontend.ts';

const [b0, b1] = [backendId('b0'), backendId('b1')];
const thread = threadId('01'.repeat(32));
const me = walletId(bs58.encode(new Uint8Array(32).fill(5)));
const other = walletId(bs58.encode(new Uint8Array(32).fill(6)));
const texts = ['one', 'two', 'three'];
const hashes = texts.map((text) => hashContent({ thread, author: me, text }));
const history = historyOf(thread, me, hashes);

function viewOf(events: readonly LedgerEvent[]) {
  let view: Parameters<typeof applyEvent>[0];
  for (const event of events) {
    const applied = applyEvent(view, event);
    if (applied.kind === 'applied') view = applied.view;
  }
  if (view === undefined) throw new Error('no such view');
  return view;
}

/** The whole history is on the ledger. */
function authorities() {
  const [ledger, content, clock] = [new ScriptedLedger(), new ScriptedContent(), new ScriptedClock()];
  ledger.history = [...history];
  const asked: ReadOptions[] = [];
  const port = ledger.port;
  const thread = port.thread.bind(port);
  const watching = Object.assign(Object.create(port) as typeof port, {
    thread: (id: Parameters<typeof thread>[0], options: ReadOptions) => {
      asked.push(options);
      return thread(id, options);
    },
  });
  const found: { message: { text: string; state: string } }[] = [];
  const contentStore = Object.assign(Object.create(content.port) as typeof content.port, {
    search: async () => (content.down ? failed({ ...gone, authority: 'qdrant' }) : ok(found)),
  });
  return { ledger, content, clock, asked, found, direct: { ledger: watching, contentStore, embedder: scriptedEmbedder, clock } };
}

const gone: Failure = { kind: 'unavailable', authority: 'backend', code: 'ConnectionClosed', detail: '' };

describe('direct reads', () => {
  it('[DR1] [R-2.5] answers the thread as the ledger has it, from the events alone, never from a bank older than was seen', async () => {
    const at = authorities();
    const reads = new DirectReads(at.direct);
    expect(await reads.thread(thread, undefined, 71)).toEqual({ view: viewOf(history), slot: history.at(-1)?.slot });
    expect(at.asked).toEqual([{ commitment: 'confirmed', minContextSlot: 71 }]);
    expect(await reads.thread(threadId('02'.repeat(32)), undefined, 0)).toMatchObject({ code: 'ThreadNotFound' });
  });

  it('[DR2] goes on from what is held and from what it read before, and reads nothing again that it has', async () => {
    const at = authorities();
    const reads = new DirectReads(at.direct);
    expect(await reads.thread(thread, viewOf(history), 0)).toMatchObject({ view: { version: 4 } });
    expect(at.ledger.calls).toEqual(['thread']);
    const short = authorities();
    const again = new DirectReads(short.direct);
    short.ledger.history = history.slice(0, 3);
    expect(await again.thread(thread, viewOf(history.slice(0, 2)), 0)).toMatchObject({ view: { version: 3 } });
    short.ledger.history = [...history];
    short.ledger.calls.length = 0;
    expect(await again.thread(thread, undefined, 0)).toMatchObject({ view: viewOf(history) });
    expect(short.ledger.calls).toEqual(['thread', 'events']);
  });

  it('[DR3] applies events in the order of their versions, whatever order they come in and however often', async () => {
    const at = authorities();
    const [first, second, third, fourth] = history as [LedgerEvent, LedgerEvent, LedgerEvent, LedgerEvent];
    const shuffled = [third, first, third, fourth, second];
    at.direct.ledger.events = async () => ok({ events: shuffled, next: null });
    expect(await new DirectReads(at.direct).thread(thread, undefined, 0)).toMatchObject({ view: viewOf(history) });
  });

  it('[DR4] refuses EventsBehind when the stream has not come as far as the account, after looking again', async () => {
    const at = authorities();
    at.ledger.dropped = [new Set([3]), new Set([3])];
    const reads = new DirectReads(at.direct);
    expect(await reads.thread(thread, undefined, 0)).toMatchObject({ view: { version: 4 } });
    const later = authorities();
    later.ledger.dropped = Array.from({ length: 9 }, () => new Set([3]));
    expect(await new DirectReads(later.direct).thread(thread, undefined, 0)).toMatchObject({ code: 'EventsBehind' });
    expect(later.clock.slept).toEqual([100, 200]);
  });

  it.each([
    ['an event that breaks the rules', { author: other }],
    ['a malformed event', { hash: 'xx' }],
  ])('[DR5] makes nothing of %s', async (_, change) => {
    const at = authorities();
    const lying = history.map((event, index) => (index === 2 ? ({ ...event, ...change } as LedgerEvent) : event));
    at.direct.ledger.events = async () => ok({ events: lying, next: null });
    expect(await new DirectReads(at.direct).thread(thread, undefined, 0)).toMatchObject({ code: 'EventsBehind' });
  });

  it.each([
    ['version', { version: 5 }, 'EventsBehind'],
    ['co-authors', { coAuthors: [other] }, 'EventsContradict'],
    ['vault', { vault: 1n }, 'EventsContradict'],
    ['message count', { messageCount: 9 }, 'EventsContradict'],
    ['open specs', { openSpecs: 1 }, 'EventsContradict'],
    ['hash chain', { hashChain: 'ab'.repeat(32) }, 'EventsContradict'],
  ])('[DR6] answers nothing that the account contradicts: %s', async (_, change, code) => {
    const at = authorities();
    const account = { ...accountOf(viewOf(history)), ...change };
    at.direct.ledger.thread = async () => ok({ slot: 9, value: account });
    expect(await new DirectReads(at.direct).thread(thread, undefined, 0)).toMatchObject({ code });
  });

  it('[DR7] takes the ledger’s word, not that of the backend from which it holds something else', async () => {
    const at = authorities();
    const forged = { ...viewOf(history), coAuthors: [other] };
    expect(await new DirectReads(at.direct).thread(thread, forged, 0)).toMatchObject({ view: viewOf(history) });
  });

  it('[DR8] refuses SolanaUnavailable when the ledger is away, or answers less than is known', async () => {
    const at = authorities();
    const reads = new DirectReads(at.direct);
    await reads.thread(thread, undefined, 0);
    at.ledger.history = history.slice(0, 2);
    expect(await reads.thread(thread, undefined, 0)).toMatchObject({ code: 'SolanaUnavailable' });
    expect(await new DirectReads(at.direct).thread(thread, viewOf(history), 0)).toMatchObject({ code: 'SolanaUnavailable' });
    at.ledger.down = true;
    expect(await reads.thread(thread, undefined, 0)).toMatchObject({ code: 'SolanaUnavailable' });
  });

  it('[DR9] finds recorded messages whose text is what their hash says, and no others', async () => {
    const at = authorities();
    const message = { hash: hashes[0], thread, author: me, text: 'one', state: 'recorded', sequence: 0 };
    const pending = { ...message, hash: hashes[1], text: 'two', state: 'pending', sequence: null };
    for (const each of [message, { ...message, text: 'forged' }, pending]) at.found.push({ message: each, score: 1 } as never);
    const reads = new DirectReads(at.direct);
    const any = { thread: null, author: null, limit: 10 };
    expect(await reads.search('one', any)).toEqual([{ hash: hashes[0], thread, author: me, text: 'one', sequence: 0, score: 1 }]);
    expect(await reads.search('', any)).toMatchObject({ code: 'ContentEmpty' });
    at.content.down = true;
    expect(await reads.search('one', any)).toMatchObject({ code: 'QdrantUnavailable' });
  });
});

/** A client of backends that answer while they are up. */
function world({ others = [], signature = 'sig' }: { others?: readonly (typeof b0)[]; signature?: string } = {}) {
  const at = authorities();
  const up = new Set<string>([b0, b1]);
  const dialled: string[] = [];
  const requests: Request['kind'][] = [];
  let handlers: ConnectionHandlers | null = null;
  let lose = false;
  let known = true;
  let slices: readonly ThreadSlice[] = [];
  let onDial: () => void = () => undefined;
  const answer = (request: Request): Answer => {
    switch (request.kind) {
      case 'hello':
        return { kind: 'welcome', backend: b0, slices, more: false, signedIn: known, ageMs: 700, ends: [] };
      case 'challenge':
        return { kind: 'challenge', nonce: '00'.repeat(32), expiresAtMs: 5 };
      case 'signIn':
        known = true;
        return { kind: 'signedIn', token: 'ab'.repeat(32), expiresAtMs: 9 };
      case 'readStrong':
      case 'readCached':
        return { kind: 'view', slice: sliceOf(viewOf(history.slice(0, 2)), request.messages), ageMs: 40, slot: 1 };
      default:
        return { kind: 'refused', refusal: { code: 'BackendUnavailable', authority: 'backend', detail: '' } };
    }
  };
  const dialer: Dialer = {
    connect: async (backend, given) => {
      dialled.push(backend);
      onDial();
      if (!up.has(backend)) return failed(gone);
      handlers = given;
      const request = async (frame: string) => {
        const decoded = decodeRequest(frame);
        if (!decoded.ok) throw new Error(decoded.failure.detail);
        requests.push(decoded.value.kind);
        return lose ? failed({ ...gone, kind: 'timeout' as const }) : ok(encodeAnswer(answer(decoded.value)));
      };
      return ok({ request, close: () => undefined });
    },
  };
  const wallet: Wallet = { id: me, signText: () => signature, signAction: () => failed(gone) };
  const random = { bytes: (n: number) => new Uint8Array(n) };
  const client = new Frontend({ wallet, dialer, random, direct: at.direct, options: { backends: others } });
  return {
    ...at,
    client,
    up,
    dialled,
    requests,
    hangUp: () => handlers?.onClosed('gone'),
    push: (events: readonly LedgerEvent[]) =>
      handlers?.onPush(encodePush({ kind: 'threads', slices: [sliceOf(viewOf(events), 0)] })),
    loseAnswers: () => {
      lose = true;
    },
    forgetSession: () => {
      known = false;
    },
    tell: (given: readonly ThreadSlice[]) => {
      slices = given;
    },
    whenDialled: (then: () => void) => {
      onDial = then;
    },
  };
}

async function lost(given: Parameters<typeof world>[0] = {}) {
  const at = world(given);
  await at.client.connect(b0);
  await at.client.signIn();
  at.up.clear();
  at.hangUp();
  return at;
}

describe('[R-2.5] a client whose backend is away', () => {
  it('[DR10] reads around it, needing no session, says so, and shows what it read from then on', async () => {
    const at = await lost();
    expect(at.client.getSnapshot()).toMatchObject({ backend: null, lost: b0 });
    expect(await at.client.readStrong(thread)).toMatchObject({ source: 'direct', asOf: 4, ageMs: 0, view: viewOf(history) });
    expect(at.client.getSnapshot().threads[0]?.confirmed?.version).toBe(4);
    expect(await at.client.search('one')).toMatchObject({ kind: 'hits', source: 'direct' });
    expect(await at.client.post(thread, 'no')).toMatchObject({ refusal: { code: 'Disconnected' } });
  });

  it('[DR10] also when it could never reach it, or an answer does not come', async () => {
    const never = world();
    never.up.clear();
    expect(await never.client.connect(b0)).toMatchObject({ refusal: { code: 'BackendUnavailable' } });
    expect(await never.client.readStrong(thread)).toMatchObject({ source: 'direct' });
    const silent = world();
    await silent.client.connect(b0);
    await silent.client.signIn();
    expect(await silent.client.readStrong(thread)).toMatchObject({ source: 'backend', asOf: 2 });
    silent.loseAnswers();
    expect(await silent.client.readStrong(thread)).toMatchObject({ source: 'direct', asOf: 4 });
    expect(silent.client.getSnapshot().backend).toBe(b0);
  });

  it('[DR11] answers a cached read from what it holds, with the age it can vouch for, or else directly', async () => {
    const at = world();
    at.tell([sliceOf(viewOf(history.slice(0, 3)), 0)]);
    await at.client.connect(b0);
    at.clock.advance(1_000);
    at.push(history);
    at.hangUp();
    at.up.clear();
    expect(await at.client.readCached(thread)).toMatchObject({ source: 'own', asOf: 4, ageMs: 1_700 });
    await at.client.readStrong(thread);
    at.clock.advance(50);
    expect(await at.client.readCached(thread)).toMatchObject({ source: 'own', ageMs: 50 });
    expect(await (await lost()).client.readCached(thread)).toMatchObject({ source: 'direct', asOf: 4, ageMs: 0 });
  });

  it('[DR12] is told nothing after its user has left, and does not come back then', async () => {
    const at = await lost();
    at.client.disconnect();
    expect(at.client.getSnapshot().lost).toBeNull();
    expect(await at.client.readStrong(thread)).toMatchObject({ refusal: { code: 'Disconnected' } });
    at.up.add(b0);
    await at.client.round();
    expect(at.client.getSnapshot().backend).toBeNull();
  });

  it('[DR13] comes back in a round, first to the one it lost, then to the others in order, waiting longer each time', async () => {
    const at = await lost({ others: [b1, b0] });
    for (let round = 0; round < 60; round += 1) {
      await at.client.round();
      at.clock.advance(500);
    }
    // At once, after 1 s, 2 s, 4 s, 8 s: within 30 s that is five times.
    expect(at.dialled.slice(1)).toEqual(Array.from({ length: 5 }, () => [b0, b1]).flat());
    at.up.add(b1);
    at.clock.advance(30_000);
    await at.client.round();
    expect(at.client.getSnapshot()).toMatchObject({ backend: b1, signedIn: true, lost: null });
  });

  it('[DR14] signs in with the token it has kept, or anew, but not when its user had not', async () => {
    const kept = await lost();
    kept.up.add(b0);
    await kept.client.round();
    expect(kept.requests.filter((kind) => kind === 'signIn')).toHaveLength(1);
    const anew = await lost();
    anew.up.add(b0);
    anew.forgetSession();
    await anew.client.round();
    expect(anew.requests.filter((kind) => kind === 'signIn')).toHaveLength(2);
    expect(anew.client.getSnapshot()).toMatchObject({ backend: b0, signedIn: true });
    const out = world();
    await out.client.connect(b0);
    out.hangUp();
    await out.client.round();
    expect(out.client.getSnapshot()).toMatchObject({ backend: b0, signedIn: false });
    expect(out.requests).not.toContain('signIn');
  });

  it('[DR15] never goes back, whatever the backend it comes back to remembers', async () => {
    const at = await lost();
    await at.client.readStrong(thread);
    at.up.add(b0);
    at.tell([sliceOf(viewOf(history.slice(0, 2)), 0)]);
    await at.client.round();
    at.push(history.slice(0, 3));
    expect(at.client.getSnapshot().threads[0]?.confirmed).toEqual(viewOf(history));
    expect(await at.client.readCached(thread)).toMatchObject({ source: 'backend', asOf: 2 });
    expect(at.client.getSnapshot().threads[0]?.confirmed).toEqual(viewOf(history));
  });

  it('[DR16] gives up coming back where its user wishes otherwise meanwhile', async () => {
    const at = await lost();
    at.up.add(b0).add(b1);
    at.whenDialled(() => {
      at.whenDialled(() => undefined);
      at.client.disconnect();
    });
    await at.client.round();
    expect(at.client.getSnapshot()).toMatchObject({ backend: null, lost: null });
  });
});

it('[DR17] without the authorities nothing of the kind: it stays offline until it is told to connect', async () => {
  const at = world();
  const wallet: Wallet = { id: me, signText: () => 'sig', signAction: () => failed(gone) };
  let hangUp: () => void = () => undefined;
  const dialer: Dialer = {
    connect: async (_, handlers) => {
      hangUp = () => handlers.onClosed('gone');
      return ok({ request: async () => failed(gone), close: () => undefined });
    },
  };
  const client = new Frontend({ wallet, dialer, random: { bytes: (n) => new Uint8Array(n) }, options: { backends: [b1] } });
  await client.connect(b0);
  hangUp();
  await client.round();
  expect(client.getSnapshot()).toMatchObject({ backend: null, lost: null });
  expect(await client.readStrong(thread)).toMatchObject({ refusal: { code: 'Disconnected' } });
  expect(at.asked).toEqual([]);
  expect(transaction(0).slot).toBe(history[0]?.slot);
});
