/**
 * The emulator on the wire: codes, texts, envelopes and the write path, as its users know them from the server. By raw HTTP
 * where the bytes matter, by the unmodified client elsewhere. Says nothing about a real server: the texts were taken from the
 * server's own tests and sources, and only a run of the content store's contract on one compares behaviour.
 */
import { QdrantClient } from '@qdrant/js-client-rest';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bodyLimit, type QdrantEmulator, startEmulator } from '#simulations/qdrant/emulator.ts';
import type { EmulatorWorld } from '#simulations/qdrant/world.ts';

let emulator: QdrantEmulator;
let client: QdrantClient;
const name = 'wire';

beforeAll(async () => {
  emulator = await startEmulator({ applyQueue: 'manual' });
  client = new QdrantClient({ url: emulator.url });
});
afterAll(() => emulator.close());
beforeEach(async () => {
  await client.createCollection(name, { vectors: { size: 2, distance: 'Dot' } });
});
afterEach(async () => {
  await client.deleteCollection(name);
});

interface Answer {
  readonly status: number;
  readonly body: { readonly result?: unknown; readonly status?: unknown; readonly time?: unknown };
}
async function send(method: string, path: string, body?: unknown, type = 'application/json'): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(emulator.url + path, {
    method,
    ...(body === undefined ? {} : { body: text, headers: { 'content-type': type } }),
  });
  const answer = await response.text();
  return { status: response.status, body: answer.startsWith('{') ? (JSON.parse(answer) as Answer['body']) : {} };
}
const ok = (result: unknown): Answer => ({ status: 200, body: { result, status: 'ok', time: expect.any(Number) as number } });
const error = (status: number, text: unknown): Answer => ({
  status,
  body: { status: { error: text }, time: expect.any(Number) as number },
});
const points = (list: unknown[], query = '?wait=true', extra: object = {}): Promise<Answer> =>
  send('PUT', `/collections/${name}/points${query}`, { points: list, ...extra });
const payloads = (): unknown[] => emulator.points(name).map(({ id, payload }) => [id, payload]);
const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

describe('service endpoints', () => {
  it('[QW1] names a version that the client takes for compatible', async () => {
    expect(await client.versionInfo()).toMatchObject({ title: 'qdrant - vector search engine', version: '1.17.1' });
    expect(await (await fetch(`${emulator.url}/healthz`)).text()).toBe('healthz check passed');
    expect((await fetch(`${emulator.url}/nothing/here`)).status).toBe(404);
  });
});

