/**
 * Marks of what cannot be ordered but comes by itself under some schedule: races, repetitions, staleness. One count for each name;
 * a campaign in which one stays at 0 has not shown what it claims. Those seen only in hindsight are read off the history.
 */
import { differences } from '#model/difference.ts';
import type { History, OperationRecord } from '../history.ts';

export const naturalMarks = [
  'S4 signed anew while the first could land',
  'Q5 stale read',
  'Q7 payload raced vector',
  'Q8 conditional write refused',
  'B2 outbox replayed',
  'B3 stale cache answered',
  'B4 request repeated',
  'B5 handler overtaken',
  'B6 two instances on one thread',
  'F1 optimistic, then refused',
  'F3 push overtaken',
  'F4 reconnected with a gap',
  'C1 answered by a skewed clock',
  'S-1 thread found apart and synchronized',
  'T-1 restored from a cache',
  'T-1 restored by a client',
  'C HashMismatch',
  'C HashMismatch resolved',
  'C HashMismatch quarantined',
  'C OwnershipConflict',
  'C OwnershipConflict resolved',
  'C StateDesync',
  'C StateDesync resolved',
  'C TimestampConflict',
  'C TimestampConflict resolved',
  'R-1 went on from the checkpoint before',
  'R-1 went on from the beginning',
  'R-1 missed events applied',
  'R-1 thread rebuilt',
  'R-2 breaker opened',
  'R-2 breaker probed',
  'R-2 breaker closed again',
  'R-2 queue full',
  'E ValidationFailed',
  'E ValidationFailed recovered',
  'E PropagationFailed',
  'E PropagationFailed recovered',
  'E ReconciliationFailed',
  'E ReconciliationFailed recovered',
  'E TimeoutError',
  'E TimeoutError recovered',
  'P-1 cache hit',
  'P-1 invalidated',
  'P-1 prefetch used',
  'R-2.3 served from cache',
  'R-2.1 write queued while Solana was away',
  'R-2.4 write queued while Qdrant was away',
  'R-2.1 queued write carried out',
  'R-2.1 queue full',
  'R-2.5 read directly',
  'R-2.5 came back',
] as const;

export type NaturalMark = (typeof naturalMarks)[number];

export class Marks {
  readonly #counts = new Map<string, number>();

  add(mark: NaturalMark): void {
    this.#counts.set(mark, (this.#counts.get(mark) ?? 0) + 1);
  }

  counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** Adds what a finished history shows. */
  readOff(history: History): void {
    if (hasTwins(history)) this.add('S4 signed anew while the first could land');
    const newest = versionsAt(history);
    const refused = new Set<number>();
    for (const record of history.operations) {
      const { operation, end } = record;
      if (end?.answer.kind === 'refused') refused.add(record.id);
      if ([end, record.settled].some((each) => each?.answer.kind === 'refused' && each.answer.code === 'QueueFull'))
        this.add('R-2.1 queue full');
      if (end?.source === 'direct') this.add('R-2.5 read directly');
      if (operation.kind !== 'readCached' || end?.answer.kind !== 'view' || end.source === 'own') continue;
      if (end.answer.view.version < newest(end.answer.view.thread, record.call)) this.add('B3 stale cache answered');
    }
    const shown = history.showings.find(
      (each) => each.kind === 'own' && each.mark === 'optimistic' && refused.has(each.operation),
    );
    if (shown !== undefined) this.add('F1 optimistic, then refused');
    if (hasTwoInstances(history)) this.add('B6 two instances on one thread');
  }
}

/** The same instruction by the same signer executed twice, in two transactions. */
function hasTwins({ landings }: History): boolean {
  return (landings ?? []).some((second, index) => {
    if (second.outcome.kind !== 'refused') return false;
    return (landings ?? [])
      .slice(0, index)
      .some(
        (first) =>
          first.outcome.kind === 'committed' &&
          first.signer === second.signer &&
          differences(first.instruction, second.instruction, '').length === 0,
      );
  });
}

function versionsAt({ landings }: History): (thread: string, at: number) => number {
  return (thread, at) =>
    (landings ?? []).filter((each) => each.at < at && each.outcome.kind === 'committed' && each.outcome.view.thread === thread)
      .length;
}

function hasTwoInstances({ operations, landings }: History): boolean {
  const writers = new Map(operations.map((record) => [record.id, record]));
  const spans = new Map<string, OperationRecord[]>();
  for (const { operation, outcome } of landings ?? []) {
    const record = operation === null ? undefined : writers.get(operation);
    if (record === undefined || outcome.kind !== 'committed') continue;
    const { thread } = outcome.view;
    spans.set(thread, [...(spans.get(thread) ?? []), record]);
  }
  const overlap = (a: OperationRecord, b: OperationRecord): boolean =>
    a.backend !== b.backend &&
    a.call < (b.end?.at ?? Number.POSITIVE_INFINITY) &&
    b.call < (a.end?.at ?? Number.POSITIVE_INFINITY);
  return [...spans.values()].some((records) => records.some((a, i) => records.slice(i + 1).some((b) => overlap(a, b))));
}
