/** Follows a list of keys, one a step, and says precisely where the code no longer fits it. */
import type { Event } from '../event.ts';
import type { Strategy } from '../strategy.ts';

/** The run and the recording part ways. */
export class RecordingError extends Error {
  /** The step, from 1, at which they part. */
  readonly step: number;
  /** What the recording has there; null when it is at its end. */
  readonly wanted: string | null;
  /** What could have come next; empty when the run is at its end. */
  readonly enabled: readonly string[];

  constructor(step: number, wanted: string | null, enabled: readonly string[]) {
    const has = wanted === null ? 'the recording is at its end' : `the recording has ${wanted}`;
    const run = enabled.length === 0 ? 'the run is at its end' : `enabled is ${enabled.join(', ')}`;
    super(`the recording does not fit at step ${step}: ${has}, ${run}`);
    this.name = 'RecordingError';
    this.step = step;
    this.wanted = wanted;
    this.enabled = enabled;
  }
}

/** Where among `enabled`, sorted by key, the event of this key is; throws a `RecordingError` when it is not there. */
export function indexOfKey(enabled: readonly Event[], key: string, step: number): number {
  const index = enabled.findIndex((event) => event.key === key);
  if (index === -1)
    throw new RecordingError(
      step + 1,
      key,
      enabled.map((event) => event.key),
    );
  return index;
}

export function recorded(keys: readonly string[]): Strategy {
  return {
    name: 'recorded',
    pick: (enabled, step) => {
      const key = keys[step];
      if (key === undefined)
        throw new RecordingError(
          step + 1,
          null,
          enabled.map((event) => event.key),
        );
      return indexOfKey(enabled, key, step);
    },
    ended: (steps) => {
      const next = keys[steps];
      if (next !== undefined) throw new RecordingError(steps + 1, next, []);
    },
  };
}
