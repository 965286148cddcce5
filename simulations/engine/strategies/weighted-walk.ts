/**
 * A random walk that chooses a task in proportion to the events it has still to come, then one of its enabled events evenly. With
 * true counts every interleaving of straight-line tasks is equally likely; an even walk would favour those that finish short
 * tasks first. Counts come from an earlier run or from what tasks carry; an unknown count weighs as one event left.
 */
import type { Event } from '../event.ts';
import { seededRandom } from '../seeded-random.ts';
import type { Strategy } from '../strategy.ts';

export function weightedWalk(seed: number, expected: Readonly<Record<string, number>> = {}): Strategy {
  const random = seededRandom(seed);
  const remaining = ({ task }: Event): number => Math.max(1, (expected[task.name] ?? task.expectedEvents) - task.executed);
  return {
    name: 'weightedWalk',
    pick: (enabled) => {
      if (enabled.length === 1) return 0;
      const siblings = (event: Event): number => enabled.reduce((sum, other) => sum + (other.task === event.task ? 1 : 0), 0);
      const weights = enabled.map((event) => remaining(event) / siblings(event));
      let left = random.fraction() * weights.reduce((sum, weight) => sum + weight, 0);
      for (const [index, weight] of weights.entries()) {
        left -= weight;
        if (left < 0) return index;
      }
      return enabled.length - 1;
    },
  };
}
