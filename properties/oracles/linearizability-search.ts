/**
 * Ownership is strongly consistent, judged without versions: is there an order of a thread's operations that real time allows and
 * that the ledger's rules answer as they were answered? (Wing and Gong, with Lowe's memory of configurations, partitioned by thread.)
 * A write of unknown end may take effect at any time after its call, or never. Exponential at worst, hence the step limit:
 * beyond it the verdict is *inconclusive*, which whoever asks must count.
 * Cached reads may be old and are left out; versions in answers are compared only when they mean something.
 */
import type { ThreadName } from '#model/action.ts';
import { isSame } from '#model/difference.ts';
import { type Answered, endingOf, type History, isStrongRead, named, type OperationRecord, threadOf } from './history.ts';
import {
  applyWrite,
  isLedgerRefusal,
  isRefusedWithin,
  newestView,
  noThread,
  secondsOf,
  stateKey,
  type ThreadState,
  type Write,
  writeOf,
} from './thread-rules.ts';
import { holds, type Verdict, violated } from './verdict.ts';

export interface SearchOptions {
  /** Configurations visited over all threads before giving up. */
  readonly stepLimit: number;
  /** Whether versions in answers mean something. */
  readonly compareVersions: boolean;
}

export const defaultSearch: SearchOptions = { stepLimit: 200_000, compareVersions: false };

interface Candidate {
  readonly record: OperationRecord;
  readonly write: Write | null;
  /** null: unknown, so it need not happen. */
  readonly answer: Answered['answer'] | null;
  readonly ended: number;
  /** Whole seconds at which it may have happened; those that can make a difference. */
  readonly seconds: readonly number[];
}

/** What is answered from memory has no place in the order. */
const mayBeOld: ReadonlySet<string> = new Set(['readCached', 'readContent']);

export function searchLinearization(history: History, options: SearchOptions = defaultSearch): Verdict {
  const threads = new Map<ThreadName, OperationRecord[]>();
  for (const record of history.operations) {
    const thread = threadOf(record.operation);
    const isOld = mayBeOld.has(record.operation.kind) && !isStrongRead(record);
    if (thread === null || isOld || record.sameTransactionAs !== null) continue;
    const list = threads.get(thread);
    if (list === undefined) threads.set(thread, [record]);
    else list.push(record);
  }
  let left = options.stepLimit;
  let judged = 0;
  for (const [thread, records] of threads) {
    const clocks = submissionClocks(records, history);
    const candidates = records.flatMap((record) => candidateOf(record, history, clocks));
    const search = new ThreadSearch(candidates, noThread(history.setup.rules), options.compareVersions);
    const found = search.run(left);
    left -= search.visited;
    judged += candidates.length;
    if (found === 'limit')
      return { kind: 'inconclusive', reason: `${thread}: no answer within ${options.stepLimit} configurations` };
    if (found === 'none')
      return violated('OR7', search.stuckAt, `${thread}: no order of its operations explains ${search.stuck()}`);
  }
  return holds(judged);
}

/**
 * Clocks of a submission that can make a difference, besides the ends of its own window: those whose expiry somebody saw, and
 * those whose expiry is the first or last that some other operation can have met.
 */
function submissionClocks(records: readonly OperationRecord[], { setup, ended }: History): readonly number[] {
  const { specLifetimeS } = setup.rules;
  const seen = records.flatMap(({ end }) => (end?.answer.kind === 'view' ? end.answer.view.openSpecs : []));
  const met = records.flatMap((record) => {
    const [first, last] = secondsOf(record, ended.atMs);
    return [first + 1, last];
  });
  return [...new Set([...seen.map(({ expiresAtS }) => expiresAtS), ...met])].map((expiresAtS) => expiresAtS - specLifetimeS);
}

/** What has an answer to explain, or may have had an effect. */
function candidateOf(record: OperationRecord, history: History, clocks: readonly number[]): readonly Candidate[] {
  const ending = endingOf(record);
  const write = writeOf(record);
  const [first, last] = secondsOf(record, history.ended.atMs);
  const between = record.operation.kind === 'submitSpec' ? clocks.filter((each) => each > first && each < last) : [];
  const seconds = [...new Set([first, ...between, last])];
  if (ending === null) return write === null ? [] : [{ record, write, answer: null, ended: Number.POSITIVE_INFINITY, seconds }];
  const { answer, at: ended } = ending;
  if (answer.kind === 'refused' && !isLedgerRefusal(answer.code)) return [];
  return [{ record, write, answer, ended, seconds }];
}

interface Frame {
  readonly index: number;
  readonly choices: readonly Choice[];
  next: number;
}

interface Choice {
  readonly index: number;
  readonly state: ThreadState;
}

class ThreadSearch {
  readonly #candidates: readonly Candidate[];
  readonly #compareVersions: boolean;
  readonly #done: boolean[];
  readonly #known = new Set<string>();
  #state: ThreadState;
  #left: number;
  #first = 0;
  #furthest = -1;
  visited = 0;

