/**
 * The emulator's speed, through the unmodified client over real HTTP: what one write costs, what a large collection holds,
 * what a search costs. Figures are of this machine while others may be using it.
 */
import { QdrantClient } from '@qdrant/js-client-rest';
import { startEmulator } from '#simulations/qdrant/emulator.ts';
import type { BenchRow } from './bench-row.ts';

const dimensions = 64;

/** Reproducible numbers in [-1, 1): a linear congruential generator is random enough to fill vectors. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return state / 2 ** 31;
  };
}

const uuidOf = (n: number): string => `00000000-0000-8000-8000-${n.toString(16).padStart(12, '0')}`;

const nowMs = (): number => performance.now();

/** The median of `count` runs, in milliseconds. */
async function medianMs(count: number, run: (i: number) => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = nowMs();
    await run(i);
    times.push(nowMs() - start);
  }
  times.sort((a, b) => a - b);
  return times[Math.floor(count / 2)] ?? Number.NaN;
}

export async function run(): Promise<BenchRow[]> {
  const emulator = await startEmulator();
  const client = new QdrantClient({ url: emulator.url, checkCompatibility: false });
  const next = numbers(7);
  const vector = (): number[] => Array.from({ length: dimensions }, next);
  const point = (n: number): { id: string; vector: number[]; payload: Record<string, unknown> } => ({
    id: uuidOf(n),
    vector: vector(),
    payload: { thread: `thread ${n % 50}`, state: n % 10 === 0 ? 'pending' : 'recorded', text: `message number ${n}` },
  });
  const load = async (collection: string, count: number): Promise<number> => {
    await client.createCollection(collection, { vectors: { size: dimensions, distance: 'Cosine' } });
    const start = nowMs();
    for (let first = 0; first < count; first += 500) {
      await client.upsert(collection, {
        points: Array.from({ length: Math.min(500, count - first) }, (_, i) => point(first + i)),
      });
    }
    return nowMs() - start;
  };
  try {
    await load('small', 5_000);
    const upsert = async (i: number): Promise<unknown> => client.upsert('small', { wait: true, points: [point(i % 5_000)] });
    await medianMs(300, upsert);
    const upsertMs = await medianMs(2_000, upsert);
    const filter = { must: [{ key: 'state', match: { value: 'recorded' } }] };
    const search = (): Promise<unknown> => client.query('small', { query: vector(), limit: 10, with_payload: true });
    await medianMs(50, search);
    const searchMs = await medianMs(300, search);
    const filteredMs = await medianMs(300, () =>
      client.query('small', { query: vector(), filter, limit: 10, with_payload: true }),
    );
    const before = process.memoryUsage.rss();
    const loadMs = await load('large', 50_000);
    const rss = process.memoryUsage.rss();
    const { count } = await client.count('large', { exact: true });
    if (count !== 50_000) throw new Error(`expected 50,000 points held, got ${count}`);
    return [
      { name: 'emulator: upsert wait=true, p50', figure: upsertMs, unit: 'ms', bar: { atMost: 1 } },
      { name: 'emulator: search in 5,000 x 64, p50', figure: searchMs, unit: 'ms', bar: { atMost: 5 } },
      { name: 'emulator: filtered search in 5,000 x 64, p50', figure: filteredMs, unit: 'ms', bar: { atMost: 5 } },
      {
        name: 'emulator: load 50,000 x 64',
        figure: loadMs / 1_000,
        unit: 's',
        detail: `RSS ${(rss / 2 ** 20).toFixed(0)} MiB, of which loading added ${((rss - before) / 2 ** 20).toFixed(0)}`,
      },
    ];
  } finally {
    await emulator.close();
  }
}
