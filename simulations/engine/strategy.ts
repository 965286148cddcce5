/**
 * The one decision that is left open: which of the enabled events comes next. A strategy is made anew for every run, sees
 * symbolic names only, and must choose the same from the same seed.
 */
import type { Event } from './event.ts';

export interface Strategy {
  readonly name: string;
  /** The index of the event to run, in a non-empty list sorted by key. `step` counts from 0. */
  pick(enabled: readonly Event[], step: number): number;
  /** Told once when a run has come to its end after `steps` steps; may throw when that is not the end it expected. */
  ended?(steps: number): void;
}

/** The index of the event for which `better` holds against all before it. */
export function best(enabled: readonly Event[], better: (candidate: Event, champion: Event) => boolean): number {
  let index = 0;
  for (let i = 1; i < enabled.length; i += 1) if (better(enabled[i] as Event, enabled[index] as Event)) index = i;
  return index;
}
