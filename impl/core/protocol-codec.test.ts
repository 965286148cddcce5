import bs58 from 'bs58';
import { describe, expect, it } from 'vitest';
import { MAX_FRAME_BYTES } from '../ports/channel.ts';
import { backendId, contentHash, intentId, signature, threadId, walletId } from '../ports/ids.ts';
import { MAX_TEXT_BYTES } from './content.ts';
import { type Answer, actionOf, type Push, type Request, type ThreadSlice, textOf, type WriteCommand } from './protocol.ts';
import {
  decodeAnswer,
  decodePush,
  decodeRequest,
  encodeAnswer,
  encodedBytes,
  encodePush,
  encodeRequest,
  textBytes,
} from './protocol-codec.ts';

const thread = threadId('ab'.repeat(32));
const hash = contentHash('cd'.repeat(32));
const wallet = walletId(bs58.encode(new Uint8Array(32).fill(9)));
const sig = signature(bs58.encode(new Uint8Array(64).fill(3)));
const intent = intentId('i-1');
const token = 'ef'.repeat(32);
const signed = { signature: sig, bytes: 'AQID', lastValidBlockHeight: 5 };
const unsettled = { intent, thread, signature: sig, lastValidBlockHeight: 5 };
const read = { token, thread, messages: 3, minSlot: 4 };
const slice: ThreadSlice = {
  thread,
  version: 4,
  coAuthors: [wallet],
  vault: 2n ** 64n - 1n,
  messages: [{ hash, author: wallet, sequence: 1 }],
  specs: [{ hash, author: wallet, stake: 5n, expiresAtS: 9, voters: [wallet], approvals: [wallet], denials: [] }],
  from: 1,
  messageCount: 2,
};
const refusal = { code: 'Expired', authority: 'solana', detail: 'x' } as const;

const commands: readonly WriteCommand[] = [
  { kind: 'createThread', thread },
  { kind: 'post', thread, text: 'hello "\n\u0001 😀' },
  { kind: 'submitSpec', thread, text: 'x', stake: 10n ** 18n },
  { kind: 'vote', thread, hash, author: wallet, choice: 'deny' },
  { kind: 'settle', thread, hash, author: wallet },
  { kind: 'divest', thread },
];
const requests: readonly Request[] = [
  { kind: 'hello', token: null, known: [{ thread, version: 0, messages: 0 }], unsettled: [unsettled] },
  { kind: 'challenge', wallet },
  { kind: 'signIn', wallet, nonce: token, signature: 'abc' },
  { kind: 'signOut', token },
  { kind: 'session', token },
  ...commands.map((write): Request => ({ kind: 'prepareWrite', token, intent, write })),
  { kind: 'hello', token, known: [], unsettled: [], queued: [intent] },
  ...commands.map((write): Request => ({ kind: 'queueWrite', token, intent, write, proof: 'abc' })),
  { kind: 'prepareWrite', token, intent, write: commands[1] as WriteCommand, queued: intent },
  { kind: 'dropQueued', token, intent },
  { kind: 'executeWrite', token, intent, signed },
  { kind: 'writeStatus', token, write: unsettled },
  { kind: 'readStrong', ...read },
  { kind: 'readCached', ...read },
  { kind: 'readContent', token, thread, from: 7, limit: 64 },
  { kind: 'syncThread', token, thread },
  { kind: 'offerContent', token, thread, author: wallet, text: 'é\u0001' },
  { kind: 'search', token, text: 'find', thread: null, author: wallet, limit: 1_000 },
];
const answers: readonly Answer[] = [
  {
    kind: 'welcome',
    backend: backendId('b'),
    slices: [slice],
    more: true,
    signedIn: true,
    ends: [{ intent, end: { kind: 'refused', refusal } }],
  },
  {
    kind: 'welcome',
    backend: backendId('b'),
    slices: [],
    more: false,
    signedIn: true,
    ageMs: 7,
    ends: [],
    queued: commands.map((write, order) => ({ intent, write, proof: 'abc', order, attempt: 2 })),
  },
  {
    kind: 'welcome',
    backend: backendId('b'),
    slices: [],
    more: false,
    signedIn: true,
    ends: [],
    wanted: [hash],
  },
  { kind: 'queued' },
  { kind: 'dropped' },
  { kind: 'taken' },
  { kind: 'synced', version: 3, hashesContained: false, authorsEqual: true, found: 2, quarantined: 1 },
  { kind: 'challenge', nonce: token, expiresAtMs: 1 },
  { kind: 'signedIn', token, expiresAtMs: 1 },
  { kind: 'signedOut' },
  { kind: 'session', wallet, expiresAtMs: 1 },
  { kind: 'prepared', prepared: { signer: wallet, message: 'AQID', lastValidBlockHeight: 5 } },
  { kind: 'written', result: { kind: 'confirmed', thread, version: 3, slot: 9 } },
  { kind: 'written', result: { kind: 'unsettled' } },
  { kind: 'view', slice, ageMs: 5, slot: 9 },
  { kind: 'hits', hits: [{ hash, thread, author: wallet, sequence: 0, score: 0.5, text: null }] },
  { kind: 'hits', hits: [{ hash, thread, author: wallet, sequence: 0, score: 0.5, text: 'found' }] },
  {
    kind: 'contents',
    thread,
    version: 4,
    messageCount: 9,
    from: 1,
    texts: [{ hash, author: wallet, sequence: 1, text: 'é\u0001', source: 'cache' }],
    missing: [{ hash, author: wallet, sequence: 2, reason: 'absent' }],
    next: 3,
    degraded: false,
    ageMs: 5,
  },
  { kind: 'refused', refusal },
];

