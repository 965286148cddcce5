/**
 * Frames: JSON text in, typed messages out, and back. Bigints travel as decimal strings; a text whose JSON escapes would burst the
 * frame travels as base64. Whatever is malformed, oversized, of a wrong type or unknown ends in `InvalidRequest`, which names the
 * path and what was expected there; nothing of it is used.
 */
import bs58 from 'bs58';
import { z } from 'zod';
import { MAX_FRAME_BYTES } from '../ports/channel.ts';
import { backendId, contentHash, intentId, signature, threadId, walletId } from '../ports/ids.ts';
import type { Failure, Reply } from '../ports/outcome.ts';
import { MAX_TEXT_BYTES } from './content.ts';
import { type Answer, MAX_CONTENTS, MAX_WANTED, type Push, type QueuedWrite, type Request } from './protocol.ts';

/** What one hello may carry: about 1.6 MiB of known threads, and as many open writes as a wallet may have. */
export const MAX_KNOWN_THREADS: number = 15_000;
export const MAX_ASKED_WRITES: number = 256;

function branded<Id extends string>(parse: (text: string) => Id): z.ZodType<Id> {
  return z.string().transform((text, context) => {
    try {
      return parse(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as TypeError).message });
      return z.NEVER;
    }
  }) as unknown as z.ZodType<Id>;
}

const thread = branded(threadId);
const hash = branded(contentHash);
const wallet = branded(walletId);
const sig = branded(signature);
const intent = branded(intentId);
/** A wallet that is used as bytes, so that the length must be right too; checked where it comes from a client. */
const exactWallet = branded((text) => {
  const id = walletId(text);
  const length = bs58.decode(id).length;
  if (length !== 32) throw new TypeError(`wallet: expected 32 bytes in base58, got ${length} bytes`);
  return id;
});

const count = z.int().min(0);
const hex32 = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 lowercase hex digits');
const base64 = z.base64().min(1).max(4_096);
const u64 = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,19})$/, 'expected a decimal string of an unsigned 64-bit integer')
  .transform((digits, context) => {
    const value = BigInt(digits);
    if (value < 1n << 64n) return value;
    context.addIssue({ code: 'custom', message: `expected at most ${(1n << 64n) - 1n}, got ${digits}` });
    return z.NEVER;
  });

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const text = z.union([
  z.string(),
  z.strictObject({ utf8Base64: z.base64() }).transform(({ utf8Base64 }, context) => {
    try {
      return utf8.decode(Buffer.from(utf8Base64, 'base64'));
    } catch {
      context.addIssue({ code: 'custom', message: 'expected base64 of well-formed UTF-8' });
      return z.NEVER;
    }
  }),
]);

/** Longer than any content may be, or none, is no content's. */
const offered = text.refine((each) => each !== '' && Buffer.byteLength(each, 'utf8') <= MAX_TEXT_BYTES, {
  message: `expected 1 to ${MAX_TEXT_BYTES} bytes of UTF-8`,
});

const message = z.strictObject({ hash, author: wallet, sequence: count });
const spec = z.strictObject({
  hash,
  author: wallet,
  stake: u64,
  expiresAtS: z.int(),
  voters: z.array(wallet),
  approvals: z.array(wallet),
  denials: z.array(wallet),
});
const slice = z.strictObject({
  thread,
  version: z.int().min(1),
  coAuthors: z.array(wallet),
  vault: u64,
  messages: z.array(message),
  specs: z.array(spec),
  from: count,
  messageCount: count,
});
const refusal = z.strictObject({
  code: z.string(),
  authority: z.enum(['solana', 'qdrant', 'backend', 'frontend']),
  detail: z.string(),
});
const refused = z.strictObject({ kind: z.literal('refused'), refusal });
const end = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('confirmed'), thread, version: z.int().min(1), slot: count }),
  refused,
]);
const result = z.union([end, z.strictObject({ kind: z.literal('unsettled') })]);
const prepared = z.strictObject({ signer: wallet, message: base64, lastValidBlockHeight: count });
const signed = z.strictObject({ signature: sig, bytes: base64, lastValidBlockHeight: count });
const write = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('createThread'), thread }),
  z.strictObject({ kind: z.literal('post'), thread, text }),
  z.strictObject({ kind: z.literal('submitSpec'), thread, text, stake: u64 }),
  z.strictObject({ kind: z.literal('vote'), thread, hash, author: exactWallet, choice: z.enum(['approve', 'deny']) }),
  z.strictObject({ kind: z.literal('settle'), thread, hash, author: exactWallet }),
  z.strictObject({ kind: z.literal('divest'), thread }),
]);
const unsettled = z.strictObject({ intent, thread, signature: sig, lastValidBlockHeight: count });
const proof = z.string().max(128);
const queuedWrite = z.strictObject({ intent, write, proof, order: count, attempt: z.int().min(1) });
const token = hex32;
const read = { token, thread, messages: count, minSlot: count };

