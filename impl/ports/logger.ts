/**
 * Where the implementation writes down what people may have to read later: the name of what happened and its context as fields, never
 * one glued string. Logging never fails, never waits and decides nothing; what may not be written down is for the adapter to leave out.
 */

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export type LogValue = string | number | boolean | null | readonly LogValue[] | LogContext;

export interface LogContext {
  readonly [field: string]: LogValue;
}

export interface Logger {
  /** @param event stable, in a few words, without any value in it: values are `context`'s */
  log(level: LogLevel, event: string, context: LogContext): void;
}

export const silentLogger: Logger = { log: () => undefined };
