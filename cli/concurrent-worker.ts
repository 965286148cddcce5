/** A worker of `--jobs`: takes one order, sends progress and one report, and ends. */
import { campaign, type WorkerMessage, type WorkerOrder } from './concurrent.ts';
import { openTier } from './ground.ts';

process.env['RUST_LOG'] ??= '';

const send = (message: WorkerMessage): void => {
  process.send?.(message);
};

async function work(order: WorkerOrder): Promise<void> {
  const tier = await openTier(order.ground, 'faults');
  let toldMs = performance.now();
  const onScenario = (done: number): void => {
    if (performance.now() - toldMs < 100) return;
    toldMs = performance.now();
    send({ kind: 'progress', done });
  };
  try {
    send({ kind: 'report', report: await campaign(tier, order, onScenario) });
  } finally {
    await tier.close();
  }
}

process.once('message', (order: WorkerOrder) => {
  work(order)
    .catch((error: unknown) =>
      send({ kind: 'threw', message: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    )
    // In-process banks keep native threads alive. Whatever was sent is flushed before the channel closes.
    .finally(() => process.disconnect?.())
    .finally(() => setImmediate(() => process.exit()));
});
