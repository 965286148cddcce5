/**
 * Contents as clients were shown them: every text is what its hash says, every message is the ledger's at that place in a version that
 * was there, versions do not go back at one backend, and what is wanting is said.
 *
 * Not judged: whether a message said to be absent was in the content store all the same. A stale replica, a write that was only
 * acknowledged, or one that arrives again after a later one may each have hidden it from that very read, and the history does not say
 * which replica answered; and content is not promised to be there before healing. That it is in the end is OR11's and OR13's.
 */
import { isSame } from '#model/difference.ts';
import { type Answered, type ContentsAnswer, type History, named, type OperationRecord, threadOf } from './history.ts';
import { type LedgerLog, ledgerLog } from './ledger-log.ts';
import { holds, type Verdict, type Violated, violated } from './verdict.ts';

interface Shown {
  readonly record: OperationRecord;
  readonly end: Answered;
  readonly answer: ContentsAnswer;
}

export function judgeContents(history: History): Verdict {
  const log = history.landings === null ? null : ledgerLog(history.landings);
  const shown = history.operations.flatMap((record): Shown[] =>
    record.end?.answer.kind === 'contents' ? [{ record, end: record.end, answer: record.end.answer }] : [],
  );
  for (const each of shown) {
    const wrong = judgeTruth(each, log) ?? judgeWhole(each);
    if (wrong !== null) return wrong;
  }
  return judgeOrder(history) ?? holds(shown.length);
}

/** OR25 */
function judgeTruth({ record, end, answer }: Shown, log: LedgerLog | null): Violated | null {
  const wrong = (what: string): Violated => violated('OR25', end.at, `${named(record)} ${what}`);
  const { thread, version, texts, missing, messageCount } = answer;
  if (thread !== threadOf(record.operation)) return wrong(`was shown contents of ${thread}`);
  const lie = texts.find(({ text, content }) => text !== content.text);
  if (lie !== undefined) return wrong(`was shown another text as message ${lie.sequence} than its hash says`);
  if (log === null) return null;
  const commit = log.threads.get(thread)?.[version - 1];
  if (commit === undefined || commit.landing.at > end.at) return wrong(`was shown version ${version}, which was not there yet`);
  const { messages } = commit.view;
  if (messageCount !== messages.length)
    return wrong(`was told of ${messageCount} messages; version ${version} has ${messages.length}`);
  const other = [...texts, ...missing].find(({ sequence, content }) => {
    const recorded = messages[sequence];
    return recorded === undefined || !isSame(recorded, content);
  });
  return other === undefined ? null : wrong(`was shown as message ${other.sequence} what version ${version} does not have there`);
}

/** OR27 */
function judgeWhole({ record, end, answer }: Shown): Violated | null {
  const wrong = (what: string): Violated => violated('OR27', end.at, `${named(record)} ${what}`);
  if (record.operation.kind !== 'readContent') return wrong('asked for no contents');
  const { from, limit } = record.operation;
  const { texts, missing, next, messageCount, degraded } = answer;
  const until = next ?? Math.max(from, Math.min(from + limit, messageCount));
  const told = [...texts, ...missing].map(({ sequence }) => sequence).sort((a, b) => a - b);
  if (told.length !== until - from || told.some((sequence, index) => sequence !== from + index))
    return wrong(`should be told of messages ${from} to ${until}, and was of ${told.join(', ') || 'none'}`);
  const cached = texts.filter(({ source }) => source === 'cache').length;
  if (degraded && (cached === 0 || cached < texts.length))
    return wrong(`is degraded, with ${cached} of ${texts.length} texts from the cache`);
  const unreachable = missing.find(({ reason }) => reason === 'unreachable');
  if (!degraded && unreachable !== undefined)
    return wrong(`does not say that it is degraded, though message ${unreachable.sequence} was unreachable`);
  const { ageMs } = end;
  if (ageMs === null || !(ageMs >= 0) || (cached === 0 && ageMs !== 0))
    return wrong(`says that its cached texts are ${ageMs} ms old`);
  return null;
}

/** OR26: nothing older than what the same backend held, or had answered to anybody, before this was asked. */
function judgeOrder(history: History): Violated | null {
  const known = knownByBackends(history);
  const floors = new Map<string, Known>();
  let next = 0;
  for (const record of history.operations) {
    const version = record.operation.kind === 'readContent' ? versionIn(record) : null;
    if (version === null) continue;
    for (let each = known[next]; each !== undefined && each.at < record.call; each = known[next]) {
      next += 1;
      if (each.version > (floors.get(each.place)?.version ?? 0)) floors.set(each.place, each);
    }
    const floor = floors.get(placeOf(record));
    if (floor === undefined || version >= floor.version) continue;
    const what = `${named(record)} was answered version ${version} by ${record.backend}`;
    return violated('OR26', record.end?.at ?? record.call, `${what}; ${floor.how} version ${floor.version} before`);
  }
  return null;
}

/** That a backend knew a version of a thread, by step `at`. */
interface Known {
  readonly at: number;
  /** Backend and thread. */
  readonly place: string;
  readonly version: number;
  readonly how: string;
}

/** By `at`. */
function knownByBackends({ operations, showings }: History): readonly Known[] {
  const answered = operations.flatMap((record): Known[] => {
    const version = versionIn(record);
    if (version === null || record.end === null) return [];
    return [{ at: record.end.at, place: placeOf(record), version, how: `${named(record)} was answered` }];
  });
  const held = showings.flatMap((each): Known[] => {
    if (each.kind !== 'cache') return [];
    const { thread, version } = each.view;
    return [{ at: each.at, place: `${each.backend} ${thread}`, version, how: `it held, at step ${each.at},` }];
  });
  return [...answered, ...held].sort((a, b) => a.at - b.at);
}

const placeOf = ({ backend, operation }: OperationRecord): string => `${backend} ${threadOf(operation)}`;

/** The version that a read of one thread was answered from its backend's cache; null for whatever else. */
function versionIn({ end }: OperationRecord): number | null {
  if (end?.answer.kind === 'contents') return end.answer.version;
  return end?.answer.kind === 'view' ? end.answer.view.version : null;
}
