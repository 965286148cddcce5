import bs58 from 'bs58';
import { describe, expect, it } from 'vitest';
import { hashContent } from '../core/content.ts';
import type { Answer, ContentText, Request, ThreadSlice, WriteResult } from '../core/protocol.ts';
import { decodeRequest, encodeAnswer, encodePush } from '../core/protocol-codec.ts';
import type { ConnectionHandlers, Dialer } from '../ports/channel.ts';
import { backendId, intentId, signature, threadId, walletId } from '../ports/ids.ts';
import type { LedgerAction, Wallet } from '../ports/ledger.ts';
import { type Failure, failed, ok, type Reply } from '../ports/outcome.ts';
import { Frontend } from './frontend.ts';

const b0 = backendId('b0');
const thread = threadId('01'.repeat(32));
const me = walletId(bs58.encode(new Uint8Array(32).fill(5)));
const token = 'ab'.repeat(32);
const prepared = { signer: me, message: 'AQID', lastValidBlockHeight: 9 };
const sig = signature(bs58.encode(new Uint8Array(64).fill(1)));
const confirmed: WriteResult = { kind: 'confirmed', thread, version: 1, slot: 40 };
const lost: Failure = { kind: 'timeout', authority: 'backend', code: 'AnswerLost', detail: '' };
const undelivered: Failure = { kind: 'unavailable', authority: 'backend', code: 'ConnectionClosed', detail: '' };

const slice = (version: number, changes: Partial<ThreadSlice> = {}): ThreadSlice => ({
  thread,
  version,
  coAuthors: [me],
  vault: 0n,
  messages: [],
  specs: [],
  from: 0,
  messageCount: 0,
  ...changes,
});

type Script = Partial<{ [Kind in Request['kind']]: (request: Extract<Request, { kind: Kind }>) => Answer | Failure }>;

/** A backend that answers what the script says, and what a healthy one would to the rest. */
function world(script: Script = {}, refusal: string | null = null) {
  const requests: Request[] = [];
  const signedTexts: string[] = [];
  const signedActions: LedgerAction[] = [];
  let handlers: ConnectionHandlers | null = null;
  const answer = (request: Request): Answer | Failure => {
    const scripted = script[request.kind] as ((request: Request) => Answer | Failure) | undefined;
    if (scripted !== undefined) return scripted(request);
    switch (request.kind) {
      case 'hello':
        return { kind: 'welcome', backend: b0, slices: [], more: false, signedIn: true, ends: [] };
      case 'challenge':
        return { kind: 'challenge', nonce: '00'.repeat(32), expiresAtMs: 5 };
      case 'signIn':
        return { kind: 'signedIn', token, expiresAtMs: 9 };
      case 'session':
        return { kind: 'session', wallet: me, expiresAtMs: 9 };
      case 'prepareWrite':
        return { kind: 'prepared', prepared };
      default:
        return { kind: 'written', result: confirmed };
    }
  };
  const dialer: Dialer = {
    connect: async (_, given) => {
      handlers = given;
      const request = async (frame: string): Promise<Reply<string>> => {
        const decoded = decodeRequest(frame);
        if (!decoded.ok) throw new Error(decoded.failure.detail);
        requests.push(decoded.value);
        const answered = answer(decoded.value);
        return 'code' in answered ? failed(answered) : ok(encodeAnswer(answered));
      };
      return ok({ request, close: () => undefined });
    },
  };
  const wallet: Wallet = {
    id: me,
    signText: (text) => {
      signedTexts.push(text);
      return 'sig';
    },
    signAction: (_, action) => {
      if (refusal !== null) return failed({ kind: 'refused', authority: 'solana', code: refusal, detail: '' });
      signedActions.push(action);
      return ok({ signature: sig, bytes: 'AQID', lastValidBlockHeight: 9 });
    },
  };
  const client = new Frontend({ wallet, dialer, random: { bytes: (n) => new Uint8Array(n).fill(requests.length) } });
  const push = (...slices: ThreadSlice[]) => handlers?.onPush(encodePush({ kind: 'threads', slices }));
  const count = (kind: Request['kind']) => requests.filter((request) => request.kind === kind).length;
  return { client, requests, signedTexts, signedActions, push, count, hangUp: () => handlers?.onClosed('gone') };
}

async function signedIn(script: Script = {}, refusal: string | null = null) {
  const at = world(script, refusal);
  await at.client.connect(b0);
  await at.client.signIn();
  return at;
}

