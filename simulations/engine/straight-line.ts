/** The smallest system to schedule: tasks that make a number of calls one after another. For the engine's own tests. */
import { Gate } from './gate.ts';
import type { GateOptions } from './gate-options.ts';
import type { Strategy } from './strategy.ts';
import type { TaskOptions } from './task.ts';
import { VirtualClock } from './virtual-clock.ts';

export interface StraightLine {
  readonly name: string;
  readonly calls: number;
  readonly options?: TaskOptions;
  /** What its n-th call does, from 1. */
  readonly effect?: (call: number) => unknown;
}

/** Runs them; gives the names of the tasks in the order of their effects. */
export async function runStraightLines(
  lines: readonly StraightLine[],
  strategy: Strategy,
  options: Partial<GateOptions> = {},
): Promise<{ readonly order: string; readonly gate: Gate }> {
  const gate = new Gate({ clock: new VirtualClock(0), strategy, ...options });
  let order = '';
  for (const { name, calls, options: taskOptions, effect } of lines) {
    const main = async (): Promise<void> => {
      for (let call = 1; call <= calls; call += 1) {
        await gate.call(name, 'x', () => {
          order += name;
          return effect?.(call);
        });
      }
    };
    gate.spawn(name, main, taskOptions);
  }
  await gate.drain();
  return { order, gate };
}

/** Tasks a, b, c ... of so many calls each. */
export const lines = (...calls: readonly number[]): readonly StraightLine[] =>
  calls.map((count, index) => ({ name: String.fromCharCode(97 + index), calls: count }));
