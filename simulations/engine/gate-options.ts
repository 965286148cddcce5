/** How a gate is set up, and how a call may differ from the rest. The defaults are those of a serial world: nothing is overtaken. */
import type { Always } from './always.ts';
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
}

export interface CallOptions {
  /** Where the caller lives. Default: the actor. */
  readonly node?: string;
  /** The task on whose behalf it calls. Default: the one whose event was delivered last, that is, whose code now runs. */
  readonly task?: string;
}