describe('client store', () => {
  it('[FE1] gives the same snapshot until something changes, and the same thread objects where nothing did', async () => {
    const at = await signedIn();
    const other = threadId('02'.repeat(32));
    at.push(slice(1), slice(1, { thread: other }));
    const before = at.client.getSnapshot();
    expect(at.client.getSnapshot()).toBe(before);
    at.push(slice(2));
    const after = at.client.getSnapshot();
    expect(after).not.toBe(before);
    expect(after.threads[1]).toBe(before.threads[1]);
    expect(after.threads[0]).not.toBe(before.threads[0]);
    expect(before.threads[0]?.confirmed?.version).toBe(1);
  });

  it('[FE2] tells subscribers of every change, and nobody who has left', async () => {
    const at = await signedIn();
    let told = 0;
    const leave = at.client.subscribe(() => {
      told += 1;
    });
    at.push(slice(1));
    expect(told).toBe(1);
    leave();
    at.push(slice(2));
    expect(told).toBe(1);
  });

  it('[FE3] shows the newest version only, in whatever order and number pushes come', async () => {
    const at = await signedIn();
    const seen: number[] = [];
    at.client.subscribe(() => seen.push(at.client.getSnapshot().threads[0]?.confirmed?.version ?? 0));
    at.push(slice(3));
    at.push(slice(2));
    at.push(slice(3));
    at.push(slice(4));
    expect(seen).toEqual([3, 3, 3, 4]);
  });

  it('[FE4] ignores what cannot be read, and what comes after it has left', async () => {
    const at = await signedIn();
    const dialled = at.push;
    at.client.disconnect();
    dialled(slice(1));
    expect(at.client.getSnapshot().threads).toEqual([]);
  });

  it('[FE5] is offline when the backend hangs up, and keeps what it knew', async () => {
    const at = await signedIn();
    at.push(slice(1));
    at.hangUp();
    expect(at.client.getSnapshot()).toMatchObject({ backend: null, signedIn: false });
    expect(at.client.getSnapshot().threads).toHaveLength(1);
    expect(await at.client.createThread()).toMatchObject({ refusal: { code: 'Disconnected' } });
  });
});

