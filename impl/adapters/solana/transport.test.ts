/** What the ways an HTTP exchange can end mean for a write: nothing sent, or perhaps something. */
import { describe, expect, it } from 'vitest';
import { signature } from '../../ports/ids.ts';
import { createSolanaLedger } from './ledger.ts';
import { type FetchLike, rpcFetch, TransportError } from './transport.ts';

const body = '{"jsonrpc":"2.0"}';
const exchange = async (fetch: FetchLike, sent = body): Promise<unknown> => {
  try {
    return await (await rpcFetch(fetch)('http://node.invalid', { body: sent })).text();
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    const { kind, code, retryAfterMs } = error.failure;
    return [error.delivered, kind, code, retryAfterMs];
  }
};
const rejects =
  (error: unknown): FetchLike =>
  () =>
    Promise.reject(error);
const answers =
  (status: number, text: string, headers: Record<string, string> = {}): FetchLike =>
  () =>
    Promise.resolve(new Response(text, { status, headers }));
const fetchFailed = (code: string): TypeError =>
  new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code }) });

describe('[LT1] an exchange that ends without an answer', () => {
  it.each(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'])(
    '%s: certainly nothing was sent',
    async (code) => {
      expect(await exchange(rejects(fetchFailed(code)))).toEqual(['no', 'unavailable', 'ConnectionRefused', undefined]);
    },
  );

  it.each(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'ETIMEDOUT'])('%s: something may have been sent', async (code) => {
    expect(await exchange(rejects(fetchFailed(code)))).toEqual(['maybe', 'unavailable', 'ConnectionLost', undefined]);
  });

  it('several addresses, each refused: nothing was sent', async () => {
    const each = Object.assign(new Error('x'), { code: 'ECONNREFUSED' });
    const error = new TypeError('fetch failed', { cause: new AggregateError([each, each]) });
    expect(await exchange(rejects(error))).toEqual(['no', 'unavailable', 'ConnectionRefused', undefined]);
  });

  it('time-outs and aborts: something may have been sent', async () => {
    for (const name of ['TimeoutError', 'AbortError']) {
      expect(await exchange(rejects(new DOMException('x', name)))).toEqual(['maybe', 'timeout', 'RequestTimeout', undefined]);
    }
  });

  it('a body that breaks off: something was sent', async () => {
    const response = new Response('x');
    Object.defineProperty(response, 'text', { value: () => Promise.reject(new TypeError('terminated')) });
    expect(await exchange(() => Promise.resolve(response))).toEqual(['maybe', 'unavailable', 'ConnectionLost', undefined]);
  });

  it('an exception no network can cause is not disguised as one', async () => {
    const bug = new RangeError('a mistake of ours');
    await expect(exchange(rejects(bug))).rejects.toBe(bug);
    const transaction = { signature: signature('1'.repeat(64)), bytes: 'AAAA', lastValidBlockHeight: 1 };
    const ledger = createSolanaLedger({ url: 'http://node.invalid', fetch: rejects(bug) });
    await expect(ledger.submit(transaction)).rejects.toBe(bug);
    await expect(ledger.blockHeight()).rejects.toBe(bug);
  });
});

describe('[LT2] an exchange that ends with something else than an answer', () => {
  it.each([
    [429, { 'retry-after': '7' }, ['no', 'unavailable', 'RateLimited', 7_000]],
    [429, {}, ['no', 'unavailable', 'RateLimited', undefined]],
    [429, { 'retry-after': 'soon' }, ['no', 'unavailable', 'RateLimited', undefined]],
    [503, {}, ['no', 'unavailable', 'NodeUnavailable', undefined]],
    [500, {}, ['maybe', 'unavailable', 'NodeFailed', undefined]],
    [502, {}, ['maybe', 'unavailable', 'NodeFailed', undefined]],
    [504, {}, ['maybe', 'unavailable', 'NodeFailed', undefined]],
    [413, {}, ['no', 'invalid', 'RequestRefused', undefined]],
    [403, {}, ['no', 'invalid', 'RequestRefused', undefined]],
  ])('HTTP %i %o', async (status, headers, expected) => {
    expect(await exchange(answers(status, 'text', headers as Record<string, string>))).toEqual(expected);
  });

  it('a page of somebody else, or one error where a batch was asked', async () => {
    const malformed = ['maybe', 'unavailable', 'MalformedAnswer', undefined];
    expect(await exchange(answers(200, '<html>'))).toEqual(malformed);
    expect(await exchange(answers(200, ''))).toEqual(malformed);
    expect(await exchange(answers(200, '{}'), '[1]')).toEqual(malformed);
    expect(await exchange(answers(200, '[]'))).toEqual(malformed);
    expect(await exchange(answers(200, ' {}'))).toBe(' {}');
  });

  it('an answer of another shape fails the call, not the process', async () => {
    for (const text of ['{"jsonrpc":"2.0","id":"1","result":"high"}', '{"jsonrpc"', '{}']) {
      const ledger = createSolanaLedger({ url: 'http://node.invalid', fetch: answers(200, text) });
      expect(await ledger.blockHeight()).toMatchObject({ ok: false, failure: { code: 'MalformedAnswer' } });
      const transaction = { signature: signature('1'.repeat(64)), bytes: 'AAAA', lastValidBlockHeight: 1 };
      expect(await ledger.submit(transaction)).toMatchObject({ kind: 'unknown' });
    }
  });
});