describe('frames', () => {
  it.each(requests.map((request) => [request.kind, request]))('[PR1] %s survives the wire', (_, request) => {
    expect(decodeRequest(encodeRequest(request as Request))).toEqual({ ok: true, value: request });
  });

  it.each(answers.map((answer) => [answer.kind, answer]))('[PR2] answer %s survives the wire', (_, answer) => {
    expect(decodeAnswer(encodeAnswer(answer as Answer))).toEqual({ ok: true, value: answer });
  });

  it('[PR3] a push survives the wire', () => {
    const push: Push = { kind: 'threads', slices: [slice] };
    expect(decodePush(encodePush(push))).toEqual({ ok: true, value: push });
  });

  it.each(['\u0001', '"', 'é', 'a', '\\'])('[PR4] the longest text fits a frame, whatever JSON makes of %j', (unit) => {
    const text = unit.repeat(MAX_TEXT_BYTES / Buffer.byteLength(unit));
    const request: Request = { kind: 'prepareWrite', token, intent, write: { kind: 'post', thread, text } };
    const frame = encodeRequest(request);
    expect(Buffer.byteLength(frame)).toBeLessThanOrEqual(MAX_FRAME_BYTES);
    expect(decodeRequest(frame)).toEqual({ ok: true, value: request });
  });

  it.each(['\u0001', '"', 'é', 'a', '\\'])('[PR9] a text of %j takes no more of a frame than is said', (unit) => {
    for (const units of [1, 100, 5_000, MAX_TEXT_BYTES / Buffer.byteLength(unit)]) {
      const hit = { hash, thread, author: wallet, sequence: 0, score: 1 };
      const frames = [unit.repeat(units), null].map((text) => encodeAnswer({ kind: 'hits', hits: [{ ...hit, text }] }));
      const taken = Buffer.byteLength(frames[0] ?? '') - Buffer.byteLength(frames[1] ?? '') + 4;
      expect(textBytes(unit.repeat(units))).toBeGreaterThanOrEqual(taken);
      expect(textBytes(unit.repeat(units))).toBeLessThanOrEqual(Math.max(4_096, taken + 4));
    }
  });

  it('[PR5] an answer that no frame takes becomes a refusal that says so', () => {
    const hits = Array.from({ length: 3 }, () => ({
      hash,
      thread,
      author: wallet,
      sequence: 0,
      score: 1,
      text: 'a'.repeat(1_000_000),
    }));
    const answer = decodeAnswer(encodeAnswer({ kind: 'hits', hits }));
    expect(answer).toMatchObject({ ok: true, value: { kind: 'refused', refusal: { code: 'AnswerTooLarge' } } });
  });

  it('[PR5] a frame may be exactly as long as the longest one, in both directions', () => {
    const saying = (length: number): Answer => ({ kind: 'refused', refusal: { ...refusal, detail: 'a'.repeat(length) } });
    const room = MAX_FRAME_BYTES - encodedBytes(saying(0));
    expect(encodedBytes(saying(room))).toBe(MAX_FRAME_BYTES);
    expect(decodeAnswer(encodeAnswer(saying(room)))).toEqual({ ok: true, value: saying(room) });
    expect(decodeAnswer(encodeAnswer(saying(room + 1)))).toMatchObject({ value: { refusal: { code: 'AnswerTooLarge' } } });
    for (const answer of answers) expect(encodedBytes(answer)).toBe(Buffer.byteLength(encodeAnswer(answer)));
  });

  it('[PR9] a text whose JSON takes 1,310,720 bytes is the longest that travels as it is', () => {
    const frame = (text: string): string =>
      encodeRequest({ kind: 'prepareWrite', token, intent, write: { kind: 'post', thread, text } });
    const longest = `${'\u0001'.repeat(200_000)}${'a'.repeat(110_718)}`;
    expect([textBytes(longest), frame(longest).includes('utf8Base64')]).toEqual([1_310_720, false]);
    expect(textBytes(`${longest}a`)).toBeLessThan(500_000);
    expect(frame(`${longest}a`)).toContain('utf8Base64');
  });

  it('[PR1] a text that begins with a byte order mark keeps it, however it travels', () => {
    for (const text of ['\ufeffa', `\ufeff${'\u0001'.repeat(300_000)}`]) {
      const request: Request = { kind: 'prepareWrite', token, intent, write: { kind: 'post', thread, text } };
      expect(decodeRequest(encodeRequest(request))).toEqual({ ok: true, value: request });
    }
  });
});