  /** @param candidates by call */
  constructor(candidates: readonly Candidate[], start: ThreadState, compareVersions: boolean) {
    this.#candidates = candidates;
    this.#compareVersions = compareVersions;
    this.#done = candidates.map(() => false);
    this.#state = start;
    this.#left = candidates.filter(({ answer }) => answer !== null).length;
  }

  run(limit: number): 'found' | 'none' | 'limit' {
    const stack: { readonly frame: Frame; readonly before: ThreadState; readonly first: number }[] = [];
    let frame: Frame = { index: -1, choices: this.#choices(), next: 0 };
    while (this.#left > 0) {
      const choice = frame.choices[frame.next];
      if (choice !== undefined) {
        if (this.visited >= limit) return 'limit';
        frame.next += 1;
        stack.push({ frame, before: this.#state, first: this.#first });
        this.#take(choice);
        frame = { index: choice.index, choices: this.#isNew() ? this.#choices() : [], next: 0 };
        continue;
      }
      const back = stack.pop();
      if (back === undefined) return 'none';
      this.#undo(frame.index, back.before, back.first);
      frame = back.frame;
    }
    return 'found';
  }

  /** The operation that the search got furthest to without explaining it. */
  stuck(): string {
    const at = this.#candidates.findIndex((each, index) => index > this.#furthest && each.answer !== null);
    const candidate = this.#candidates[at] ?? this.#candidates.at(-1);
    return candidate === undefined ? 'nothing' : `${named(candidate.record)}, answered ${candidate.answer?.kind ?? 'nothing'}`;
  }

  get stuckAt(): number {
    const at = this.#candidates.findIndex((each, index) => index > this.#furthest && each.answer !== null);
    return (this.#candidates[at] ?? this.#candidates.at(-1))?.record.end?.at ?? 0;
  }

  #take({ index, state }: Choice): void {
    this.visited += 1;
    this.#done[index] = true;
    this.#state = state;
    if (this.#candidates[index]?.answer != null) this.#left -= 1;
    while (this.#done[this.#first] === true) this.#first += 1;
    this.#furthest = Math.max(this.#furthest, this.#first - 1);
  }

  #undo(index: number, before: ThreadState, first: number): void {
    this.#done[index] = false;
    this.#state = before;
    this.#first = first;
    if (this.#candidates[index]?.answer != null) this.#left += 1;
  }

  #isNew(): boolean {
    const beyond = this.#done.flatMap((done, index) => (done && index > this.#first ? [index] : []));
    const key = `${this.#first}:${beyond.join(',')}:${stateKey(this.#state)}`;
    if (this.#known.has(key)) return false;
    this.#known.add(key);
    return true;
  }

  /** What may come next. An answer that changes nothing and fits now is taken at once: that can only make room for the rest. */
  #choices(): readonly Choice[] {
    const choices: Choice[] = [];
    let mustEnd = Number.POSITIVE_INFINITY;
    const open: number[] = [];
    for (let index = this.#first; index < this.#candidates.length; index += 1) {
      const candidate = this.#candidates[index];
      if (candidate === undefined || this.#done[index] === true) continue;
      if (candidate.record.call > mustEnd) break;
      open.push(index);
      mustEnd = Math.min(mustEnd, candidate.ended);
    }
    for (const index of open) {
      const candidate = this.#candidates[index];
      if (candidate === undefined || candidate.record.call > mustEnd) continue;
      if (this.#isExplainedHere(candidate)) return [{ index, state: this.#state }];
      choices.push(...this.#effects(candidate).map((state) => ({ index, state })));
    }
    return choices;
  }

  #isExplainedHere({ write, answer, seconds }: Candidate): boolean {
    if (answer === null) return false;
    if (answer.kind === 'refused') {
      if (write === null) return this.#state.thread === null;
      return isRefusedWithin(this.#state, write, [seconds[0] ?? 0, seconds.at(-1) ?? 0], answer.code);
    }
    if (answer.kind !== 'view') return false;
    if (this.#state.thread === null) return false;
    const view = newestView(this.#state.thread);
    return isSame(this.#compareVersions ? view : { ...view, version: answer.view.version }, answer.view);
  }

  /** The different states that it may leave behind, at any second it may have happened. */
  #effects({ write, answer, seconds }: Candidate): readonly ThreadState[] {
    if (write === null || (answer !== null && answer.kind !== 'confirmed')) return [];
    const states = new Map<string, ThreadState>();
    for (const nowS of seconds) {
      const applied = applyWrite(this.#state, write, nowS);
      if (applied.kind === 'refused') continue;
      if (this.#compareVersions && answer !== null && applied.state.thread?.now.version !== answer.version) continue;
      states.set(seconds.length === 1 ? '' : stateKey(applied.state), applied.state);
    }
    return [...states.values()];
  }
}
