/**
 * `frontend.thread_state ⊆ backend.thread_state`, after every step: a confirmed view that a client shows has been in some backend's
 * cache before (a crashed one's durable cache counts), or the client has read it from the ledger itself; what a client shows of its own
 * writes is marked as such until a confirmed view includes it, is not shown again once it has ended, and is gone or confirmed in the end.
 * Whether views are whole is for the version check.
 */
import { endingOf, type History, named, type OperationRecord, threadOf } from './history.ts';
import { holds, type Verdict, type Violated, violated } from './verdict.ts';

type Own = Extract<History['showings'][number], { kind: 'own' }>;

export function judgeFrontend(history: History): Verdict {
  const cached = new Map<string, number>();
  const shown = new Map<string, number>();
  const own = new Map<number, Own>();
  const records = new Map(history.operations.map((record) => [record.id, record]));
  const direct = directReads(history);
  let judged = 0;
  for (const showing of withCachesFirst(history.showings)) {
    if (showing.kind === 'metadata' || showing.kind === 'metadataLost') continue;
    judged += 1;
    if (showing.kind === 'own') {
      const before = own.get(showing.operation);
      own.set(showing.operation, showing);
      const wrong = judgeOwn(showing, before, records.get(showing.operation), shown);
      if (wrong !== null) return wrong;
      continue;
    }
    const { thread, version } = showing.view;
    if (showing.kind === 'cache') {
      cached.set(thread, Math.max(version, cached.get(thread) ?? 0));
      continue;
    }
    const held = Math.max(cached.get(thread) ?? 0, readDirectly(direct, showing));
    if (version > held) {
      const what = `${showing.client} shows ${thread}@${version} at step ${showing.at}`;
      return violated('OR15', showing.at, `${what}; the newest any backend has held is ${held === 0 ? 'nothing' : `@${held}`}`);
    }
    shown.set(`${showing.client} ${thread}`, version);
  }
  return judgeEnd(history, own, records) ?? holds(judged);
}

/** What each client's program was told by the ledger itself, by program and thread. */
function directReads({ operations }: History): ReadonlyMap<string, readonly { readonly at: number; readonly version: number }[]> {
  const reads = new Map<string, { readonly at: number; readonly version: number }[]>();
  for (const { end, client, node = client } of operations) {
    if (end?.source !== 'direct' || end.answer.kind !== 'view') continue;
    const key = `${node} ${end.answer.view.thread}`;
    reads.set(key, [...(reads.get(key) ?? []), { at: end.at, version: end.answer.view.version }]);
  }
  return reads;
}

function readDirectly(
  reads: ReturnType<typeof directReads>,
  { client, view, at }: Extract<History['showings'][number], { kind: 'client' }>,
): number {
  const before = (reads.get(`${client} ${view.thread}`) ?? []).filter((read) => read.at <= at);
  return Math.max(0, ...before.map(({ version }) => version));
}

/** At one step a backend caches and its client adopts; the order in the record is chance. */
function withCachesFirst(showings: History['showings']): History['showings'] {
  const rank = (showing: History['showings'][number]): number =>
    showing.kind === 'cache' ? 0 : showing.kind === 'client' ? 1 : 2;
  return [...showings].sort((a, b) => a.at - b.at || rank(a) - rank(b));
}

function judgeOwn(
  showing: Own,
  before: Own | undefined,
  record: OperationRecord | undefined,
  shown: ReadonlyMap<string, number>,
): Violated | null {
  if (record === undefined) return null;
  const what = `${showing.client} at step ${showing.at}`;
  if (showing.mark === 'unmarked') return violated('OR16', showing.at, `${what} shows ${named(record)} without a mark`);
  const ending = endingOf(record);
  const isConfirmed = ending !== null && ending.answer.kind === 'confirmed';
  if (showing.mark === 'confirmed' && !(isConfirmed && ending.at <= showing.at))
    return violated('OR16', showing.at, `${what} shows ${named(record)} as confirmed, which it was not`);
  // A later life of its client may not have heard.
  const isAgain = before?.mark === 'gone' && before.client === showing.client;
  if (isAgain && showing.mark !== 'gone' && ending !== null && ending.at <= before.at)
    return violated('OR16', showing.at, `${what} shows ${named(record)} again, which had ended at step ${ending.at}`);
  if (showing.mark !== 'gone' || !isConfirmed || ending.answer.kind !== 'confirmed') return null;
  const seen = shown.get(`${showing.client} ${threadOf(record.operation)}`) ?? 0;
  if (seen >= ending.answer.version || showing.at < ending.at) return null;
  return violated(
    'OR16',
    showing.at,
    `${what} dropped ${named(record)} (version ${ending.answer.version}) while showing @${seen}`,
  );
}

/** After healing nothing stays optimistic or unsettled. */
function judgeEnd(
  { healed, ended }: History,
  own: ReadonlyMap<number, Own>,
  records: ReadonlyMap<number, OperationRecord>,
): Violated | null {
  if (healed === null) return null;
  for (const { operation, mark, client } of own.values()) {
    if (mark === 'gone' || mark === 'confirmed') continue;
    const record = records.get(operation);
    return violated(
      'OR16',
      ended.at,
      `${client} still shows ${record === undefined ? operation : named(record)} as ${mark} at the end`,
    );
  }
  return null;
}
