/**
 * Messages: one point each, at the id its hash gives. Decides which conditional write each operation is, so that delayed and
 * repeated requests cannot undo newer ones:
 *
 *   putPending      insert_only upsert          an existing point, pending or recorded, is left as it is
 *   putRecorded     plain upsert                recorded is final and its sequence comes from the ledger: last is as good as first
 *   markRecorded    set_payload on the id       404 when there is nothing to flip
 *   discardPending  delete where still pending  then a read tells what is there
 */
import type { Schemas } from '@qdrant/js-client-rest';
import type { ContentStore, SearchHit, StoredMessage } from '../../ports/content-store.ts';
import type { ContentHash } from '../../ports/ids.ts';
import { applied, failed, notApplied, type Outcome, ok, type Reply, unknown } from '../../ports/outcome.ts';
import { agreed, checkLimit, checkNatural, checkVector, durably, maxPage, type QdrantContext, wellFormed } from './context.ts';
import { invalid, qdrantFailure, reading, updating } from './failures.ts';
import { messageToPayload, parseMessage } from './payloads.ts';
import { isPointId, pointIdOf } from './point-ids.ts';

type MessageOperations = Pick<
  ContentStore,
  'putPending' | 'putRecorded' | 'markRecorded' | 'discardPending' | 'messages' | 'threadMessages' | 'search'
>;

const equals = (key: string, value: string): Schemas['FieldCondition'] => ({ key, match: { value } });

export function messageOperations(context: QdrantContext): MessageOperations {
  return {
    putPending: (message, vector) => put(context, { ...message, state: 'pending', sequence: null }, vector, 'insert_only'),
    putRecorded: (message, vector) => put(context, { ...message, state: 'recorded' }, vector, 'upsert'),
    markRecorded: (hash, sequence) => markRecorded(context, hash, sequence),
    discardPending: (hash) => discardPending(context, hash),
    messages: (hashes) => messages(context, hashes),
    threadMessages: (thread, page) => threadMessages(context, thread, page),
    search: (query) => search(context, query),
  };
}

async function put(
  context: QdrantContext,
  message: StoredMessage,
  vector: readonly number[],
  update_mode: Schemas['UpdateMode'],
): Promise<Outcome<void>> {
  const bad = checkVector(context, vector) ?? checkNatural('sequence', message.sequence ?? 0);
  if (bad !== null) return notApplied(bad);
  const point = { id: pointIdOf(message.hash), vector: [...vector], payload: messageToPayload(message) };
  return updating(() => context.client.upsert(context.messages, { ...durably, points: [point], update_mode }));
}

async function markRecorded(
  context: QdrantContext,
  hash: ContentHash,
  sequence: number,
): Promise<Outcome<'recorded' | 'missing'>> {
  const bad = checkNatural('sequence', sequence);
  if (bad !== null) return notApplied(bad);
  const payload = { state: 'recorded', sequence };
  const outcome = await updating(() =>
    context.client.setPayload(context.messages, { ...durably, points: [pointIdOf(hash)], payload }),
  );
  if (outcome.kind === 'applied') return applied('recorded');
  if (outcome.kind === 'unknown' || outcome.failure.code !== 'NotFound') return outcome;
  // 404 says that the point or the collection is missing; a read tells which.
  const state = await stateOf(context, hash);
  if (!state.ok) return notApplied(state.failure);
  if (state.value === 'absent') return applied('missing');
  return notApplied(
    qdrantFailure('unavailable', 'Contended', 'the point was absent and is there again: expected to be tried again'),
  );
}

