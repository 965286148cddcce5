/** What became of a concurrent run's faults and of its healing, as lines. The verdict is told by whoever shows it. */
import type { Executed } from './execute.ts';

export function describeEnd({ faults, healing }: Pick<Executed, 'faults' | 'healing'>): readonly string[] {
  const idle = faults.flatMap(({ fault, task, fired, effective }) =>
    effective ? [] : [`${fault.fault.kind} ${fault.position} of ${task} ${fired ? 'made no difference' : 'never struck'}`],
  );
  if (healing === null) return idle;
  const agreed = healing.converged === null ? 'never' : `after ${healing.converged.steps} steps`;
  return [...idle, `mended at step ${healing.healed.at}; all agreed ${agreed}`];
}
