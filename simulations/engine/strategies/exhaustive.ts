/**
 * Every schedule with at most so many preemptions, one run each, depth first: a run follows the choices made so far and then goes
 * on without preempting. A preemption is a switch away from a task that still has an enabled event.
 *
 * Sleep sets (Godefroid): once all that follows choosing `a` has been seen, choosing `a` later, after steps independent of it,
 * shows nothing new, so `a` sleeps until a dependent step wakes it. Under a bound that is only true of an `a` whose schedules the
 * bound cut nowhere, for an equivalent schedule may need more preemptions; others are explored in full. Either way the reachable
 * final states are those without sleep sets, as long as `independent` is right.
 */
import type { Event } from '../event.ts';
import type { Strategy } from '../strategy.ts';
import { indexOfKey } from './recorded.ts';

export interface ExploreOptions<T> {
  /**
   * Opens a fresh world, runs it under this strategy, closes it, and gives what to look at. What it throws ends the exploration.
   */
  readonly run: (strategy: Strategy) => Promise<T>;
  /** Given every run that was followed to its end. */
  readonly onRun?: (value: T, schedule: readonly string[]) => void;
  /** Most preemptions in a schedule, from 0. Default: no bound. */
  readonly preemptions?: number;
  /** Whether these events of different tasks can change places and nobody could tell. Default: none can, and nothing sleeps. */
  readonly independent?: (a: Event, b: Event) => boolean;
  /** Most runs, abandoned ones included. Default: no limit. */
  readonly limit?: number;
}

export interface Exploration {
  /** Runs followed to their end: schedules explored. */
  readonly schedules: number;
  /** Runs given up because everything that could come next slept. */
  readonly abandoned: number;
  /** All there are; false when the limit came first. */
  readonly complete: boolean;
  /** Whether the bound on preemptions left any schedule out. */
  readonly bounded: boolean;
}

/** Thrown out of a run that would only show what was seen before. */
class AbandonedRun extends Error {}

/** One choice on the way, and what is left of it to explore. */
interface Choice {
  /** Within the bound, not asleep on arrival, in order; the current one first. */
  readonly options: Event[];
  readonly sleeping: Event[];
  readonly lastTask: string | null;
  readonly preemptions: number;
  /** The enabled events' tasks: to tell a preemption. */
  readonly tasks: ReadonlySet<string>;
  /** The bound left something out, here or below, in any option so far. */
  cut: boolean;
  /** The same, below the current option only. */
  cutBelow: boolean;
}

class Explorer {
  readonly path: Choice[] = [];
  cutAnywhere = false;
  readonly #bound: number;
  readonly #independent: ((a: Event, b: Event) => boolean) | null;

  constructor(bound: number, independent: ((a: Event, b: Event) => boolean) | null) {
    this.#bound = bound;
    this.#independent = independent;
  }

  strategy(): Strategy {
    let depth = 0;
    return {
      name: 'exhaustive',
      pick: (enabled, step) => {
        const choice = this.path[depth] ?? this.#extend(enabled);
        depth += 1;
        const next = choice.options[0];
        if (next === undefined) throw new AbandonedRun();
        return indexOfKey(enabled, next.key, step);
      },
    };
  }

  /** Moves on to the next schedule; false when there is none. */
  advance(): boolean {
    for (;;) {
      const choice = this.path.at(-1);
      if (choice === undefined) return false;
      const done = choice.options.shift();
      choice.cut ||= choice.cutBelow;
      if (done !== undefined && !choice.cutBelow && this.#independent !== null) choice.sleeping.push(done);
      choice.cutBelow = false;
      if (choice.options.length > 0) return true;
      this.path.pop();
      const above = this.path.at(-1);
      if (above !== undefined) above.cutBelow ||= choice.cut;
    }
  }

  #extend(enabled: readonly Event[]): Choice {
    const above = this.path.at(-1);
    const before = above?.options[0];
    const lastTask = before?.task.name ?? null;
    const tasks = new Set(enabled.map((event) => event.task.name));
    const preemptions = above === undefined || before === undefined ? 0 : above.preemptions + preempts(above, before);
    const sleeping = before === undefined ? [] : (above as Choice).sleeping.filter((event) => this.#commute(event, before));
    const choice: Choice = { options: [], sleeping, lastTask, preemptions, tasks, cut: false, cutBelow: false };
    const asleep = new Set(sleeping.map((event) => event.key));
    const awake = enabled.filter((event) => !asleep.has(event.key));
    const within = awake.filter((event) => preemptions + preempts(choice, event) <= this.#bound);
    choice.cut = within.length < awake.length;
    this.cutAnywhere ||= choice.cut;
    choice.options.push(
      ...within.filter((event) => event.task.name === lastTask),
      ...within.filter((event) => event.task.name !== lastTask),
    );
    this.path.push(choice);
    return choice;
  }

  #commute(a: Event, b: Event): boolean {
    return a.task.name !== b.task.name && this.#independent !== null && this.#independent(a, b);
  }
}

/** 1 when choosing this event is a preemption. */
const preempts = ({ lastTask, tasks }: Choice, event: Event): number =>
  lastTask !== null && event.task.name !== lastTask && tasks.has(lastTask) ? 1 : 0;

export async function explore<T>(options: ExploreOptions<T>): Promise<Exploration> {
  const { run, onRun, preemptions = Number.POSITIVE_INFINITY, independent = null, limit = Number.POSITIVE_INFINITY } = options;
  const explorer = new Explorer(preemptions, independent);
  let schedules = 0;
  let abandoned = 0;
  let more = true;
  while (more && schedules + abandoned < limit) {
    try {
      const value = await run(explorer.strategy());
      schedules += 1;
      onRun?.(
        value,
        explorer.path.map(({ options: [chosen] }) => (chosen as Event).key),
      );
    } catch (error) {
      if (!(error instanceof AbandonedRun)) throw error;
      abandoned += 1;
    }
    more = explorer.advance();
  }
  return { schedules, abandoned, complete: !more, bounded: explorer.cutAnywhere };
}