const raw = (changes: object): string =>
  JSON.stringify({ kind: 'readStrong', token, thread, messages: 0, minSlot: 0, ...changes });
const post = (write: object): string => JSON.stringify({ kind: 'prepareWrite', token, intent, write });

describe('malformed requests', () => {
  it.each([
    ['not JSON', '{', /^frame: expected JSON/],
    ['an array', '[]', /frame: .*expected object/],
    ['null', 'null', /frame: .*expected object/],
    ['no kind', '{}', /kind: /],
    ['an unknown kind', '{"kind":"drop"}', /kind: /],
    ['a missing field', raw({ thread: undefined }), /thread: .*expected string, received undefined/],
    ['a field too many', raw({ extra: 1 }), /frame: .*extra/],
    ['a bad thread id', raw({ thread: 'xyz' }), /thread: .*expected 64 lowercase hex digits, got "xyz"/],
    ['a thread id of another type', raw({ thread: 7 }), /thread: .*expected string, received number/],
    ['a fractional count', raw({ messages: 0.5 }), /messages: .*expected int/],
    ['a negative count', raw({ messages: -1 }), /messages: .*>=0/],
    ['a bad token', raw({ token: 'AA' }), /token: expected 64 lowercase hex digits/],
    ['an unknown command', post({ kind: 'burn', thread }), /write\.kind: /],
    ['a stake that is a number', post({ kind: 'submitSpec', thread, text: 'a', stake: 5 }), /write\.stake: .*expected string/],
    ['a negative stake', post({ kind: 'submitSpec', thread, text: 'a', stake: '-5' }), /write\.stake: expected a decimal string/],
    [
      'a stake beyond 64 bits',
      post({ kind: 'submitSpec', thread, text: 'a', stake: '18446744073709551616' }),
      /write\.stake: expected at most 18446744073709551615/,
    ],
    ['a bad choice', post({ kind: 'vote', thread, hash, author: wallet, choice: 'maybe' }), /write\.choice: .*"approve"\|"deny"/],
    [
      'an author of the wrong length',
      post({ kind: 'settle', thread, hash, author: '1'.repeat(40) }),
      /write\.author: .*expected 32 bytes in base58, got 40/,
    ],
    ['a text that is base64 of no UTF-8', post({ kind: 'post', thread, text: { utf8Base64: '/w==' } }), /write\.text/],
    [
      'bytes that are no base64',
      JSON.stringify({ kind: 'executeWrite', token, intent, signed: { ...signed, bytes: '??' } }),
      /signed\.bytes: .*base64/,
    ],
    [
      'a limit of zero',
      JSON.stringify({ kind: 'search', token, text: 'a', thread: null, author: null, limit: 0 }),
      /limit: .*>=1/,
    ],
    ['contents of nothing', JSON.stringify({ kind: 'readContent', token, thread, from: 0, limit: 0 }), /limit: .*>=1/],
    ['too many contents', JSON.stringify({ kind: 'readContent', token, thread, from: 0, limit: 65 }), /limit: .*<=64/],
    [
      'an intent with spaces',
      JSON.stringify({ kind: 'executeWrite', token, intent: 'a b', signed }),
      /intent: .*1 to 64 characters/,
    ],
    ['a frame too long', ' '.repeat(MAX_FRAME_BYTES + 1), /^frame: expected at most 2097152 bytes, got 2097153/],
  ])('[PR6] %s is InvalidRequest, naming the path and the expectation', (_, frame, message) => {
    const reply = decodeRequest(frame);
    expect(reply).toMatchObject({ ok: false, failure: { kind: 'invalid', authority: 'backend', code: 'InvalidRequest' } });
    expect(reply.ok ? '' : reply.failure.detail).toMatch(message);
  });

  it('[PR6] is told in at most three places, and by no more than 40 characters of what was no JSON', () => {
    const detail = (frame: string): string => {
      const reply = decodeRequest(frame);
      return reply.ok ? '' : reply.failure.detail;
    };
    const four = detail(raw({ token: 'x', thread: 'x', messages: -1, minSlot: -1 }));
    expect(four.split('; ').map((each) => each.slice(0, each.indexOf(':')))).toEqual(['token', 'thread', 'messages']);
    expect(detail(`no JSON${'x'.repeat(200)}`)).toContain(`"no JSON${'x'.repeat(33)}"`);
  });

  it('[PR7] a lone surrogate reaches the check that names it, instead of being replaced on the way', () => {
    const request: Request = { kind: 'prepareWrite', token, intent, write: { kind: 'post', thread, text: 'a\ud800' } };
    expect(decodeRequest(encodeRequest(request))).toEqual({ ok: true, value: request });
  });
});