describe('collections', () => {
  it('[QW2] are listed, described, changed and deleted through the client', async () => {
    expect(await client.getCollections()).toEqual({ collections: [{ name }] });
    expect(await client.collectionExists(name)).toEqual({ exists: true });
    await client.createPayloadIndex(name, { wait: true, field_name: 'a.b', field_schema: 'keyword' });
    await client.createPayloadIndex(name, { wait: true, field_name: 'n', field_schema: { type: 'integer', range: true } });
    await client.upsert(name, { points: [{ id: 1, vector: [1, 2], payload: { a: { b: 'x' } } }] });
    await client.updateCollection(name, { params: { replication_factor: 2 } });
    expect(await client.getCollection(name)).toMatchObject({
      status: 'green',
      optimizer_status: 'ok',
      points_count: 1,
      config: { params: { vectors: { size: 2, distance: 'Dot' }, replication_factor: 2 } },
      payload_schema: {
        'a.b': { data_type: 'keyword', points: 1 },
        n: { data_type: 'integer', points: 0, params: { range: true } },
      },
    });
    await client.deletePayloadIndex(name, 'n');
    expect(Object.keys((await client.getCollection(name)).payload_schema)).toEqual(['a.b']);
    expect(await client.deleteCollection(name)).toBe(true);
    expect(await client.deleteCollection(name)).toBe(false);
    expect(await client.collectionExists(name)).toEqual({ exists: false });
  });

  it('[QW2] refuses what is wrong by the server codes and texts', async () => {
    const vectors = { size: 2, distance: 'Dot' };
    expect(await send('GET', '/collections/none')).toEqual(error(404, "Not found: Collection `none` doesn't exist!"));
    expect(await send('PUT', `/collections/${name}`, { vectors })).toEqual(
      error(409, 'Wrong input: Collection `wire` already exists!'),
    );
    expect(await send('PUT', '/collections/x', { vectors: { ...vectors, size: 65_536 } })).toEqual(
      error(422, 'Validation error in JSON body: [vectors.size: value 65536 invalid, must be from 1 to 65535]'),
    );
    expect(await send('PUT', '/collections/x', { vectors: { size: 2 } })).toEqual(
      error(400, 'Format error in JSON body: missing field `distance`'),
    );
    expect(await send('PUT', '/collections/a%3Ab', { vectors })).toEqual(
      error(422, 'Validation error in path parameters: [collection_name: collection name cannot contain ":" char]'),
    );
    expect((await send('PUT', '/collections/x', { vectors, sparse_vectors: { s: {} } })).status).toBe(501);
    expect(await client.getCollections()).toEqual({ collections: [{ name }] });
  });

  it('[QW2] aliases stand for their collection and go with it', async () => {
    await client.updateCollectionAliases({ actions: [{ create_alias: { collection_name: name, alias_name: 'also' } }] });
    await client.upsert('also', { points: [{ id: 1, vector: [1, 2] }] });
    expect(await client.count(name)).toEqual({ count: 1 });
    expect(await client.getCollectionAliases(name)).toEqual({ aliases: [{ alias_name: 'also', collection_name: name }] });
    await client.updateCollectionAliases({ actions: [{ rename_alias: { old_alias_name: 'also', new_alias_name: 'then' } }] });
    expect(await client.collectionExists('also')).toEqual({ exists: false });
    await client.deleteCollection(name);
    expect(await client.getAliases()).toEqual({ aliases: [] });
  });
});

describe('bodies and parameters', () => {
  it('[QW3] refuses malformed, mistyped and oversized bodies, changing nothing', async () => {
    const path = `/collections/${name}/points?wait=true`;
    expect(await send('PUT', path, '{"points": [')).toEqual(error(400, expect.stringMatching(/^Format error in JSON body: /)));
    expect(await send('PUT', path, '{}', 'text/plain')).toEqual(error(400, 'Content type error'));
    expect(await send('PUT', path, {})).toEqual(
      error(400, 'Format error in JSON body: data did not match any variant of untagged enum PointInsertOperations'),
    );
    expect(await points([{ id: 'abc', vector: [1, 2] }])).toEqual(
      error(
        400,
        'Format error in JSON body: value abc is not a valid point ID, valid values are either an unsigned integer or a UUID',
      ),
    );
    for (const id of [-1, 1.5, null, 2 ** 53]) expect((await points([{ id, vector: [1, 2] }])).status).toBe(400);
    expect(
      await points([
        { id: 1, vector: [1, 2] },
        { id: 2, vector: [1, 2, 3] },
      ]),
    ).toEqual(error(400, 'Wrong input: Vector dimension error: expected dim: 2, got 3'));
    expect(await points([{ id: 1, vector: { other: [1, 2] } }])).toEqual(
      error(400, 'Wrong input: Not existing vector name error: other'),
    );
    expect(await points([{ id: 1, vector: [null, 1] }])).toEqual(
      error(400, 'Format error in JSON body: data did not match any variant of untagged enum VectorStruct'),
    );
    expect(await send('PUT', path, `"${'x'.repeat(bodyLimit)}"`)).toEqual(
      error(400, `Payload error: JSON payload (${bodyLimit + 2} bytes) is larger than allowed (limit: ${bodyLimit} bytes).`),
    );
    expect(payloads()).toEqual([]);
  });

  it('[QW3] checks query parameters', async () => {
    const point = [{ id: 1, vector: [1, 2] }];
    expect(await points(point, '?wait=yes')).toEqual(error(400, expect.stringContaining('query parameters')));
    expect((await points(point, '?ordering=total')).status).toBe(400);
    expect(await points(point, '?timeout=0')).toEqual(
      error(422, 'Validation error in query parameters: [timeout: value 0 invalid, must be 1 or larger]'),
    );
    expect((await send('POST', `/collections/${name}/points/scroll?consistency=some`, {})).status).toBe(400);
    expect(payloads()).toEqual([]);
  });

  it('[QW3] refuses loudly what it does not emulate', async () => {
    const queries = [{ prefetch: { query: [1, 2] } }, { query: { fusion: 'rrf' } }, { query: { recommend: { positive: [1] } } }];
    for (const query of queries) {
      expect(await send('POST', `/collections/${name}/points/query`, query)).toEqual(
        error(501, expect.stringMatching(/^Not supported by this emulator/)),
      );
    }
    expect((await send('POST', `/collections/${name}/points/scroll`, { order_by: 'n' })).status).toBe(501);
  });
});

