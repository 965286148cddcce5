/**
 * Every schedule of a scene, equivalent or not, and whether what is said to commute does: equivalent beginnings must have the same
 * events enabled, each strand's in the same order of arrival, and equivalent runs must look the same. For tests of what an exploration
 * leaves out.
 */
import { execute } from '#properties/concurrent/execute.ts';
import type { Event } from '#simulations/engine/event.ts';
import { explore } from '#simulations/engine/strategies/exhaustive.ts';
import type { Strategy } from '#simulations/engine/strategy.ts';
import type { Tier } from '#simulations/world/authorities.ts';
import { placedIn } from './explore-scene.ts';
import type { Placement } from './placements.ts';
import type { Scene } from './scenes.ts';
import { statesOf, summaryOf } from './summary.ts';
import { Watch } from './watch.ts';

export interface Enumerated {
  readonly schedules: number;
  /** Whole runs that are not equivalent. */
  readonly classes: number;
  /** What can be judged of them. */
  readonly summaries: ReadonlySet<string>;
  /** What everybody holds in the end. */
  readonly states: ReadonlySet<string>;
  /** Where equivalent beginnings or runs differ: both ways, by key. */
  readonly apart: readonly (readonly [string, string])[];
}

/** What was seen of each class of beginnings, and on which way. */
class Classes {
  readonly #commute: (a: Event, b: Event) => boolean;
  readonly #numbers = new Map<string, number>();
  readonly #seen = new Map<string, { readonly what: string; readonly way: string }>();
  readonly apart: (readonly [string, string])[] = [];
  /** Of the run at hand: events, and their numbers. */
  #way: (readonly [Event, number])[] = [];

  constructor(commute: (a: Event, b: Event) => boolean) {
    this.#commute = commute;
  }

  begin(): void {
    this.#way = [];
  }

  add(event: Event): void {
    const causes = this.#way.filter(([earlier]) => !this.#commute(earlier, event)).map(([, number]) => number);
    const name = `${event.key} ${causes.toSorted().join()}`;
    const number = this.#numbers.get(name) ?? this.#numbers.size;
    this.#numbers.set(name, number);
    this.#way.push([event, number]);
  }

  /** The class of the way so far. */
  get name(): string {
    const numbers = this.#way.map(([, number]) => number);
    return numbers.toSorted().join();
  }

  /** Whatever is equivalent to the way so far must show the same. */
  shows(what: string): void {
    const way = this.#way.map(([{ key }]) => key).join(', ');
    const seen = this.#seen.get(this.name);
    if (seen === undefined) this.#seen.set(this.name, { what, way });
    else if (seen.what !== what) this.apart.push([seen.way, way]);
  }
}

/** By strand in order of arrival. */
function enabledText(enabled: readonly Event[], strandOf: (event: Event) => string): string {
  const byStrand = new Map<string, Event[]>();
  for (const event of enabled.toSorted((a, b) => a.arrival - b.arrival))
    byStrand.set(strandOf(event), [...(byStrand.get(strandOf(event)) ?? []), event]);
  return JSON.stringify(
    [...byStrand].sort().map(([strand, events]) => [strand, events.map(({ key, kind }) => `${kind} ${key}`)]),
  );
}

export async function everyOrder(
  tier: Tier,
  scene: Scene,
  { preemptions, placement }: { readonly preemptions: number; readonly placement: Placement | null },
): Promise<Enumerated> {
  const scenario = placedIn(scene, placement);
  const watch = new Watch(scenario, scene.scheduled, placement);
  const strandOf = (event: Event): string => watch.strandOf(event);
  const classes = new Classes((a, b) => strandOf(a) !== strandOf(b) && watch.commute(a, b));
  const noting = (strategy: Strategy): Strategy => ({
    name: strategy.name,
    pick: (enabled, step) => {
      classes.shows(enabledText(enabled, strandOf));
      const index = strategy.pick(enabled, step);
      classes.add(enabled[index] as Event);
      return index;
    },
  });
  const summaries = new Set<string>();
  const states = new Set<string>();
  const ends = new Set<string>();
  const { schedules } = await explore({
    preemptions,
    strandOf,
    run: (strategy) => {
      classes.begin();
      return execute(tier, scenario, { lastPhase: (world) => watch.watched(world, noting(strategy)) });
    },
    onRun: (executed) => {
      const end = [summaryOf(executed), statesOf(executed)];
      summaries.add(end[0] as string);
      states.add(end[1] as string);
      classes.shows(JSON.stringify(end));
      ends.add(classes.name);
    },
  });
  return { schedules, classes: ends.size, summaries, states, apart: classes.apart };
}