type Json = null | boolean | number | string | readonly Json[] | { readonly [field: string]: Json };
type Path = readonly (string | number)[];

/** Every value inside, with its path: records and lists before what is in them. */
function valuesOf(json: Json, path: Path = []): readonly { readonly path: Path; readonly value: Json }[] {
  const inside = json !== null && typeof json === 'object' ? Object.entries(json as object) : [];
  const below = inside.flatMap(([key, each]) => valuesOf(each as Json, [...path, Array.isArray(json) ? Number(key) : key]));
  return path.length === 0 ? below : [{ path, value: json }, ...below];
}

/** The same with another value at the path; undefined takes it out. */
function changed(json: Json, [key, ...rest]: Path, value: Json | undefined): Json {
  if (key === undefined) return value as Json;
  const next = rest.length === 0 ? value : changed((json as Record<string, Json>)[key] as Json, rest, value);
  if (Array.isArray(json)) return json.map((each, index) => (index === key ? (next as Json) : each));
  const { [String(key)]: _, ...others } = json as Record<string, Json>;
  return next === undefined ? others : { ...others, [key]: next };
}

describe('every field of every frame', () => {
  const pushes: readonly Push[] = [{ kind: 'threads', slices: [slice] }];
  /** Made when they are wanted: what cannot even be written fails a test then. */
  const frames = () => [
    ...requests.map((each) => ['request', decodeRequest, JSON.parse(encodeRequest(each)) as Json] as const),
    ...answers.map((each) => ['answer', decodeAnswer, JSON.parse(encodeAnswer(each)) as Json] as const),
    ...pushes.map((each) => ['push', decodePush, JSON.parse(encodePush(each)) as Json] as const),
  ];
  /** What is refused of each, as `field value`, deep fields by their own name alone. */
  const taken = (values: (field: string, value: Json) => readonly (Json | undefined)[]): readonly string[] => {
    const found = frames().flatMap(([, decode, json]) =>
      valuesOf(json).flatMap(({ path, value }) => {
        const field = String(path.findLast((each) => typeof each === 'string'));
        return values(field, value)
          .filter((each) => decode(JSON.stringify(changed(json, path, each))).ok)
          .map((each) => `${field} ${JSON.stringify(each)}`);
      }),
    );
    return [...new Set(found)].sort();
  };

  it('[PR6] is of its type, and of no other', () => {
    const others = (_: string, value: Json): readonly Json[] =>
      [[], {}, true, 'no such word', 7.5].filter(
        (each) => typeof each !== typeof value || Array.isArray(each) !== Array.isArray(value),
      );
    // A list is also empty, and a text that is null is one that is not known.
    expect(taken((field, value) => (value === null ? [] : others(field, value)))).toEqual([]);
  });

  it('[PR6] has to be there, but for few, and is not null, but for few', () => {
    expect(taken((_, value) => (Array.isArray(value) ? [undefined] : [undefined, ...(value === null ? [] : [null])]))).toEqual([
      'ageMs undefined',
      'author null',
      'next null',
      'queued undefined',
      'text null',
      'token null',
      'wanted undefined',
    ]);
  });

  it('[PR6] knows no other word where it is one of a few, and no text that is none where it is an id, a key or bytes', () => {
    const free = new Set(['code', 'detail', 'text', 'proof', 'signature']);
    expect(
      taken((field, value) => (typeof value === 'string' && !free.has(field) ? ['', 'no such word', ` ${value}`] : [])),
    ).toEqual([]);
    expect(
      taken((field, value) =>
        field === 'nonce' || field === 'token' ? [`${value}0`, `0${value}`].slice(value === null ? 2 : 0) : [],
      ),
    ).toEqual([]);
  });

  it('[PR6] is a whole number from 0 where it counts, from 1 where it is a version or an attempt', () => {
    expect(taken((_, value) => (typeof value === 'number' ? [0.5] : []))).toEqual(['ageMs 0.5', 'score 0.5']);
    expect(taken((_, value) => (typeof value === 'number' ? [-1] : []))).toEqual(['expiresAtMs -1', 'expiresAtS -1', 'score -1']);
    const zeros = taken((_, value) => (typeof value === 'number' ? [0] : []));
    expect(zeros.filter((each) => /attempt|limit/.test(each))).toEqual([]);
    // The only version that may be 0 is that of a thread the client has none of.
    const hello = { kind: 'hello', token: null, known: [{ thread, version: 0, messages: 0 }], unsettled: [] };
    expect(decodeRequest(JSON.stringify(hello)).ok).toBe(true);
    const versions = answers.filter((each) => 'version' in each || 'slice' in each || 'result' in each);
    for (const each of versions) {
      const json = JSON.parse(encodeAnswer(each)) as Json;
      for (const { path } of valuesOf(json).filter((one) => one.path.at(-1) === 'version'))
        expect([path, decodeAnswer(JSON.stringify(changed(json, path, 0))).ok]).toEqual([path, false]);
    }
  });

  it('[PR6] is not longer than it may be', () => {
    const long = (count: number): string => 'a'.repeat(count);
    const list = (count: number, each: Json): Json => Array.from({ length: count }, () => each);
    const hello: Json = { kind: 'hello', token: null, known: [], unsettled: [], queued: [] };
    const known: Json = { thread, version: 1, messages: 0 };
    const welcome: Json = { kind: 'welcome', backend: 'b', slices: [], more: false, signedIn: true, ends: [] };
    const content: Json = { hash, author: wallet, sequence: 1 };
    const contents: Json = {
      ...{ kind: 'contents', thread, version: 4, messageCount: 9, from: 1, texts: [], missing: [], next: 3 },
      ...{ degraded: false, ageMs: 5 },
    };
    const queue: Json = { kind: 'queueWrite', token, intent, write: { kind: 'divest', thread } };
    const search: Json = { kind: 'search', token, text: '', thread: null, author: null };
    const limits: readonly (readonly [
      decode: (frame: string) => { readonly ok: boolean },
      json: Json,
      most: number,
      of: (count: number) => object,
    ])[] = [
      [decodeRequest, hello, 15_000, (count) => ({ known: list(count, known) })],
      [decodeRequest, hello, 256, (count) => ({ unsettled: list(count, unsettled as unknown as Json) })],
      [decodeRequest, hello, 256, (count) => ({ queued: list(count, intent) })],
      [decodeRequest, { kind: 'signIn', wallet, nonce: token }, 128, (count) => ({ signature: long(count) })],
      [decodeRequest, queue, 128, (count) => ({ proof: long(count) })],
      [
        decodeRequest,
        { kind: 'executeWrite', token, intent },
        4_096,
        (count) => ({ signed: { ...signed, bytes: long(4 * Math.ceil(count / 4)) } }),
      ],
      [decodeRequest, { kind: 'readContent', token, thread, from: 0 }, 64, (limit) => ({ limit })],
      [decodeRequest, search, 1_000, (limit) => ({ limit })],
      [
        decodeRequest,
        { kind: 'offerContent', token, thread, author: wallet },
        MAX_TEXT_BYTES,
        (count) => ({ text: long(count) }),
      ],
      [
        decodeRequest,
        { kind: 'offerContent', token, thread, author: wallet },
        MAX_TEXT_BYTES / 2,
        (count) => ({ text: 'é'.repeat(count) }),
      ],
      [decodeAnswer, welcome, 32, (count) => ({ wanted: list(count, hash) })],
      [decodeAnswer, contents, 64, (count) => ({ texts: list(count, { ...content, text: 'a', source: 'qdrant' }) })],
      [decodeAnswer, contents, 64, (count) => ({ missing: list(count, { ...content, reason: 'altered' }) })],
    ];
    for (const [decode, json, most, of] of limits) {
      const takes = (count: number): boolean => decode(JSON.stringify({ ...(json as object), ...of(count) })).ok;
      expect([Object.keys(of(1)), takes(1), takes(most), takes(most + 1)]).toEqual([Object.keys(of(1)), true, true, false]);
    }
    const nothing = decodeRequest(JSON.stringify({ kind: 'offerContent', token, thread, author: wallet, text: '' }));
    expect(nothing.ok ? '' : nothing.failure.detail).toBe('text: expected 1 to 1048576 bytes of UTF-8');
  });

  it('[PR6] of 64 bits is the decimal that it would be written as', () => {
    const stake = (digits: string): boolean => decodeRequest(post({ kind: 'submitSpec', thread, text: 'a', stake: digits })).ok;
    expect(['0', '9', '10', '18446744073709551615'].map(stake)).toEqual([true, true, true, true]);
    expect(['', '00', '01', '0x1', '1 ', 'a1', '18446744073709551616', '1'.repeat(21)].map(stake)).toEqual(Array(8).fill(false));
  });

  it('[PR6] every reason for a missing content, every source of one and every authority is known', () => {
    const [contents] = answers.filter((each) => each.kind === 'contents');
    const json = JSON.parse(encodeAnswer(contents as Answer)) as Json;
    const takes = (path: Path, word: string): boolean => decodeAnswer(JSON.stringify(changed(json, path, word))).ok;
    for (const word of ['absent', 'altered', 'unreachable'])
      expect([word, takes(['missing', 0, 'reason'], word)]).toEqual([word, true]);
    for (const word of ['cache', 'qdrant']) expect([word, takes(['texts', 0, 'source'], word)]).toEqual([word, true]);
    for (const authority of ['solana', 'qdrant', 'backend', 'frontend'] as const) {
      const answer: Answer = { kind: 'refused', refusal: { ...refusal, authority } };
      expect(decodeAnswer(encodeAnswer(answer))).toEqual({ ok: true, value: answer });
    }
    for (const choice of ['approve', 'deny'])
      expect(decodeRequest(post({ kind: 'vote', thread, hash, author: wallet, choice })).ok).toBe(true);
  });
});

describe('commands', () => {
  it('[PR8] stand for one ledger action each; only post and submitSpec carry content', () => {
    expect(commands.map((write) => actionOf(write, wallet).kind)).toEqual([
      'createThread',
      'postMessage',
      'submitSpec',
      'vote',
      'settle',
      'divest',
    ]);
    expect(commands.map(textOf)).toEqual([null, 'hello "\n\u0001 😀', 'x', null, null, null]);
  });
});
