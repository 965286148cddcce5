import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOpenAiCompatibleEmbedder, type OpenAiCompatibleOptions } from './openai-compatible.ts';

interface Seen {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: { readonly model: string; readonly input: readonly string[] };
}
let server: Server;
let url: string;
let seen: Seen[];
let answer: (input: readonly string[], response: ServerResponse) => void;

/** Direction by length of text, so that answers in the wrong order are noticed. */
const vectorOf = (text: string): number[] => [text.length, 1];
const embeddings = (input: readonly string[]): object[] => input.map((text, index) => ({ index, embedding: vectorOf(text) }));
const unit = (text: string): number[] => vectorOf(text).map((x) => x / Math.hypot(...vectorOf(text)));

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  const body = JSON.parse(text) as Seen['body'];
  seen.push({ path: request.url ?? '', authorization: request.headers.authorization, body });
  answer(body.input, response);
}
const reply = (value: unknown, status = 200, headers: Record<string, string> = {}): typeof answer => {
  return (_input, response) =>
    void response.writeHead(status, headers).end(typeof value === 'string' ? value : JSON.stringify(value));
};

beforeEach(async () => {
  seen = [];
  answer = (input, response) => void response.end(JSON.stringify({ data: embeddings(input).reverse() }));
  server = createServer((request, response) => void receive(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve());
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const embedder = (options: Partial<OpenAiCompatibleOptions> = {}): ReturnType<typeof createOpenAiCompatibleEmbedder> =>
  createOpenAiCompatibleEmbedder({ url, model: 'm', dimensions: 2, fetch, ...options });
const failsWith = (kind: string, code: string): object => ({
  ok: false,
  failure: expect.objectContaining({ kind, code, authority: 'qdrant' }),
});

describe('an OpenAI-compatible embedder', () => {
  it('[EM5] sends model, texts and key, and puts the answers in the order of the texts', async () => {
    const result = await embedder({ apiKey: 'secret' }).embed(['a', 'bbb', 'cc']);
    expect(result).toEqual({ ok: true, value: ['a', 'bbb', 'cc'].map(unit) });
    expect(seen).toEqual([
      {
        path: '/v1/embeddings',
        authorization: 'Bearer secret',
        body: expect.objectContaining({ model: 'm', input: ['a', 'bbb', 'cc'] }),
      },
    ]);
  });

  it('[EM5] sends batches one after the other, and blank texts not at all', async () => {
    const result = await embedder({ batchSize: 2 }).embed(['a', ' ', 'bb', 'ccc', '']);
    expect(result).toEqual({ ok: true, value: [unit('a'), [0, 0], unit('bb'), unit('ccc'), [0, 0]] });
    expect(seen.map(({ body }) => body.input)).toEqual([['a', 'bb'], ['ccc']]);
    expect(seen[0]?.authorization).toBeUndefined();
    expect(await embedder().embed(['', '\n'])).toEqual({
      ok: true,
      value: [
        [0, 0],
        [0, 0],
      ],
    });
    expect(seen).toHaveLength(2);
  });

  it('[EM6] refuses answers that do not fit what was asked', async () => {
    const bad: readonly (readonly [unknown, string])[] = [
      ['not json', 'EmbedderMalformedAnswer'],
      [{}, 'EmbedderMalformedAnswer'],
      [{ data: [{ index: 0, embedding: 'AAAA' }] }, 'EmbedderMalformedAnswer'],
      [{ data: [{ index: 0, embedding: [1, 2] }] }, 'EmbedderMalformedAnswer'],
      [{ data: [0, 0].map((index) => ({ index, embedding: [1, 2] })) }, 'EmbedderMalformedAnswer'],
      [{ data: [0, 2].map((index) => ({ index, embedding: [1, 2] })) }, 'EmbedderMalformedAnswer'],
    ];
    for (const [value, code] of bad) {
      answer = reply(value);
      expect(await embedder().embed(['a', 'b'])).toEqual(failsWith('unavailable', code));
    }
    answer = reply({ data: [0, 1].map((index) => ({ index, embedding: [1, 2, 3] })) });
    expect(await embedder().embed(['a', 'b'])).toEqual(failsWith('refused', 'WrongDimension'));
  });

  it('[EM7] tells refusals, load and trouble apart', async () => {
    const statuses: readonly (readonly [number, string, string])[] = [
      [400, 'invalid', 'EmbedderRefused'],
      [401, 'refused', 'EmbedderForbidden'],
      [404, 'invalid', 'EmbedderRefused'],
      [408, 'timeout', 'EmbedderTimeout'],
      [429, 'unavailable', 'EmbedderRateLimited'],
      [503, 'unavailable', 'EmbedderServerError'],
    ];
    for (const [status, kind, code] of statuses) {
      answer = reply({ error: { message: 'no' } }, status);
      expect(await embedder().embed(['a'])).toEqual(failsWith(kind, code));
    }
    answer = reply('slow down', 429, { 'retry-after': '1.5' });
    expect(await embedder().embed(['a'])).toMatchObject({ failure: { retryAfterMs: 1_500, detail: '429: slow down' } });
    answer = reply('slow down', 429, { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' });
    expect(await embedder().embed(['a'])).toMatchObject({ failure: { code: 'EmbedderRateLimited' } });
  });

  it('[EM7] silence, a broken connection and no server at all are failures, not exceptions', async () => {
    answer = () => undefined;
    expect(await embedder({ timeoutMs: 50 }).embed(['a'])).toEqual(failsWith('timeout', 'EmbedderTimeout'));
    answer = (_input, response) => void response.destroy();
    expect(await embedder().embed(['a'])).toEqual(failsWith('unavailable', 'EmbedderUnreachable'));
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(await embedder().embed(['a'])).toEqual(failsWith('unavailable', 'EmbedderUnreachable'));
  });

  it('[EM7] a later batch that fails fails the whole, and no batch after it is sent', async () => {
    answer = (input, response) => (input[0] === 'b' ? reply('', 500) : reply({ data: embeddings(input) }))(input, response);
    expect(await embedder({ batchSize: 1 }).embed(['a', 'b', 'c'])).toEqual(failsWith('unavailable', 'EmbedderServerError'));
    expect(seen).toHaveLength(2);
  });

  it('[EM5] refuses options that can never work', () => {
    for (const bad of [{ url: 'host/v1' }, { model: '' }, { dimensions: 0 }, { batchSize: 0 }, { timeoutMs: 0.5 }]) {
      expect(() => embedder(bad)).toThrow(/embedder option .*: expected/);
    }
  });
});
