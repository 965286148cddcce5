import { QdrantClientTimeoutError } from '@qdrant/js-client-rest';
import { describe, expect, it } from 'vitest';
import { reading, translate, updating, writing } from './failures.ts';

const withStatus = (status: number, data?: unknown): Error => Object.assign(new Error('text'), { status, data });
const fetchFailed = (code: string): TypeError =>
  new TypeError('fetch failed', { cause: Object.assign(new Error('why'), { code }) });

describe('translation', () => {
  const table: readonly (readonly [string, Error, certain: boolean, kind: string, code: string])[] = [
    ['refused connection', fetchFailed('ECONNREFUSED'), true, 'unavailable', 'Unreachable'],
    ['unknown host', fetchFailed('ENOTFOUND'), true, 'unavailable', 'Unreachable'],
    ['time-out while connecting', fetchFailed('UND_ERR_CONNECT_TIMEOUT'), true, 'unavailable', 'Unreachable'],
    ['reset', fetchFailed('ECONNRESET'), false, 'unavailable', 'ConnectionLost'],
    ['other side closed', fetchFailed('UND_ERR_SOCKET'), false, 'unavailable', 'ConnectionLost'],
    ['broken pipe', fetchFailed('EPIPE'), false, 'unavailable', 'ConnectionLost'],
    ['a cause that says nothing', new TypeError('fetch failed'), false, 'unavailable', 'ConnectionLost'],
    ['an answer cut off', new TypeError('terminated'), false, 'unavailable', 'ConnectionLost'],
    ['time-out of the client', new QdrantClientTimeoutError('aborted'), false, 'timeout', 'Timeout'],
    ['a retry-after the client cannot read', new Error('Invalid retryAfter value: W'), true, 'unavailable', 'RateLimited'],
    ['400', withStatus(400), true, 'invalid', 'InvalidRequest'],
    ['403', withStatus(403), true, 'refused', 'Forbidden'],
    ['404', withStatus(404), true, 'refused', 'NotFound'],
    ['408', withStatus(408), false, 'timeout', 'ServerTimeout'],
    ['409', withStatus(409), true, 'refused', 'AlreadyExists'],
    ['413', withStatus(413), true, 'invalid', 'InvalidRequest'],
    ['418', withStatus(418), true, 'refused', 'UnexpectedStatus'],
    ['422', withStatus(422), true, 'invalid', 'InvalidRequest'],
    ['429', withStatus(429), true, 'unavailable', 'RateLimited'],
    ['500', withStatus(500), false, 'unavailable', 'ServerError'],
    ['507', withStatus(507), false, 'unavailable', 'ServerError'],
    ['an answer that is no JSON', new SyntaxError('Unexpected token <'), false, 'unavailable', 'MalformedAnswer'],
    ['an answer without a result', new Error('Result came uninitialized'), false, 'unavailable', 'MalformedAnswer'],
  ];
  for (const [name, error, certain, kind, code] of table) {
    it(`[QD2] ${name}: ${certain ? 'certainly not applied' : 'unknown'}, ${code}`, async () => {
      const failure = expect.objectContaining({ kind, code, authority: 'qdrant' }) as object;
      const throwing = (): Promise<never> => Promise.reject(error);
      expect(await writing(throwing)).toEqual({ kind: certain ? 'notApplied' : 'unknown', failure });
      expect(await reading(throwing)).toEqual({ ok: false, failure });
    });
  }

  it('[QD2] carries the words of the server', () => {
    expect(translate(withStatus(400, { status: { error: 'Wrong input: x' } })).failure.detail).toBe('400: Wrong input: x');
    expect(translate(withStatus(502, '<html>')).failure.detail).toBe('502: <html>');
  });

  it('[QD2] throws what it does not know: that is a bug, not a failure of the server', () => {
    const bug = new TypeError('x is not a function');
    expect(() => translate(bug)).toThrow(bug);
    expect(() => translate('text')).toThrow('text');
  });

  it('[QD3] only `completed` counts as applied', async () => {
    const answer = (status: string) => updating(() => Promise.resolve({ status }));
    expect(await answer('completed')).toEqual({ kind: 'applied', value: undefined });
    expect(await answer('acknowledged')).toMatchObject({ kind: 'unknown', failure: { code: 'OnlyAcknowledged' } });
    expect(await answer('wait_timeout')).toMatchObject({ kind: 'unknown', failure: { kind: 'timeout', code: 'WaitTimeout' } });
  });
});