describe('the write path', () => {
  it('[QW4] without wait a write is acknowledged and applied later; operation ids increase', async () => {
    expect(await points([{ id: 1, vector: [1, 2] }], '')).toEqual(ok({ operation_id: 0, status: 'acknowledged' }));
    expect(await points([{ id: 2, vector: [1, 2] }], '?wait=false&ordering=strong')).toEqual(
      ok({ operation_id: 1, status: 'acknowledged' }),
    );
    expect(payloads()).toEqual([]);
    expect(emulator.applyPending(name)).toBe(2);
    expect(payloads()).toHaveLength(2);
    expect(await points([{ id: 3, vector: [1, 2] }])).toEqual(ok({ operation_id: 2, status: 'completed' }));
  });

  it('[QW4] the queue is first in, first out: a write that waits finds earlier ones applied', async () => {
    await points([{ id: 1, vector: [1, 2], payload: { from: 'first' } }], '');
    await points([{ id: 1, vector: [1, 2], payload: { from: 'second' } }]);
    expect(payloads()).toEqual([[1, { from: 'second' }]]);
    expect(emulator.applyPending()).toBe(0);
  });

  it('[QW4] the client sends no wait with delete', async () => {
    await points([{ id: 1, vector: [1, 2] }]);
    expect(await client.delete(name, { points: [1] })).toMatchObject({ status: 'acknowledged' });
    expect(payloads()).toHaveLength(1);
    emulator.applyPending();
    expect(payloads()).toEqual([]);
  });

  it('[QW4] by default what was acknowledged is applied by itself', async () => {
    const automatic = await startEmulator();
    const other = new QdrantClient({ url: automatic.url, checkCompatibility: false });
    await other.createCollection('c', { vectors: {} });
    await other.upsert('c', { wait: false, points: [{ id: 1, vector: {} }] });
    expect(await other.count('c')).toEqual({ count: 1 });
    await automatic.close();
  });

  it('[QW5] an upsert replaces the whole point, set_payload merges top-level keys', async () => {
    await points([{ id: 1, vector: [1, 2], payload: { a: { x: 1 }, b: 2 } }]);
    await client.setPayload(name, { payload: { a: { y: 1 }, c: 3 }, points: [1] });
    expect(payloads()).toEqual([[1, { a: { y: 1 }, b: 2, c: 3 }]]);
    await client.setPayload(name, { payload: { z: 1 }, points: [1], key: 'a' });
    expect(payloads()).toEqual([[1, { a: { y: 1, z: 1 }, b: 2, c: 3 }]]);
    await client.deletePayload(name, { keys: ['b', 'a.y'], points: [1] });
    expect(payloads()).toEqual([[1, { a: { z: 1 }, c: 3 }]]);
    await client.overwritePayload(name, { payload: { only: true }, filter: { must: [{ key: 'c', match: { value: 3 } }] } });
    expect(payloads()).toEqual([[1, { only: true }]]);
    await points([{ id: 1, vector: [3, 4] }]);
    expect(emulator.points(name)).toMatchObject([{ id: 1, payload: {}, vector: [3, 4] }]);
    await client.updateVectors(name, { points: [{ id: 1, vector: [5, 6] }] });
    expect(emulator.points(name)[0]?.vector).toEqual([5, 6]);
    await client.setPayload(name, { payload: { a: 1 }, points: [1] });
    await client.clearPayload(name, { points: [1] });
    expect(payloads()).toEqual([[1, {}]]);
  });

  it('[QW5] a payload operation on a missing id is 404 after the others of its chunk were changed', async () => {
    await points([1, 2].map((id) => ({ id, vector: [1, 2] })));
    const answer = await send('POST', `/collections/${name}/points/payload?wait=true`, { payload: { a: 1 }, points: [1, 9, 2] });
    expect(answer).toEqual(error(404, 'Not found: No point with id 9 found'));
    expect(payloads()).toEqual([
      [1, { a: 1 }],
      [2, { a: 1 }],
    ]);
  });

  it('[QW6] a refused compare-and-set answers exactly as a successful one', async () => {
    const version = (v: number, mode?: string): Promise<Answer> =>
      points([{ id: 1, vector: [1, 2], payload: { v } }], '?wait=true', {
        update_filter: { must: [{ key: 'v', range: { lt: v } }] },
        ...(mode === undefined ? {} : { update_mode: mode }),
      });
    const completed = { result: { status: 'completed' } };
    expect((await version(1, 'update_only')).body).toMatchObject(completed);
    expect(payloads()).toEqual([]);
    expect((await version(5)).body).toMatchObject(completed);
    expect((await version(3)).body).toMatchObject(completed);
    expect(payloads()).toEqual([[1, { v: 5 }]]);
    expect((await version(6, 'update_only')).body).toMatchObject(completed);
    expect((await version(7, 'insert_only')).body).toMatchObject(completed);
    expect(payloads()).toEqual([[1, { v: 6 }]]);
    expect(await version(8, 'sometimes')).toEqual(error(400, expect.stringContaining('unknown variant `sometimes`')));
  });

  it('[QW7] batches and batch forms run in order, without undo', async () => {
    await client.upsert(name, {
      batch: {
        ids: [1, 2],
        vectors: [
          [1, 0],
          [0, 1],
        ],
        payloads: [{ n: 1 }, null],
      },
    });
    expect(payloads()).toEqual([
      [1, { n: 1 }],
      [2, {}],
    ]);
    const results = await client.batchUpdate(name, {
      operations: [
        { upsert: { points: [{ id: 3, vector: [1, 1] }] } },
        { set_payload: { payload: { k: 1 }, points: [3] } },
        { delete: { filter: { must: [{ has_id: [2] }] } } },
      ],
    });
    expect(results.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed']);
    expect(payloads()).toEqual([
      [1, { n: 1 }],
      [3, { k: 1 }],
    ]);
    const broken = {
      operations: [{ delete: { points: [1] } }, { set_payload: { payload: {}, points: [77] } }, { delete: { points: [3] } }],
    };
    expect((await send('POST', `/collections/${name}/points/batch?wait=true`, broken)).status).toBe(404);
    expect(payloads()).toEqual([[3, { k: 1 }]]);
    expect((await send('PUT', `/collections/${name}/points`, { batch: { ids: [1], vectors: [] } })).status).toBe(400);
  });
});

describe('reads', () => {
  it('[QW8] scrolls numbers before UUIDs, page by page', async () => {
    await client.upsert(name, { points: [uuid(2), 10, uuid(1), 9].map((id) => ({ id, vector: [1, 2] })) });
    const first = await client.scroll(name, { limit: 3 });
    expect(first.points.map(({ id }) => id)).toEqual([9, 10, uuid(1)]);
    expect(first.next_page_offset).toBe(uuid(2));
    const second = await client.scroll(name, { limit: 3, offset: uuid(2) });
    expect([second.points.map(({ id }) => id), second.next_page_offset]).toEqual([[uuid(2)], null]);
    expect((await client.scroll(name, { limit: 3, offset: 10 })).points.map(({ id }) => id)).toEqual([10, uuid(1), uuid(2)]);
  });

  it('[QW8] retrieves with the payload and vectors that were asked for', async () => {
    await client.upsert(name, {
      points: [{ id: uuid(1).toUpperCase(), vector: [0.1, 2], payload: { a: { b: 1, c: 2 }, d: 3 } }],
    });
    const get = async (options: object): Promise<unknown> => (await client.retrieve(name, { ids: [uuid(1), 5], ...options }))[0];
    expect(await get({})).toEqual({ id: uuid(1), payload: { a: { b: 1, c: 2 }, d: 3 } });
    expect(await get({ with_payload: false, with_vector: true })).toEqual({ id: uuid(1), vector: [0.1, 2] });
    expect(await get({ with_payload: ['a.b'] })).toEqual({ id: uuid(1), payload: { a: { b: 1 } } });
    expect(await get({ with_payload: { exclude: ['a.b', 'd'] } })).toEqual({ id: uuid(1), payload: { a: { c: 2 } } });
    expect(await send('GET', `/collections/${name}/points/${uuid(1)}`)).toMatchObject(ok({ id: uuid(1), vector: [0.1, 2] }));
    expect(await send('GET', `/collections/${name}/points/9`)).toEqual(error(404, 'Not found: No point with id 9 found'));
    expect(await send('GET', `/collections/${name}/points/x`)).toEqual(
      error(400, 'Bad request: Can not recognize "x" as point id'),
    );
  });

  it('[QW9] searches and queries by every distance, best first, with limit, offset and threshold', async () => {
    const expected = {
      Cosine: ['c', 'b', 'a'],
      Dot: ['b', 'c', 'a'],
      Euclid: ['c', 'a', 'b'],
      Manhattan: ['c', 'a', 'b'],
    } as const;
    const [a, b, c] = [uuid(1), uuid(2), uuid(3)];
    const names = new Map([
      [a, 'a'],
      [b, 'b'],
      [c, 'c'],
    ]);
    for (const [distance, order] of Object.entries(expected)) {
      await client.deleteCollection(name);
      await client.createCollection(name, { vectors: { size: 2, distance: distance as 'Dot' } });
      await client.upsert(name, {
        points: [
          { id: a, vector: [0, 1] },
          { id: b, vector: [3, 1] },
          { id: c, vector: [1, 0] },
        ],
      });
      const hits = await client.search(name, { vector: [1, 0], limit: 5 });
      expect([distance, hits.map(({ id }) => names.get(String(id)))]).toEqual([distance, order]);
      const { points: queried } = await client.query(name, { query: [1, 0], limit: 1, offset: 1 });
      expect(queried.map(({ id }) => names.get(String(id)))).toEqual([order[1]]);
      const best = hits[0]?.score ?? Number.NaN;
      expect((await client.query(name, { query: [1, 0], score_threshold: best })).points.map(({ id }) => id)).toEqual([
        hits[0]?.id,
      ]);
    }
    expect((await client.query(name, { query: c })).points.map(({ id }) => id)).not.toContain(c);
    expect(
      (await client.queryBatch(name, { searches: [{ query: [1, 0], limit: 1 }, { limit: 2 }] })).map(
        (each) => each.points.length,
      ),
    ).toEqual([1, 2]);
    expect((await client.searchBatch(name, { searches: [{ vector: [1, 0], limit: 1 }] }))[0]).toHaveLength(1);
  });

  it('[QW9] stores Cosine vectors at length one, a zero vector as it is, and knows named vectors', async () => {
    await client.createCollection('named', { vectors: { x: { size: 2, distance: 'Cosine' }, y: { size: 1, distance: 'Dot' } } });
    await client.upsert('named', {
      points: [
        { id: 1, vector: { x: [3, 4], y: [7] } },
        { id: 2, vector: { x: [0, 0] } },
      ],
    });
    expect(emulator.points('named').map(({ vector }) => vector)).toEqual([{ x: [0.6, 0.8], y: [7] }, { x: [0, 0] }]);
    expect((await client.query('named', { query: [1, 0], using: 'x' })).points.map(({ score }) => score)).toEqual([0.6, 0]);
    expect((await client.search('named', { vector: { name: 'y', vector: [1] } })).map(({ id }) => id)).toEqual([1]);
    await client.deleteVectors('named', { points: [1], vector: ['y'] });
    expect(emulator.points('named')[0]?.vector).toEqual({ x: [0.6, 0.8] });
    await client.deleteCollection('named');
  });

  it('[QW10] counts and facets', async () => {
    const colours = ['red', 'blue', 'red', ['red', 'green'], null];
    await client.upsert(name, { points: colours.map((colour, id) => ({ id, vector: [1, 2], payload: { colour } })) });
    expect(await client.count(name, { filter: { must: [{ key: 'colour', match: { value: 'red' } }] }, exact: true })).toEqual({
      count: 3,
    });
    expect(await client.facet(name, { key: 'colour' })).toEqual({
      hits: [
        { value: 'red', count: 3 },
        { value: 'blue', count: 1 },
        { value: 'green', count: 1 },
      ],
    });
  });
});

describe('faults reach only their own world', () => {
  it('[QW11] by prefix, in the order armed, after those let pass', async () => {
    const world: EmulatorWorld = await emulator.openWorld('mine_');
    await expect(emulator.openWorld('mine_too_')).rejects.toThrow('world prefix');
    const mine = new QdrantClient({ url: world.url, checkCompatibility: false });
    await mine.createCollection('mine_c', { vectors: {} });
    world.arm({ on: 'write', effect: { kind: 'never' }, answer: { kind: 'acknowledged' }, skip: 1 });
    const write = (where: string, id: number): Promise<unknown> => mine.upsert(where, { points: [{ id, vector: {} }] });
    await client.createCollection('theirs', { vectors: {} });
    for (const id of [1, 2, 3]) {
      await write('theirs', id);
      await write('mine_c', id);
    }
    expect(emulator.points('theirs').map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(world.points('c').map(({ id }) => id)).toEqual([1, 3]);
    expect([world.armed(), world.fired().map(({ changed }) => changed)]).toEqual([0, [false]]);
    await client.deleteCollection('theirs');
    await world.drop();
    expect(emulator.collections()).toEqual([name]);
  });

  it('[QW11] a partial batch writes its first points and answers 500', async () => {
    const world = await emulator.openWorld('part_');
    const mine = new QdrantClient({ url: world.url, checkCompatibility: false });
    await mine.createCollection('part_c', { vectors: {} });
    world.arm({ on: 'write', effect: { kind: 'firstPoints', count: 2 }, answer: { kind: 'refused', status: 500 } });
    const batch = [5, 4, 3].map((id) => ({ id, vector: {} }));
    await expect(mine.upsert('part_c', { points: batch })).rejects.toMatchObject({ status: 500 });
    expect(world.points('c').map(({ id }) => id)).toEqual([4, 5]);
    await mine.upsert('part_c', { points: batch });
    expect(world.points('c')).toHaveLength(3);
    await world.drop();
  });

  it('[QW11] a dropped world leaves nothing, and its listener serves the next one, up again', async () => {
    const first = await emulator.openWorld('first_');
    await first.setLink('down');
    await first.drop();
    const second = await emulator.openWorld('second_');
    expect(second.url).toBe(first.url);
    expect((await fetch(second.url)).status).toBe(200);
    await second.drop();
  });
});
