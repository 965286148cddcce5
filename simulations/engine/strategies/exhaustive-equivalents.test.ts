/**
 * What exhaustive exploration leaves out is equivalent to what it follows, within the same bound: held against plain enumeration, in
 * programs that lock, sleep, spawn, crash and hold one another, and wait for several things at once. Equivalence is decided here, by
 * normal forms, and not by what the strategy remembers. Does not show that anybody's own relation of what commutes is right.
 */
import { describe, expect, it } from 'vitest';
import type { Event } from '../event.ts';
import { drawProgram, independentInProgram, type Program, runProgram, strandInProgram } from '../random-program.ts';
import type { Strategy } from '../strategy.ts';
import { explore } from './exhaustive.ts';

/** The same for equivalent schedules only: always the first in alphabetical order that no dependent event must precede. */
function normalForm(schedule: readonly Event[]): string {
  const isBefore = (a: Event, b: Event): boolean => strandInProgram(a) === strandInProgram(b) || !independentInProgram(a, b);
  const left = [...schedule];
  const form: string[] = [];
  while (left.length > 0) {
    const free = left.filter((event, index) => !left.slice(0, index).some((earlier) => isBefore(earlier, event)));
    const first = free.reduce((least, event) => (event.key < least.key ? event : least));
    left.splice(left.indexOf(first), 1);
    form.push(first.key);
  }
  return form.join(', ');
}

interface Followed {
  /** By normal form, how it ended. */
  readonly ends: ReadonlyMap<string, string>;
  readonly schedules: number;
  readonly runs: number;
}

/** null: there are too many. */
async function followed(program: Program, preemptions: number, isPruned: boolean, atMost: number): Promise<Followed | null> {
  const ends = new Map<string, string>();
  const { schedules, abandoned, complete } = await explore({
    preemptions,
    limit: atMost,
    run: async (strategy) => {
      const schedule: Event[] = [];
      const noting: Strategy = {
        name: 'noting',
        pick: (enabled, step) => {
          const index = strategy.pick(enabled, step);
          schedule.push(enabled[index] as Event);
          return index;
        },
      };
      return { end: await runProgram(program, noting), schedule };
    },
    onRun: ({ end, schedule }) => {
      const form = normalForm(schedule);
      expect(ends.get(form) ?? end, `two ends of ${form}`).toBe(end);
      ends.set(form, end);
    },
    strandOf: strandInProgram,
    ...(isPruned ? { independent: independentInProgram } : {}),
  });
  return complete ? { ends, schedules, runs: schedules + abandoned } : null;
}

const kindsIn = ({ tasks, raceMs }: Program): readonly string[] => [
  ...tasks.flat().map(({ kind }) => kind),
  ...(raceMs === null ? [] : ['race']),
];

const programs = 200;

describe('[EN23] what exploration leaves out, in random programs', () => {
  it.each([
    [0, 0.95],
    [1, 0.75],
    [2, 0.65],
  ])('is equivalent to what it follows within the same bound of %i preemptions', async (preemptions, share) => {
    const sum = { plain: 0, runs: 0 };
    const met = new Map<string, number>();
    let compared = 0;
    for (let seed = 1; compared < programs; seed += 1) {
      const program = drawProgram(seed);
      const plain = await followed(program, preemptions, false, 400);
      if (plain === null) continue;
      const pruned = await followed(program, preemptions, true, Number.POSITIVE_INFINITY);
      expect({ seed, ends: [...(pruned?.ends ?? [])].sort() }).toEqual({ seed, ends: [...plain.ends].sort() });
      expect({ seed, schedules: pruned?.schedules }).toEqual({ seed, schedules: plain.ends.size });
      sum.plain += plain.runs;
      sum.runs += pruned?.runs ?? 0;
      compared += 1;
      for (const kind of new Set(kindsIn(program))) met.set(kind, (met.get(kind) ?? 0) + 1);
    }
    expect(sum.runs).toBeLessThan(sum.plain * share);
    for (const kind of ['copy', 'send', 'both', 'now', 'lock', 'sleep', 'crash', 'hold', 'free', 'spawn', 'race'])
      expect(met.get(kind) ?? 0, kind).toBeGreaterThan(10);
  });
});
