/**
 * An embedder behind any service that speaks the OpenAI embeddings API: POST <url>/embeddings with `model` and `input`.
 * Texts go in batches, one after the other; blank ones are not sent (services refuse them) and become zero vectors.
 * No retries: failures are values. The authority of embeddings is Qdrant's side of the system.
 * Source: https://platform.openai.com/docs/api-reference/embeddings/create.
 */
import { z } from 'zod';
import type { Embedder } from '../../ports/embedder.ts';
import { type Failure, failed, ok, type Reply } from '../../ports/outcome.ts';

export interface OpenAiCompatibleOptions {
  /** The API's base, such as `https://host/v1`. */
  readonly url: string;
  readonly model: string;
  /** What the model gives; checked in every answer. 1 to 65,535. */
  readonly dimensions: number;
  readonly apiKey?: string;
  /** Texts a request, default 128. */
  readonly batchSize?: number;
  /** Milliseconds a request may take, default 30,000. */
  readonly timeoutMs?: number;
  readonly fetch: typeof globalThis.fetch;
}

const answerForm = z.object({ data: z.array(z.object({ index: z.int().min(0), embedding: z.array(z.number()) })) });

type Vector = readonly number[];

/** Throws TypeError on options that can never work. */
export function createOpenAiCompatibleEmbedder(options: OpenAiCompatibleOptions): Embedder {
  const { url, dimensions, batchSize = 128, timeoutMs = 30_000 } = options;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) throw wrong('url', 'an http or https URL', url);
  if (options.model === '') throw wrong('model', 'the name of a model', options.model);
  if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > 65_535)
    throw wrong('dimensions', 'a whole number from 1 to 65,535', dimensions);
  if (!Number.isInteger(batchSize) || batchSize < 1) throw wrong('batchSize', 'a whole number from 1', batchSize);
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1) throw wrong('timeoutMs', 'a whole number from 1', timeoutMs);
  const zero: Vector = new Array<number>(dimensions).fill(0);
  return {
    dimensions,
    embed: async (texts) => {
      const sent = texts.map((text, position) => ({ text, position })).filter(({ text }) => text.trim() !== '');
      const vectors = texts.map(() => zero);
      for (let start = 0; start < sent.length; start += batchSize) {
        const batch = sent.slice(start, start + batchSize);
        const reply = await embedBatch(
          options,
          timeoutMs,
          batch.map(({ text }) => text),
        );
        if (!reply.ok) return reply;
        batch.forEach(({ position }, i) => {
          vectors[position] = reply.value[i] ?? zero;
        });
      }
      return ok(vectors);
    },
  };
}

async function embedBatch(
  options: OpenAiCompatibleOptions,
  timeoutMs: number,
  input: readonly string[],
): Promise<Reply<readonly Vector[]>> {
  let response: Response;
  let text: string;
  try {
    response = await options.fetch(`${options.url.replace(/\/+$/, '')}/embeddings`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` }),
      },
      body: JSON.stringify({ model: options.model, input, encoding_format: 'float' }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    text = await response.text();
  } catch (error) {
    return failed(connectionFailure(error, timeoutMs));
  }
  return response.ok ? readAnswer(text, input.length, options.dimensions) : failed(statusFailure(response, text));
}

function readAnswer(text: string, count: number, dimensions: number): Reply<readonly Vector[]> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return failed(malformed(`expected JSON, got ${JSON.stringify(text.slice(0, 100))}`));
  }
  const parsed = answerForm.safeParse(value);
  if (!parsed.success) return failed(malformed(z.prettifyError(parsed.error)));
  const byIndex = new Map(parsed.data.data.map(({ index, embedding }) => [index, embedding]));
  if (parsed.data.data.length !== count || byIndex.size !== count) {
    return failed(
      malformed(`expected ${count} embeddings with distinct indexes, got ${parsed.data.data.length}, ${byIndex.size} distinct`),
    );
  }
  const vectors: Vector[] = [];
  for (let index = 0; index < count; index++) {
    const embedding = byIndex.get(index);
    if (embedding === undefined) return failed(malformed(`no embedding has the index ${index}`));
    if (embedding.length !== dimensions) {
      return failed(
        failure('refused', 'WrongDimension', `embedding: expected ${dimensions} dimensions, got ${embedding.length}`),
      );
    }
    vectors.push(toUnitLength(embedding));
  }
  return ok(vectors);
}

function toUnitLength(vector: Vector): Vector {
  let squares = 0;
  for (const x of vector) squares += x * x;
  const length = Math.sqrt(squares);
  return length === 0 ? vector : vector.map((x) => x / length);
}

const failure = (kind: Failure['kind'], code: string, detail: string): Failure => ({ kind, authority: 'qdrant', code, detail });
const malformed = (detail: string): Failure => failure('unavailable', 'EmbedderMalformedAnswer', detail);

function connectionFailure(error: unknown, timeoutMs: number): Failure {
  if (!(error instanceof Error)) throw error;
  if (error.name === 'TimeoutError') return failure('timeout', 'EmbedderTimeout', `no answer in ${timeoutMs} ms`);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return failure('unavailable', 'EmbedderUnreachable', `${error.message}${cause}`);
}

function statusFailure(response: Response, text: string): Failure {
  const { status } = response;
  const detail = `${status}: ${text.slice(0, 300)}`;
  if (status === 401 || status === 403) return failure('refused', 'EmbedderForbidden', detail);
  if (status === 408) return failure('timeout', 'EmbedderTimeout', detail);
  if (status >= 500) return failure('unavailable', 'EmbedderServerError', detail);
  if (status !== 429) return failure('invalid', 'EmbedderRefused', detail);
  // The header may also be a date; without a clock that says nothing.
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  const limited = failure('unavailable', 'EmbedderRateLimited', detail);
  return Number.isFinite(seconds) && seconds >= 0 ? { ...limited, retryAfterMs: Math.ceil(seconds * 1000) } : limited;
}

const wrong = (option: string, expected: string, got: unknown): TypeError =>
  new TypeError(`embedder option ${option}: expected ${expected}, got ${JSON.stringify(got)}`);
