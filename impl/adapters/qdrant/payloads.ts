/**
 * The payloads as stored, checked whenever they are read. A payload that does not have this form, or that is stored under
 * another id than its own hash gives, was written by somebody else or altered: it is reported and then treated as absent,
 * so that restoring it is what happens next.
 */
import { z } from 'zod';
import type { StoredMessage, ThreadMetadata } from '../../ports/content-store.ts';
import { contentHash, threadId, walletId } from '../../ports/ids.ts';
import { pointIdOf } from './point-ids.ts';

/** A stored point that is not what it should be. */
export interface MalformedPoint {
  readonly code: 'MalformedPoint';
  readonly collection: string;
  readonly point: string;
  /** Which field, and what was expected. */
  readonly detail: string;
}

const branded = <Id extends string>(parse: (text: string) => Id): z.ZodType<Id> =>
  z.string().transform((text, context) => {
    try {
      return parse(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
      return z.NEVER;
    }
  });

const natural = z.int().min(0);

const messagePayload = z
  .object({
    content_hash: branded(contentHash),
    thread: branded(threadId),
    author: branded(walletId),
    text: z.string(),
    state: z.enum(['pending', 'recorded']),
    sequence: natural.nullable(),
  })
  .refine(({ state, sequence }) => (state === 'recorded') === (sequence !== null), {
    message: 'sequence: expected a number exactly when the state is recorded',
  });

const threadPayload = z.object({
  thread: branded(threadId),
  version: natural,
  co_authors: z.array(branded(walletId)),
  message_count: natural,
  // A token that is no text only means that nobody's write can be recognised by it.
  write_token: z.string().catch(''),
});

export type MessagePayload = z.input<typeof messagePayload>;
export type ThreadPayload = z.input<typeof threadPayload>;

export interface StoredThread extends ThreadMetadata {
  /** The random mark of the write that made it. */
  readonly writeToken: string;
}

interface RawPoint {
  readonly id: string | number;
  readonly payload?: unknown;
}
type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly detail: string };

const wrongPlace = { ok: false, detail: 'id: expected the one that the stored hash or thread gives' } as const;
const issues = (error: z.ZodError): Parsed<never> => ({
  ok: false,
  detail: error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`.replace(/^: /, '')).join('; '),
});

export function parseMessage(point: RawPoint): Parsed<StoredMessage> {
  const parsed = messagePayload.safeParse(point.payload);
  if (!parsed.success) return issues(parsed.error);
  const { content_hash: hash, thread, author, text, state, sequence } = parsed.data;
  return pointIdOf(hash) === point.id ? { ok: true, value: { hash, thread, author, text, state, sequence } } : wrongPlace;
}

export function parseThread(point: RawPoint): Parsed<StoredThread> {
  const parsed = threadPayload.safeParse(point.payload);
  if (!parsed.success) return issues(parsed.error);
  const { thread, version, co_authors: coAuthors, message_count: messageCount, write_token: writeToken } = parsed.data;
  return pointIdOf(thread) === point.id
    ? { ok: true, value: { thread, version, coAuthors, messageCount, writeToken } }
    : wrongPlace;
}

export const messageToPayload = ({ hash, thread, author, text, state, sequence }: StoredMessage): MessagePayload => ({
  content_hash: hash,
  thread,
  author,
  text,
  state,
  sequence,
});

export const threadToPayload = ({ thread, version, coAuthors, messageCount, writeToken }: StoredThread): ThreadPayload => ({
  thread,
  version,
  co_authors: [...coAuthors],
  message_count: messageCount,
  write_token: writeToken,
});
