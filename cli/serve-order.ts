/** The other side of `workers.ts`: takes one order, sends progress and one report, and ends. Ends at once when nobody listens. */
import type { WorkerMessage } from './workers.ts';

const everyMs = 100;

export function serveOrder<Order, Report>(
  work: (order: Order, onProgress: (done: number, ...more: readonly number[]) => void) => Promise<Report>,
): void {
  const send = (message: WorkerMessage<Report>): Promise<void> =>
    new Promise((resolve) => {
      if (process.send === undefined) resolve();
      else process.send(message, () => resolve());
    });
  let toldMs = performance.now();
  const onProgress = (done: number, ...more: readonly number[]): void => {
    if (performance.now() - toldMs < everyMs) return;
    toldMs = performance.now();
    void send({ kind: 'progress', done, more });
  };
  const serve = async (order: Order): Promise<void> => {
    try {
      await send({ kind: 'report', report: await work(order, onProgress) });
    } catch (error) {
      await send({ kind: 'threw', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
    // In-process banks keep native threads alive.
    process.exit();
  };
  process.once('disconnect', () => process.exit());
  process.once('message', (order: Order) => void serve(order));
}
