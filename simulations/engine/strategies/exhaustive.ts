/**
 * Every schedule with at most so many preemptions, one run each, depth first: a run follows the choices made so far and then goes
 * on without preempting. A preemption is a switch away from a strand (a task, unless told otherwise) that could still go on, unless all
 * wait for time to pass; and where a strand waits for several things at once, to take another than the one that parked first.
 *
 * Told which events commute, it follows of equivalent schedules within the bound (in Mazurkiewicz's sense: the same events, those that
 * do not commute in the same order) one. For that it remembers where it has been (Musuvathi, Qadeer: "Partial-order reduction for
 * context-bounded state exploration", 2006). An event together with all that it depends on has a number, so that equivalent
 * beginnings, however they are ordered, have the same set of numbers. A beginning is not gone on with when the search has been at an
 * equivalent one from which whatever follows takes no more preemptions in all:
 *
 * - it had no more preemptions, and the strand at hand was the same one, or could not go on, so that to leave it was free; or
 * - it had fewer preemptions: whichever strands are at hand, the first switch is one preemption at most; or
 * - it was a whole run: nothing follows.
 *
 * Why nothing is lost. Equivalent beginnings end in the same state, so the same can follow, for the same number of preemptions but for
 * the first step, where it matters which strand is at hand. So a schedule whose beginning is not gone on with is equivalent to one that
 * begins the way the search has been, is within the bound as well, and comes earlier in the search's order. If that one is not followed
 * either, then for one that is earlier still; there are finitely many, so one of them was. Nothing is concluded from what comes later
 * in a run, which a step that is gone by then would falsify, nor put to sleep, which under a bound may leave out the one schedule that
 * is within it: what strands disable, enable or spawn needs no rule.
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
   * Whether these events of different strands commute: where both are enabled, neither disables the other, and either order ends in the
   * same state, with the same events enabled, each strand's in the same order of arrival. Default: none do, and every schedule is followed.
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
  /** Runs given up because all that could come next was seen before. */
  readonly abandoned: number;
  /** All there are; false when the limit came first, or was enough what there was. */
  readonly complete: boolean;
  /** Whether the bound on preemptions left any schedule out. */
  readonly bounded: boolean;
}

/** Thrown out of a run that would only show what was seen before. */
class AbandonedRun extends Error {}

/** What can come next within the bound. */
interface Option {
  readonly event: Event;
  /** The number of the event with all that it depends on. */
  readonly number: number;
  /** How many there were, this one included. */
  readonly preemptions: number;
}

/** One choice on the way, and what is left of it to explore. */
interface Choice {
  /** The current one first. */
  readonly options: Option[];
  /** Of the events before it those on which no other depends, by number. With what they depend on they are all there were. */
  readonly newest: readonly Option[];
}

/** How an equivalence class of beginnings was arrived at. */
interface Arrival {
  /** At hand and able to go on; null: none is. */
  readonly strand: string | null;
  readonly preemptions: number;
}

type ExplorerOptions = Required<Pick<ExploreOptions<unknown>, 'preemptions' | 'strandOf'>> &
  Pick<ExploreOptions<unknown>, 'independent'>;

class Explorer {
  readonly #path: Choice[] = [];
  readonly #options: ExplorerOptions;
  /** By key and the numbers of all that the event depends on. */
  readonly #numbers = new Map<string, number>();
  /** By the newest events of a beginning. */
  readonly #arrivals = new Map<string, Arrival[]>();
  isBounded = false;

  constructor(options: ExplorerOptions) {
    this.#options = options;
  }

  strategy(): Strategy {
    let depth = 0;
    return {
      name: 'exhaustive',
      pick: (enabled, step) => {
        const choice = this.#path[depth] ?? this.#extend(enabled);
        depth += 1;
        const next = choice.options[0];
        if (next === undefined) throw new AbandonedRun();
        return indexOfKey(enabled, next.event.key, step);
      },
    };
  }

  /** The run at hand was followed to its end. Gives its schedule. */
  ended(): readonly string[] {
    this.#arrive({ strand: null, preemptions: 0 });
    return this.#path.map((choice) => chosenOf(choice).event.key);
  }

  /** Moves on to the next schedule; false when there is none. */
  advance(): boolean {
    for (;;) {
      const choice = this.#path.at(-1);
      if (choice === undefined) return false;
      choice.options.shift();
      this.#passKnown(choice);
      if (choice.options.length > 0) return true;
      this.#path.pop();
    }
  }