const request: z.ZodType<Request> = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('hello'),
    token: token.nullable(),
    known: z.array(z.strictObject({ thread, version: count, messages: count })).max(MAX_KNOWN_THREADS),
    unsettled: z.array(unsettled).max(MAX_ASKED_WRITES),
    queued: z.array(intent).max(MAX_ASKED_WRITES).exactOptional(),
  }),
  z.strictObject({ kind: z.literal('challenge'), wallet: exactWallet }),
  z.strictObject({ kind: z.literal('signIn'), wallet: exactWallet, nonce: hex32, signature: z.string().max(128) }),
  z.strictObject({ kind: z.literal('signOut'), token }),
  z.strictObject({ kind: z.literal('session'), token }),
  z.strictObject({ kind: z.literal('prepareWrite'), token, intent, write, queued: intent.exactOptional() }),
  z.strictObject({ kind: z.literal('queueWrite'), token, intent, write, proof }),
  z.strictObject({ kind: z.literal('dropQueued'), token, intent }),
  z.strictObject({ kind: z.literal('executeWrite'), token, intent, signed }),
  z.strictObject({ kind: z.literal('writeStatus'), token, write: unsettled }),
  z.strictObject({ kind: z.literal('readStrong'), ...read }),
  z.strictObject({ kind: z.literal('readCached'), ...read }),
  z.strictObject({ kind: z.literal('readContent'), token, thread, from: count, limit: z.int().min(1).max(MAX_CONTENTS) }),
  z.strictObject({ kind: z.literal('syncThread'), token, thread }),
  z.strictObject({ kind: z.literal('offerContent'), token, thread, author: exactWallet, text: offered }),
  z.strictObject({
    kind: z.literal('search'),
    token,
    text,
    thread: thread.nullable(),
    author: exactWallet.nullable(),
    limit: z.int().min(1).max(1_000),
  }),
]);

const answer: z.ZodType<Answer> = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('welcome'),
    backend: branded(backendId),
    slices: z.array(slice),
    more: z.boolean(),
    signedIn: z.boolean(),
    ageMs: z.number().min(0).exactOptional(),
    ends: z.array(z.strictObject({ intent, end })),
    queued: z.array(queuedWrite).exactOptional(),
    wanted: z.array(hash).max(MAX_WANTED).exactOptional(),
  }),
  z.strictObject({ kind: z.literal('challenge'), nonce: hex32, expiresAtMs: z.int() }),
  z.strictObject({ kind: z.literal('signedIn'), token, expiresAtMs: z.int() }),
  z.strictObject({ kind: z.literal('signedOut') }),
  z.strictObject({ kind: z.literal('session'), wallet, expiresAtMs: z.int() }),
  z.strictObject({ kind: z.literal('prepared'), prepared }),
  z.strictObject({ kind: z.literal('written'), result }),
  z.strictObject({ kind: z.literal('queued') }),
  z.strictObject({ kind: z.literal('dropped') }),
  z.strictObject({ kind: z.literal('taken') }),
  z.strictObject({ kind: z.literal('view'), slice, ageMs: z.number().min(0), slot: count }),
  z.strictObject({
    kind: z.literal('synced'),
    version: z.int().min(1),
    hashesContained: z.boolean(),
    authorsEqual: z.boolean(),
    found: count,
    quarantined: count,
  }),
  z.strictObject({
    kind: z.literal('hits'),
    hits: z.array(z.strictObject({ hash, thread, author: wallet, sequence: count, score: z.number(), text: text.nullable() })),
  }),
  z.strictObject({
    kind: z.literal('contents'),
    thread,
    version: z.int().min(1),
    messageCount: count,
    from: count,
    texts: z.array(message.extend({ text, source: z.enum(['cache', 'qdrant']) })).max(MAX_CONTENTS),
    missing: z.array(message.extend({ reason: z.enum(['absent', 'altered', 'unreachable']) })).max(MAX_CONTENTS),
    next: count.nullable(),
    degraded: z.boolean(),
    ageMs: z.number().min(0),
  }),
  refused,
]);

