/**
 * The log as JSON lines, by pino: one line an event, its context as fields of the line. What is secret never gets that far: fields
 * by the names below are replaced, however deep they lie, and so is what in a text stands where credentials do (an authorisation, a
 * key in a query, a password in an address). Not noticed: a secret under another name, alone in a text. Tokens of sessions cannot be
 * told from hashes by their looks, so nothing may ever be logged with a token in its `detail`.
 *
 * Fields: https://getpino.io/#/docs/api; `time` is the given clock's, milliseconds since the Unix epoch.
 */
import { type DestinationStream, pino } from 'pino';
import type { Clock } from '../../ports/clock.ts';
import type { LogContext, Logger, LogLevel, LogValue } from '../../ports/logger.ts';

export interface PinoOptions {
  /** Where the lines go: a file's, a pipe's or a test's stream. */
  readonly destination: DestinationStream;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** What is less than this is left out; `info` by default. */
  readonly level?: LogLevel;
  /** In every line: which backend, which host. */
  readonly base?: LogContext;
}

export const secret = '[secret]';

const secretField =
  /^(?:token|nonce|secret|password|passphrase|authorization|cookie|signed|bytes|(?:private|secret|api)[-_]?key|seed)$/i;

/** Group 1 stays. */
const secretsInText: readonly RegExp[] = [
  /\b((?:bearer|basic)\s+)[^\s"',;]+/gi,
  /\b((?:token|password|secret|api[-_]?key)["']?\s*[=:]\s*["']?)[^\s"'&,;)]+/gi,
  /(\/\/)[^\s/@]+(?=@)/g,
];

const cleanText = (text: string): string => secretsInText.reduce((rest, pattern) => rest.replace(pattern, `$1${secret}`), text);

function clean(value: LogValue): LogValue {
  if (typeof value === 'string') return cleanText(value);
  if (value === null || typeof value !== 'object') return value;
  return isList(value) ? value.map(clean) : withoutSecrets(value);
}

const isList = (value: LogValue): value is readonly LogValue[] => Array.isArray(value);

const withoutSecrets = (context: LogContext): LogContext =>
  Object.fromEntries(Object.entries(context).map(([name, value]) => [name, secretField.test(name) ? secret : clean(value)]));

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
