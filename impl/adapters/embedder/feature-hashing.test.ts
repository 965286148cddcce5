import { describe, expect, it } from 'vitest';
import type { Embedder } from '../../ports/embedder.ts';
import { createFeatureHashingEmbedder } from './feature-hashing.ts';

const embedder = createFeatureHashingEmbedder();

async function embed(text: string, by: Embedder = embedder): Promise<readonly number[]> {
  const reply = await by.embed([text]);
  if (!reply.ok) throw new Error(reply.failure.detail);
  return reply.value[0] ?? [];
}
const cosine = async (a: string, b: string): Promise<number> => {
  const [x, y] = [await embed(a), await embed(b)];
  return x.reduce((sum, component, i) => sum + component * (y[i] ?? 0), 0);
};
const length = (vector: readonly number[]): number => Math.hypot(...vector);

describe('feature hashing', () => {
  it('[EM1] gives one vector a text, in order, of the promised length', async () => {
    const reply = await embedder.embed(['one', '', 'two']);
    expect(reply.ok && reply.value).toEqual([await embed('one'), new Array(64).fill(0), await embed('two')]);
    for (const dimensions of [1, 2, 768, 65_535]) {
      expect(await embed('hello', createFeatureHashingEmbedder({ dimensions }))).toHaveLength(dimensions);
    }
    expect(await embedder.embed([])).toEqual({ ok: true, value: [] });
  });

  it('[EM2] is of length one for any text with a token, and zero for one without', async () => {
    const texts = ['a', 'Hello, world', '漢字かな', '😀', 'مرحبا', 'नमस्ते', '42', '\u0301', 'x'.repeat(50_000), 'ok \ud800 lone'];
    for (const text of texts) expect(length(await embed(text))).toBeCloseTo(1, 10);
    for (const text of ['', '  \n\t', '...!?', '\u200b\u0000', '\ud800']) expect(length(await embed(text))).toBe(0);
  });

  it('[EM2] has a direction even where all features fall into one bucket', async () => {
    const narrow = createFeatureHashingEmbedder({ dimensions: 1 });
    for (let i = 0; i < 300; i++) expect(Math.abs((await embed(`word${i} and ${i}`, narrow))[0] ?? 0)).toBe(1);
  });

  it('[EM3] is the same for the same text, whatever its case or compatibility form', async () => {
    const alike = [
      ['Straße', 'STRASSE'],
      ['ﬁn', 'fin'],
      ['Ａｂｃ', 'abc'],
      ['café', 'cafe\u0301'],
      ['ΟΔΟΣ', 'οδος'],
    ] as const;
    for (const [a, b] of alike) expect(await embed(a)).toEqual(await embed(b));
    expect(await embed('to the lighthouse', createFeatureHashingEmbedder())).toEqual(await embed('to the lighthouse'));
    expect(await embed('a')).not.toEqual(await embed('b'));
  });

  it('[EM3] does not change from release to release: stored vectors would no longer match', async () => {
    const vector = await embed('the owl and the pussycat', createFeatureHashingEmbedder({ dimensions: 8 }));
    expect(vector.map((x) => Number(x.toFixed(6)))).toMatchInlineSnapshot(`
      [
        -0.235441,
        0.800499,
        0,
        0.376705,
        0.329617,
        0.188353,
        0.094176,
        0.094176,
      ]
    `);
  });

  it('[EM4] ranks near texts above far ones', async () => {
    const query = 'how do I share a thread with co-authors';
    const near = await cosine(query, 'sharing threads with a co-author');
    const far = await cosine(query, 'recipe for lentil soup');
    expect(await cosine(query, query)).toBeCloseTo(1, 10);
    expect(near).toBeGreaterThan(far + 0.2);
  });

  it('[EM1] refuses impossible dimensions', () => {
    for (const dimensions of [0, -1, 1.5, 65_536, Number.NaN]) {
      expect(() => createFeatureHashingEmbedder({ dimensions })).toThrow(/dimensions: expected a whole number from 1 to 65,535/);
    }
  });
});
