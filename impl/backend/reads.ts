/**
 * What a client can read. A strong read asks the ledger for the version first and answers nothing older; a cached read answers what
 * is here and says how old it is; a search answers recorded content whose text still is what its hash says.
 */
import { checkText, isGenuine } from '../core/content.ts';
import type { Answer, Hit, KnownThread, ReadRequest, Request, ThreadSlice } from '../core/protocol.ts';
import { refusalOf } from '../core/refusal.ts';
import { requestRetries, retryRead } from '../core/retry.ts';
import { MAX_SLICE_MESSAGES, sliceOf } from '../core/thread-slice.ts';
import type { Clock } from '../ports/clock.ts';
import type { ContentStore, SearchHit } from '../ports/content-store.ts';
import type { Embedder } from '../ports/embedder.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { Failure } from '../ports/outcome.ts';
import type { ThreadCache } from './cache.ts';
import type { Ingestion } from './ingestion.ts';
import { inChunks } from './publisher.ts';

export interface ReadPorts {
  readonly ledger: Ledger;
  readonly contentStore: ContentStore;
  readonly embedder: Embedder;
  readonly clock: Clock;
}

/** UTF-8 bytes of text that one search answer carries at most. */
const MAX_HIT_TEXT_BYTES = 1_100_000;

export class Reads {
  readonly #ports: ReadPorts;
  readonly #cache: ThreadCache;
  readonly #ingestion: Ingestion;
  #newestSlot = 0;
  #mismatches = 0;

  constructor(ports: ReadPorts, parts: { readonly cache: ThreadCache; readonly ingestion: Ingestion }) {
    this.#ports = ports;
    this.#cache = parts.cache;
    this.#ingestion = parts.ingestion;
  }

  /** Stored contents met whose text is not what their hash says; they are never answered. */
  get mismatches(): number {
    return this.#mismatches;
  }

  async strong(request: ReadRequest): Promise<Answer> {
    const { ledger, clock } = this.#ports;
    // No bank older than anything this backend or this client has seen may answer: a lagging node would show the past.
    const minContextSlot = Math.max(this.#newestSlot, request.minSlot, this.#ingestion.checkpoint.position?.slot ?? 0);
    const read = await retryRead(clock, requestRetries, () =>
      ledger.thread(request.thread, { commitment: 'confirmed', minContextSlot }),
    );
    if (!read.ok) return refused(read.failure);
    this.#newestSlot = Math.max(this.#newestSlot, read.value.slot);
    const thread = read.value.value;
    if (thread === null) return notFound(request.thread);
    const caughtUp = await this.#ingestion.catchUpThread(thread.id, thread.version);
    if (!caughtUp.ok) return refused(caughtUp.failure);
    const view = this.#cache.view(thread.id);
    if (view === undefined || !caughtUp.value) {
      const detail = `the event stream has not reached version ${thread.version} of thread ${thread.id}`;
      return refused({ kind: 'behind', authority: 'solana', code: 'EventsBehind', detail });
    }
    return { kind: 'view', slice: sliceOf(view, request.messages), ageMs: 0, slot: read.value.slot };
  }

  async cached(request: ReadRequest): Promise<Answer> {
    const view = this.#cache.view(request.thread);
    if (view === undefined) return this.strong(request);
    const { position } = this.#ingestion.checkpoint;
    return { kind: 'view', slice: sliceOf(view, request.messages), ageMs: this.ageMs(), slot: position?.slot ?? 0 };
  }

  /** Since the cache was last compared with the ledger. */
  ageMs(): number {
    return Math.max(0, this.#ports.clock.nowMs() - (this.#ingestion.checkpoint.atMs ?? 0));
  }

  /** The threads that are newer here than the client knows them, as many as one answer takes. */
  newerThan(known: readonly KnownThread[]): { readonly slices: readonly ThreadSlice[]; readonly more: boolean } {
    const held = new Map(known.map((each) => [each.thread, each]));
    const slices: ThreadSlice[] = [];
    let messages = 0;
    for (const view of this.#cache.views()) {
      const theirs = held.get(view.thread);
      if (theirs !== undefined && theirs.version >= view.version) continue;
      const slice = sliceOf(view, theirs?.messages ?? 0);
      slices.push(slice);
      messages += slice.messages.length + 16;
      if (messages > MAX_SLICE_MESSAGES) break;
    }
    const chunks = inChunks(slices);
    const first = chunks[0] ?? [];
    return { slices: first, more: chunks.length > 1 || messages > MAX_SLICE_MESSAGES };
  }

  async search(request: Request & { readonly kind: 'search' }): Promise<Answer> {
    const { clock, contentStore, embedder } = this.#ports;
    const problem = checkText(request.text);
    if (problem !== null) return { kind: 'refused', refusal: { ...problem, authority: 'backend' } };
    const vectors = await retryRead(clock, requestRetries, () => embedder.embed([request.text]));
    if (!vectors.ok) return refused(vectors.failure);
    const found = await retryRead(clock, requestRetries, () =>
      contentStore.search({
        vector: vectors.value[0] ?? [],
        limit: request.limit,
        ...(request.thread === null ? {} : { thread: request.thread }),
        ...(request.author === null ? {} : { author: request.author }),
      }),
    );
    if (!found.ok) return refused(found.failure);
    const genuine = found.value.filter(({ message }) => isGenuine(message));
    this.#mismatches += found.value.length - genuine.length;
    return { kind: 'hits', hits: hitsOf(genuine) };
  }
}

/** Best first; texts as long as they fit, so that the best hits have theirs. */
function hitsOf(found: readonly SearchHit[]): Hit[] {
  let room = MAX_HIT_TEXT_BYTES;
  return found.map(({ message, score }) => {
    const { hash, thread, author, sequence, text } = message;
    const bytes = Buffer.byteLength(JSON.stringify(text), 'utf8');
    const fits = bytes <= room;
    if (fits) room -= bytes;
    return { hash, thread, author, sequence: sequence ?? 0, score, text: fits ? text : null };
  });
}

const refused = (failure: Failure): Answer => ({ kind: 'refused', refusal: refusalOf(failure) });

const notFound = (thread: string): Answer => ({
  kind: 'refused',
  refusal: { code: 'ThreadNotFound', authority: 'solana', detail: `no thread ${thread} at commitment confirmed` },
});
