/**
 * What a strategy chooses among: an effect that wants to run, a response that wants to reach its caller, a timer that wants to
 * fire. Every name in it is symbolic and the same in every run, so that a key means the same step tomorrow.
 */

export type EventKind = 'effect' | 'response' | 'timer';

/** From its `at`-th event on (0 is the first), a task has priority `to`. */
export interface Demotion {
  readonly at: number;
  readonly to: number;
}

/** How a task wants to be scheduled. All zero and empty: serial. */
export interface Scheduling {
  /** Higher runs first under the PCT strategy. */
  readonly priority: number;
  /** Sorted by `at`. */
  readonly demotions: readonly Demotion[];
  /** How many events the task is thought to have, for the weighted walk; 0 when nobody knows. */
  readonly expectedEvents: number;
}

/** A task as strategies see it. */
export interface TaskView extends Scheduling {
  readonly name: string;
  /** Counts up from 0 in order of spawning. */
  readonly ordinal: number;
  /** Events of this task that were run so far. */
  readonly executed: number;
}

export interface Event {
  readonly kind: EventKind;
  /**
   * Unique within a run: `actor/label#n`, ` reply` after it for a response; with the task before it where that is not the actor.
   */
  readonly key: string;
  readonly task: TaskView;
  readonly actor: string;
  readonly label: string;
  /** Where the caller lives: while this node is down the event waits. */
  readonly node: string;
  /** Which event of its task it is, from 0, in the order in which they were parked. */
  readonly index: number;
  /** Which port call of its task it is or answers, from 1; 0 for a timer. */
  readonly call: number;
  /** Counts up over the whole run: a smaller number parked earlier. */
  readonly arrival: number;
}
