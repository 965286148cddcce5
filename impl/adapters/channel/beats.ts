/**
 * A pulse on the Clock port that several connections share: each is asked at every beat. It sleeps only while somebody listens, so
 * an endpoint without connections keeps no timer but the last one.
 *
 * Connections count missed beats instead of reading how late it is: a process that was held up for a minute has missed one beat, and
 * finds what came meanwhile before the next.
 */
import type { Clock } from '../../ports/clock.ts';

export class Beats {
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #listeners = new Set<(nowMs: number) => void>();
  #running = false;

  constructor(clock: Clock, everyMs: number) {
    this.#clock = clock;
    this.#everyMs = everyMs;
  }

  /** Answers how to stop listening. */
  listen(listener: (nowMs: number) => void): () => void {
    this.#listeners.add(listener);
    if (!this.#running) void this.#run();
    return () => {
      this.#listeners.delete(listener);
    };
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#listeners.size > 0) {
      await this.#clock.sleep(this.#everyMs);
      const nowMs = this.#clock.nowMs();
      for (const listener of [...this.#listeners]) listener(nowMs);
    }
    this.#running = false;
  }
}

/** Whether the other side of a connection is still there: heard of since the last beat, or asked, a bounded number of times. */
export class Pulse {
  readonly #most: number;
  #missed = 0;
  #heard = true;

  constructor(mostMissed: number) {
    this.#most = mostMissed;
  }

  heard(): void {
    this.#heard = true;
  }

  /** `fine`: heard of. `ask`: not since the last beat, so ask for a sign of life. `gone`: asked often enough. */
  beat(): 'fine' | 'ask' | 'gone' {
    const wasHeard = this.#heard;
    this.#heard = false;
    this.#missed = wasHeard ? 0 : this.#missed + 1;
    if (wasHeard) return 'fine';
    return this.#missed > this.#most ? 'gone' : 'ask';
  }
}
