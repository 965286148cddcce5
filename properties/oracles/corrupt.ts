/** Ways to spoil what clients were told, for holding the oracles against brute force. Some leave a history that is still right. */
import type { Answer } from '#model/observation.ts';
import type { SolanaRefusal } from '#model/solana/action.ts';
import type { Dice } from '#properties/program/fuzzing/random.ts';
import { type History, isWrite, type OperationRecord, threadOf } from './history.ts';

const codes: readonly SolanaRefusal[] = [
  'ThreadAlreadyExists',
  'ThreadNotFound',
  'NotCoAuthor',
  'HashAlreadyRecorded',
  'SpecNotFound',
  'AlreadyVoted',
  'SpecExpired',
  'NotDecided',
];

/** One of `history.operations` answered otherwise, or earlier. */
export function corrupted(history: History, random: Dice): History {
  const answered = history.operations.filter(({ end }) => end !== null);
  if (answered.length === 0) return history;
  const victim = random.pick(answered);
  const changed = random.percent(20) ? hasty(victim) : withAnswer(victim, otherAnswer(history, victim, random));
  return { ...history, operations: history.operations.map((each) => (each === victim ? changed : each)) };
}

/** Answered as soon as it was called: what came between no longer explains it. */
const hasty = (record: OperationRecord): OperationRecord =>
  record.end === null ? record : { ...record, end: { ...record.end, at: record.call } };

const withAnswer = (record: OperationRecord, answer: Answer): OperationRecord =>
  record.end === null ? record : { ...record, end: { ...record.end, answer } };

function otherAnswer(history: History, { operation, end }: OperationRecord, random: Dice): Answer {
  const answer = end?.answer ?? { kind: 'unsettled' };
  if (isWrite(operation)) {
    if (answer.kind === 'confirmed')
      return random.percent(50)
        ? { kind: 'confirmed', version: Math.max(1, answer.version + random.pick([-1, 1])) }
        : { kind: 'refused', code: random.pick(codes) };
    return random.percent(50)
      ? { kind: 'confirmed', version: 1 + random.below(4) }
      : { kind: 'refused', code: random.pick(codes) };
  }
  const views = (history.landings ?? []).flatMap(({ outcome }) =>
    outcome.kind === 'committed' && outcome.view.thread === threadOf(operation) ? [outcome.view] : [],
  );
  if (views.length === 0 || random.percent(10)) return { kind: 'refused', code: 'ThreadNotFound' };
  const view = random.pick(views);
  return { kind: 'view', view: random.percent(20) ? { ...view, coAuthors: [...view.coAuthors, 'wallet#9'] } : view };
}
