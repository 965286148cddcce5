/**
 * The specification's manage_cache(): texts of recorded messages, kept by whoever has read them from the content store and verified
 * them. Memory only; the content store is their authority, and what is lost here is read again.
 *
 * Keyed by page of a thread (`thread/number`, so many messages in sequence), not by hash. A page is what readers ask for, so one look
 * answers a read without the thread's view, which is what makes a hit cheap; neighbours come and go together; and taking over a new
 * version touches a thread's pages rather than its messages. A hash as the key could never be stale, but would say nothing of whose
 * version it is: the view would have to be asked for every message, and the answer would be as of two things.
 *
 * The price is that a page can be old, so each is stamped with the thread's version as of which it is right:
 *
 *   ingestion adopts a version -> every page of the thread is stamped anew, in the same breath   (invalidate_on_update)
 *   a fetch comes back         -> its page is stamped with the version of now, not of when it was asked for
 *
 * So all pages of a thread carry the version its backend has adopted, and answers never go back. Stamping anew is right because a page
 * takes its messages from the new view, and keeps a text only where the same hash stands at the same sequence: recorded messages are
 * only ever appended, so all full pages keep theirs, and the last one is merely no longer whole. A page of which that is not true is
 * dropped. Nothing but `VerifiedContent` comes in, and strings do not change.
 *
 * Which pages stay (cache_frequently_accessed): the least recently read goes first, but one that was read more than once since it came
 * is given another turn, with half its count. What is read once goes by what is read again and again.
 *
 * How much stays (optimize_cache_size). The bound moves by steps between a minimum and a maximum. Over every `window` texts asked for,
 * two things are counted: texts missed whose page was evicted so lately that the maximum would have kept it (no more bytes went since
 * than the bound is below it); and hits on pages that had gone unread while more bytes were read than the bound less a step, which
 * would have been misses had it been a step smaller. More than 1 in 32 of the former: a step up. Else none of the latter: a step down,
 * and what no longer fits is evicted at once. Else it stays. Bytes held never exceed the bound, not even for a moment.
 */
import { LRUCache } from 'lru-cache';
import type { VerifiedContent } from '../../core/content.ts';
import type { MessageView, ThreadView } from '../../core/protocol.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ContentHash, ThreadId } from '../../ports/ids.ts';

export interface ContentCacheOptions {
  /** Messages a page, from 1; 16 by default. */
  readonly pageMessages?: number;
  /** The bound of bytes held never goes below this; 4 MiB by default. */
  readonly minBytes?: number;
  /** Nor above this, at least `minBytes`; 64 MiB by default. */
  readonly maxBytes?: number;
  /** What is older, milliseconds, is fetched again, and served only while the content store cannot be reached; an hour by default. */
  readonly maxAgeMs?: number;
  /** Texts asked for between two decisions about the bound, from 1; 256 by default. */
  readonly window?: number;
}

/** What a backend tells of its cache of texts. Counters count from its opening. */
export interface ContentCacheFigures {
  /** Pages held. */
  readonly entries: number;
  /** Bytes held, and how many may be just now. */
  readonly bytes: number;
  readonly bound: number;
  /** Texts asked for by clients that were cached and fresh enough, and those that were not; `hits / (hits + misses)` is the hit rate. */
  readonly hits: number;
  readonly misses: number;
  /** Texts fetched because they were expected to be asked for; `prefetchUsed / prefetched` says how well that goes. */
  readonly prefetched: number;
  /** Those of them that a client then asked for, while they were held. */
  readonly prefetchUsed: number;
  /** Pages that a new version of their thread made incomplete, or took away. */
  readonly invalidated: number;
  /** Pages that went to make room. */
  readonly evicted: number;
}

/** A text held. */
export interface HeldContent {
  readonly content: VerifiedContent;
  /** When it was had from the content store. */
  readonly atMs: number;
}

/** Texts as of one version, all that was asked for. */
export interface WholeRange {
  readonly version: number;
  readonly messageCount: number;
  readonly messages: readonly MessageView[];
  readonly held: readonly HeldContent[];
}

interface Held extends HeldContent {
  /** Fetched ahead, and not asked for yet. */
  isAhead: boolean;
}

interface Page {
  readonly thread: ThreadId;
  readonly number: number;
  /** By sequence. */
  readonly texts: ReadonlyMap<number, Held>;
  readonly bytes: number;
  version: number;
  messageCount: number;
  /** All messages of the page at that version, with a text or without. */
  messages: readonly MessageView[];
  /** Reads since it came, halved with every turn it is given. */
  uses: number;
  /** How many bytes had been read of all pages when it was read last. */
  readAt: number;
}

const keyOf = (thread: ThreadId, number: number): string => `${thread}/${number}`;

