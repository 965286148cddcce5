/** One strand of activity that the gate runs: what it is called, how it wants to be scheduled, what it still waits for. */
import type { Demotion, TaskView } from './event.ts';
import type { EffectOutcome } from './trace.ts';

export type TaskOutcome = EffectOutcome | { readonly ok: false; readonly error: null; readonly crashedWith: string };

export interface TaskOptions {
  /** Where it lives; a crash of that node ends it. Default: nowhere that can crash. */
  readonly node?: string;
  /** The run does not wait for it to end. */
  readonly background?: boolean;
  readonly priority?: number;
  readonly demotions?: readonly Demotion[];
  readonly expectedEvents?: number;
}

export class Task implements TaskView {
  readonly name: string;
  readonly ordinal: number;
  readonly node: string | null;
  readonly background: boolean;
  readonly priority: number;
  readonly demotions: readonly Demotion[];
  readonly expectedEvents: number;
  /** Whether keys of its events begin with its name. */
  readonly named: boolean;
  executed = 0;
  /** Events parked so far. */
  parked = 0;
  calls = 0;
  /** Parked events, sleeps and declared waits that are not over: with none of them, nothing will ever resume it. */
  outstanding = 0;
  lastCall: string | null = null;
  outcome: TaskOutcome | null = null;
  readonly waits = new Set<string>();
  readonly dropped: string[] = [];
  readonly #counts: Map<string, number>;

  constructor(name: string, ordinal: number, counts: Map<string, number> | null, options: TaskOptions) {
    this.name = name;
    this.ordinal = ordinal;
    this.node = options.node ?? null;
    this.background = options.background ?? false;
    this.priority = options.priority ?? 0;
    this.demotions = (options.demotions ?? []).toSorted((a, b) => a.at - b.at);
    this.expectedEvents = options.expectedEvents ?? 0;
    this.named = counts === null;
    this.#counts = counts ?? new Map();
  }

  /** `actor/label#n`, with the task's name before it where that is neither left out nor the actor. */
  key(actor: string, label: string): string {
    const name = !this.named || actor === this.name ? `${actor}/${label}` : `${this.name} ${actor}/${label}`;
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, count);
    return `${name}#${count}`;
  }
}
