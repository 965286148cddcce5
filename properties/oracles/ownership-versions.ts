/**
 * Ownership is strongly consistent, judged by versions: every thread's history is linearizable, and no intermediate state was
 * visible. O(n log n) over all operations; looks at the ledger's commits for what each version is, not for when it came.
 *
 *   fixed place     a confirmed write made its version; a strong read saw the one it names
 *   found place     a refused write stands at the first version that refuses it so and that real time allows
 *   real time       whatever ended before an operation began stands before it; before a read that a lagging node has shown the past, what
 *                   ended so for its own client or at the backend that it asked, since of the rest nobody there could know
 *
 * Taking the first place allowed is complete: it leaves the most room to everything later. Cached reads may be old, but only ever go
 * forward at one backend (or in one client that answers itself), and nothing shows a version before the write that made it was asked for.
 */
import type { ThreadName } from '#model/action.ts';
import { differences, isSame } from '#model/difference.ts';
import type { ThreadObservation } from '#model/observation.ts';
import {
  type Answered,
  endingOf,
  type History,
  isStrongRead,
  isWrite,
  named,
  type OperationRecord,
  threadOf,
} from './history.ts';
import { type LedgerLog, ledgerLog, newestVersion, viewAtVersion } from './ledger-log.ts';
import { applyWrite, isLedgerRefusal, isRefusedWithin, noThread, secondsOf, type ThreadState, writeOf } from './thread-rules.ts';
import { earliest, holds, type Verdict, type Violated, violated } from './verdict.ts';

/** An operation that must find its place among the versions. Places: 2v is the write of v, 2v + 1 a read of v. */
interface Placed {
  readonly record: OperationRecord;
  readonly call: number;
  /** Infinity while unknown. */
  readonly ended: number;
  /** null: a refusal, to be found. */
  readonly place: number | null;
  readonly code: string;
}

interface Judging {
  readonly history: History;
  readonly log: LedgerLog;
  /** Operations that took effect. */
  readonly makers: ReadonlyMap<number, OperationRecord>;
  readonly found: Violated[];
}

export function judgeVersions(history: History): Verdict {
  if (history.landings === null) return { kind: 'inconclusive', reason: "the ledger's versions are not known" };
  const log = ledgerLog(history.landings);
  if (log.violation !== null) return log.violation;
  const makers = new Map<number, OperationRecord>();
  const judging: Judging = { history, log, makers, found: [] };
  const threads = new Map<ThreadName, Placed[]>();
  let judged = 0;
  for (const record of history.operations) {
    const thread = threadOf(record.operation);
    if (thread === null) continue;
    if (log.commits.has(record.id)) makers.set(record.id, record);
    judged += 1;
    const placed = place(judging, record, thread);
    if (placed === null) continue;
    const list = threads.get(thread);
    if (list === undefined) threads.set(thread, [placed]);
    else list.push(placed);
  }
  for (const [thread, placed] of threads) judgeRealTime(judging, thread, placed);
  judgeCachedReads(judging);
  judgeShowings(judging);
  return earliest(judging.found, holds(judged));
}

const at = (record: OperationRecord, place: number | null, code = ''): Placed => ({
  record,
  call: record.call,
  ended: endingOf(record)?.at ?? Number.POSITIVE_INFINITY,
  place,
  code,
});

/** A read before there was a thread. */
const noThreadPlace = 1;

/** What an answer says by itself, before real time is looked at. null when it has no place, or none that is right. */
function place(judging: Judging, record: OperationRecord, thread: ThreadName): Placed | null {
  const ending = endingOf(record);
  if (isWrite(record.operation)) return placeWrite(judging, record, ending?.answer ?? null);
  if (ending === null) return null;
  const { answer } = ending;
  if (answer.kind === 'refused') return answer.code === 'ThreadNotFound' ? at(record, noThreadPlace) : null;
  if (answer.kind !== 'view' || !isCommitted(judging, thread, answer.view, ending.at, record)) return null;
  return isStrongRead(record) ? at(record, 2 * answer.view.version + 1) : null;
}

function placeWrite({ log, found }: Judging, record: OperationRecord, answer: Answered['answer'] | null): Placed | null {
  const committed = log.commits.get(record.sameTransactionAs ?? record.id);
  if (answer === null) return committed === undefined ? null : at(record, 2 * committed.view.version);
  const isTrue = answer.kind === 'confirmed' ? committed?.view.version === answer.version : committed === undefined;
  if (!isTrue) {
    const why = `the ledger says ${told(committed ?? null)}, the answer ${told(answer)}`;
    found.push(violated('OR2', endingOf(record)?.at ?? record.call, `${named(record)}: ${why}`));
    return null;
  }
  if (answer.kind === 'confirmed') return at(record, 2 * answer.version);
  return answer.kind === 'refused' && isLedgerRefusal(answer.code) ? at(record, null, answer.code) : null;
}