async function discardPending(context: QdrantContext, hash: ContentHash): Promise<Outcome<'discarded' | 'kept'>> {
  const filter = { must: [{ has_id: [pointIdOf(hash)] }], must_not: [equals('state', 'recorded')] };
  const outcome = await updating(() => context.client.delete(context.messages, { ...durably, filter }));
  if (outcome.kind !== 'applied') return outcome;
  const state = await stateOf(context, hash);
  if (!state.ok) return unknown(state.failure);
  switch (state.value) {
    case 'absent':
      return applied('discarded');
    case 'recorded':
      return applied('kept');
    case 'pending':
      return unknown(
        qdrantFailure('behind', 'StillPending', 'deleted, but still there: a stale replica, or written again meanwhile'),
      );
  }
}

/**
 * Anything that is not well formed and recorded counts as pending: it may be deleted or written over. A stale replica could
 * show as absent what is recorded by now, so more than one must answer.
 */
async function stateOf(
  { client, messages }: QdrantContext,
  hash: ContentHash,
): Promise<Reply<'absent' | 'pending' | 'recorded'>> {
  const found = await reading(() => client.retrieve(messages, { ids: [pointIdOf(hash)], with_payload: ['state'], ...agreed }));
  if (!found.ok) return found;
  const point = found.value[0];
  if (point === undefined) return ok('absent');
  return ok(point.payload?.['state'] === 'recorded' ? 'recorded' : 'pending');
}

async function messages(context: QdrantContext, hashes: readonly ContentHash[]): Promise<Reply<readonly StoredMessage[]>> {
  if (hashes.length > maxPage)
    return failed(invalid('TooManyHashes', `hashes: expected at most ${maxPage}, got ${hashes.length}`));
  if (hashes.length === 0) return ok([]);
  const wanted = new Set(hashes);
  const ids = [...new Set(hashes.map(pointIdOf))];
  const found = await reading(() => context.client.retrieve(context.messages, { ids, with_payload: true, with_vector: false }));
  if (!found.ok) return found;
  const kept = wellFormed(context, context.messages, found.value, parseMessage);
  return ok(kept.map(([, message]) => message).filter((message) => wanted.has(message.hash)));
}

const threadMessages = async (
  context: QdrantContext,
  ...[thread, page]: Parameters<ContentStore['threadMessages']>
): ReturnType<ContentStore['threadMessages']> => {
  const bad = checkLimit(page.limit);
  if (bad !== null) return failed(bad);
  if (page.after !== null && !isPointId(page.after)) {
    return failed(
      invalid(
        'InvalidPosition',
        `after: expected what the page before gave as next, got ${JSON.stringify(page.after).slice(0, 100)}`,
      ),
    );
  }
  const found = await reading(() =>
    context.client.scroll(context.messages, {
      filter: { must: [equals('thread', thread)] },
      limit: page.limit,
      ...(page.after === null ? {} : { offset: page.after }),
      with_payload: true,
    }),
  );
  if (!found.ok) return found;
  const next = found.value.next_page_offset ?? null;
  const kept = wellFormed(context, context.messages, found.value.points, parseMessage);
  return ok({ messages: kept.map(([, message]) => message), next: next === null ? null : String(next) });
};

const search = async (
  context: QdrantContext,
  ...[query]: Parameters<ContentStore['search']>
): Promise<Reply<readonly SearchHit[]>> => {
  const bad = checkLimit(query.limit) ?? checkVector(context, query.vector);
  if (bad !== null) return failed(bad);
  const must = [equals('state', 'recorded')];
  if (query.thread !== undefined) must.push(equals('thread', query.thread));
  if (query.author !== undefined) must.push(equals('author', query.author));
  const found = await reading(() =>
    context.client.query(context.messages, {
      query: [...query.vector],
      filter: { must },
      limit: query.limit,
      with_payload: true,
    }),
  );
  if (!found.ok) return found;
  const hits = wellFormed(context, context.messages, found.value.points, parseMessage);
  return ok(hits.map(([point, message]) => ({ message, score: point.score })).sort(bestFirst));
};

/** The server leaves ties unordered. */
function bestFirst(a: SearchHit, b: SearchHit): number {
  return b.score - a.score || (a.message.hash < b.message.hash ? -1 : 1);
}
