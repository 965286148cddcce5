/**
 * What the cache of texts saves: a read that it answers beside one that it cannot, at a backend's door, and how often readers with
 * habits meet what is cached or was fetched ahead. The store is a map in memory, so that a miss is what verifying and caching cost;
 * over a network it is slower by the round trip, and the ratio larger.
 */
import bs58 from 'bs58';
import { ContentCache, type ContentCacheOptions } from '#impl/backend/contents/content-cache.ts';
import { ContentReads } from '#impl/backend/contents/content-reads.ts';
import { hashContent } from '#impl/core/content.ts';
import type { Answer, ThreadView } from '#impl/core/protocol.ts';
import { ScriptedClock } from '#impl/core/scripted-clock.ts';
import type { ContentStore, StoredMessage } from '#impl/ports/content-store.ts';
import { type ThreadId, threadId, walletId } from '#impl/ports/ids.ts';
import { ok } from '#impl/ports/outcome.ts';
import { dice } from '#properties/program/fuzzing/random.ts';
import { median } from '../median.ts';
import type { BenchRow } from './bench-row.ts';

/** One page, of texts as people write them. */
const PAGE = 16;
const TEXT_BYTES = 200;
const BATCHES = 301;
const HITS_A_BATCH = 100;
const MISSES_A_BATCH = 5;

const author = walletId(bs58.encode(new Uint8Array(32).fill(7)));
const idOf = (n: number): ThreadId => threadId(n.toString(16).padStart(64, '0'));

/** A backend's half of reading contents, over so many threads of so many messages. */
function openReads(threads: number, messages: number, options: ContentCacheOptions = {}) {
  const stored = new Map<string, StoredMessage>();
  const views = new Map<ThreadId, ThreadView>();
  for (let n = 0; n < threads; n += 1) {
    const thread = idOf(n);
    const recorded = Array.from({ length: messages }, (_, sequence): StoredMessage => {
      const text = `${n}.${sequence} `.padEnd(TEXT_BYTES, 'lorem ipsum ');
      return { hash: hashContent({ thread, author, text }), thread, author, text, state: 'recorded', sequence };
    });
    for (const message of recorded) stored.set(message.hash, message);
    const view = recorded.map(({ hash, sequence }) => ({ hash, author, sequence: sequence ?? 0 }));
    views.set(thread, { thread, version: 1, coAuthors: [author], vault: 0n, messages: view, specs: [] });
  }
  const contentStore: Pick<ContentStore, 'messages'> = {
    messages: async (hashes) => ok(hashes.flatMap((hash) => stored.get(hash) ?? [])),
  };
  const clock = new ScriptedClock();
  const cache = { view: (thread: ThreadId) => views.get(thread) };
  const contents = new ContentCache({ clock, viewOf: cache.view }, options);
  const nowhere: Answer = { kind: 'refused', refusal: { code: 'ThreadNotFound', authority: 'solana', detail: '' } };
  const reads = new ContentReads(
    { contentStore: contentStore as ContentStore, clock },
    { cache, contents, reads: { strong: async () => nowhere } },
  );
  return { contents, reads };
}

/** Microseconds a read, one figure a batch. */
async function timed(size: number, read: (n: number) => Promise<Answer>): Promise<number[]> {
  const figures: number[] = [];
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const begun = performance.now();
    for (let n = 0; n < size; n += 1) await read(batch * size + n);
    figures.push(((performance.now() - begun) * 1_000) / size);
  }
  return figures;
}

const request = (n: number, from: number, limit: number) => ({ token: '', thread: idOf(n), from, limit });

async function hitAndMiss(): Promise<readonly BenchRow[]> {
  const { reads, contents } = openReads(BATCHES * MISSES_A_BATCH, PAGE);
  const misses = await timed(MISSES_A_BATCH, (n) => reads.read('reader', request(n, 0, PAGE)));
  const before = contents.figures();
  const newest = BATCHES * MISSES_A_BATCH - 1;
  const hits = await timed(HITS_A_BATCH, () => reads.read('reader', request(newest, 0, PAGE)));
  const after = contents.figures();
  if (before.hits > 0 || after.misses > before.misses) throw new Error('expected misses first and hits then');
  const [hit, miss] = [median(hits), median(misses)];
  const what = `${PAGE} texts of ${TEXT_BYTES} bytes, median of ${BATCHES} batches`;
  const ninetyNine = hits.toSorted((a, b) => a - b)[Math.floor(hits.length * 0.99)] ?? Number.NaN;
  return [
    {
      name: 'contents, all cached',
      figure: hit,
      unit: 'us',
      bar: { atMost: 20 },
      detail: `${what}; p99 ${ninetyNine.toFixed(1)} us`,
    },
    { name: 'contents, none cached', figure: miss, unit: 'us', detail: `${what}, a store in memory; each text verified` },
    { name: 'contents: none cached over all cached', figure: miss / hit, unit: 'x', detail: 'without a network' },
  ];
}

/** Sessions that read threads of 128 messages from the start, popular ones more often, in a cache that holds a part of them. */
async function habits(): Promise<readonly BenchRow[]> {
  const [threads, messages, sessions, visits] = [300, 128, 20, 6_000];
  const { reads, contents } = openReads(threads, messages, { minBytes: 1 << 20, maxBytes: 16 << 20 });
  const { below } = dice(7);
  for (let visit = 0; visit < visits; visit += 1) {
    // The lesser of two: a thread is met the more often the lower its number.
    const thread = Math.min(below(threads), below(threads));
    const until = PAGE * (1 + below(messages / PAGE));
    for (let from = 0; from < until; from += PAGE) await reads.read(`session ${visit % sessions}`, request(thread, from, PAGE));
  }
  const { hits, misses, prefetched, prefetchUsed, bytes, bound } = contents.figures();
  const all = (threads * messages * (2 * TEXT_BYTES + 600)) >> 20;
  return [
    {
      name: 'contents: hit rate',
      figure: (100 * hits) / (hits + misses),
      unit: '%',
      detail: `${visits} visits of ${threads} threads, about ${all} MiB, in ${(bytes / 1_048_576).toFixed(1)} of ${(bound / 1_048_576).toFixed(1)} MiB`,
    },
    {
      name: 'contents: fetched ahead and used',
      figure: (100 * prefetchUsed) / prefetched,
      unit: '%',
      detail: `${prefetchUsed} of ${prefetched} texts; readers stop anywhere`,
    },
  ];
}

export async function run(): Promise<BenchRow[]> {
  return [...(await hitAndMiss()), ...(await habits())];
}
