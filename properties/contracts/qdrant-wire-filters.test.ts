/** Filters on the wire, through the unmodified client: what each condition matches, and what is refused. */
import { QdrantClient } from '@qdrant/js-client-rest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type QdrantEmulator, startEmulator } from '#simulations/qdrant/emulator.ts';

let emulator: QdrantEmulator;
let client: QdrantClient;

const stored: readonly Record<string, unknown>[] = [
  {},
  {
    s: 'red',
    n: 1,
    b: true,
    list: ['a', 'b'],
    o: { deep: 1 },
    nested: [
      { k: 'x', n: 1 },
      { k: 'y', n: 9 },
    ],
  },
  { s: 'blue', n: 2.5, b: false, list: [], o: { deep: 2 }, nested: [{ k: 'x', n: 9 }] },
  { s: null, n: -3, list: ['b', 3], 'odd.key': 'q' },
];

beforeAll(async () => {
  emulator = await startEmulator();
  client = new QdrantClient({ url: emulator.url, checkCompatibility: false });
  await client.createCollection('f', { vectors: {} });
  await client.upsert('f', { points: stored.map((payload, id) => ({ id, vector: {}, payload })) });
});
afterAll(() => emulator.close());

const matching = async (filter: object): Promise<unknown[]> =>
  (await client.scroll('f', { filter, limit: 100 })).points.map(({ id }) => id);
const must = (condition: object): object => ({ must: [condition] });

describe('conditions', () => {
  const table: readonly (readonly [string, object, readonly number[]])[] = [
    ['match value, string', { key: 's', match: { value: 'red' } }, [1]],
    ['match value, integer (not float)', { key: 'n', match: { value: 1 } }, [1]],
    ['match value, boolean', { key: 'b', match: { value: false } }, [2]],
    ['match value inside an array', { key: 'list', match: { value: 'b' } }, [1, 3]],
    ['match any', { key: 's', match: { any: ['red', 'blue', 'green'] } }, [1, 2]],
    ['match any of numbers', { key: 'list', match: { any: [3] } }, [3]],
    ['match except', { key: 's', match: { except: ['red'] } }, [2]],
    ['match text as a substring', { key: 's', match: { text: 'lu' } }, [2]],
    ['range', { key: 'n', range: { gte: 1, lt: 2.5 } }, [1]],
    ['range, open', { key: 'n', range: { lte: 1, gt: null } }, [1, 3]],
    ['range on no number', { key: 's', range: { gte: 0 } }, []],
    ['nested path', { key: 'o.deep', match: { value: 2 } }, [2]],
    ['array path', { key: 'nested[].k', match: { value: 'y' } }, [1]],
    ['array index path', { key: 'list[1]', match: { value: 'b' } }, [1]],
    ['quoted path', { key: '"odd.key"', match: { value: 'q' } }, [3]],
    ['has_id', { has_id: [1, 3, 99] }, [1, 3]],
    ['is_empty: absent, null or []', { is_empty: { key: 'list' } }, [0, 2]],
    ['is_null: there and null', { is_null: { key: 's' } }, [3]],
    ['is_empty as a field condition', { key: 's', is_empty: true }, [0, 3]],
    ['is_null as a field condition', { key: 's', is_null: false }, [0, 1, 2]],
    ['values_count', { key: 'list', values_count: { gte: 2 } }, [1, 3]],
    [
      'nested: one element must match all',
      {
        nested: {
          key: 'nested',
          filter: {
            must: [
              { key: 'k', match: { value: 'x' } },
              { key: 'n', match: { value: 9 } },
            ],
          },
        },
      },
      [2],
    ],
    ['a filter as a condition', { should: [{ has_id: [2] }, { key: 's', match: { value: 'red' } }] }, [1, 2]],
    ['has_vector', { has_vector: '' }, []],
  ];
  for (const [name, condition, expected] of table) {
    it(`[QW12] ${name}`, async () => {
      expect(await matching(must(condition))).toEqual(expected);
      const rest = [0, 1, 2, 3].filter((id) => !expected.includes(id));
      expect(await matching({ must_not: [condition] })).toEqual(rest);
    });
  }
});

describe('clauses', () => {
  const isRed = { key: 's', match: { value: 'red' } };
  const hasB = { key: 'list', match: { value: 'b' } };
  const positive = { key: 'n', range: { gt: 0 } };

  it('[QW12] combine as and, or, not, and at least so many', async () => {
    expect(await matching({ must: [hasB], must_not: [isRed] })).toEqual([3]);
    expect(await matching({ should: [isRed, positive] })).toEqual([1, 2]);
    expect(await matching({ must: hasB, should: [positive] })).toEqual([1]);
    expect(await matching({ min_should: { conditions: [isRed, hasB, positive], min_count: 2 } })).toEqual([1]);
    expect(await matching({ min_should: { conditions: [isRed, hasB, positive], min_count: 1 } })).toEqual([1, 2, 3]);
    expect(await matching({})).toEqual([0, 1, 2, 3]);
  });

  const refused: readonly (readonly [string, object, number])[] = [
    ['an unknown clause', { mustt: [] }, 400],
    ['an unknown condition', must({ has_idd: [1] }), 400],
    ['an unknown field in a condition', must({ key: 's', match: { value: 1 }, boost: 2 }), 400],
    ['an unknown match', must({ key: 's', match: { like: 'x' } }), 400],
    ['two matches', must({ key: 's', match: { value: 'x', any: ['x'] } }), 400],
    ['a mixed list', must({ key: 's', match: { any: ['x', 1] } }), 400],
    ['an unknown bound', must({ key: 'n', range: { below: 1 } }), 400],
    ['a condition without a test', must({ key: 's' }), 422],
    ['a bad path', must({ key: 'a..b', match: { value: 1 } }), 400],
    ['a bad id', must({ has_id: ['x'] }), 400],
    ['geo, by name', must({ key: 'g', geo_radius: { center: { lon: 0, lat: 0 }, radius: 1 } }), 501],
    ['a filter that is no object', ['x'], 400],
  ];
  for (const [name, filter, status] of refused) {
    it(`[QW13] refuses ${name}`, async () => {
      await expect(client.scroll('f', { filter: filter as object })).rejects.toMatchObject({
        status,
        data: {
          status: { error: expect.stringMatching(/^(Format|Validation) error in JSON body|^Not supported by this emulator/) },
        },
      });
      await expect(client.delete('f', { wait: true, filter: filter as object })).rejects.toMatchObject({ status });
      expect(await client.count('f')).toEqual({ count: 4 });
    });
  }
});
