/**
 * Stays with the task that ran last with probability `stay`, else moves evenly to any event of another: few switches, anywhere.
 */
import type { TaskView } from '../event.ts';
import { seededRandom } from '../seeded-random.ts';
import { best, type Strategy } from '../strategy.ts';

/** @param stay at least 0, at most 1 */
export function sticky(seed: number, stay = 0.9): Strategy {
  const random = seededRandom(seed);
  let last: TaskView | null = null;
  return {
    name: 'sticky',
    pick: (enabled) => {
      const mine = enabled.flatMap((event, index) => (event.task === last ? [index] : []));
      const others = enabled.flatMap((event, index) => (event.task === last ? [] : [index]));
      const stays = mine.length > 0 && (others.length === 0 || random.fraction() < stay);
      const among = stays ? mine : others;
      const chosen = stays
        ? best(
            among.map((index) => enabled[index] as (typeof enabled)[number]),
            (candidate, champion) => candidate.arrival < champion.arrival,
          )
        : random.below(among.length);
      const index = among[chosen] as number;
      last = (enabled[index] as (typeof enabled)[number]).task;
      return index;
    },
  };
}
