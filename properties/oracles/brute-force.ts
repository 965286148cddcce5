/**
 * Linearizability by trying every order, with nothing clever: whole ledger, all threads together, no memory, no partition.
 * What the fast oracles are held against on small histories. Knows nothing of cached reads.
 */
import { isSame } from '#model/difference.ts';
import { genesis, type SolanaState } from '#model/solana/state.ts';
import { stepSolana } from '#model/solana/step.ts';
import { viewAt } from '#model/view.ts';
import { endingOf, type History, type OperationRecord } from './history.ts';
import { secondsOf, writeOf } from './thread-rules.ts';

export interface BruteForceOptions {
  /** Whether effects must come in the order, and leave the tuples, that the ledger recorded. */
  readonly withLandings: boolean;
  readonly compareVersions: boolean;
}

export function isLinearizable(history: History, options: BruteForceOptions): boolean {
  const state = genesis(history.setup.rules, new Map(history.setup.wallets));
  const records = history.operations.filter(({ operation, end }) => (operation.kind === 'readStrong' ? end !== null : true));
  return explains(state, records, new Map(), history, options);
}

/** @param left still to be placed; @param made how many versions each thread has by now */
function explains(
  state: SolanaState,
  left: readonly OperationRecord[],
  made: ReadonlyMap<string, number>,
  history: History,
  options: BruteForceOptions,
): boolean {
  if (left.every((record) => endingOf(record) === null) && isComplete(made, history, options)) return true;
  for (const record of left) {
    if (left.some((other) => (endingOf(other)?.at ?? Number.POSITIVE_INFINITY) < record.call)) continue;
    const rest = left.filter((each) => each !== record);
    for (const next of results(state, record, history, options)) {
      const thread = writeOf(record)?.instruction.thread ?? '';
      const count = (made.get(thread) ?? 0) + (next === state ? 0 : 1);
      if (options.withLandings && next !== state && !isRecorded(history, next, record, count)) continue;
      if (explains(next, rest, new Map(made).set(thread, count), history, options)) return true;
    }
  }
  return false;
}

/** The states after it that fit its answer; the very same state when it changes nothing. */
function results(state: SolanaState, record: OperationRecord, history: History, options: BruteForceOptions): SolanaState[] {
  const answer = endingOf(record)?.answer ?? null;
  const write = writeOf(record);
  if (write === null) return isRead(state, record, options.compareVersions) ? [state] : [];
  const [first, last] = secondsOf(record, history.ended.atMs);
  const states: SolanaState[] = [];
  for (let nowS = first; nowS <= last; nowS += 1) {
    const { state: next, outcome } = stepSolana(state, { ...write.instruction, signer: write.signer, nowS });
    if (answer === null ? outcome.kind === 'ok' : fits(answer, outcome, options.compareVersions)) states.push(next);
  }
  return states;
}

function fits(
  answer: NonNullable<ReturnType<typeof endingOf>>['answer'],
  outcome: ReturnType<typeof stepSolana>['outcome'],
  compareVersions: boolean,
): boolean {
  if (answer.kind === 'refused') return outcome.kind === 'refused' && outcome.code === answer.code;
  if (answer.kind !== 'confirmed' || outcome.kind !== 'ok') return false;
  return !compareVersions || outcome.value.version === answer.version;
}

function isRead(state: SolanaState, { operation, end }: OperationRecord, compareVersions: boolean): boolean {
  if (end === null || operation.kind !== 'readStrong') return false;
  const thread = state.threads.get(operation.thread);
  if (end.answer.kind === 'refused') return thread === undefined;
  if (end.answer.kind !== 'view' || thread === undefined) return false;
  const view = viewAt(thread, thread.now.version);
  return isSame(compareVersions ? view : { ...view, version: end.answer.view.version }, end.answer.view);
}

function isRecorded({ landings }: History, next: SolanaState, record: OperationRecord, version: number): boolean {
  const id = writeOf(record)?.instruction.thread ?? '';
  const thread = next.threads.get(id);
  const commit = (landings ?? []).find(
    ({ outcome }) => outcome.kind === 'committed' && outcome.view.thread === id && outcome.view.version === version,
  );
  if (commit?.outcome.kind !== 'committed' || thread === undefined) return false;
  return commit.operation === record.id && isSame(viewAt(thread, version), commit.outcome.view);
}

function isComplete(made: ReadonlyMap<string, number>, { landings }: History, { withLandings }: BruteForceOptions): boolean {
  if (!withLandings) return true;
  const commits = (landings ?? []).filter(({ outcome }) => outcome.kind === 'committed').length;
  return [...made.values()].reduce((sum, count) => sum + count, 0) === commits;
}