/** Strings hold one or two bytes a unit; the rest is for hash, author and the objects around them. */
const PAGE_BYTES = 400;
const TEXT_BYTES = 600;
const bytesOf = ({ content }: HeldContent): number => 2 * content.text.length + TEXT_BYTES;

const MAX_USES = 7;
/** The bound moves by this share of its maximum. */
const STEPS = 16;
/** A page may take this share of the bound; the texts that come last in it are left out. */
const PAGE_SHARE = 4;
/** And what was fetched ahead and not asked for yet, together, this one. */
const AHEAD_SHARE = 8;
const REGRETTED_SHARE = 32;

export class ContentCache {
  /** Messages a page. */
  readonly pageMessages: number;
  readonly #clock: Clock;
  readonly #viewOf: (thread: ThreadId) => ThreadView | undefined;
  readonly #minBytes: number;
  readonly #maxBytes: number;
  readonly #maxAgeMs: number;
  readonly #window: number;
  readonly #step: number;
  readonly #pages: LRUCache<string, Page>;
  /** Numbers of the pages held, by thread. */
  readonly #numbers = new Map<ThreadId, Set<number>>();
  /** The pages evicted last, and how many bytes had been evicted with each. */
  readonly #ghosts: LRUCache<string, number>;
  #bound: number;
  #bytesRead = 0;
  #bytesEvicted = 0;
  #aheadBytes = 0;
  /** Something fetched ahead found no room, and none has been made since. */
  #isAheadFull = false;
  #asked = 0;
  #regretted = 0;
  #needed = 0;
  #hits = 0;
  #misses = 0;
  #prefetched = 0;
  #prefetchUsed = 0;
  #invalidated = 0;
  #evicted = 0;

