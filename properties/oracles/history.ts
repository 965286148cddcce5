/** Questions that every oracle asks of a history, and whether it can be judged at all. What a history is: the world's `history.ts`. */
import type { ContentOperation, Operation, ThreadName, WriteOperation } from '#model/action.ts';
import type { Answered, History, OperationRecord } from '#simulations/world/history.ts';

export type * from '#simulations/world/history.ts';

/** How an operation ended for its client, as far as it was ever told; null while that is unknown. */
export function endingOf({ end, settled }: OperationRecord): Pick<Answered, 'at' | 'answer'> | null {
  if (settled !== null) return settled;
  return end === null || end.answer.kind === 'unsettled' ? null : end;
}

/** The thread an operation is about; null when it is about none or several. */
export function threadOf(operation: Operation | ContentOperation): ThreadName | null {
  if (operation.kind === 'search') return null;
  if ('thread' in operation) return operation.thread;
  return 'content' in operation ? operation.content.thread : null;
}

export type WriteKind = WriteOperation['kind'];

const writeKinds: Readonly<Record<WriteKind, true>> = {
  createThread: true,
  post: true,
  submitSpec: true,
  vote: true,
  settle: true,
  divest: true,
};

export const isWrite = (operation: Operation | ContentOperation): operation is WriteOperation =>
  Object.hasOwn(writeKinds, operation.kind);

/** Whether a read says that what it shows is the ledger's newest: one that went around the backend always does. */
export const isStrongRead = ({ operation, end }: OperationRecord): boolean =>
  operation.kind === 'readStrong' || (operation.kind === 'readCached' && end?.source === 'direct');

/** `#12 readStrong by wallet#1 (steps 40 to 44)`. */
export function named(record: OperationRecord): string {
  const ending = endingOf(record);
  const until = ending !== null ? `steps ${record.call} to ${ending.at}` : `from step ${record.call}, end unknown`;
  return `#${record.id} ${record.operation.kind} by ${record.client} (${until})`;
}

/**
 * Why a history cannot be judged at all (a fault of whoever recorded it), or null. Names the place.
 * Checked: order of every list, unique ids, ends after calls, landings of known operations.
 */
export function historyProblem(history: History): string | null {
  const ordered = { showings: history.showings, store: history.store, looks: history.looks, crashes: history.crashes };
  for (const [name, events] of Object.entries({ ...ordered, landings: history.landings ?? [] })) {
    const at = events.findIndex((event, index) => index > 0 && event.at < (events[index - 1]?.at ?? 0));
    if (at >= 0) return `${name}[${at}].at: expected at least ${events[at - 1]?.at}, got ${events[at]?.at}`;
  }
  return operationsProblem(history) ?? landingsProblem(history);
}

function operationsProblem({ operations }: History): string | null {
  const ids = new Set<number>();
  let last = Number.NEGATIVE_INFINITY;
  for (const [index, { id, call, end, settled }] of operations.entries()) {
    if (ids.has(id)) return `operations[${index}].id: expected a new id, got ${id} again`;
    if (call < last) return `operations[${index}].call: expected at least ${last}, got ${call}`;
    if (end !== null && end.at < call) return `operations[${index}].end.at: expected at least ${call}, got ${end.at}`;
    if (settled !== null && settled.at < (end?.at ?? call))
      return `operations[${index}].settled.at: expected at least ${end?.at ?? call}, got ${settled.at}`;
    ids.add(id);
    last = call;
  }
  return null;
}

function landingsProblem({ operations, landings }: History): string | null {
  const ids = new Set(operations.map(({ id }) => id));
  const twin = operations.findIndex(({ sameTransactionAs: other }) => other !== null && !ids.has(other));
  if (twin >= 0)
    return `operations[${twin}].sameTransactionAs: expected an operation's id, got ${operations[twin]?.sameTransactionAs}`;
  const at = (landings ?? []).findIndex(({ operation }) => operation !== null && !ids.has(operation));
  return at < 0 ? null : `landings[${at}].operation: expected an operation's id, got ${landings?.[at]?.operation}`;
}
