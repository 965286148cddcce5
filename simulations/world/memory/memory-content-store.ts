/**
 * The content store port on a memory authority: one client of it. Each ending is the one the Qdrant adapter gives where the server
 * behaves as the fault says. One call is one request here, so faults between the requests of one call do not exist.
 */
import { isPointId, pointIdOf } from '#impl/adapters/qdrant/point-ids.ts';
import type { ContentStore, SearchHit, StoredMessage, ThreadMetadata } from '#impl/ports/content-store.ts';
import type { ContentHash } from '#impl/ports/ids.ts';
import { applied, type Failure, failed, notApplied, type Outcome, ok, type Reply, unknown } from '#impl/ports/outcome.ts';
import type { QdrantEffect, StoredContent } from '#model/qdrant.ts';
import type { Refused, Unanswered, WriteFault } from '../../qdrant/emulator-faults.ts';
import { type ContentView, type MemoryContent, similarity, type WriteRequest } from './memory-content.ts';

const maxPage = 1_000;

const failure = (kind: Failure['kind'], code: string, detail: string): Failure => ({ kind, authority: 'qdrant', code, detail });
const invalid = (code: string, detail: string): Failure => failure('invalid', code, detail);
const unreachable = failure('unavailable', 'Unreachable', 'connect ECONNREFUSED');

/** What a caller is told instead of an answer, and whether it is thereby certain that nothing was applied. */
function unanswered(answer: WriteFault['answer'] | Refused | Unanswered): {
  readonly failure: Failure;
  readonly certain: boolean;
} {
  const uncertain = (told: Failure) => ({ failure: told, certain: false });
  switch (answer.kind) {
    case 'lost':
      return uncertain(failure('unavailable', 'ConnectionLost', 'the connection broke before an answer came'));
    case 'silent':
      return uncertain(failure('timeout', 'Timeout', 'no answer in time'));
    case 'acknowledged':
      return uncertain(failure('unavailable', 'OnlyAcknowledged', 'expected status completed, got acknowledged'));
    case 'waitTimeout':
      return uncertain(failure('timeout', 'WaitTimeout', 'expected status completed, got wait_timeout'));
    case 'refused':
      if (answer.status === 429) return { failure: rateLimited(answer.retryAfterS), certain: true };
      if (answer.status === 408) return uncertain(failure('timeout', 'ServerTimeout', '408: the server gave up waiting'));
      return uncertain(failure('unavailable', 'ServerError', `${answer.status}: the server failed`));
  }
}

function rateLimited(retryAfterS = 0): Failure {
  const told = failure('unavailable', 'RateLimited', 'too many requests (429)');
  return retryAfterS > 0 ? { ...told, retryAfterMs: retryAfterS * 1_000 } : told;
}

const inPoint = (message: StoredContent): StoredMessage => message as StoredMessage;

/** A client with vectors of `dimensions` components. */
export function createMemoryContentStore(content: MemoryContent, dimensions: number): ContentStore {
  return new MemoryContentStore(content, dimensions);
}

class MemoryContentStore implements ContentStore {
  readonly #content: MemoryContent;
  readonly #dimensions: number;

  constructor(content: MemoryContent, dimensions: number) {
    this.#content = content;
    this.#dimensions = dimensions;
  }

  async ensureCollections(): Promise<Outcome<void>> {
    if (!this.#content.isUp) return notApplied(unreachable);
    this.#content.exists = true;
    return applied(undefined);
  }

  async putPending(...[message, vector]: Parameters<ContentStore['putPending']>): Promise<Outcome<void>> {
    const bad = this.#vectorProblem(vector);
    if (bad !== null) return notApplied(bad);
    return this.#write({ action: { kind: 'putPending', content: message }, vector }, () => undefined);
  }

  async putRecorded(...[message, vector]: Parameters<ContentStore['putRecorded']>): Promise<Outcome<void>> {
    const { sequence, ...content } = message;
    const bad = this.#vectorProblem(vector) ?? notNatural('sequence', sequence);
    if (bad !== null) return notApplied(bad);
    return this.#write({ action: { kind: 'putRecorded', content, sequence }, vector }, () => undefined);
  }

  async markRecorded(hash: ContentHash, sequence: number): Promise<Outcome<'recorded' | 'missing'>> {
    const bad = notNatural('sequence', sequence);
    if (bad !== null) return notApplied(bad);
    const request: WriteRequest = { action: { kind: 'markRecorded', hash, sequence }, vector: null };
    return this.#write(request, (effect) => (effect === 'missing' ? 'missing' : 'recorded'));
  }

  async discardPending(hash: ContentHash): Promise<Outcome<'discarded' | 'kept'>> {
    const request: WriteRequest = { action: { kind: 'discardPending', hash }, vector: null };
    return this.#write(request, (effect) => (effect === 'kept' ? 'kept' : 'discarded'));
  }

  async messages(hashes: readonly ContentHash[]): Promise<Reply<readonly StoredMessage[]>> {
    if (hashes.length > maxPage)
      return failed(invalid('TooManyHashes', `hashes: expected at most ${maxPage}, got ${hashes.length}`));
    if (hashes.length === 0) return ok([]);
    return this.#read(({ state }) =>
      [...new Set(hashes)].flatMap((hash) => {
        const found = state.messages.get(hash);
        return found === undefined ? [] : [inPoint(found)];
      }),
    );
  }