  /**
   * @param viewOf the thread at the version that its backend has adopted
   * Throws a RangeError for options out of range.
   */
  constructor(
    parts: { readonly clock: Clock; readonly viewOf: (thread: ThreadId) => ThreadView | undefined },
    options: ContentCacheOptions = {},
  ) {
    const { pageMessages = 16, minBytes = 4_194_304, maxBytes = 67_108_864, maxAgeMs = 3_600_000, window = 256 } = options;
    for (const [name, value] of Object.entries({ pageMessages, minBytes, maxAgeMs, window }))
      if (!(Number.isSafeInteger(value) && value >= 1))
        throw new RangeError(`${name}: expected a whole number from 1, got ${value}`);
    if (!(Number.isSafeInteger(maxBytes) && maxBytes >= minBytes))
      throw new RangeError(`maxBytes: expected a whole number from minBytes, ${minBytes}, got ${maxBytes}`);
    this.pageMessages = pageMessages;
    this.#clock = parts.clock;
    this.#viewOf = parts.viewOf;
    this.#minBytes = minBytes;
    this.#maxBytes = maxBytes;
    this.#maxAgeMs = maxAgeMs;
    this.#window = window;
    this.#step = Math.max(1, Math.floor(maxBytes / STEPS));
    this.#bound = minBytes;
    const perf = { now: () => parts.clock.nowMs() };
    // With a resolution of 0 it sets no timer to remember the time by.
    this.#pages = new LRUCache({
      maxSize: maxBytes,
      ttl: maxAgeMs,
      ttlResolution: 0,
      noDeleteOnStaleGet: true,
      perf,
    });
    this.#ghosts = new LRUCache({ maxSize: Math.max(1, maxBytes - minBytes), perf });
  }

  figures(): ContentCacheFigures {
    return {
      entries: this.#pages.size,
      bytes: this.#pages.calculatedSize,
      bound: this.#bound,
      hits: this.#hits,
      misses: this.#misses,
      prefetched: this.#prefetched,
      prefetchUsed: this.#prefetchUsed,
      invalidated: this.#invalidated,
      evicted: this.#evicted,
    };
  }

  /** Messages `from` onwards, at most `limit`, if all of their texts are held and fresh. Counts as asked for only then. */
  whole(thread: ThreadId, from: number, limit: number): WholeRange | null {
    const pages: (readonly [page: Page, texts: number])[] = [];
    const messages: MessageView[] = [];
    const held: Held[] = [];
    for (let number = this.pageOf(from); ; number += 1) {
      const page = this.#pages.get(keyOf(thread, number));
      if (page === undefined) return null;
      const before = held.length;
      const to = Math.min(from + limit, page.messageCount);
      for (const message of page.messages) {
        if (message.sequence < from || message.sequence >= to) continue;
        const text = page.texts.get(message.sequence);
        if (text === undefined) return null;
        messages.push(message);
        held.push(text);
      }
      pages.push([page, held.length - before]);
      if ((number + 1) * this.pageMessages < to) continue;
      const { version, messageCount } = page;
      for (const [each, texts] of pages) this.#read(each, texts);
      for (const each of held) this.#serve(each);
      this.#ask(held.length, 0);
      return { version, messageCount, messages, held };
    }
  }

  /** What is held of these messages of one page, by sequence; texts of theirs that are not fresh count as missed. */
  some(thread: ThreadId, messages: readonly MessageView[]): ReadonlyMap<number, HeldContent> {
    const first = messages[0];
    if (first === undefined) return new Map();
    const key = keyOf(thread, this.pageOf(first.sequence));
    const page = this.#pages.get(key);
    const found = heldOf(page, messages);
    for (const each of found.values()) this.#serve(each);
    if (page !== undefined) this.#read(page, found.size);
    if (page === undefined && this.#isRegretted(key)) this.#regretted += messages.length;
    this.#ask(found.size, messages.length - found.size);
    return found;
  }

  /** As `some`, however old; counts nothing: the content store cannot be reached, and they were asked for before. */
  stale(thread: ThreadId, messages: readonly MessageView[]): ReadonlyMap<number, HeldContent> {
    const first = messages[0];
    if (first === undefined) return new Map();
    const page = this.#pages.get(keyOf(thread, this.pageOf(first.sequence)), { allowStale: true });
    return heldOf(page, messages);
  }

  /** A text of the thread by its hash, however old, whatever sequence it is at; counts nothing. */
  find(thread: ThreadId, hash: ContentHash): VerifiedContent | null {
    for (const number of this.#numbers.get(thread) ?? []) {
      const page = this.#pages.peek(keyOf(thread, number), { allowStale: true });
      for (const { content } of page?.texts.values() ?? []) if (content.hash === hash) return content;
    }
    return null;
  }

  /** Messages of a page whose texts are not held, or not fresh. */
  lacking(view: ThreadView, number: number): readonly MessageView[] {
    const page = this.#pages.peek(keyOf(view.thread, number));
    if (page !== undefined && page.texts.size === page.messages.length) return [];
    return this.#messagesOf(view, number).filter(({ sequence }) => page?.texts.has(sequence) !== true);
  }

  /** Whether there is room for more that nobody has asked for yet, as far as is known: not since something did not fit. */
  get hasRoomAhead(): boolean {
    return !this.#isAheadFull;
  }

  pageOf(sequence: number): number {
    return Math.floor(sequence / this.pageMessages);
  }

  /**
   * Takes in texts that were fetched for `asked`, a view of before the fetch. `ahead`: because somebody may ask for them; what does not
   * fit the room for such is let go.
   */
  put(asked: ThreadView, fetched: ReadonlyMap<number, VerifiedContent>, ahead = false): void {
    if (ahead) this.#prefetched += fetched.size;
    // Whatever was adopted while the texts were on their way: a page is stamped by the view of now, or the old one would be back.
    const now = this.#viewOf(asked.thread);
    if (now === undefined) return;
    const numbers = new Set([...fetched.keys()].map((sequence) => this.pageOf(sequence)));
    for (const number of numbers) this.#fill(now, number, fetched, ahead);
  }

  /** A newer version of a thread is adopted: its pages become pages of that version, or go. */
  adopt(view: ThreadView): void {
    for (const number of [...(this.#numbers.get(view.thread) ?? [])]) {
      const page = this.#pages.peek(keyOf(view.thread, number), { allowStale: true });
      if (page === undefined) continue;
      const messages = this.#messagesOf(view, number);
      const isSame = [...page.texts].every(([sequence, { content }]) => view.messages[sequence]?.hash === content.hash);
      if (!isSame || messages.length !== page.messages.length) this.#invalidated += 1;
      if (!isSame) this.#drop(page);
      page.version = view.version;
      page.messageCount = view.messages.length;
      page.messages = messages;
    }
  }

  #messagesOf(view: ThreadView, number: number): readonly MessageView[] {
    return view.messages.slice(number * this.pageMessages, (number + 1) * this.pageMessages);
  }

  #fill(view: ThreadView, number: number, fetched: ReadonlyMap<number, VerifiedContent>, ahead: boolean): void {
    const key = keyOf(view.thread, number);
    const before = this.#pages.peek(key, { allowStale: true });
    const atMs = this.#clock.nowMs();
    const texts = new Map<number, Held>();
    let room = Math.floor(this.#bound / PAGE_SHARE) - PAGE_BYTES;
    let isFull = false;
    let roomAhead = Math.floor(this.#bound / AHEAD_SHARE) - this.#aheadBytes;
    const messages = this.#messagesOf(view, number);
    for (const { sequence, hash } of messages) {
      const old = before?.texts.get(sequence);
      const kept = old !== undefined && old.content.hash === hash && atMs - old.atMs <= this.#maxAgeMs ? old : undefined;
      const content = fetched.get(sequence);
      const fresh = content?.hash === hash ? { content, atMs, isAhead: ahead } : undefined;
      // What somebody has asked for meanwhile is not ahead any more.
      const held = ahead ? (kept ?? fresh) : (fresh ?? kept);
      if (held === undefined) continue;
      const bytes = bytesOf(held);
      const isNewAhead = held === fresh && ahead;
      const isLeft = isNewAhead && bytes > roomAhead;
      isFull ||= isLeft;
      if (bytes > room || isLeft) continue;
      room -= bytes;
      if (isNewAhead) roomAhead -= bytes;
      texts.set(sequence, held);
    }
    if (before !== undefined) this.#drop(before);
    this.#isAheadFull ||= isFull;
    if (texts.size === 0) return;
    const bytes = [...texts.values()].reduce((sum, held) => sum + bytesOf(held), PAGE_BYTES);
    this.#bytesRead += bytes;
    const { thread, version } = view;
    const { uses = 0 } = before ?? {};
    this.#makeRoom(bytes);
    this.#keep({
      thread,
      number,
      texts,
      bytes,
      version,
      messageCount: view.messages.length,
      messages,
      uses,
      readAt: this.#bytesRead,
    });
  }

  #keep(page: Page): void {
    const { thread, number, texts, bytes } = page;
    const start = Math.min(...[...texts.values()].map(({ atMs }) => atMs));
    this.#pages.set(keyOf(thread, number), page, { size: bytes, start });
    const numbers = this.#numbers.get(thread) ?? new Set();
    this.#numbers.set(thread, numbers.add(number));
    this.#ghosts.delete(keyOf(thread, number));
    for (const held of texts.values()) if (held.isAhead) this.#aheadBytes += bytesOf(held);
  }

  #drop(page: Page): void {
    this.#pages.delete(keyOf(page.thread, page.number));
    this.#forget(page);
  }

  /** It is no longer among the pages. */
  #forget({ thread, number, texts }: Page): void {
    const numbers = this.#numbers.get(thread);
    numbers?.delete(number);
    if (numbers?.size === 0) this.#numbers.delete(thread);
    for (const held of texts.values()) if (held.isAhead) this.#leaveAhead(held);
  }

  #leaveAhead(held: Held): void {
    this.#aheadBytes -= bytesOf(held);
    this.#isAheadFull = false;
  }

  #makeRoom(bytes: number): void {
    while (this.#pages.calculatedSize + bytes > this.#bound) {
      const page = this.#pages.pop();
      if (page === undefined) return;
      this.#forget(page);
      if (page.uses > 0) {
        page.uses >>= 1;
        this.#keep(page);
        continue;
      }
      this.#evicted += 1;
      this.#bytesEvicted += page.bytes;
      this.#ghosts.set(keyOf(page.thread, page.number), this.#bytesEvicted, { size: page.bytes });
    }
  }

  /** The page would be held, had the bound been at its maximum. */
  #isRegretted(key: string): boolean {
    const evictedWith = this.#ghosts.get(key);
    return evictedWith !== undefined && this.#bytesEvicted - evictedWith <= this.#maxBytes - this.#bound;
  }

  /** So many texts of the page were hits. */
  #read(page: Page, texts: number): void {
    if (this.#bytesRead - page.readAt > this.#bound - this.#step) this.#needed += texts;
    page.uses = Math.min(MAX_USES, page.uses + 1);
    this.#bytesRead += page.bytes;
    page.readAt = this.#bytesRead;
  }

  #serve(held: Held): void {
    if (!held.isAhead) return;
    held.isAhead = false;
    this.#leaveAhead(held);
    this.#prefetchUsed += 1;
  }

  #ask(hits: number, misses: number): void {
    this.#hits += hits;
    this.#misses += misses;
    this.#asked += hits + misses;
    if (this.#asked < this.#window) return;
    if (this.#regretted * REGRETTED_SHARE > this.#asked) this.#bound = Math.min(this.#maxBytes, this.#bound + this.#step);
    else if (this.#needed === 0) this.#bound = Math.max(this.#minBytes, this.#bound - this.#step);
    this.#asked = 0;
    this.#regretted = 0;
    this.#needed = 0;
    this.#isAheadFull = false;
    this.#makeRoom(0);
  }
}

/** A page carries its thread's version, so its messages are those asked about. */
function heldOf(page: Page | undefined, messages: readonly MessageView[]): ReadonlyMap<number, Held> {
  const found = new Map<number, Held>();
  for (const { sequence, hash } of messages) {
    const held = page?.texts.get(sequence);
    if (held?.content.hash === hash) found.set(sequence, held);
  }
  return found;
}
