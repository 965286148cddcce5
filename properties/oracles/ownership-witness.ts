/**
 * Ownership by its witness: the ledger's own order of execution is a linearization, and this one is checked. Every instruction is
 * replayed through the model's rules, over all threads and wallets at once, and must end as the ledger says; then every answer must
 * be what the ledger held at some moment between call and answer. Linear in the history (for threads of bounded size).
 * Says nothing of cached reads; trusts the record for when a commit became visible.
 */
import type { ThreadName } from '#model/action.ts';
import { hashOf } from '#model/content.ts';
import { differences } from '#model/difference.ts';
import { genesis, type SolanaState, specKey, type Thread } from '#model/solana/state.ts';
import { stepSolana } from '#model/solana/step.ts';
import { endingOf, type History, isStrongRead, isWrite, type Landing, named, type OperationRecord, threadOf } from './history.ts';
import { type LedgerLog, ledgerLog } from './ledger-log.ts';
import { isLedgerRefusal, newestView, writeOf } from './thread-rules.ts';
import { earliest, holds, type Verdict, type Violated, violated } from './verdict.ts';

export function judgeWitness(history: History): Verdict {
  if (history.landings === null) return { kind: 'inconclusive', reason: "the ledger's own order is not known" };
  const log = ledgerLog(history.landings);
  if (log.violation !== null) return log.violation;
  const broken = replay(history, history.landings);
  if (broken !== null) return broken;
  const refused = refusedLandings(history.landings);
  const submitted = submissions(history.landings);
  const found = history.operations.flatMap((record) => {
    const wrong = isWrite(record.operation)
      ? judgeWrite(record, log, refused.get(record.sameTransactionAs ?? record.id) ?? [], submitted)
      : judgeRead(record, log);
    return wrong === null ? [] : [wrong];
  });
  return earliest(found, holds(history.operations.length + history.landings.length));
}

/** The first landing that did not end as the rules say. */
function replay({ setup, operations }: History, landings: readonly Landing[]): Violated | null {
  const records = new Map(operations.map((record) => [record.id, record]));
  const threads = new Map<ThreadName, Thread>();
  let ledger: SolanaState = genesis(setup.rules, new Map(setup.wallets));
  for (const landing of landings) {
    const { instruction, signer, clockS, outcome, at, operation } = landing;
    const asked = operation === null ? undefined : records.get(operation);
    const write = asked === undefined ? null : writeOf(asked);
    const other = write === null ? [] : differences(write, { signer, instruction });
    if (asked !== undefined && (write === null || other.length > 0))
      return violated('OR2', at, `${named(asked)}: the ledger executed ${other[0]?.path}: ${other[0]?.observed} for it`);
    if (outcome.kind === 'refused' && !isLedgerRefusal(outcome.code)) continue;
    const thread = threads.get(instruction.thread);
    // One thread at a time, without its past: no rule looks at either, and both would be copied at every step.
    const here = new Map(thread === undefined ? [] : [[thread.id, { ...thread, history: [] }]]);
    const { state, outcome: ruled } = stepSolana({ ...ledger, threads: here }, { ...instruction, signer, nowS: clockS });
    const said = outcome.kind === 'refused' ? `refused ${outcome.code}` : 'committed';
    const expected = ruled.kind === 'refused' ? `refused ${ruled.code}` : 'committed';
    const what = `${instruction.kind} of ${instruction.thread} by ${signer} at step ${at}`;
    if (said !== expected) return violated('OR1', at, `${what}: the rules say ${expected}, the ledger ${said}`);
    if (outcome.kind === 'refused') continue;
    const next = state.threads.get(instruction.thread);
    if (next === undefined) continue;
    const [wrong] = differences(newestView(next), outcome.view);
    if (wrong !== undefined)
      return violated('OR1', at, `${what}: expected ${wrong.path} to be ${wrong.expected}, the ledger shows ${wrong.observed}`);
    threads.set(next.id, next);
    ledger = state;
  }
  return null;
}

function refusedLandings(landings: readonly Landing[]): ReadonlyMap<number, readonly Landing[]> {
  const byOperation = new Map<number, Landing[]>();
  for (const landing of landings) {
    if (landing.operation === null || landing.outcome.kind === 'committed') continue;
    byOperation.set(landing.operation, [...(byOperation.get(landing.operation) ?? []), landing]);
  }
  return byOperation;
}

