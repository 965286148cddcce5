/**
 * Every event has a priority of its own, hashed from the salt, its task and its index in that task (after partial-order sampling,
 * Yuan and others, CAV 2018). Nothing depends on what other tasks do, so removing a task leaves the order of the rest as it was:
 * that is what makes its schedules shrink well. Salt 0 is serial.
 */
import type { Event } from '../event.ts';
import { hashText, stir } from '../seeded-random.ts';
import { best, type Strategy } from '../strategy.ts';

export function hashPriority(salt: number): Strategy {
  const tasks = new Map<string, number>();
  const taskHash = (name: string): number => {
    const known = tasks.get(name);
    if (known !== undefined) return known;
    const hash = stir(hashText(name) ^ stir(salt));
    tasks.set(name, hash);
    return hash;
  };
  const rank = (event: Event): number => (salt === 0 ? 0 : stir(taskHash(event.task.name) + Math.imul(event.index, 0x9e3779b9)));
  return {
    name: 'hashPriority',
    pick: (enabled) => {
      if (enabled.length === 1) return 0;
      return best(enabled, (candidate, champion) => {
        const mine = rank(candidate);
        const theirs = rank(champion);
        return mine > theirs || (mine === theirs && candidate.arrival < champion.arrival);
      });
    },
  };
}
