/**
 * Liveness: after healing, under a fair schedule, every operation ends for its client and nobody has anything left to do. A run that
 * never healed, or ended before the steps it was allowed, proves nothing either way and is not judged a failure.
 */
import { endingOf, type History, named } from './history.ts';
import { holds, type Verdict, violated } from './verdict.ts';

export function judgeLiveness({ operations, healed, ended }: History): Verdict {
  if (healed === null) return holds(0);
  const open = operations.find((record) => !record.abandoned && endingOf(record) === null);
  const isOver = ended.at >= healed.at + healed.withinSteps;
  if (open !== undefined) {
    if (!isOver) return tooShort(ended.at, healed);
    return violated('OR20', ended.at, `${named(open)} has not ended by step ${ended.at}, ${ended.at - healed.at} after healing`);
  }
  const [left] = ended.pending;
  if (left === undefined) return holds(operations.length);
  return isOver ? violated('OR21', ended.at, `still to do at the end: ${ended.pending.join('; ')}`) : tooShort(ended.at, healed);
}

function tooShort(at: number, healed: { readonly at: number; readonly withinSteps: number }): Verdict {
  const reason = `the run ended at step ${at}, before the ${healed.withinSteps} steps allowed after healing at ${healed.at}`;
  return { kind: 'inconclusive', reason };
}
