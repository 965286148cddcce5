/**
 * How a gate is set up, and how a call may differ from the rest. The defaults are those of a serial world: nothing is overtaken.
 */
import type { Always } from './always.ts';
import type { Event } from './event.ts';
import type { FaultSource } from './fault-plan.ts';
import type { Strategy } from './strategy.ts';
import type { Normalise } from './trace.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface GateOptions {
  /** This gate's alone. */
  readonly clock: VirtualClock;
  /** Default: serial. */
  readonly strategy?: Strategy;
  /** `together` (default): the caller hears of an effect at once. `separate`: the response is an event of its own. */
  readonly responses?: 'together' | 'separate';
  /**
   * `idle` (default): timers fire in order when nothing else can run, and are no steps. `due`: a due timer is an event among the
   * others; time still moves only when nothing else can. `racing`: the next timer is always an event: time-outs overtake answers.
   */
  readonly timers?: 'idle' | 'due' | 'racing';
  /**
   * Whose code runs when a call is made. `cause` (default): the task whose event was delivered last. `context`: the task that the
   * code was started by, whoever wakes it, which is right for code full of locks and shared promises and slows every await of the
   * process down; code that no task started is told by cause.
   */
  readonly attribution?: 'cause' | 'context';
  /**
   * When a task that waits for nothing the gate knows of ends the run: `atEnd` (default), when nothing can go on, or `atOnce`,
   * after the step in which it came to that.
   */
  readonly leaks?: 'atEnd' | 'atOnce';
  /** What goes wrong; asked before and after every effect. Default: nothing. Its errors end the run. */
  readonly faults?: FaultSource;
  /** What must hold after every step, in order; the first that does not ends the run with an `AlwaysError`. */
  readonly always?: readonly Always[];
  /** Puts results into the trace; without it they leave none. */
  readonly normalise?: Normalise;
  /** Keeps every step of the trace, not only their hash. Default: false. */
  readonly keepTrace?: boolean;
  /** Steps of all runs of this gate together; a run that needs more ends with a `StuckError`. Default: no limit. */
  readonly maxSteps?: number;
  /** Told before each step; steps count from 1. Its error ends the run. */
  readonly onStep?: (step: number, key: string) => void;
  /** Told after each step, once resumed code has come to rest, and waited for; before `always`. Its error ends the run. */
  readonly afterStep?: (step: number, event: Event) => void | Promise<void>;
  /**
   * Milliseconds of wall time, 1 to 2147483647, after which an effect or a fault that has not returned ends the run with a
   * `StuckError` that names it and its task; what it returns later nobody hears. Default: never. Code that never yields to the
   * event loop is not noticed.
   */
  readonly hangMs?: number;
}

export interface CallOptions {
  /** Where the caller lives. Default: the actor. */
  readonly node?: string;
  /** The name of a spawned task on whose behalf it calls. Default: the one whose code now runs, as `attribution` tells. */
  readonly task?: string;
  /** As for the whole gate, for this call alone. */
  readonly responses?: 'together' | 'separate';
}
