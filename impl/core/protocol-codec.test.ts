import bs58 from 'bs58';
import { describe, expect, it } from 'vitest';
import { MAX_FRAME_BYTES } from '../ports/channel.ts';
import { backendId, contentHash, intentId, signature, threadId, walletId } from '../ports/ids.ts';
import { MAX_TEXT_BYTES } from './content.ts';
import { type Answer, actionOf, type Push, type Request, type ThreadSlice, textOf, type WriteCommand } from './protocol.ts';
import { decodeAnswer, decodePush, decodeRequest, encodeAnswer, encodePush, encodeRequest, textBytes } from './protocol-codec.ts';

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
    queued: commands.map((write, order) => ({ intent, write, proof: 'abc', order, attempt: 1 })),
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
  { kind: 'view', slice, ageMs: 0, slot: 9 },
  { kind: 'hits', hits: [{ hash, thread, author: wallet, sequence: 0, score: 0.5, text: null }] },
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
    expect(reply).toMatchObject({ ok: false, failure: { kind: 'invalid', code: 'InvalidRequest' } });
    expect(reply.ok ? '' : reply.failure.detail).toMatch(message);
  });

  it('[PR7] a lone surrogate reaches the check that names it, instead of being replaced on the way', () => {
    const request: Request = { kind: 'prepareWrite', token, intent, write: { kind: 'post', thread, text: 'a\ud800' } };
    expect(decodeRequest(encodeRequest(request))).toEqual({ ok: true, value: request });
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
    expect(commands.map((write) => textOf(write) !== null)).toEqual([false, true, true, false, false, false]);
  });
});
