/**
 * Texts of recorded messages, from the cache where it has them, from the content store where not, each verified against its hash before
 * anybody sees it; the specification's serve_cached_content() where the content store cannot be reached.
 *
 *   all of it cached and fresh -> answered as of the version that the cache's pages carry
 *   else                       -> as of the backend's version: page by page what is cached, and the rest asked for
 *   content store unreachable  -> what is cached, however old, and marked so; nothing cached: refused; some pages had: cut short there
 *
 * After an answer, what its reader may ask for next is fetched ahead: a call that nobody waits for, few at a time, into a small share
 * of the cache, and none while the last call failed. A page that was read in part comes first, since nothing is likelier.
 */
import { verified } from '../../core/content.ts';
import {
  type Answer,
  type ContentRequest,
  type ContentText,
  MAX_CONTENTS,
  type MessageView,
  type MissingText,
  type ThreadView,
} from '../../core/protocol.ts';
import { textBytes } from '../../core/protocol-codec.ts';
import { refusalOf } from '../../core/refusal.ts';
import { isTransient, type RetryPolicy, requestRetries, retryRead } from '../../core/retry.ts';
import { MAX_FRAME_BYTES } from '../../ports/channel.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ContentStore } from '../../ports/content-store.ts';
import type { ThreadId } from '../../ports/ids.ts';
import { type Failure, ok, type Reply } from '../../ports/outcome.ts';
import type { ThreadCache } from '../cache.ts';
import type { Reads } from '../reads.ts';
import { AccessPredictor, type PageOf } from './access-predictor.ts';
import type { ContentCache, HeldContent } from './content-cache.ts';

export interface ContentReadPorts {
  readonly contentStore: ContentStore;
  readonly clock: Clock;
}

export interface ContentReadParts {
  readonly cache: Pick<ThreadCache, 'view'>;
  readonly reads: Pick<Reads, 'strong'>;
  readonly contents: ContentCache;
}

/** A message in one of the two lists, without its text: hash, author and numbers. */
const MESSAGE_BYTES = 320;
/** Bytes of a frame for texts: any one of them fits, and so do the messages around them. */
const TEXT_ROOM = MAX_FRAME_BYTES - MESSAGE_BYTES * (MAX_CONTENTS + 4);
/** Fetches ahead under way at a time. */
const MAX_AHEAD = 4;

/** Somebody who knows that the content store is away does not keep its clients waiting to find out again. */
const once: RetryPolicy = { ...requestRetries, attempts: 1 };

type Had = ContentText | MissingText;

/** What is answered so far. */
interface Gathered {
  readonly had: Had[];
  /** Age of the oldest cached text, milliseconds. */
  ageMs: number;
  /** Something was had from the content store. */
  isFetched: boolean;
  /** Why it can be had no more. */
  failure: Failure | null;
}

export class ContentReads {
  readonly #ports: ContentReadPorts;
  readonly #parts: ContentReadParts;
  readonly #predictor = new AccessPredictor();
  /** Pages being fetched ahead. */
  readonly #underWay = new Set<string>();
  /** How the last call on the content store for texts ended. */
  #isReachable = true;
  #mismatches = 0;

  constructor(ports: ContentReadPorts, parts: ContentReadParts) {
    this.#ports = ports;
    this.#parts = parts;
  }

  /** Stored contents met whose text is not what their hash says; they are never answered, nor cached. */
  get mismatches(): number {
    return this.#mismatches;
  }

  /** @param session whose habits are learnt; any string that names it */
  async read(session: string, request: ContentRequest): Promise<Answer> {
    const answer = this.#whole(request) ?? (await this.#gather(request));
    if (answer.kind === 'contents') this.#ahead(session, answer);
    return answer;
  }

