/** The query parameters of point requests, checked as the server checks them. */
import { queryParameterError, queryValidationError } from './wire-error.ts';

/** How many replicas must agree on a read. */
export type ReadConsistency = 'one' | 'agreement' | 'majority';

/** `wait`: whether to answer only once the operation is applied. The server's default is false. */
export function parseWait(query: URLSearchParams): boolean {
  const wait = query.get('wait');
  const ordering = query.get('ordering');
  if (wait !== null && wait !== 'true' && wait !== 'false')
    throw queryParameterError(`provided string was not \`true\` or \`false\``);
  if (ordering !== null && !['weak', 'medium', 'strong'].includes(ordering)) {
    throw queryParameterError(`unknown variant \`${ordering}\`, expected one of \`weak\`, \`medium\`, \`strong\``);
  }
  checkTimeout(query);
  return wait === 'true';
}

/** `consistency`: a number of replicas, `majority`, `quorum` or `all`. */
export function parseConsistency(query: URLSearchParams): ReadConsistency {
  checkTimeout(query);
  const value = query.get('consistency');
  if (value === null || value === '1') return 'one';
  if (value === 'majority' || value === 'quorum') return 'majority';
  if (value === 'all' || /^[1-9]\d*$/.test(value)) return 'agreement';
  if (value === '0') throw queryValidationError('consistency', 'value 0 invalid, must be 1 or larger');
  throw queryParameterError(
    `failed to parse read consistency string: unknown variant \`${value}\`, expected one of \`majority\`, \`quorum\`, \`all\``,
  );
}

function checkTimeout(query: URLSearchParams): void {
  const timeout = query.get('timeout');
  if (timeout === null) return;
  if (!/^\d+$/.test(timeout)) throw queryParameterError('invalid digit found in string');
  if (Number(timeout) < 1) throw queryValidationError('timeout', `value ${timeout} invalid, must be 1 or larger`);
}