  async threadMessages(
    ...[thread, page]: Parameters<ContentStore['threadMessages']>
  ): ReturnType<ContentStore['threadMessages']> {
    const bad = wrongLimit(page.limit) ?? wrongPosition(page.after);
    if (bad !== null) return failed(bad);
    return this.#read(({ state }) => {
      const points = [...state.messages.values()]
        .filter((message) => message.thread === thread)
        .map((message) => ({ id: pointIdOf(message.hash as ContentHash), message: inPoint(message) }))
        .filter(({ id }) => page.after === null || id >= page.after)
        .sort((a, b) => (a.id < b.id ? -1 : 1));
      const messages = points.slice(0, page.limit).map(({ message }) => message);
      return { messages, next: points[page.limit]?.id ?? null };
    });
  }

  async putThread(metadata: ThreadMetadata): Promise<Outcome<'written' | 'superseded'>> {
    const bad = notNatural('version', metadata.version) ?? notNatural('messageCount', metadata.messageCount);
    if (bad !== null) return notApplied(bad);
    const request: WriteRequest = { action: { kind: 'putThread', metadata }, vector: null };
    return this.#write(request, (effect) => (effect === 'superseded' ? 'superseded' : 'written'));
  }

  async thread(...[id]: Parameters<ContentStore['thread']>): ReturnType<ContentStore['thread']> {
    return this.#read(({ state }) => (state.threads.get(id) ?? null) as ThreadMetadata | null);
  }

  async search(...[query]: Parameters<ContentStore['search']>): Promise<Reply<readonly SearchHit[]>> {
    const bad = wrongLimit(query.limit) ?? this.#vectorProblem(query.vector);
    if (bad !== null) return failed(bad);
    return this.#read((view) =>
      [...view.state.messages.values()]
        .filter(({ state }) => state === 'recorded')
        .filter(({ thread }) => query.thread === undefined || query.thread === thread)
        .filter(({ author }) => query.author === undefined || query.author === author)
        .map((message) => ({ message: inPoint(message), score: similarity(view, message, query.vector) }))
        .sort((a, b) => b.score - a.score || (a.message.hash < b.message.hash ? -1 : 1))
        .slice(0, query.limit),
    );
  }

  async verifyIndexes(): Promise<Reply<readonly string[]>> {
    if (!this.#content.isUp) return failed(unreachable);
    return ok(this.#content.exists ? [] : ['collection messages is missing', 'collection threads is missing']);
  }

  #write<T>(request: WriteRequest, answer: (effect: QdrantEffect | null) => T): Outcome<T> {
    const unusable = this.#unusable();
    if (unusable !== null) return notApplied(unusable);
    const fault = this.#content.plan.take('write');
    const effect = this.#content.write(request, fault);
    if (fault === null) return applied(answer(effect));
    const told = unanswered(fault.answer);
    return told.certain ? notApplied(told.failure) : unknown(told.failure);
  }

  #read<T>(look: (view: ContentView) => T): Reply<T> {
    const unusable = this.#unusable();
    if (unusable !== null) return failed(unusable);
    const fault = this.#content.plan.take('read');
    if (fault === null) return ok(look(this.#content.seen()));
    this.#content.plan.fired.push({ fault, collection: '', changed: false });
    return failed(unanswered(fault.answer).failure);
  }

  #unusable(): Failure | null {
    if (!this.#content.isUp) return unreachable;
    return this.#content.exists ? null : failure('refused', 'NotFound', "404: the collection doesn't exist");
  }

  #vectorProblem(vector: readonly number[]): Failure | null {
    if (vector.length !== this.#dimensions)
      return invalid('WrongDimension', `vector: expected ${this.#dimensions} components, got ${vector.length}`);
    const bad = vector.findIndex((x) => !Number.isFinite(x));
    return bad < 0 ? null : invalid('InvalidVector', `vector[${bad}]: expected a finite number, got ${vector[bad]}`);
  }
}

function wrongLimit(limit: number): Failure | null {
  if (Number.isInteger(limit) && limit >= 1 && limit <= maxPage) return null;
  return invalid('InvalidLimit', `limit: expected a whole number from 1 to ${maxPage}, got ${limit}`);
}

function wrongPosition(after: string | null): Failure | null {
  if (after === null || isPointId(after)) return null;
  return invalid(
    'InvalidPosition',
    `after: expected what the page before gave as next, got ${JSON.stringify(after).slice(0, 100)}`,
  );
}

function notNatural(name: string, value: number): Failure | null {
  if (Number.isSafeInteger(value) && value >= 0) return null;
  return invalid('InvalidNumber', `${name}: expected a whole number from 0, got ${value}`);
}
