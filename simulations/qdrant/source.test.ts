import { afterEach, expect, it } from 'vitest';
import { openQdrant, type QdrantSource } from './source.ts';

let source: QdrantSource | undefined;
afterEach(() => source?.close());

it('[QS1] without a URL it is the emulator, and says so in one line', async () => {
  source = await openQdrant({ environment: {} });
  expect(source.kind).toBe('emulator');
  expect(source.describe()).toBe(`Qdrant: the emulator at ${source.url} (QDRANT_URL is not set)`);
  expect((await fetch(`${source.url}/healthz`)).status).toBe(200);
});

it('[QS1] QDRANT_URL names the server and is not connected to', async () => {
  source = await openQdrant({ environment: { QDRANT_URL: 'http://127.0.0.1:1/', QDRANT_API_KEY: 'k' } });
  expect(source).toMatchObject({ kind: 'url', url: 'http://127.0.0.1:1', apiKey: 'k' });
  expect(source.describe()).toBe('Qdrant: the server at http://127.0.0.1:1 (QDRANT_URL)');
});

it('[QS1] a QDRANT_URL that is no URL is refused by name', async () => {
  for (const url of ['localhost:6333', 'not a url', 'ftp://host']) {
    await expect(openQdrant({ environment: { QDRANT_URL: url } })).rejects.toThrow(/^QDRANT_URL: expected an http or https URL/);
  }
});

it('[QS2] without a Docker daemon it is the emulator, and says where none listens', async () => {
  const environment = { DOCKER_HOST: 'tcp://127.0.0.1:1', HOME: '/nonexistent' };
  source = await openQdrant({ prefer: 'real', environment });
  expect(source.kind).toBe('emulator');
  expect(source.describe()).toContain('QDRANT_URL is not set and no Docker daemon listens at DOCKER_HOST tcp://127.0.0.1:1');
});
