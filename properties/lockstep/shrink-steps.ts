/**
 * Makes a failing list of steps as short as removal can: halves, quarters ... single steps, anywhere in the list. Then each step
 * is tried in simpler forms, which may make more of the others removable. The same property must keep failing, not just any.
 * When every single removal has been tried on the final list and none failed the same way, the list is 1-minimal.
 */
import type { Step } from './scenario.ts';

/** Whether these steps still violate the property that is being shrunk. */
export type StillFails = (steps: readonly Step[]) => Promise<boolean>;

export interface Shrunk {
  readonly steps: readonly Step[];
  readonly executions: number;
  /** Every single removal was tried on this very list and made the failure go away. */
  readonly minimal: boolean;
}

const without = (steps: readonly Step[], from: number, count: number): readonly Step[] => [
  ...steps.slice(0, from),
  ...steps.slice(from + count),
];

/** Removes pieces of half the list, a quarter ... one step. Answers the best and whether every single removal was tried on it. */
async function remove(
  steps: readonly Step[],
  tried: StillFails,
  spent: () => boolean,
): Promise<{ best: readonly Step[]; minimal: boolean }> {
  let best = steps;
  let size = Math.max(1, best.length >> 1);
  for (;;) {
    let removed = false;
    // Backwards: later steps are the likelier to be mere decoration, and removing them leaves indices before them alone.
    for (let from = Math.max(0, best.length - size); ; from = Math.max(0, from - size)) {
      if (spent()) return { best, minimal: false };
      const candidate = without(best, from, size);
      if (candidate.length < best.length && (await tried(candidate))) {
        best = candidate;
        removed = true;
      }
      if (from === 0) break;
    }
    if (size > 1) size = Math.max(1, size >> 1);
    else if (!removed) return { best, minimal: true };
  }
}

/**
 * @param simpler forms of a step worth trying in its place, simplest first; none by default. They must get simpler each time.
 * @param limit executions at most; the best found so far is kept when it is reached
 */
export async function shrinkSteps(
  steps: readonly Step[],
  stillFails: StillFails,
  limit: number,
  simpler: (step: Step) => readonly Step[] = () => [],
): Promise<Shrunk> {
  let executions = 0;
  const spent = (): boolean => executions >= limit;
  const tried = async (candidate: readonly Step[]): Promise<boolean> => {
    executions += 1;
    return stillFails(candidate);
  };
  let { best, minimal } = await remove(steps, tried, spent);
  for (let at = 0; at < best.length && !spent(); at += 1) {
    for (const form of simpler(best[at] as Step)) {
      if (spent()) break;
      const candidate = [...best.slice(0, at), form, ...best.slice(at + 1)];
      if (!(await tried(candidate))) continue;
      ({ best, minimal } = await remove(candidate, tried, spent));
      at = -1;
      break;
    }
  }
  return { steps: best, executions, minimal };
}
