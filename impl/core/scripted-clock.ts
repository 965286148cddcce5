/** For tests beside the sources: time that passes only by being slept through, and a record of the sleeps. */
import type { Clock } from '../ports/clock.ts';

export class ScriptedClock implements Clock {
  readonly slept: number[] = [];
  #nowMs: number;

  constructor(startMs = 1_700_000_000_000) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  sleep(ms: number): Promise<void> {
    this.slept.push(ms);
    this.#nowMs += ms;
    return Promise.resolve();
  }

  advance(ms: number): void {
    this.#nowMs += ms;
  }
}
