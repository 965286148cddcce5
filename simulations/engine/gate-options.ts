/** How a gate is set up, and how a call may differ from the rest. The defaults are those of a serial world: nothing is overtaken. */
import type { Always } from './always.ts';
import type { Event } from './event.ts';
import type { FaultSource } from './fault-plan.ts';
import type { Strategy } from './strategy.ts';
import type { Normalise } from './trace.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface GateOptions {
  readonly clock: VirtualClock;
  /** Default: serial. */
  readonly strategy?: Strategy;
  /** `together` (default): the caller hears of an effect at once. `separate`: the response is an event of its own. */
  readonly responses?: 'together' | 'separate';
  /**
   * `idle` (default): timers fire in order when nothing else can run, and are no steps. `due`: a due timer is an event among the
   * others; time still moves only when nothing else can. `racing`: the next timer is always an event, so time-outs overtake answers.
   */
  readonly timers?: 'idle' | 'due' | 'racing';
  /**
   * Whose code runs when a call is made. `cause` (default): the task whose event was delivered last. `context`: the task that the
   * code was started by, whoever wakes it, which is right for code full of locks and shared promises and slows every await down.
   */
  readonly attribution?: 'cause' | 'context';
  /** When to end a run whose task waits for nothing the gate knows of: `atEnd` (default) when nothing can go on, or `atOnce`. */
  readonly leaks?: 'atEnd' | 'atOnce';
  readonly faults?: FaultSource;
  readonly always?: readonly Always[];
  /** Puts results into the trace; without it they leave none. */
  readonly normalise?: Normalise;
  /** Keeps every step of the trace, not only their hash. */
  readonly keepTrace?: boolean;
  /** A run that needs more is stuck. */
  readonly maxSteps?: number;
  /** Told before each step. */
  readonly onStep?: (step: number, key: string) => void;
  /** Told after each step, once resumed code has come to rest. */
  readonly afterStep?: (step: number, event: Event) => void | Promise<void>;
  /** Milliseconds of wall time after which an effect that has not returned ends the run. Default: never. */
  readonly hangMs?: number;
}

export interface CallOptions {
  /** Where the caller lives. Default: the actor. */
  readonly node?: string;
  /** The task on whose behalf it calls. Default: the one whose code now runs, as `attribution` tells. */
  readonly task?: string;
  /** As for the whole gate, for this call alone. */
  readonly responses?: 'together' | 'separate';
}
