/**
 * Degraded reads: an answer that may be old says how old. A cached read of age a shows everything that was confirmed a before it was
 * asked for (less what a lagging node may hide), and a strong read says that it is not old. Whether a strong read really is not
 * is for the witness and the version check.
 */
import { type History, isStrongRead, named, type OperationRecord, threadOf } from './history.ts';
import { holds, type Verdict, violated } from './verdict.ts';

export function judgeDegraded(history: History): Verdict {
  let judged = 0;
  const confirmedAtMs = history.landings === null ? null : commitTimes(history);
  for (const record of history.operations) {
    const { end, operation } = record;
    if (end?.answer.kind !== 'view' || (operation.kind !== 'readStrong' && operation.kind !== 'readCached')) continue;
    judged += 1;
    const { ageMs, answer } = end;
    if (ageMs === null || !(ageMs >= 0)) return violated('OR19', end.at, `${named(record)} does not say how old it is`);
    if (isStrongRead(record) && ageMs !== 0)
      return violated('OR19', end.at, `${named(record)} is a strong read that says it is ${ageMs} ms old`);
    if (operation.kind !== 'readCached' || confirmedAtMs === null) continue;
    const since = record.calledAtMs - ageMs - history.setup.maxLagMs;
    const owed = newestBefore(confirmedAtMs.get(threadOf(operation) ?? '') ?? [], since);
    if (answer.view.version >= owed) continue;
    const said = `says that it is ${ageMs} ms old, and shows version ${answer.view.version}`;
    return violated('OR19', end.at, `${named(record)} ${said}; version ${owed} had been confirmed before ${since} ms`);
  }
  return holds(judged);
}

/** By thread, when each version was certainly confirmed: the virtual time of the first answer given at or after it. */
function commitTimes({ landings, operations, looks }: History): ReadonlyMap<string, readonly number[]> {
  const told = operations.flatMap(({ call, calledAtMs, end }: OperationRecord) => [
    { at: call, atMs: calledAtMs },
    ...(end === null ? [] : [{ at: end.at, atMs: end.atMs }]),
  ]);
  const moments = [...told, ...looks.map(({ at, atMs }) => ({ at, atMs }))].sort((a, b) => a.at - b.at);
  const times = new Map<string, number[]>();
  let next = 0;
  for (const { at, outcome } of landings ?? []) {
    if (outcome.kind !== 'committed') continue;
    while ((moments[next]?.at ?? Number.POSITIVE_INFINITY) < at) next += 1;
    const list = times.get(outcome.view.thread) ?? [];
    list.push(moments[next]?.atMs ?? Number.POSITIVE_INFINITY);
    times.set(outcome.view.thread, list);
  }
  return times;
}

/** How many of these rising times lie before `ms`. */
function newestBefore(times: readonly number[], ms: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}
