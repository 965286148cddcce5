/** The log's lines as pino writes them. What is not shown: that nobody puts a secret into a text under a name of its own. */
import { describe, expect, it } from 'vitest';
import { ErrorHandler } from '../../backend/monitor/error-handler.ts';
import { errorOf } from '../../core/consistency-error.ts';
import { ScriptedClock } from '../../core/scripted-clock.ts';
import { secret } from '../../core/without-secrets.ts';
import { intentId, threadId } from '../../ports/ids.ts';
import { silent } from '../../ports/monitor.ts';
import { createPinoLogger, type PinoOptions } from './pino.ts';

function logging(options: Partial<PinoOptions> = {}) {
  const lines: string[] = [];
  const clock = new ScriptedClock(1_000);
  const logger = createPinoLogger({ destination: { write: (line) => lines.push(line) }, clock, ...options });
  return { logger, clock, lines, fields: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('[LO1] a line', () => {
  it('is one event with its level, its time by the given clock, and its context as fields', () => {
    const { logger, clock, fields } = logging({ base: { backend: 'b0' } });
    logger.log('info', 'started', { peers: 2 });
    clock.advance(5);
    logger.log('error', 'lost', { thread: null, cause: { code: 'Gone' } });
    expect(fields()).toEqual([
      { level: 'info', time: 1_000, backend: 'b0', event: 'started', peers: 2 },
      { level: 'error', time: 1_005, backend: 'b0', event: 'lost', thread: null, cause: { code: 'Gone' } },
    ]);
  });

  it('is left out below the level that was asked for', () => {
    const all = ['debug', 'info', 'warn', 'error'] as const;
    const seen = (level?: (typeof all)[number]): unknown[] => {
      const { logger, fields } = logging(level === undefined ? {} : { level });
      for (const each of all) logger.log(each, each, {});
      return fields().map(({ event }) => event);
    };
    expect(seen()).toEqual(['info', 'warn', 'error']);
    expect(seen('debug')).toEqual(all);
    expect(seen('error')).toEqual(['error']);
  });

  it('of a consistency error has everything that is needed to act on it', async () => {
    const { logger, clock, fields } = logging();
    const failure = { kind: 'timeout', authority: 'qdrant', code: 'Timeout408', detail: 'no answer', retryAfterMs: 7 } as const;
    const thread = threadId('ab'.repeat(32));
    const errors = new ErrorHandler({ clock, logger, monitor: silent });
    await errors.handle(errorOf(failure, 'PropagationFailed', { thread, intent: intentId('i-1') }));
    expect(fields()).toEqual([
      {
        ...{ level: 'warn', time: 1_000, event: 'consistency error', kind: 'TimeoutError', authority: 'qdrant', attempt: 1 },
        ...{ code: 'Timeout408', detail: 'no answer', thread, intent: 'i-1', cause: failure },
      },
    ]);
  });
});

describe('[LO2] no secret is written', () => {
  it.each(['token', 'Token', 'nonce', 'api_key', 'apiKey', 'privateKey', 'authorization', 'signed', 'bytes'])(
    'of a field named %s, however deep, in a list and in what is in every line',
    (name) => {
      const { logger, lines, fields } = logging({ base: { [name]: 'hidden' } });
      logger.log('warn', 'refused', { [name]: 'hidden', request: { [name]: { part: 'hidden' } }, all: [{ [name]: 'hidden' }] });
      expect(lines.join()).not.toContain('hidden');
      expect(fields()[0]).toMatchObject({ [name]: secret, request: { [name]: secret }, all: [{ [name]: secret }] });
    },
  );

  it.each([
    ['answered 401 to Bearer hidden', `answered 401 to Bearer ${secret}`],
    ['GET /points?api-key=hidden&limit=5', `GET /points?api-key=${secret}&limit=5`],
    ['{"token":"hidden"}', `{"token":"${secret}"}`],
    ['https://user:hidden@host:6333/x', `https://${secret}@host:6333/x`],
  ])('where a text has one: %s', (detail, written) => {
    const { logger, fields } = logging();
    logger.log('warn', 'refused', { cause: { detail } });
    expect(fields()[0]).toMatchObject({ cause: { detail: written } });
  });

  it('and what is none stays: hashes, threads, signatures, counts', () => {
    const { logger, fields } = logging();
    const context = { thread: 'ab'.repeat(32), hash: 'cd'.repeat(32), signature: '5'.repeat(88), tokens: 12, key: 'thread/1' };
    logger.log('info', 'kept', context);
    expect(fields()[0]).toMatchObject(context);
  });
});
