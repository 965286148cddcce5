/**
 * Waiting until resumed code has come to rest. Code that only awaits promises runs in microtasks, and Node runs a tick once the
 * microtask queue is empty: that is exact and cheap. Code that came back from real input or output may use immediates as well.
 */

/** Every microtask has run, those they queued included. */
export const microtasksDone = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

/** A whole turn of the event loop. */
export const loopTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Whether awaiting it means anything. */
export const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';

/** The promise, or a rejection with `error` when it has not settled within `ms` of wall time: only for what must never happen. */
export function within<T>(ms: number, promise: PromiseLike<T>, error: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    // biome-ignore lint/style/noRestrictedGlobals: a watchdog runs on wall time, and decides only that a run has failed.
    const timer = setTimeout(() => reject(error()), ms);
    const done = (): void => clearTimeout(timer);
    promise.then(
      (value) => {
        done();
        resolve(value);
      },
      (reason: unknown) => {
        done();
        reject(reason);
      },
    );
  });
}