  #extend(enabled: readonly Event[]): Choice {
    const above = this.#path.at(-1);
    const before = above === undefined ? null : chosenOf(above);
    const firsts = this.#firstsOf(enabled);
    // Where all wait for time to pass, whose timer comes first is nobody's preemption: whoever was at hand had stopped by itself.
    const isStill = enabled.every(({ kind }) => kind === 'timer');
    const last = before === null || isStill ? null : this.#strandOf(before.event);
    const strand = last !== null && firsts.has(last) ? last : null;
    const preemptions = before?.preemptions ?? 0;
    this.#arrive({ strand, preemptions });
    const options = enabled
      .map((event): Option => {
        const its = this.#strandOf(event);
        const isSwitch = strand !== null && strand !== its;
        const isOvertaking = firsts.get(its) !== event;
        return { event, number: this.#numberOf(event), preemptions: preemptions + (isSwitch ? 1 : 0) + (isOvertaking ? 1 : 0) };
      })
      .sort((a, b) => a.preemptions - b.preemptions)
      .filter((option) => option.preemptions <= this.#options.preemptions);
    this.isBounded ||= options.length < enabled.length;
    const choice: Choice = { options, newest: above === undefined ? [] : this.#newestAfter(above, chosenOf(above)) };
    this.#passKnown(choice);
    this.#path.push(choice);
    return choice;
  }

  /** Of each strand what parked first. */
  #firstsOf(enabled: readonly Event[]): ReadonlyMap<string, Event> {
    const firsts = new Map<string, Event>();
    for (const event of enabled) {
      const strand = this.#strandOf(event);
      const first = firsts.get(strand);
      if (first === undefined || event.arrival < first.arrival) firsts.set(strand, event);
    }
    return firsts;
  }

  /** The path has led here. */
  #arrive(arrival: Arrival): void {
    const above = this.#path.at(-1);
    if (this.#options.independent === undefined || above === undefined) return;
    const beginning = nameOf(this.#newestAfter(above, chosenOf(above)));
    const arrivals = this.#arrivals.get(beginning);
    if (arrivals === undefined) this.#arrivals.set(beginning, [arrival]);
    else arrivals.push(arrival);
  }

  /** Drops options until the first of them leads to what can be new. */
  #passKnown(choice: Choice): void {
    while (choice.options[0] !== undefined && this.#isKnown(choice, choice.options[0])) choice.options.shift();
  }

  #isKnown(choice: Choice, option: Option): boolean {
    if (this.#options.independent === undefined) return false;
    const strand = this.#strandOf(option.event);
    const arrivals = this.#arrivals.get(nameOf(this.#newestAfter(choice, option))) ?? [];
    return arrivals.some((earlier) => {
      const isAsFree = earlier.strand === null || earlier.strand === strand;
      return earlier.preemptions < option.preemptions || (isAsFree && earlier.preemptions === option.preemptions);
    });
  }

  #numberOf(event: Event): number {
    const causes = this.#path.map(chosenOf).filter((earlier) => !this.#commute(earlier.event, event));
    const name = `${event.key} after ${causes
      .map(({ number }) => number)
      .sort((a, b) => a - b)
      .join()}`;
    const known = this.#numbers.get(name);
    const number = known ?? this.#numbers.size;
    if (known === undefined) this.#numbers.set(name, number);
    return number;
  }

  #newestAfter({ newest }: Choice, option: Option): readonly Option[] {
    return [...newest.filter(({ event }) => this.#commute(event, option.event)), option].sort((a, b) => a.number - b.number);
  }

  #strandOf(event: Event): string {
    return this.#options.strandOf(event);
  }

  #commute(a: Event, b: Event): boolean {
    return this.#strandOf(a) !== this.#strandOf(b) && this.#options.independent?.(a, b) === true;
  }
}

const chosenOf = ({ options }: Choice): Option => options[0] as Option;

const nameOf = (newest: readonly Option[]): string => newest.map(({ number }) => number).join();

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
      const schedule = explorer.ended();
      if (onRun?.(value, schedule) === false) return { schedules, abandoned, complete: false, bounded: explorer.isBounded };
    } catch (error) {
      if (!(error instanceof AbandonedRun)) throw error;
      abandoned += 1;
    }
    more = explorer.advance();
  }
  return { schedules, abandoned, complete: !more, bounded: explorer.isBounded };
}