const push: z.ZodType<Push> = z.strictObject({ kind: z.literal('threads'), slices: z.array(slice) });

const invalid = (detail: string): Reply<never> => {
  const failure: Failure = { kind: 'invalid', authority: 'backend', code: 'InvalidRequest', detail };
  return { ok: false, failure };
};

function decode<T>(frame: string, schema: z.ZodType<T>): Reply<T> {
  const bytes = Buffer.byteLength(frame, 'utf8');
  if (bytes > MAX_FRAME_BYTES) return invalid(`frame: expected at most ${MAX_FRAME_BYTES} bytes, got ${bytes}`);
  let value: unknown;
  try {
    value = JSON.parse(frame);
  } catch (error) {
    return invalid(`frame: expected JSON, got ${JSON.stringify(frame.slice(0, 40))} (${(error as SyntaxError).message})`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return { ok: true, value: parsed.data };
  const issues = parsed.error.issues.slice(0, 3).map((issue) => `${issue.path.join('.') || 'frame'}: ${issue.message}`);
  return invalid(issues.join('; '));
}

/** Escaped longer than this, a text travels as base64 instead (at most 4/3 of its UTF-8 bytes). */
const PLAIN_TEXT_BYTES = 1_310_720;

function encode(value: Request | Answer | Push | QueuedWrite): string {
  return JSON.stringify(value, (key, each: unknown) => {
    if (typeof each === 'bigint') return each.toString();
    if (key !== 'text' || typeof each !== 'string' || each.length * 6 <= PLAIN_TEXT_BYTES) return each;
    const plain = Buffer.byteLength(JSON.stringify(each), 'utf8') <= PLAIN_TEXT_BYTES;
    return plain ? each : { utf8Base64: Buffer.from(each, 'utf8').toString('base64') };
  });
}

/** At most so many bytes a text takes in a frame, with its quotes. Exact where a bound by its length alone would be large. */
export function textBytes(text: string): number {
  const bound = text.length * 6 + 2;
  if (bound <= 4_096) return bound;
  const plain = Buffer.byteLength(JSON.stringify(text), 'utf8');
  return plain <= PLAIN_TEXT_BYTES ? plain : 4 * Math.ceil(Buffer.byteLength(text, 'utf8') / 3) + 20;
}

export const encodeRequest = (value: Request): string => encode(value);
export const encodePush = (value: Push): string => encode(value);
/** UTF-8 bytes of it in a frame. */
export const encodedBytes = (value: Answer | QueuedWrite): number => Buffer.byteLength(encode(value), 'utf8');
/** Never longer than a frame may be: what does not fit becomes a refusal that says so. */
export function encodeAnswer(value: Answer): string {
  const frame = encode(value);
  const bytes = Buffer.byteLength(frame, 'utf8');
  if (bytes <= MAX_FRAME_BYTES) return frame;
  const detail = `the answer has ${bytes} bytes; a frame takes at most ${MAX_FRAME_BYTES}`;
  return encode({ kind: 'refused', refusal: { code: 'AnswerTooLarge', authority: 'backend', detail } });
}
/** Each answers the message, or a failure with code `InvalidRequest` naming the path and the expectation. */
export const decodeRequest = (frame: string): Reply<Request> => decode(frame, request);
export const decodeAnswer = (frame: string): Reply<Answer> => decode(frame, answer);
export const decodePush = (frame: string): Reply<Push> => decode(frame, push);
