/**
 * Two ways to keep asynchronous work from overlapping with itself: one run at a time shared by everybody who asked before it began,
 * and one task at a time for each key.
 */

/** Runs a job one at a time; whoever asks gets a run that *began after* it asked, shared with others waiting likewise. */
export class SingleFlight<T> {
  readonly #job: () => Promise<T>;
  #running: Promise<unknown> | null = null;
  #next: Promise<T> | null = null;

  constructor(job: () => Promise<T>) {
    this.#job = job;
  }

  run(): Promise<T> {
    if (this.#next !== null) return this.#next;
    if (this.#running === null) return this.#start();
    const next = this.#running.then(() => {
      this.#next = null;
      return this.#start();
    });
    this.#next = next;
    return next;
  }

  #start(): Promise<T> {
    const run = this.#job();
    const settled = run.then(
      () => undefined,
      () => undefined,
    );
    // Whoever asks between this and the next run's begin finds that run, which waits for this.
    this.#running = settled.then(() => {
      this.#running = null;
    });
    return run;
  }
}

/** Runs tasks of one key in order of arrival, tasks of different keys side by side. */
export class KeyedQueue {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Whether a task of this key is running or waiting. */
  busy(key: string): boolean {
    return this.#last.has(key);
  }

  async run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const mine = before === undefined ? task() : before.then(task);
    const settled = mine.then(
      () => undefined,
      () => undefined,
    );
    this.#last.set(key, settled);
    try {
      return await mine;
    } finally {
      if (this.#last.get(key) === settled) this.#last.delete(key);
    }
  }
}
