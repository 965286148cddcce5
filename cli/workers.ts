/**
 * Work split over processes: one order to each, one report from each. Whichever way it ends here, no worker outlives it; a worker that
 * dies, or fails, ends it with an error that says so.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { TroubleError } from './exit-codes.ts';

/** What a worker says (`serve-order.ts`). */
export type WorkerMessage<Report> =
  | { readonly kind: 'progress'; readonly done: number; readonly more: readonly number[] }
  | { readonly kind: 'report'; readonly report: Report }
  | { readonly kind: 'threw'; readonly message: string };

/** By its place, so that workers start whatever directory the command was given in. */
const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/**
 * @param file a script that calls `serveOrder`
 * @param onProgress told which worker has done how much
 * @param imports modules that each loads before all others, by URL
 * @returns the reports in the order of the orders
 */
export async function inWorkers<Order extends object, Report>(
  file: string,
  orders: readonly Order[],
  onProgress: (worker: number, done: number, ...more: readonly number[]) => void = () => undefined,
  imports: readonly string[] = [],
): Promise<readonly Report[]> {
  const execArgv = [...imports, loader].flatMap((url) => ['--import', url]);
  const children = orders.map(() => fork(file, { execArgv, serialization: 'advanced' }));
  try {
    return await Promise.all(
      children.map((child, worker) =>
        reportOf<Report>(child, orders[worker] as Order, (done, ...more) => {
          onProgress(worker, done, ...more);
        }),
      ),
    );
  } finally {
    for (const child of children) child.kill();
  }
}

function reportOf<Report>(
  child: ChildProcess,
  order: object,
  onProgress: (done: number, ...more: readonly number[]) => void,
): Promise<Report> {
  return new Promise((resolve, reject) => {
    child.on('message', (message: WorkerMessage<Report>) => {
      if (message.kind === 'progress') onProgress(message.done, ...message.more);
      else if (message.kind === 'report') resolve(message.report);
      else reject(new TroubleError(`a worker failed: ${message.message}`));
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
      reject(new TroubleError(`a worker was ended ${how} before it reported; there is no verdict`));
    });
    // One that is gone already cannot be told; its exit says the rest.
    child.send(order, () => undefined);
  });
}

/** For workers that each count what they have done: told the sums whenever one of them tells its counts. */
export function summing(
  onSum: (sum: number, ...more: readonly number[]) => void,
): (worker: number, done: number, ...more: readonly number[]) => void {
  const counts = new Map<number, readonly number[]>();
  return (worker, done, ...more) => {
    counts.set(worker, [done, ...more]);
    const all = [...counts.values()];
    const sums = all.reduce((sum, each) => sum.map((value, at) => value + (each[at] ?? 0)));
    onSum(sums[0] ?? 0, ...sums.slice(1));
  };
}

/** Does it for each of them, so many at a time, in order of their beginnings. */
export async function forEach<T>(items: readonly T[], atATime: number, work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const goOn = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(atATime, items.length) }, goOn));
}
