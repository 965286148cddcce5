/** Toys in which nothing matters but when each step was: commands of so many steps, and a condition on their times. */
import type { ToySystem } from './toy.ts';

/** When a command's steps were, from its first. */
export type Times = readonly number[];

/** @param hasFailed given, by kind, the times of each command of that kind */
export function timed(steps: number, hasFailed: (of: (kind: string) => readonly Times[]) => boolean): ToySystem {
  const commands: { readonly kind: string; readonly times: number[] }[] = [];
  let now = 0;
  return {
    perform: async ({ kind }, step) => {
      const times: number[] = [];
      commands.push({ kind, times });
      for (let number = 1; number <= steps; number += 1) {
        times.push(
          await step(`${kind}${number}`, () => {
            now += 1;
            return now;
          }),
        );
      }
    },
    hasFailed: () => hasFailed((wanted) => commands.filter(({ kind }) => kind === wanted).map(({ times }) => times)),
  };
}

/** The time of the command's n-th step, from 1. */
export const step = (times: Times, number: number): number => times[number - 1] ?? Number.NaN;

/** Whether these times come one after another. */
export const inOrder = (...times: readonly number[]): boolean =>
  times.every((time, index) => index === 0 || (times[index - 1] ?? Number.NaN) < time);