function told(answer: { readonly kind: string } | { readonly view: ThreadObservation } | null): string {
  if (answer === null) return 'it never took effect';
  if ('kind' in answer) {
    const { kind, ...rest } = answer;
    return [kind, ...Object.values(rest).map(String)].join(' ');
  }
  return `it made ${answer.view.thread}@${answer.view.version}`;
}

/** Whether that is exactly what the ledger committed as that version; records it when not. */
function isCommitted(
  { log, found }: Judging,
  thread: ThreadName,
  view: ThreadObservation,
  step: number,
  by: OperationRecord | string,
): boolean {
  const known = viewAtVersion(log, thread, view.version);
  if (known !== undefined && (known === view || isSame(known, view))) return true;
  const who = typeof by === 'string' ? `${by} at step ${step}` : named(by);
  const parts = differences(known, view).map(({ path, expected, observed }) => `${path}: ${expected}, not ${observed}`);
  const why =
    known === undefined
      ? `${thread}@${view.version}, but the ledger never went beyond ${newestVersion(log, thread)}`
      : `a state of ${thread}@${view.version} that never was; ${parts.join('; ')}`;
  found.push(violated('OR4', step, `${who} shows ${why}`));
  return false;
}

/** Walks through calls and ends in the order of time; everything that ended before a call is below its place. */
function judgeRealTime(judging: Judging, thread: ThreadName, placed: readonly Placed[]): void {
  const ends = placed.filter(({ ended }) => ended !== Number.POSITIVE_INFINITY).sort((a, b) => a.ended - b.ended);
  const floors = new Map<Placed, number>();
  const states = new VersionStates(judging, thread);
  let [floor, floorBy, next]: [number, OperationRecord | null, number] = [0, null, 0];
  const finish = (before: number): void => {
    for (let each = ends[next]; each !== undefined && each.ended < before; each = ends[next]) {
      next += 1;
      const at = each.place ?? findPlace(judging, states, each, floors.get(each) ?? 0);
      if (at === null) return;
      if (at > floor) [floor, floorBy] = [at, each.record];
    }
  };
  for (const each of placed) {
    finish(each.call);
    if (each.place === null) floors.set(each, floor);
    else if (each.record.shownThePast === true) {
      const known = newestKnownTo(each, ends);
      if (known === null || known.place === null || each.place >= known.place) continue;
      judging.found.push(outOfOrder(thread, each, each.place, known.place, known.record));
      return;
    } else if (each.place < floor) {
      judging.found.push(outOfOrder(thread, each, each.place, floor, floorBy));
      return;
    }
  }
  finish(Number.POSITIVE_INFINITY);
}

/**
 * What nobody but its own client, or the backend that it asked, can hold against a read that was shown the past: the highest place of
 * what had ended there before it began. null: nothing. Told that there is no such thread, only its client can know better: a backend whose
 * rows were damaged does not.
 */
function newestKnownTo({ record, call, place }: Placed, ends: readonly Placed[]): Placed | null {
  const isAtBackend = record.end?.source !== 'direct' && record.backend !== null && place !== noThreadPlace;
  const isKnown = (other: OperationRecord): boolean =>
    programOf(other) === programOf(record) || (isAtBackend && other.end?.source !== 'direct' && other.backend === record.backend);
  return ends.reduce<Placed | null>(
    (newest, each) =>
      each.ended < call && each.place !== null && isKnown(each.record) && each.place > (newest?.place ?? -1) ? each : newest,
    null,
  );
}

const programOf = ({ client, node = client }: OperationRecord): string => node;

const versionOf = (at: number): number => at >> 1;

function outOfOrder(thread: ThreadName, each: Placed, at: number, floor: number, by: OperationRecord | null): Violated {
  const seenAt = Number.isFinite(each.ended) ? each.ended : each.call;
  const earlier = by === null ? '' : `${named(by)} had already shown version ${versionOf(floor)}`;
  const later = at % 2 === 0 ? `made version ${versionOf(at)}` : `saw version ${versionOf(at)}`;
  return violated('OR5', seenAt, `${thread}: ${named(each.record)} ${later}, though ${earlier} before it began`);
}