describe('writes', () => {
  it('[FE6] shows a write at once, marked, and exactly until a view includes it', async () => {
    const at = await signedIn();
    const writing = at.client.createThread(thread);
    const certainty = () => at.client.getSnapshot().threads[0]?.creating?.certainty ?? null;
    while (at.count('prepareWrite') === 0) await Promise.resolve();
    expect(certainty()).toBe('optimistic');
    expect(await writing).toEqual(confirmed);
    expect(certainty()).toBe('confirmed');
    at.push(slice(1));
    expect(certainty()).toBeNull();
    expect(at.client.getSnapshot().threads[0]?.confirmed?.version).toBe(1);
  });

  it('[FE7] signs only what it decoded itself: text and action are built here, not taken from the backend', async () => {
    const at = await signedIn();
    await at.client.post(thread, 'mine');
    expect(at.signedTexts[0]).toBe(`Choir sign-in\nBackend: b0\nWallet: ${me}\nNonce: ${'00'.repeat(32)}\nExpires: 5`);
    const hash = hashContent({ thread, author: me, text: 'mine' });
    expect(at.signedActions).toEqual([{ kind: 'postMessage', thread, hash }]);
  });

  it('[FE8] ends in refused, and sends nothing, when the wallet does not recognise the message', async () => {
    const at = await signedIn({}, 'UnexpectedMessage');
    expect(await at.client.post(thread, 'x')).toMatchObject({ kind: 'refused', refusal: { code: 'UnexpectedMessage' } });
    expect(at.count('executeWrite')).toBe(0);
    expect(at.client.getSnapshot()).toMatchObject({ threads: [], unsettled: [] });
  });

  it('[FE9] repeats a prepare whose answer was lost, and is certain when that is lost too: nothing was signed', async () => {
    const at = await signedIn({ prepareWrite: () => lost });
    expect(await at.client.createThread(thread)).toMatchObject({ refusal: { code: 'BackendUnavailable' } });
    expect(at.count('prepareWrite')).toBe(2);
    expect(at.client.getSnapshot().threads).toEqual([]);
  });

  it('[FE9] that was begun and loses its backend on the way was not begun offline', async () => {
    const ends: string[] = [];
    for (const [answer, when] of [
      [lost, 'prepareWrite'],
      [{ kind: 'prepared', prepared } as const, 'prepareWrite'],
    ] as const) {
      const at = await signedIn({
        [when]: () => {
          at.hangUp();
          return answer;
        },
      });
      const end = await at.client.createThread(thread);
      ends.push(end.kind === 'refused' ? end.refusal.code : end.kind);
    }
    expect(ends).toEqual(['BackendUnavailable', 'BackendUnavailable']);
  });

  it('[FE10] does not know the end when the answer to signed bytes is lost, and is certain when they were not delivered', async () => {
    const unsure = await signedIn({ executeWrite: () => lost });
    expect(await unsure.client.createThread(thread)).toEqual({ kind: 'unsettled' });
    expect(unsure.client.getSnapshot().unsettled).toMatchObject([{ thread, signature: sig, lastValidBlockHeight: 9 }]);
    expect(unsure.client.getSnapshot().threads[0]?.creating?.certainty).toBe('unsettled');
    const certain = await signedIn({ executeWrite: () => undelivered });
    expect(await certain.client.createThread(thread)).toMatchObject({ kind: 'refused' });
    expect(certain.client.getSnapshot()).toMatchObject({ threads: [], unsettled: [] });
  });

  it.each([
    ['confirmed', confirmed],
    ['refused', { kind: 'refused', refusal: { code: 'Expired', authority: 'solana', detail: '' } }],
  ] as const)('[FE11] learns in a later round that an unsettled write was %s', async (_, end) => {
    let known = false;
    const at = await signedIn({
      executeWrite: () => lost,
      hello: ({ unsettled }) => ({
        kind: 'welcome',
        backend: b0,
        slices: [],
        more: false,
        signedIn: true,
        ends: known ? unsettled.map(({ intent }) => ({ intent, end })) : [],
      }),
    });
    await at.client.createThread(thread, intentId('mine'));
    await at.client.round();
    expect(at.client.getSnapshot().unsettled).toHaveLength(1);
    known = true;
    await at.client.round();
    expect(at.client.getSnapshot()).toMatchObject({ unsettled: [], settled: [{ intent: 'mine', end }] });
    expect(at.client.getSnapshot().threads[0]?.creating?.certainty ?? null).toBe(end.kind === 'confirmed' ? 'confirmed' : null);
  });

  it('[FE19] prepares and signs anew what was overtaken, under intents that a retry meets again, and not for ever', async () => {
    const overtaken: WriteResult = { kind: 'refused', refusal: { code: 'WrongPage', authority: 'solana', detail: '' } };
    let refusals = 1;
    const at = await signedIn({
      executeWrite: () => {
        refusals -= 1;
        return { kind: 'written', result: refusals >= 0 ? overtaken : confirmed };
      },
    });
    expect(await at.client.post(thread, 'x', intentId('mine'))).toEqual(confirmed);
    expect(at.requests.flatMap((each) => (each.kind === 'executeWrite' ? [each.intent] : []))).toEqual(['mine', 'mine.2']);
    expect(at.client.getSnapshot().threads[0]?.messages).toHaveLength(1);
    refusals = 99;
    expect(await at.client.post(thread, 'y')).toEqual(overtaken);
    expect(at.count('executeWrite')).toBe(5);
  });

  it('[FE12] forgets a token the backend does not know any more', async () => {
    const unauthenticated: Answer = {
      kind: 'refused',
      refusal: { code: 'Unauthenticated', authority: 'backend', detail: '' },
    };
    const at = await signedIn({ prepareWrite: () => unauthenticated });
    expect(at.client.getSnapshot().signedIn).toBe(true);
    expect(await at.client.createThread(thread)).toMatchObject({ refusal: { code: 'Unauthenticated' } });
    expect(at.client.getSnapshot().signedIn).toBe(false);
  });

  it('[FE13] signing out twice over a lost answer is done', async () => {
    let calls = 0;
    const at = await signedIn({
      signOut: () => {
        calls += 1;
        return calls === 1 ? lost : { kind: 'refused', refusal: { code: 'Unauthenticated', authority: 'backend', detail: '' } };
      },
    });
    expect(await at.client.signOut()).toEqual({ kind: 'done' });
    expect(at.client.getSnapshot().signedIn).toBe(false);
  });

  it('[FE14] an answer that is none of those expected is not taken for one', async () => {
    const at = await signedIn({ prepareWrite: () => ({ kind: 'signedOut' }), readStrong: () => ({ kind: 'signedOut' }) });
    expect(await at.client.createThread(thread)).toMatchObject({ refusal: { code: 'InvalidAnswer' } });
    expect(await at.client.readStrong(thread)).toMatchObject({ refusal: { code: 'InvalidAnswer' } });
  });
});

