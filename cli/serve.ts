/** `choir serve`: one backend as a process, until it is told to stop. */

import { SystemClock } from '#impl/adapters/clock/system.ts';
import { createPinoLogger } from '#impl/adapters/log/pino.ts';
import type { LogLevel } from '#impl/ports/logger.ts';
import { StoreError } from '#impl/ports/store.ts';
import { openService, type Service, type ServiceOptions } from '#impl/service/service.ts';
import { exitCodes, TroubleError, UsageError } from './exit-codes.ts';

export interface ServeOptions {
  readonly id: ServiceOptions['id'];
  readonly store: string;
  readonly port: number;
  readonly solana: string;
  readonly qdrant: string;
  readonly qdrantPrefix: string;
  readonly roundMs: number;
  readonly syncMs: number;
  /** What is less than this is not logged. */
  readonly logLevel: LogLevel;
  /** Standard input ends with whoever started it: so that it does not outlive a parent that was killed. */
  readonly untilStdinEnds?: boolean;
}

export async function serve(options: ServeOptions): Promise<number> {
  const stopped = told(options.untilStdinEnds === true);
  const service = await opened(options);
  process.stdout.write(`listening on ${service.url}\n`);
  try {
    await Promise.race([stopped, service.ended]);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new TroubleError(`the store failed: ${error.code}: ${error.message}`);
  } finally {
    await service.stop().catch(() => undefined);
  }
  return exitCodes.ok;
}

/** Resolves when this process is told to end; told twice, it ends at once. */
function told(untilStdinEnds: boolean): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(exitCodes.trouble));
        resolve();
      });
    }
    if (untilStdinEnds) process.stdin.on('end', resolve).on('error', resolve).resume();
  });
}

const portCodes = new Set<unknown>(['EADDRINUSE', 'EACCES']);

async function opened({ store, solana, qdrant, syncMs, logLevel, ...options }: ServeOptions): Promise<Service> {
  // Standard output says that it serves; the log goes beside it.
  const base = { backend: options.id };
  const logger = createPinoLogger({ destination: process.stderr, clock: new SystemClock(), level: logLevel, base });
  const given = { ...options, storePath: store, solanaUrl: solana, qdrantUrl: qdrant, syncEveryMs: syncMs, logger };
  try {
    return await openService(given);
  } catch (error) {
    if (error instanceof StoreError) throw new UsageError(`--store: ${error.code}: ${error.message}`);
    const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
    if (portCodes.has(code)) throw new UsageError(`--port: expected one that is free to listen on (${String(message)})`);
    throw error;
  }
}
