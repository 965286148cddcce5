/**
 * The log as JSON lines, by pino: one line an event, its context as fields of the line. What is secret never gets that far
 * (`core/without-secrets.ts`).
 *
 * Fields: https://getpino.io/#/docs/api; `time` is the given clock's, milliseconds since the Unix epoch.
 */
import { type DestinationStream, pino } from 'pino';
import { withoutSecrets } from '../../core/without-secrets.ts';
import type { Clock } from '../../ports/clock.ts';
import type { LogContext, Logger, LogLevel } from '../../ports/logger.ts';

export interface PinoOptions {
  /** Where the lines go: a file's, a pipe's or a test's stream. */
  readonly destination: DestinationStream;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** What is less than this is left out; `info` by default. */
  readonly level?: LogLevel;
  /** In every line: which backend, which host. */
  readonly base?: LogContext;
}

export function createPinoLogger({ destination, clock, level = 'info', base = {} }: PinoOptions): Logger {
  const lines = pino(
    {
      level,
      base: withoutSecrets(base),
      messageKey: 'event',
      timestamp: () => `,"time":${clock.nowMs()}`,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return { log: (at, event, context) => lines[at](withoutSecrets(context), event) };
}
