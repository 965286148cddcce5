/**
 * What exhaustive exploration leaves out shows nothing new, in programs that lock, sleep, kill, and send without waiting. Does not show that
 * anybody's own relation of what commutes is right.
 */
import { describe, expect, it } from 'vitest';
import type { Event } from '../event.ts';
import { Gate } from '../gate.ts';
import { seededRandom } from '../seeded-random.ts';
import type { Strategy } from '../strategy.ts';
import { StuckError } from '../stuck-error.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { explore } from './exhaustive.ts';

type Act =
  /** Calls, and waits for it or not: another variable becomes ten times this one, and who. */
  | { readonly kind: 'copy' | 'send'; readonly from: string; readonly to: string }
  | { readonly kind: 'lock' | 'unlock'; readonly lock: string }
  | { readonly kind: 'sleep'; readonly ms: number }
  /** Another task is lost with whatever it waits for. */
  | { readonly kind: 'kill'; readonly task: string };

function program(seed: number): readonly (readonly Act[])[] {
  const random = seededRandom(seed);
  const variable = (): string => 'wxyz'[random.below(4)] as string;
  const copy = (kind: 'copy' | 'send'): Act => ({ kind, from: variable(), to: variable() });
  const task = (): readonly Act[] => {
    const acts: Act[] = Array.from({ length: 1 + random.below(3) }, () => copy('copy'));
    if (random.below(3) === 0) acts.splice(random.below(acts.length), 0, copy('send'));
    if (random.below(3) === 0) acts.splice(random.below(acts.length), 0, { kind: 'sleep', ms: random.below(3) });
    if (random.below(6) === 0)
      acts.splice(random.below(acts.length), 0, { kind: 'kill', task: 'abc'[random.below(3)] as string });
    const lock = 'mn'[random.below(2)] as string;
    return random.below(3) === 0 ? [{ kind: 'lock', lock }, ...acts, { kind: 'unlock', lock }] : acts;
  };
  return Array.from({ length: 2 + random.below(2) }, task);
}

/** Locks are handed over in order of arrival. */
class Locks {
  readonly #held = new Set<string>();
  readonly #waiting = new Map<string, (() => void)[]>();

  /** null: it is the caller's now. Wrapped, since the gate would wait for a bare promise. */
  take(lock: string): { readonly turn: Promise<void> } | null {
    if (!this.#held.has(lock)) {
      this.#held.add(lock);
      return null;
    }
    return { turn: new Promise((resolve) => this.#waiting.set(lock, [...(this.#waiting.get(lock) ?? []), resolve])) };
  }

  free(lock: string): void {
    const [next, ...rest] = this.#waiting.get(lock) ?? [];
    this.#waiting.set(lock, rest);
    if (next === undefined) this.#held.delete(lock);
    else next();
  }
}

/** The variables and the time in the end. */
async function run(tasks: readonly (readonly Act[])[], strategy: Strategy): Promise<string> {
  const clock = new VirtualClock(0);
  const gate = new Gate({ clock, strategy, attribution: 'context', timers: 'due' });
  const memory: Record<string, number> = { w: 1, x: 2, y: 3, z: 4 };
  const locks = new Locks();
  for (const [index, acts] of tasks.entries()) {
    const name = 'abc'[index] as string;
    const perform = async (act: Act): Promise<unknown> => {
      switch (act.kind) {
        case 'sleep':
          return gate.clockFor(name).sleep(act.ms);
        case 'kill':
          return gate.call(name, `kill ${act.task}`, () => {
            if (act.task !== name) gate.crash(act.task);
          });
        case 'unlock':
          return gate.call(name, `unlock ${act.lock}`, () => locks.free(act.lock));
        case 'lock': {
          const taken = await gate.call(name, `lock ${act.lock}`, () => locks.take(act.lock));
          return taken === null ? null : gate.waiting(act.lock, taken.turn);
        }
        case 'copy':
        case 'send': {
          const done = gate.call(name, `${act.kind} ${act.from} ${act.to}`, () => {
            memory[act.to] = ((memory[act.from] as number) * 10 + index) % 1_000_000_007;
          });
          return act.kind === 'copy' ? done : null;
        }
      }
    };
    const main = async (): Promise<void> => {
      for (const act of acts) await perform(act);
    };
    gate.spawn(name, main, { node: name });
  }
  const isStuck = await gate.drain().then(
    () => false,
    (error: unknown) => {
      // Whoever waits for the lock of somebody who was killed. All else is no end of a run.
      if (!(error instanceof StuckError)) throw error;
      return true;
    },
  );
  return JSON.stringify([memory, clock.nowMs(), isStuck]);
}

const touched = ({ label }: Event): { readonly reads: string; readonly writes: string } => {
  const [, first = '', second = first] = label.split(' ');
  return { reads: first, writes: second };
};

const independent = (a: Event, b: Event): boolean => {
  const isAll = ({ kind, label }: Event): boolean => kind === 'timer' || label.startsWith('kill');
  if (isAll(a) || isAll(b)) return false;
  const [one, two] = [touched(a), touched(b)];
  return one.writes !== two.writes && one.writes !== two.reads && one.reads !== two.writes;
};

async function explored(seed: number, preemptions: number, leavesOut: boolean) {
  const tasks = program(seed);
  const ends = new Set<string>();
  const { schedules, abandoned } = await explore({
    preemptions,
    run: (strategy) => run(tasks, strategy),
    onRun: (end) => ends.add(end),
    strandOf: ({ label, key, task }) => (label.startsWith('send') ? key : task.name),
    ...(leavesOut ? { independent } : {}),
  });
  return { runs: schedules + abandoned, ends: [...ends].sort() };
}

describe('exhaustive', () => {
  it.each([
    [0, 1],
    [1, 0.7],
    [2, 0.6],
  ])('[EN23] ends in the same ways with what it leaves out as without, with %i preemptions', async (preemptions, share) => {
    const runs = { all: 0, fewer: 0 };
    for (let seed = 1; seed <= 60; seed += 1) {
      const all = await explored(seed, preemptions, false);
      const fewer = await explored(seed, preemptions, true);
      expect({ seed, ends: fewer.ends }).toEqual({ seed, ends: all.ends });
      runs.all += all.runs;
      runs.fewer += fewer.runs;
    }
    expect(runs.fewer).toBeLessThan(runs.all * share);
  });
});
