/**
 * HTTP to an RPC node, with the one distinction a write depends on: could the request have reached the node?
 * Reads the whole answer here, so that a connection that breaks halfway is told apart from a wrong answer.
 * Left out: retries (the caller's business) and JSON-RPC's own errors (`failures.ts`).
 */
import type { Failure } from '../../ports/outcome.ts';

/** As much of `fetch` as is used; the global one fits. Time-outs belong to the function given. */
export type FetchLike = (
  url: string,
  init: { readonly method: 'POST'; readonly headers: Record<string, string>; readonly body: string },
) => Promise<Response>;

/** What the wrapped fetch rejects with. */
export class TransportError extends Error {
  readonly failure: Failure;
  /** `no`: the node certainly did nothing. `maybe`: the request was on its way when things went wrong. */
  readonly delivered: 'no' | 'maybe';

  constructor(delivered: 'no' | 'maybe', failure: Failure, options?: ErrorOptions) {
    super(`${failure.code}: ${failure.detail}`, options);
    this.name = 'TransportError';
    this.delivered = delivered;
    this.failure = failure;
  }
}

/** A fetch that gives up after `timeoutMs`, answer included. */
export function fetchWithTimeout(fetch: typeof globalThis.fetch, timeoutMs: number): FetchLike {
  return (url, init) => fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) });
}

interface RpcInit {
  readonly body?: unknown;
  readonly headers?: unknown;
}

/** The `fetch` to give to a web3.js connection; rejects with `TransportError` for whatever a network can do. */
export function rpcFetch(fetch: FetchLike): typeof globalThis.fetch {
  const wrapped = async (input: unknown, init?: RpcInit): Promise<Response> => {
    const body = String(init?.body ?? '');
    const headers = { ...(init?.headers as Record<string, string> | undefined) };
    let status: number;
    let retryAfter: string | null;
    let text: string;
    try {
      const response = await fetch(String(input), { method: 'POST', headers, body });
      status = response.status;
      retryAfter = response.headers.get('retry-after');
      text = await response.text();
    } catch (error) {
      throw fromException(error);
    }
    if (status !== 200) throw fromStatus(status, text, retryAfter);
    if (!looksLikeAnswer(body, text)) {
      throw new TransportError('maybe', failure('unavailable', 'MalformedAnswer', `expected JSON-RPC, got ${clip(text)}`));
    }
    // All that web3.js reads of a response.
    return { status, ok: true, statusText: 'OK', text: () => Promise.resolve(text) } as Response;
  };
  return wrapped as typeof globalThis.fetch;
}

const failure = (kind: Failure['kind'], code: string, detail: string): Failure => ({ kind, authority: 'solana', code, detail });

const clip = (text: string): string => JSON.stringify(text.slice(0, 200));

/** A batch is answered by an array, a single request by an object. */
function looksLikeAnswer(body: string, text: string): boolean {
  return text.trimStart().startsWith(body.startsWith('[') ? '[' : '{');
}

/** Codes of failures before any byte of the request could leave. */
const unsent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);

/** What fetch itself rejects with, before and during the body. */
const networkMessages = new Set(['fetch failed', 'terminated']);

/** Only what a network can cause becomes a failure; everything else is somebody's mistake and is thrown again. */
function fromException(error: unknown): TransportError {
  if (!(error instanceof Error)) throw error;
  const cause = { cause: error };
  if (error.name === 'TimeoutError' || error.name === 'AbortError') {
    return new TransportError('maybe', failure('timeout', 'RequestTimeout', 'the node did not answer in time'), cause);
  }
  const code = codeOf(error.cause) ?? codeOf(error);
  if (code === null && !networkMessages.has(error.message)) throw error;
  if (code !== null && unsent.has(code)) {
    return new TransportError('no', failure('unavailable', 'ConnectionRefused', `no connection to the node: ${code}`), cause);
  }
  const detail = `the connection broke: ${code ?? error.message}`;
  return new TransportError('maybe', failure('unavailable', 'ConnectionLost', detail), cause);
}

function codeOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null) return null;
  // Where a name resolves to several addresses, each attempt has its own error.
  const { code, errors } = error as { readonly code?: unknown; readonly errors?: readonly unknown[] };
  if (typeof code === 'string') return code;
  return Array.isArray(errors) && errors.length > 0 ? codeOf(errors[0]) : null;
}

function fromStatus(status: number, text: string, retryAfter: string | null): TransportError {
  const detail = `HTTP ${status}: ${clip(text)}`;
  if (status === 429) {
    const seconds = Number(retryAfter ?? Number.NaN);
    const wait = Number.isFinite(seconds) && seconds >= 0 ? { retryAfterMs: seconds * 1000 } : {};
    return new TransportError('no', { ...failure('unavailable', 'RateLimited', detail), ...wait });
  }
  if (status === 503) return new TransportError('no', failure('unavailable', 'NodeUnavailable', detail));
  if (status >= 500) return new TransportError('maybe', failure('unavailable', 'NodeFailed', detail));
  return new TransportError('no', failure('invalid', 'RequestRefused', detail));
}