/** When each spec came to be. */
function submissions(landings: readonly Landing[]): ReadonlyMap<string, number> {
  const at = new Map<string, number>();
  for (const { instruction, signer, outcome, at: step } of landings)
    if (instruction.kind === 'submitSpec' && outcome.kind === 'committed')
      at.set(`${instruction.thread} ${specKey(instruction.hash, signer)}`, step);
  return at;
}

function judgeWrite(
  record: OperationRecord,
  log: LedgerLog,
  refused: readonly Landing[],
  submitted: ReadonlyMap<string, number>,
): Violated | null {
  const ending = endingOf(record);
  const commit = log.commits.get(record.sameTransactionAs ?? record.id);
  const until = ending !== null ? ending.at : Number.POSITIVE_INFINITY;
  const wrong = (why: string): Violated =>
    violated('OR2', Math.min(until, commit?.landing.at ?? until), `${named(record)}: ${why}`);
  if (commit !== undefined && record.sameTransactionAs === null && commit.landing.at < record.call)
    return wrong(`it took effect at step ${commit.landing.at}, before it was asked`);
  if (ending === null) return null;
  const { answer } = ending;
  if (answer.kind === 'confirmed') {
    if (commit === undefined) return wrong(`confirmed as version ${answer.version}, but the ledger never executed it`);
    if (commit.landing.at > until) return wrong(`confirmed before its effect at step ${commit.landing.at}`);
    const { version } = commit.view;
    return version === answer.version ? null : wrong(`confirmed as version ${answer.version}, but it made version ${version}`);
  }
  if (commit !== undefined) return wrong(`answered ${answer.kind}, but it made version ${commit.view.version}`);
  if (answer.kind !== 'refused' || !isLedgerRefusal(answer.code)) return null;
  const isSaid = refused.some(({ at, outcome }) => at <= until && outcome.kind === 'refused' && outcome.code === answer.code);
  if (isSaid || isAbsent(record, answer.code, log, submitted)) return null;
  return wrong(`refused ${answer.code}, which the ledger never said of it`);
}

/** What can be refused before anything is sent: the thread or the spec was not there yet when it was asked. */
function isAbsent(record: OperationRecord, code: string, log: LedgerLog, submitted: ReadonlyMap<string, number>): boolean {
  const { operation, call } = record;
  const created = log.threads.get(threadOf(operation) ?? '')?.[0]?.landing.at;
  if (code === 'ThreadNotFound') return operation.kind !== 'createThread' && !isOlder(created, call);
  if (code !== 'SpecNotFound' || !('content' in operation)) return false;
  const { thread, author } = operation.content;
  const isThere = created !== undefined && created <= (endingOf(record)?.at ?? Number.POSITIVE_INFINITY);
  return isThere && !isOlder(submitted.get(`${thread} ${specKey(hashOf(operation.content), author)}`), call);
}

const isOlder = (at: number | undefined, call: number): boolean => at !== undefined && at < call;

/**
 * A strong read saw the newest version of some moment between its call and its answer. One that was shown the past is held to what
 * could be known, by the version check.
 */
function judgeRead(record: OperationRecord, log: LedgerLog): Violated | null {
  const thread = threadOf(record.operation);
  const ending = endingOf(record);
  if (thread === null || ending === null) return null;
  const commits = log.threads.get(thread) ?? [];
  const { answer, at } = ending;
  const isExcused = record.shownThePast === true;
  if (answer.kind === 'refused' && answer.code === 'ThreadNotFound') {
    if (isExcused || !isOlder(commits[0]?.landing.at, record.call)) return null;
    return violated(
      'OR5',
      at,
      `${named(record)}: refused ThreadNotFound, though it was there since step ${commits[0]?.landing.at}`,
    );
  }
  if (answer.kind !== 'view' || !isStrongRead(record)) return null;
  const { version } = answer.view;
  const made = commits[version - 1];
  if (made === undefined || made.landing.at > at)
    return violated('OR5', at, `${named(record)} saw ${thread}@${version} before the ledger had it`);
  const replaced = commits[version]?.landing.at;
  if (replaced !== undefined && replaced < record.call && !isExcused)
    return violated('OR5', at, `${named(record)} saw ${thread}@${version}, replaced at step ${replaced} before it began`);
  const [wrong] = differences(made.view, answer.view);
  if (wrong === undefined) return null;
  return violated(
    'OR4',
    at,
    `${named(record)} saw ${thread}@${version} with ${wrong.path} ${wrong.observed}, not ${wrong.expected}`,
  );
}
