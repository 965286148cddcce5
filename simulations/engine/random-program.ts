/**
 * Small programs drawn from a seed, whose tasks share variables, lock, sleep, wait for several things at once or for none, and crash,
 * stop, resume and start one another; and which of their events commute. For the engine's own tests.
 */
import type { Event } from './event.ts';
import { Gate } from './gate.ts';
import { seededRandom } from './seeded-random.ts';
import type { Strategy } from './strategy.ts';
import { StuckError } from './stuck-error.ts';
import { VirtualClock } from './virtual-clock.ts';

/** Another variable becomes ten times this one, and who. */
interface Copy {
  readonly from: string;
  readonly to: string;
}

export type Act =
  | ({ readonly kind: 'copy' } & Copy)
  /** Not waited for: a strand of its own. */
  | ({ readonly kind: 'send' } & Copy)
  /** Side by side, both waited for. */
  | { readonly kind: 'both'; readonly copies: readonly [Copy, Copy] }
  /** A variable becomes the time. */
  | { readonly kind: 'now'; readonly to: string }
  | { readonly kind: 'lock' | 'unlock'; readonly lock: string }
  | { readonly kind: 'sleep'; readonly ms: number }
  /** Another task is lost with whatever it waits for; is held; goes on. */
  | { readonly kind: 'crash' | 'hold' | 'free'; readonly task: string }
  | { readonly kind: 'spawn'; readonly acts: readonly Act[] };

export interface Program {
  /** `a`, `b`, `c`. */
  readonly tasks: readonly (readonly Act[])[];
  /** Timers due within so many milliseconds overtake whatever is parked; null: they wait until they are due. */
  readonly raceMs: number | null;
}

const taskNames = ['a', 'b', 'c'];

