/**
 * The one place that turns what the Qdrant client throws into failures. For a write it decides what matters most: is it
 * certain that nothing was applied, or is the outcome unknown?
 *
 *   not applied   the connection was refused; 429 (the limit is checked before anything is done); any other 4xx but 408
 *   unknown       time-out of the client or server (408), a broken connection, any 5xx, an answer that cannot be read
 *
 * An exception it does not know is thrown again: it is a bug, not a failure of Qdrant.
 */
import {
  QdrantClientResourceExhaustedError,
  QdrantClientTimeoutError,
  QdrantClientUnexpectedResponseError,
} from '@qdrant/js-client-rest';
import { applied, type Failure, failed, notApplied, type Outcome, ok, type Reply, unknown } from '../../ports/outcome.ts';

type Translation = { readonly certainlyNotApplied: boolean; readonly failure: Failure };

/** Errors of a connection that was never made, so that nothing can have been delivered. */
const neverConnected = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EACCES',
  'UND_ERR_CONNECT_TIMEOUT',
]);

export const qdrantFailure = (
  kind: Failure['kind'],
  code: string,
  detail: string,
  extra: { readonly retryAfterMs?: number } = {},
): Failure => ({ kind, authority: 'qdrant', code, detail, ...extra });

export const invalid = (code: string, detail: string): Failure => qdrantFailure('invalid', code, detail);

/** A read. */
export async function reading<T>(call: () => Promise<T>): Promise<Reply<T>> {
  try {
    return ok(await call());
  } catch (error) {
    return failed(translate(error).failure);
  }
}

/** A write whose answer has no status of its own (collections). */
export async function writing<T>(call: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return applied(await call());
  } catch (error) {
    const { certainlyNotApplied, failure } = translate(error);
    return certainlyNotApplied ? notApplied(failure) : unknown(failure);
  }
}

/** A write of points with `wait=true`: applied only when the server says `completed`. */
export async function updating(call: () => Promise<{ readonly status: string }>): Promise<Outcome<void>> {
  const outcome = await writing(call);
  if (outcome.kind !== 'applied') return outcome;
  const { status } = outcome.value;
  if (status === 'completed') return applied(undefined);
  const kind = status === 'wait_timeout' ? 'timeout' : 'unavailable';
  const code = status === 'wait_timeout' ? 'WaitTimeout' : 'OnlyAcknowledged';
  return unknown(
    qdrantFailure(kind, code, `expected status completed, got ${status}: the write is logged but may not be applied yet`),
  );
}

export function translate(error: unknown): Translation {
  if (error instanceof QdrantClientTimeoutError) return uncertain('timeout', 'Timeout', 'no answer in time');
  if (error instanceof QdrantClientResourceExhaustedError) return rateLimited(error.retry_after);
  if (!(error instanceof Error)) throw error;
  // The client throws this one when it cannot read a retry-after header: it was a 429 all the same.
  if (error.message.startsWith('Invalid retryAfter value')) return rateLimited(0);
  const status = 'status' in error && typeof error.status === 'number' ? error.status : null;
  if (status !== null) return fromStatus(status, error);
  if (error instanceof TypeError && (error.message === 'fetch failed' || error.message === 'terminated'))
    return fromConnection(error);
  const unreadable =
    error instanceof SyntaxError ||
    error instanceof QdrantClientUnexpectedResponseError ||
    error.message === 'Result came uninitialized';
  if (unreadable)
    return uncertain('unavailable', 'MalformedAnswer', `expected a Qdrant answer, got: ${error.message.slice(0, 200)}`);
  throw error;
}

const certain = (failure: Failure): Translation => ({ certainlyNotApplied: true, failure });
const uncertain = (kind: 'unavailable' | 'timeout', code: string, detail: string): Translation => ({
  certainlyNotApplied: false,
  failure: qdrantFailure(kind, code, detail),
});

/** The client keeps only the first digit of the header, so this is the least there is to wait, never too long. */
function rateLimited(retryAfterS: number): Translation {
  const extra = retryAfterS > 0 ? { retryAfterMs: retryAfterS * 1000 } : {};
  return certain(qdrantFailure('unavailable', 'RateLimited', 'too many requests (429)', extra));
}

function fromStatus(status: number, error: Error): Translation {
  const detail = `${status}: ${serverText(error)}`;
  switch (status) {
    case 400:
    case 413:
    case 422:
      return certain(qdrantFailure('invalid', 'InvalidRequest', detail));
    case 401:
    case 403:
      return certain(qdrantFailure('refused', 'Forbidden', detail));
    case 404:
      return certain(qdrantFailure('refused', 'NotFound', detail));
    case 408:
      return uncertain('timeout', 'ServerTimeout', detail);
    case 409:
      return certain(qdrantFailure('refused', 'AlreadyExists', detail));
    case 429:
      return rateLimited(0);
    default:
      return status >= 500
        ? uncertain('unavailable', 'ServerError', detail)
        : certain(qdrantFailure('refused', 'UnexpectedStatus', detail));
  }
}

function serverText(error: Error): string {
  const data: unknown = 'data' in error ? error.data : undefined;
  if (typeof data === 'string') return data.slice(0, 500);
  const status: unknown = typeof data === 'object' && data !== null && 'status' in data ? data.status : undefined;
  const text: unknown = typeof status === 'object' && status !== null && 'error' in status ? status.error : undefined;
  return typeof text === 'string' ? text.slice(0, 500) : error.message;
}

function fromConnection(error: TypeError): Translation {
  const cause: unknown = error.cause;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
  const detail = cause instanceof Error ? `${code} ${cause.message}`.trim() : error.message;
  return neverConnected.has(code)
    ? certain(qdrantFailure('unavailable', 'Unreachable', detail))
    : uncertain('unavailable', 'ConnectionLost', detail);
}