  #whole({ thread, from, limit }: ContentRequest): Answer | null {
    const whole = this.#parts.contents.whole(thread, from, limit);
    if (whole === null) return null;
    const { version, messageCount, messages, held } = whole;
    const gathered: Gathered = { had: [], ageMs: 0, isFetched: false, failure: null };
    const nowMs = this.#ports.clock.nowMs();
    held.forEach((each, index) => {
      take(gathered, messages[index] as MessageView, each, nowMs);
    });
    return answerOf({ thread, version, messageCount, from }, gathered, null);
  }

  async #gather(request: ContentRequest): Promise<Answer> {
    const { thread, from, limit } = request;
    const viewed = await this.#view(request);
    if ('kind' in viewed) return viewed;
    const view = viewed;
    const wanted = view.messages.slice(from, from + limit);
    const gathered: Gathered = { had: [], ageMs: 0, isFetched: false, failure: null };
    let room = TEXT_ROOM;
    for (const group of this.#pages(wanted)) {
      const had = gathered.had.length;
      if (room < 0 || !(await this.#page(view, group, gathered))) break;
      for (const each of gathered.had.slice(had)) room -= 'text' in each ? textBytes(each.text) : 0;
    }
    const { had, failure } = gathered;
    if (failure !== null && !had.some((each) => 'text' in each)) return { kind: 'refused', refusal: refusalOf(failure) };
    const next = had.length < wanted.length ? from + had.length : null;
    return answerOf({ thread, version: view.version, messageCount: view.messages.length, from }, gathered, next);
  }

  /** The thread as cached here, or as the ledger has it if it is not. */
  async #view({ token, thread }: ContentRequest): Promise<ThreadView | Answer> {
    const cached = this.#parts.cache.view(thread);
    if (cached !== undefined) return cached;
    const strong = await this.#parts.reads.strong({ token, thread, messages: 0, minSlot: 0 });
    return this.#parts.cache.view(thread) ?? strong;
  }

  #pages(messages: readonly MessageView[]): readonly (readonly MessageView[])[] {
    const { contents } = this.#parts;
    const pages = new Map<number, MessageView[]>();
    for (const message of messages) {
      const number = contents.pageOf(message.sequence);
      const page = pages.get(number);
      if (page === undefined) pages.set(number, [message]);
      else page.push(message);
    }
    return [...pages.values()];
  }

  /** Adds messages of one page to what is gathered; false to end before them. */
  async #page(view: ThreadView, messages: readonly MessageView[], gathered: Gathered): Promise<boolean> {
    const { contents } = this.#parts;
    const cached = gathered.failure === null ? contents.some(view.thread, messages) : new Map<number, HeldContent>();
    const wanted = messages.filter(({ sequence }) => !cached.has(sequence));
    const fetched = gathered.failure === null && wanted.length > 0 ? await this.#fetch(view, wanted) : ok(new Map<number, Had>());
    if (!fetched.ok) {
      // What was had from the content store before it went away is worth an answer of its own; the next one is told of it.
      if (gathered.isFetched) return false;
      gathered.failure = fetched.failure;
    } else gathered.isFetched ||= fetched.value.size > 0;
    const stale = gathered.failure === null ? null : contents.stale(view.thread, messages);
    for (const message of messages) {
      const held = cached.get(message.sequence) ?? stale?.get(message.sequence);
      if (held !== undefined) take(gathered, message, held, this.#ports.clock.nowMs());
      else
        gathered.had.push(
          (fetched.ok ? fetched.value.get(message.sequence) : undefined) ?? { ...message, reason: 'unreachable' },
        );
    }
    return true;
  }

  /** Asks the content store for what a client waits for, and caches what is genuine. */
  async #fetch(view: ThreadView, messages: readonly MessageView[]): Promise<Reply<ReadonlyMap<number, Had>>> {
    const reply = await this.#ask(view, messages, this.#isReachable ? requestRetries : once, false);
    if (!reply.ok) return reply;
    return ok(
      new Map(
        messages.map((message): readonly [number, Had] => {
          const text = reply.value.get(message.sequence);
          if (typeof text === 'string') return [message.sequence, { ...message, text, source: 'qdrant' }];
          return [message.sequence, { ...message, reason: text === null ? 'altered' : 'absent' }];
        }),
      ),
    );
  }

  /** By sequence: the text of each message that is stored; null where it is not what the hash says. */
  async #ask(
    view: ThreadView,
    messages: readonly MessageView[],
    retries: RetryPolicy,
    ahead: boolean,
  ): Promise<Reply<ReadonlyMap<number, string | null>>> {
    const { contentStore, clock } = this.#ports;
    const reply = await retryRead(clock, retries, () => contentStore.messages(messages.map(({ hash }) => hash)));
    this.#isReachable = reply.ok || !isTransient(reply.failure);
    if (!reply.ok) return reply;
    const stored = new Map(reply.value.map((each) => [each.hash, each]));
    const found = messages.flatMap(({ sequence, hash }) => {
      const message = stored.get(hash);
      return message === undefined ? [] : [{ sequence, content: verified(message) }];
    });
    this.#mismatches += found.filter(({ content }) => content === null).length;
    const genuine = found.flatMap(({ sequence, content }) => (content === null ? [] : [[sequence, content] as const]));
    this.#parts.contents.put(view, new Map(genuine), ahead);
    return ok(new Map(found.map(({ sequence, content }) => [sequence, content?.text ?? null])));
  }

  /** Begins to fetch what the reader may ask for next. */
  #ahead(session: string, { thread, from, messageCount, texts, missing, next }: Answer & { readonly kind: 'contents' }): void {
    const { contents } = this.#parts;
    const count = texts.length + missing.length;
    if (count === 0) return;
    const first = contents.pageOf(from);
    const last = contents.pageOf((next ?? from + count) - 1);
    const likely = this.#predictor.next(session, { thread, first, last, pages: contents.pageOf(messageCount - 1) + 1 });
    this.#begin({ thread, number: first });
    if (last !== first) this.#begin({ thread, number: last });
    for (const page of likely) this.#begin(page);
  }

  #begin({ thread, number }: PageOf): void {
    const { contents, cache } = this.#parts;
    const view = cache.view(thread);
    if (view === undefined || !this.#isReachable || !contents.hasRoomAhead || this.#underWay.size >= MAX_AHEAD) return;
    const key = `${thread}/${number}`;
    if (this.#underWay.has(key)) return;
    const lacking = contents.lacking(view, number);
    if (lacking.length === 0) return;
    this.#underWay.add(key);
    // Nobody waits for it. It does not fail: what the content store says is a value.
    void this.#ask(view, lacking, once, true).then(() => this.#underWay.delete(key));
  }
}

function take(gathered: Gathered, { hash, author, sequence }: MessageView, { content, atMs }: HeldContent, nowMs: number): void {
  gathered.had.push({ hash, author, sequence, text: content.text, source: 'cache' });
  gathered.ageMs = Math.max(gathered.ageMs, nowMs - atMs);
}

function answerOf(
  head: { readonly thread: ThreadId; readonly version: number; readonly messageCount: number; readonly from: number },
  { had, ageMs, failure }: Gathered,
  next: number | null,
): Answer {
  const fitting = fittingOf(had);
  const texts: ContentText[] = [];
  const missing: MissingText[] = [];
  for (const each of fitting) {
    if ('text' in each) texts.push(each);
    else missing.push(each);
  }
  const goOn = fitting.length < had.length ? head.from + fitting.length : next;
  return { kind: 'contents', ...head, texts, missing, next: goOn, degraded: failure !== null, ageMs };
}

/** The first of them that one frame takes: at least one. */
function fittingOf(had: readonly Had[]): readonly Had[] {
  let room = TEXT_ROOM;
  const end = had.findIndex((each) => {
    if ('text' in each) room -= textBytes(each.text);
    return room < 0;
  });
  return end < 0 ? had : had.slice(0, end);
}
