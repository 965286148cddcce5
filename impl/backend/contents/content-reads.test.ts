/**
 * Reading contents at a backend: what is answered, from where, and what is fetched ahead. Random interleavings are in
 * `properties/contents/`, real adapters in the worlds.
 */
import { describe, expect, it } from 'vitest';
import { decodeAnswer, encodeAnswer } from '../../core/protocol-codec.ts';
import { MAX_FRAME_BYTES } from '../../ports/channel.ts';
import { type Contents, ScriptedTexts, thread, threadNumbered } from '../scripted-texts.ts';

const pairs = { pageMessages: 2 };
const letters = ['a', 'b', 'c', 'd', 'e'];

/** Nothing is fetched ahead: what is under test is what was asked for. */
function stage(texts: readonly string[] = letters, options = pairs): ScriptedTexts {
  const at = new ScriptedTexts(options);
  at.post(texts);
  return at;
}

const told = ({ texts, missing }: Contents) => ({
  texts: texts.map(({ text, source }) => `${text} ${source}`),
  missing: missing.map(({ sequence, reason }) => `${sequence} ${reason}`),
});
const hashAt = (at: ScriptedTexts, sequence: number) => at.view(thread)?.messages[sequence]?.hash as never;
const unavailable = { kind: 'refused', refusal: { code: 'QdrantUnavailable' } };

describe('contents', () => {
  it('[CR1] come from Qdrant, and then from the cache, as of one version, and say how old they are', async () => {
    const at = stage();
    const first = await at.read(0, 2);
    expect(first).toMatchObject({ version: 1, messageCount: 5, from: 0, next: null, degraded: false, ageMs: 0 });
    expect(told(first)).toEqual({ texts: ['a qdrant', 'b qdrant'], missing: [] });
    await at.rest();
    at.clock.advance(700);
    const asked = at.asked.length;
    const again = await at.read(0, 2);
    expect(told(again)).toEqual({ texts: ['a cache', 'b cache'], missing: [] });
    expect(again).toMatchObject({ version: 1, messageCount: 5, ageMs: 700, degraded: false });
    expect(at.asked).toHaveLength(asked);
    expect(again.texts.map(({ hash, sequence }) => [hash, sequence])).toEqual([
      [hashAt(at, 0), 0],
      [hashAt(at, 1), 1],
    ]);
  });

  it('[CR1] come from both where only some are cached, and are empty past the end', async () => {
    const at = stage();
    await at.read(2, 1);
    await at.rest();
    expect(told(await at.read(1, 9)).texts).toEqual(['b qdrant', 'c cache', 'd cache', 'e cache']);
    expect(await at.read(5, 3)).toMatchObject({ texts: [], missing: [], next: null, messageCount: 5, degraded: false });
    expect(await at.read(60, 3)).toMatchObject({ texts: [], missing: [], next: null, version: 1 });
  });

  it('[CR2] list what is absent or altered, answer and cache neither, and count what is altered', async () => {
    const at = stage();
    at.content.alter(hashAt(at, 0), { text: 'another' });
    at.content.messages.delete(hashAt(at, 1));
    for (let again = 0; again < 2; again += 1)
      expect(told(await at.read(0, 3))).toMatchObject({
        missing: ['0 altered', '1 absent'],
        texts: [expect.stringMatching(/^c /)],
      });
    expect(at.reads.mismatches).toBeGreaterThanOrEqual(2);
    at.content.alter(hashAt(at, 0), { text: 'a' });
    expect(told(await at.read(0, 1)).texts).toEqual(['a qdrant']);
  });

  it('[CR3] fill a frame and no more, and say where to go on, whatever the texts are made of', async () => {
    const texts = [
      'x'.repeat(1_048_576),
      '\u0001'.repeat(1_048_576),
      ...Array.from({ length: 30 }, (_, n) => `${n}"`.repeat(40_000)),
    ];
    const at = stage(texts, { pageMessages: 16 });
    const seen: string[] = [];
    for (let from = 0; from !== -1; ) {
      const answer: Contents = await at.read(from, 64);
      const frame = encodeAnswer(answer);
      expect(Buffer.byteLength(frame)).toBeLessThanOrEqual(MAX_FRAME_BYTES);
      expect(decodeAnswer(frame)).toMatchObject({ ok: true, value: { kind: 'contents' } });
      seen.push(...answer.texts.map(({ text }) => text));
      from = answer.next ?? -1;
    }
    expect(seen).toEqual(texts);
    expect((await at.read(0, 2)).next).toBe(1);
  });

  it('[CR4] of a thread that is not cached here are those of the ledger, or refused as any read of it is', async () => {
    const at = new ScriptedTexts();
    expect(await at.ask(0, 1, threadNumbered(3))).toMatchObject({ kind: 'refused', refusal: { code: 'ThreadNotFound' } });
  });
});

