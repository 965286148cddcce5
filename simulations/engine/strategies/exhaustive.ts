/**
 * Every schedule with at most so many preemptions, one run each, depth first: a run follows the choices made so far and then goes
 * on without preempting. A preemption is a switch away from a strand (a task, unless told otherwise) that could still go on; and where
 * a strand waits for several things at once, to take another than the one that parked first.
 *
 * Told which events commute, it leaves out what would show nothing new, by two rules:
 *
 * - Sleep sets (Godefroid): once all that follows choosing `a` has been seen, choosing `a` later, after steps independent of it,
 *   shows nothing new, so `a` sleeps until a dependent step wakes it. Under a bound an equivalent schedule may need more preemptions,
 *   so that is true of some `a` only: of one whose schedules the bound cut nowhere; of one that goes on with the strand at hand, since to
 *   go on first and switch then never needs more than to switch first, which is the preemption; and of one after which its own strand
 *   cannot go on, since to leave it then costs nothing.
 * - Races (Flanagan, Godefroid): when no step of another strand, in all that follows going on with `a`, depends on `a`, whatever could
 *   be done before `a` can be done after it, for no more preemptions: then nothing is put before it.
 *
 * Either way the reachable final states are those of all schedules within the bound, as long as `independent` is right.
 */
import type { Event } from '../event.ts';
import type { Strategy } from '../strategy.ts';
import { indexOfKey } from './recorded.ts';

export interface ExploreOptions<T> {
  /**
   * Opens a fresh world, runs it under this strategy, closes it, and gives what to look at. What it throws ends the exploration.
   */
  readonly run: (strategy: Strategy) => Promise<T>;
  /** Given every run that was followed to its end. False: that is enough. */
  readonly onRun?: (value: T, schedule: readonly string[]) => unknown;
  /** Most preemptions in a schedule, from 0. Default: no bound. */
  readonly preemptions?: number;
  /**
   * Whether these events of different strands can change places and nobody could tell, nor would either park another event in the
   * other's strand. Default: none can, and nothing is left out.
   */
  readonly independent?: (a: Event, b: Event) => boolean;
  /** What goes on by itself, by name: to leave it while it could go on is a preemption. Default: the event's task. */
  readonly strandOf?: (event: Event) => string;
  /** Most runs, abandoned ones included. Default: no limit. */
  readonly limit?: number;
}

export interface Exploration {
  /** Runs followed to their end: schedules explored. */
  readonly schedules: number;
  /** Runs given up because everything that could come next slept. */
  readonly abandoned: number;
  /** All there are; false when the limit came first, or was enough what there was. */
  readonly complete: boolean;
  /** Whether the bound on preemptions left any schedule out. */
  readonly bounded: boolean;
}

/** Thrown out of a run that would only show what was seen before. */
class AbandonedRun extends Error {}

/** One choice on the way, and what is left of it to explore. */
interface Choice {
  /** Within the bound, not asleep on arrival, in order, but what goes on with the strand before all; the current one first of all. */
  readonly options: Event[];
  readonly sleeping: Event[];
  /** The strand at hand. */
  readonly strand: string | null;
  /** What goes on with it, by key. */
  readonly onward: string | null;
  readonly preemptions: number;
  /** What each strand does next unless told otherwise, by key. */
  readonly firsts: ReadonlyMap<string, string>;
  /** The bound left something out, here or below, in any option so far. */
  cut: boolean;
  /** The same, below the current option only. */
  cutBelow: boolean;
  /** After the current option its strand could go on. */
  couldGoOn: boolean;
  /** Something of another strand that came later depends on what went on; true from the start where that would not be noticed. */
  raced: boolean;
}

type ExplorerOptions = Required<Pick<ExploreOptions<unknown>, 'preemptions' | 'strandOf'>> &
  Pick<ExploreOptions<unknown>, 'independent'>;

class Explorer {
  readonly path: Choice[] = [];
  cutAnywhere = false;
  readonly #options: ExplorerOptions;