describe('catching up', () => {
  const hash = hashContent({ thread, author: me, text: 'x' });
  const messages = Array.from({ length: 5 }, (_, sequence) => ({ hash, author: me, sequence }));

  it('[FE15] fetches a long view in parts, and shows it only when it is whole', async () => {
    const shown: number[] = [];
    const at = world({
      hello: ({ known }) => {
        shown.push(at.client.getSnapshot().threads.length);
        const from = known[0]?.messages ?? 0;
        const part = slice(6, { from, messageCount: 5, messages: messages.slice(from, from + 2) });
        const slices = known[0]?.version === 6 ? [] : [part];
        return { kind: 'welcome', backend: b0, slices, more: false, signedIn: true, ends: [] };
      },
    });
    await at.client.connect(b0);
    expect(shown).toEqual([0, 0, 0]);
    expect(at.client.getSnapshot().threads[0]?.confirmed?.messages).toEqual(messages);
  });

  it('[FE16] stops asking when nothing new comes, whatever the backend claims', async () => {
    const at = world({
      hello: () => ({ kind: 'welcome', backend: b0, slices: [slice(1)], more: true, signedIn: true, ends: [] }),
    });
    await at.client.connect(b0);
    expect(at.count('hello')).toBe(2);
  });

  it('[FE17] drops a search hit whose text is not what its hash says', async () => {
    const hit = { thread, author: me, sequence: 0, score: 1 };
    const hits = [
      { ...hit, hash, text: 'x' },
      { ...hit, hash, text: 'forged' },
      { ...hit, hash, text: null },
    ];
    const at = await signedIn({ search: () => ({ kind: 'hits', hits }) });
    expect(await at.client.search('x')).toEqual({ kind: 'hits', hits: [hits[0], hits[2]], source: 'backend' });
  });

  it('[FE18] tells the newest slot it has seen, so that no strong read goes behind it', async () => {
    const slots: number[] = [];
    const at = await signedIn({
      readStrong: ({ minSlot }) => {
        slots.push(minSlot);
        return { kind: 'view', slice: slice(1), ageMs: 0, slot: 77 };
      },
    });
    await at.client.createThread(thread);
    await at.client.readStrong(thread);
    await at.client.readStrong(thread);
    expect(slots).toEqual([40, 77]);
  });
});

describe('contents', () => {
  const textOf = (text: string, sequence: number): ContentText => ({
    hash: hashContent({ thread, author: me, text }),
    author: me,
    sequence,
    text,
    source: 'qdrant',
  });
  const contents = (changes: object = {}): Answer => ({
    kind: 'contents',
    thread,
    version: 3,
    messageCount: 4,
    from: 1,
    texts: [textOf('one', 1), textOf('three', 3)],
    missing: [{ hash: textOf('two', 2).hash, author: me, sequence: 2, reason: 'absent' }],
    next: null,
    degraded: false,
    ageMs: 0,
    ...changes,
  });

  it('[CR7] asks for what is wanted, and shows what is whole and true', async () => {
    const at = await signedIn({ readContent: () => contents() });
    expect(await at.client.readContent(thread, { from: 1, limit: 5 })).toEqual(contents());
    expect(at.requests.at(-1)).toEqual({ kind: 'readContent', token, thread, from: 1, limit: 5 });
    await at.client.readContent(thread);
    expect(at.requests.at(-1)).toMatchObject({ from: 0, limit: 64 });
    expect(await world().client.readContent(thread)).toMatchObject({ kind: 'refused', refusal: { code: 'Disconnected' } });
    const away = await signedIn({ readContent: () => undelivered });
    expect(await away.client.readContent(thread)).toMatchObject({ kind: 'refused', refusal: { code: 'BackendUnavailable' } });
  });

  it('[CR7] lists a text that is not what its hash says among the missing, in its place', async () => {
    const lie = { ...textOf('one', 1), text: 'another' };
    const at = await signedIn({ readContent: () => contents({ texts: [textOf('three', 3), lie] }) });
    expect(await at.client.readContent(thread, { from: 1 })).toMatchObject({
      texts: [{ sequence: 3, text: 'three' }],
      missing: [
        { sequence: 1, reason: 'altered', hash: lie.hash },
        { sequence: 2, reason: 'absent' },
      ],
    });
  });

  it.each([
    ['another thread', { thread: threadId('02'.repeat(32)) }],
    ['another place', { from: 2 }],
    ['a message left out', { missing: [] }],
    ['a message told of twice', { texts: [textOf('one', 1), textOf('three', 3), textOf('one', 1)] }],
    ['more than was asked for', { messageCount: 9, texts: [1, 3, 4, 5].map((n) => textOf('x', n)) }],
    ['a place to go on that is no further', { texts: [], missing: [], next: 1 }],
    ['a place to go on past the end', { next: 4 }],
  ])('[CR8] does not take %s for an answer', async (_, changes) => {
    const at = await signedIn({ readContent: () => contents(changes) });
    expect(await at.client.readContent(thread, { from: 1, limit: 4 })).toMatchObject({
      kind: 'refused',
      refusal: { code: 'InvalidAnswer' },
    });
  });
});