export function drawProgram(seed: number): Program {
  const random = seededRandom(seed);
  const oneOf = (names: string | readonly string[]): string => names[random.below(names.length)] as string;
  const copy = (): Copy => ({ from: oneOf('wxyz'), to: oneOf('wxyz') });
  const count = 2 + random.below(2);
  const other = (): string => oneOf(taskNames.slice(0, count));
  const act = (isSpawned: boolean): Act => {
    switch (random.below(12)) {
      case 0:
        return { kind: 'send', ...copy() };
      case 1:
        return { kind: 'both', copies: [copy(), copy()] };
      case 2:
        return { kind: 'now', to: oneOf('wxyz') };
      case 3:
      case 4:
        return { kind: 'sleep', ms: random.below(3) };
      case 5:
        return { kind: random.below(2) === 0 ? 'crash' : 'hold', task: other() };
      case 6:
        return { kind: 'free', task: other() };
      case 7:
        return isSpawned ? { kind: 'copy', ...copy() } : { kind: 'spawn', acts: [act(true)] };
      default:
        return { kind: 'copy', ...copy() };
    }
  };
  const task = (): readonly Act[] => {
    const acts = Array.from({ length: 1 + random.below(5 - count) }, () => act(false));
    const lock = oneOf('mn');
    return random.below(3) === 0 ? [{ kind: 'lock', lock }, ...acts, { kind: 'unlock', lock }] : acts;
  };
  const tasks = Array.from({ length: count }, task);
  return { tasks, raceMs: random.below(3) === 0 ? 1 : null };
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

/** One run. */
class Machine {
  readonly #gate: Gate;
  readonly #clock = new VirtualClock(0);
  readonly #memory = new Map([...'wxyz'].map((name, index) => [name, index + 1]));
  readonly #locks = new Locks();
  /** What each task was told, in order. */
  readonly #told = new Map<string, unknown[]>();

  constructor(strategy: Strategy) {
    this.#gate = new Gate({ clock: this.#clock, strategy, attribution: 'context', timers: 'due' });
  }

  async run({ tasks, raceMs }: Program): Promise<string> {
    this.#gate.race(raceMs);
    for (const [index, acts] of tasks.entries()) this.#spawn(taskNames[index] as string, acts);
    const isStuck = await this.#gate.drain().then(
      () => false,
      (error: unknown) => {
        // Whoever is held, or waits for the lock of somebody who was lost. All else is no end of a run.
        if (!(error instanceof StuckError)) throw error;
        return true;
      },
    );
    const told = [...this.#told].sort(([a], [b]) => (a < b ? -1 : 1));
    return JSON.stringify([[...this.#memory], told, this.#clock.nowMs(), isStuck]);
  }

  #spawn(name: string, acts: readonly Act[]): void {
    const main = async (): Promise<void> => {
      for (const [index, act] of acts.entries()) {
        const told = await this.#perform(name, act, index);
        this.#told.set(name, [...(this.#told.get(name) ?? []), told]);
      }
    };
    this.#gate.spawn(name, main, { node: name });
  }

  async #perform(name: string, act: Act, index: number): Promise<unknown> {
    const gate = this.#gate;
    switch (act.kind) {
      case 'copy':
        return this.#copy(name, act);
      case 'send':
        void this.#copy(name, act, 'send');
        return null;
      case 'both':
        return Promise.all(act.copies.map((copy) => this.#copy(name, copy)));
      case 'now':
        return gate.call(name, `now ${act.to}`, () => this.#set(act.to, this.#clock.nowMs()));
      case 'sleep':
        return gate.clockFor(name).sleep(act.ms);
      case 'crash':
        return gate.call(name, 'crash', () => (act.task === name ? 0 : gate.crash(act.task)));
      case 'hold':
        return gate.call(name, 'hold', () => (act.task === name ? null : gate.takeDown(act.task)));
      case 'free':
        return gate.call(name, 'free', () => gate.bringUp(act.task));
      case 'spawn':
        return gate.call(name, 'spawn', () => this.#spawn(`${name}.${index}`, act.acts));
      case 'lock': {
        const taken = await gate.call(name, `lock ${act.lock}`, () => this.#locks.take(act.lock));
        return taken === null ? null : gate.waiting(act.lock, taken.turn);
      }
      case 'unlock':
        return gate.call(name, `unlock ${act.lock}`, () => this.#locks.free(act.lock));
    }
  }

  #copy(name: string, { from, to }: Copy, kind: 'copy' | 'send' = 'copy'): Promise<number> {
    const write = (): number =>
      this.#set(to, ((this.#memory.get(from) as number) * 10 + name.length + name.charCodeAt(0)) % 999_983);
    return this.#gate.call(name, `${kind} ${from} ${to}`, write);
  }

  #set(name: string, value: number): number {
    this.#memory.set(name, value);
    return value;
  }
}

/** Runs it. Gives the variables, what every task was told, the time and whether anybody is stuck, in the end. */
export const runProgram = (program: Program, strategy: Strategy): Promise<string> => new Machine(strategy).run(program);

/** What goes on by itself: a task, and what was sent. */
export const strandInProgram = ({ label, key, task }: Event): string => (label.startsWith('send') ? key : task.name);

/** What an event touches; null: everything. */
function touched({ kind, label }: Event): { readonly reads: string; readonly writes: string } | null {
  const [what = '', first = '', second = ''] = label.split(' ');
  if (kind === 'timer' || what === 'crash' || what === 'hold' || what === 'free') return null;
  if (what === 'copy' || what === 'send') return { reads: first, writes: second };
  return { reads: '', writes: what === 'spawn' ? `what ${label} starts` : first };
}

/** Whether two events of different strands commute. */
export function independentInProgram(a: Event, b: Event): boolean {
  const [one, two] = [touched(a), touched(b)];
  if (one === null || two === null) return false;
  if (a.label === 'spawn' || b.label === 'spawn') return true;
  return one.writes !== two.writes && one.writes !== two.reads && one.reads !== two.writes;
}