  constructor(options: ExplorerOptions) {
    this.#options = options;
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
      if (done !== undefined) this.#leave(choice, done);
      choice.cutBelow = false;
      choice.couldGoOn = false;
      if (choice.options.length > 0) {
        this.#noteRaces();
        return true;
      }
      this.path.pop();
      const above = this.path.at(-1);
      if (above !== undefined) above.cutBelow ||= choice.cut;
    }
  }

  /** All that follows choosing `done` here has been seen. */
  #leave(choice: Choice, done: Event): void {
    if (this.#options.independent === undefined) return;
    const wentOn = done.key === choice.onward;
    if (wentOn || !choice.couldGoOn || !choice.cutBelow) choice.sleeping.push(done);
    if (wentOn && !choice.raced) choice.options.length = 0;
  }

  #extend(enabled: readonly Event[]): Choice {
    const above = this.path.at(-1);
    const before = above?.options[0];
    const strand = before === undefined ? null : this.#strandOf(before);
    const firsts = this.#firstsOf(enabled);
    const onward = strand === null ? null : (firsts.get(strand) ?? null);
    if (above !== undefined) above.couldGoOn = onward !== null;
    const preemptions = above === undefined || before === undefined ? 0 : above.preemptions + this.#preempts(above, before);
    const sleeping = before === undefined ? [] : (above as Choice).sleeping.filter((event) => this.#commute(event, before));
    const asleep = new Set(sleeping.map((event) => event.key));
    // What sleeps is not gone on with here, and what the strand could do besides depends on it.
    const others = enabled.filter((event) => event.key !== onward && this.#strandOf(event) === strand);
    const raced = onward === null || asleep.has(onward) || others.length > 0;
    const choice: Choice = {
      options: [],
      sleeping,
      strand,
      onward,
      preemptions,
      firsts,
      cut: false,
      cutBelow: false,
      couldGoOn: false,
      raced,
    };
    const awake = enabled.filter((event) => !asleep.has(event.key));
    const within = awake.filter((event) => preemptions + this.#preempts(choice, event) <= this.#options.preemptions);
    choice.cut = within.length < awake.length;
    this.cutAnywhere ||= choice.cut;
    choice.options.push(...within.filter(({ key }) => key === onward), ...within.filter(({ key }) => key !== onward));
    this.path.push(choice);
    this.#noteRaces();
    return choice;
  }

  /** By strand, the key of what parked first. */
  #firstsOf(enabled: readonly Event[]): ReadonlyMap<string, string> {
    const firsts = new Map<string, Event>();
    for (const event of enabled) {
      const strand = this.#strandOf(event);
      const first = firsts.get(strand);
      if (first === undefined || event.arrival < first.arrival) firsts.set(strand, event);
    }
    return new Map([...firsts].map(([strand, { key }]) => [strand, key]));
  }

  /** The newest choice's current option against all that came before it. */
  #noteRaces(): void {
    const chosen = this.path.at(-1)?.options[0];
    if (chosen === undefined || this.#options.independent === undefined) return;
    for (const choice of this.path.slice(0, -1)) {
      const earlier = choice.options[0] as Event;
      choice.raced ||= this.#strandOf(earlier) !== this.#strandOf(chosen) && !this.#commute(earlier, chosen);
    }
  }

  #strandOf(event: Event): string {
    return this.#options.strandOf(event);
  }

  /** How many preemptions it is to choose this event. */
  #preempts({ strand, firsts }: Choice, event: Event): number {
    const its = this.#strandOf(event);
    const isSwitch = strand !== null && its !== strand && firsts.has(strand);
    return (isSwitch ? 1 : 0) + (firsts.get(its) === event.key ? 0 : 1);
  }

  #commute(a: Event, b: Event): boolean {
    return this.#strandOf(a) !== this.#strandOf(b) && this.#options.independent?.(a, b) === true;
  }
}

export async function explore<T>(options: ExploreOptions<T>): Promise<Exploration> {
  const { run, onRun, preemptions = Number.POSITIVE_INFINITY, independent, limit = Number.POSITIVE_INFINITY } = options;
  const { strandOf = (event: Event) => event.task.name } = options;
  const explorer = new Explorer({ preemptions, strandOf, ...(independent === undefined ? {} : { independent }) });
  let schedules = 0;
  let abandoned = 0;
  let more = true;
  while (more && schedules + abandoned < limit) {
    try {
      const value = await run(explorer.strategy());
      schedules += 1;
      const schedule = explorer.path.map(({ options: [chosen] }) => (chosen as Event).key);
      if (onRun?.(value, schedule) === false) return { schedules, abandoned, complete: false, bounded: explorer.cutAnywhere };
    } catch (error) {
      if (!(error instanceof AbandonedRun)) throw error;
      abandoned += 1;
    }
    more = explorer.advance();
  }
  return { schedules, abandoned, complete: !more, bounded: explorer.cutAnywhere };
}