describe('[R-2.3] serve cached content', () => {
  it('[R-2.3] answers what is cached while Qdrant is away, marked, and lists what cannot be had', async () => {
    const at = stage();
    await at.read(0, 2);
    await at.rest();
    at.content.down = true;
    const answer = await at.read(0, 5);
    expect(answer).toMatchObject({ degraded: true, version: 1, next: null });
    expect(told(answer).texts.slice(0, 2)).toEqual(['a cache', 'b cache']);
    expect(told(answer).missing).toContain('4 unreachable');
    // All of it is there: nothing is wanting.
    expect(await at.read(0, 2)).toMatchObject({ degraded: false, missing: [] });
  });

  it('[R-2.3] serves what is too old for other times, and refuses where nothing is cached', async () => {
    const at = stage(['a']);
    expect(await at.read(0, 1)).toMatchObject({ degraded: false });
    at.clock.advance(3_600_001);
    at.content.down = true;
    expect(await at.read(0, 1)).toMatchObject({ degraded: true, missing: [], texts: [{ source: 'cache' }] });
    expect((await at.read(0, 1)).ageMs).toBeGreaterThan(3_600_000);
    at.post(['a', 'b'], threadNumbered(1));
    expect(await at.ask(0, 2, threadNumbered(1))).toMatchObject(unavailable);
    at.content.down = false;
    expect(await at.read(0, 1)).toMatchObject({ degraded: false, texts: [{ source: 'qdrant' }], ageMs: 0 });
  });

  it('[R-2.3] asks three times of a Qdrant that answered before, and once of one that did not', async () => {
    const at = stage();
    at.content.down = true;
    expect(await at.ask(0, 1)).toMatchObject(unavailable);
    expect(await at.ask(0, 1)).toMatchObject(unavailable);
    expect(at.asked).toHaveLength(4);
    expect(at.clock.slept).toEqual([100, 200]);
  });

  it('[CR5] answers what was had before Qdrant went away, and says where to go on', async () => {
    const at = stage();
    at.isHolding = true;
    const answer = at.read(0, 5);
    await at.rest();
    at.waiting.shift()?.(false);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await at.rest();
      at.waiting.shift()?.(true);
    }
    expect(await answer).toMatchObject({ degraded: false, next: 2, missing: [], texts: [{ text: 'a' }, { text: 'b' }] });
  });
});

describe('[P-1.3] fetching ahead', () => {
  it('[P-1.3] has the rest of a page, and the page that follows, before they are asked for', async () => {
    const at = stage(letters);
    await at.read(0, 1);
    await at.rest();
    const asked = at.asked.length;
    expect(told(await at.read(1, 3)).texts).toEqual(['b cache', 'c cache', 'd cache']);
    await at.rest();
    expect(at.asked.slice(asked)).toEqual([[hashAt(at, 4)]]);
    expect((await at.read(4, 1)).texts[0]?.source).toBe('cache');
    expect(at.contents.figures()).toMatchObject({ hits: 4, misses: 1, prefetched: 4, prefetchUsed: 4 });
  });

  it('[P-1.3] keeps nobody waiting, and does the same once at a time', async () => {
    const at = stage(letters);
    at.isHolding = true;
    const first = at.read(0, 2);
    await at.rest();
    at.waiting.shift()?.(false);
    expect(told(await first).texts).toEqual(['a qdrant', 'b qdrant']);
    expect(at.waiting).toHaveLength(1);
    expect(told(await at.read(0, 2)).texts).toEqual(['a cache', 'b cache']);
    expect(at.waiting).toHaveLength(1);
    at.waiting.shift()?.(false);
    await at.rest();
    expect((await at.read(2, 1)).texts[0]?.source).toBe('cache');
  });

  it('[P-1.3] fetches nothing while the last call on Qdrant failed', async () => {
    const at = stage(letters);
    await at.read(0, 2);
    await at.rest();
    at.content.down = true;
    expect(await at.ask(4, 1)).toMatchObject(unavailable);
    const asked = at.asked.length;
    await at.read(0, 4);
    await at.rest();
    expect(at.asked).toHaveLength(asked);
    at.content.down = false;
    await at.read(4, 1);
    at.content.down = true;
    at.post(['f', 'g', 'h', 'i']);
    await at.read(4, 1);
    await at.rest();
    await at.read(4, 1);
    await at.rest();
    // The read, and the two that were begun before either failed.
    expect(at.asked).toHaveLength(asked + 3);
  });

  it('[CR6] has four fetches ahead under way at most, and stops when what was fetched is not used', async () => {
    const at = new ScriptedTexts({ pageMessages: 1, minBytes: 16_000, maxBytes: 16_000 });
    const readers = Array.from({ length: 8 }, (_, n) => threadNumbered(n));
    for (const id of readers) at.post(['a'.repeat(10), 'b'.repeat(400)], id);
    for (const id of readers) {
      await at.read(0, 1, id);
      await at.rest();
    }
    // The first was kept, the second had no room.
    expect(at.contents.figures()).toMatchObject({ prefetched: 2, prefetchUsed: 0 });
    expect((await at.read(1, 1, readers[0])).texts[0]?.source).toBe('cache');
    await at.read(0, 1, readers[7]);
    await at.rest();
    expect(at.contents.figures()).toMatchObject({ prefetched: 3, prefetchUsed: 1 });
    const busy = new ScriptedTexts({ pageMessages: 1 });
    for (const id of readers) busy.post(['a', 'b'], id);
    busy.isHolding = true;
    const reads = readers.map((id) => busy.read(0, 1, id));
    await busy.rest();
    while (busy.waiting.length > 0) busy.waiting.shift()?.(false);
    await Promise.all(reads);
    await busy.rest();
    expect(busy.waiting).toHaveLength(4);
  });
});
