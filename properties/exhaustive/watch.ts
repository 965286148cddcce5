/** What an exploration must know of the runs that it makes: which events commute in them, what commands call, which way each went. */
import type { ConcurrentScenario } from '#properties/concurrent/scenario.ts';
import type { Event } from '#simulations/engine/event.ts';
import type { Strategy } from '#simulations/engine/strategy.ts';
import { Commuting } from '#simulations/world/concurrent/commuting.ts';
import { type ConcurrentWorld, taskOf } from '#simulations/world/concurrent/concurrent-world.ts';
import { faultRules } from '#simulations/world/concurrent/fault-rules.ts';
import type { Calls, Placement } from './placements.ts';

/**
 * What goes on by itself: a task; and what a backend has sent to its clients, in order unless it is overtaken.
 * @param backend whom the program at the event's node is connected to
 */
const strandOf = ({ label, key, task }: Event, backend: string | null): string => {
  if (label !== 'channel.push') return task.name;
  return backend === null ? key : `sent by ${backend}`;
};

export class Watch {
  readonly #commuting = new Commuting();
  readonly #strands = new WeakMap<Event, string>();
  readonly #placement: Placement | null;
  /** Ids of the commands that are scheduled, by their tasks. */
  readonly #ids: ReadonlyMap<string, number>;
  readonly #known: ReadonlyMap<number, Map<string, Calls>>;
  /** Of the run at hand. */
  #calls = new Map<number, string[]>();
  #keys: string[] = [];
  /** How many calls of its command came so far that the fault can strike. */
  #fitting = 0;

  constructor({ commands }: ConcurrentScenario, scheduled: readonly number[], placement: Placement | null) {
    this.#placement = placement;
    const mine = commands.filter(({ id }) => scheduled.includes(id));
    this.#ids = new Map(mine.map((command) => [taskOf(command), command.id]));
    this.#known = new Map(scheduled.map((id) => [id, new Map()]));
  }

  /** The strategy, watched, for a run that begins. */
  watched(world: ConcurrentWorld, strategy: Strategy): Strategy {
    this.#calls = new Map([...this.#known.keys()].map((id) => [id, []]));
    this.#keys = [];
    this.#fitting = 0;
    const backendOf = (node: string): string | null => world.backendOf(node);
    return {
      name: strategy.name,
      pick: (enabled, step) => {
        for (const event of enabled) {
          this.#commuting.note(event, backendOf, this.#isStruck(event));
          if (!this.#strands.has(event)) this.#strands.set(event, strandOf(event, backendOf(event.node)));
        }
        const index = strategy.pick(enabled, step);
        this.#took(enabled[index] as Event);
        return index;
      },
    };
  }

  strandOf(event: Event): string {
    return this.#strands.get(event) ?? event.task.name;
  }

  /** What a fault counts keeps its order. */
  commute(a: Event, b: Event): boolean {
    return !(this.#fits(a) && this.#fits(b)) && this.#commuting.commute(a, b);
  }

  /** The way the run at hand went so far. */
  get keys(): readonly string[] {
    return this.#keys;
  }

  /** Keeps what the run at hand called. */
  keepCalls(): void {
    for (const [id, labels] of this.#calls) this.#known.get(id)?.set(labels.join(' '), labels);
  }

  /** By command, each different list once. */
  get calls(): ReadonlyMap<number, readonly Calls[]> {
    return new Map([...this.#known].map(([id, lists]) => [id, [...lists.values()]]));
  }

  #isStruck(event: Event): boolean {
    return this.#placement !== null && this.#fits(event) && this.#fitting + 1 === this.#placement.at;
  }

  #fits({ kind, label, task }: Event): boolean {
    if (this.#placement === null || kind !== 'effect' || this.#ids.get(task.name) !== this.#placement.command) return false;
    const { fault, position } = this.#placement;
    return faultRules[fault.kind].strikes(label, position);
  }

  #took(event: Event): void {
    this.#keys.push(event.key);
    if (this.#fits(event)) this.#fitting += 1;
    const id = this.#ids.get(event.task.name);
    if (event.kind === 'effect' && id !== undefined) this.#calls.get(id)?.push(event.label);
  }
}
