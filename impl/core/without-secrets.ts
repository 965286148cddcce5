/**
 * What may be written down or shown of some data: fields by the names of secrets are replaced, however deep they lie, and so is what in a
 * text stands where credentials do (an authorisation, a key in a query, a password in an address). Not noticed: a secret under another
 * name, alone in a text. Tokens of sessions cannot be told from hashes by their looks, so nothing may ever have a token in its `detail`.
 */
import type { LogContext, LogValue } from '../ports/logger.ts';

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

export const withoutSecrets = (context: LogContext): LogContext =>
  Object.fromEntries(Object.entries(context).map(([name, value]) => [name, secretField.test(name) ? secret : clean(value)]));