/** The first place from `floor` on where the ledger refuses it so; null (and recorded) when there is none before its end. */
function findPlace({ history, log, makers, found }: Judging, states: VersionStates, each: Placed, floor: number): number | null {
  const write = writeOf(each.record);
  if (write === null) return null;
  const seconds = secondsOf(each.record, history.ended.atMs);
  const commits = log.threads.get(write.instruction.thread) ?? [];
  for (let version = versionOf(floor); version <= commits.length; version += 1) {
    const maker = version === 0 ? null : (commits[version - 1]?.landing.operation ?? null);
    // Later ones would be found out of order anyway; not looking at them bounds the work.
    if (maker !== null && (makers.get(maker)?.call ?? 0) > each.ended) break;
    const state = states.at(version);
    if (state === null) return null;
    if (isRefusedWithin(state, write, seconds, each.code)) return 2 * version + 1;
  }
  const from = versionOf(floor);
  found.push(
    violated('OR5', each.ended, `${named(each.record)} was refused ${each.code}, which no version from ${from} to its end says`),
  );
  return null;
}

/** The thread's state after each version, replayed as far as somebody asked. */
class VersionStates {
  readonly #judging: Judging;
  readonly #thread: ThreadName;
  readonly #states: ThreadState[];

  constructor(judging: Judging, thread: ThreadName) {
    this.#judging = judging;
    this.#thread = thread;
    this.#states = [noThread(judging.history.setup.rules)];
  }

  /** null (and recorded) when the ledger's own commits break its rules. */
  at(version: number): ThreadState | null {
    for (let known = this.#states.length; known <= version; known += 1) {
      const commit = this.#judging.log.threads.get(this.#thread)?.[known - 1];
      const before = this.#states[known - 1];
      if (commit === undefined || before === undefined) return null;
      const applied = applyWrite(before, commit.landing, commit.landing.clockS);
      if (applied.kind === 'refused') {
        const why = `${this.#thread}@${known} cannot follow: the rules say ${applied.code}`;
        this.#judging.found.push(violated('OR1', commit.landing.at, why));
        return null;
      }
      this.#states.push(applied.state);
    }
    return this.#states[version] ?? null;
  }
}

/** Old is fine; going back at one backend is not, and neither is what nobody had asked for yet. */
function judgeCachedReads({ history, log, makers, found }: Judging): void {
  const reads = history.operations.filter(
    (record) => record.operation.kind === 'readCached' && record.end?.answer.kind === 'view' && !isStrongRead(record),
  );
  const ends = [...reads].sort((a, b) => (a.end?.at ?? 0) - (b.end?.at ?? 0));
  const floors = new Map<string, { readonly version: number; readonly by: OperationRecord }>();
  let next = 0;
  for (const read of reads) {
    for (let ended = ends[next]; ended?.end != null && ended.end.at < read.call; ended = ends[next]) {
      next += 1;
      const key = cacheKey(ended);
      const version = versionSeen(ended);
      if (version > (floors.get(key)?.version ?? 0)) floors.set(key, { version, by: ended });
    }
    const version = versionSeen(read);
    const at = read.end?.at ?? read.call;
    const floor = floors.get(cacheKey(read));
    if (floor !== undefined && version < floor.version) {
      const before = `${named(floor.by)} was answered version ${floor.version} there`;
      found.push(violated('OR6', at, `${named(read)} was answered version ${version} by ${holderOf(read)}, after ${before}`));
    }
    const maker = log.threads.get(threadOf(read.operation) ?? '')?.[version - 1]?.landing.operation ?? null;
    const asked = maker === null ? undefined : makers.get(maker);
    if (asked !== undefined && asked.call > at)
      found.push(violated('OR6', at, `${named(read)} saw version ${version} before ${named(asked)} asked for it`));
  }
}

/** Whose memory answered. */
const holderOf = ({ backend, client, node = client, end }: OperationRecord): string =>
  end?.source === 'own' ? node : `${backend}`;

const cacheKey = (record: OperationRecord): string => `${holderOf(record)} ${threadOf(record.operation)}`;

const versionSeen = ({ end }: OperationRecord): number => (end?.answer.kind === 'view' ? end.answer.view.version : 0);

/** Caches and clients show whole committed tuples only. */
function judgeShowings(judging: Judging): void {
  for (const showing of judging.history.showings) {
    if (showing.kind !== 'cache' && showing.kind !== 'client') continue;
    const who = showing.kind === 'cache' ? showing.backend : showing.client;
    isCommitted(judging, showing.view.thread, showing.view, showing.at, who);
  }
}
