/** The cache of texts by itself: what stays, what goes, how much. Who fills it is in `content-reads.test.ts`. */
import { describe, expect, it } from 'vitest';
import { type VerifiedContent, verified } from '../../core/content.ts';
import type { ThreadView } from '../../core/protocol.ts';
import { ScriptedTexts, thread, threadNumbered } from '../scripted-texts.ts';
import { ContentCache } from './content-cache.ts';

/** Pages of one message of about 1 KB; a page takes 400 + 600 + 2 bytes a character. */
const small = { pageMessages: 1, minBytes: 16_000, maxBytes: 64_000, window: 16 };
const pageBytes = 2_000;
const textOf = (n: number): string => `${n}`.padEnd(500, 'x');

function stage(options = small, messages = 60): ScriptedTexts {
  const at = new ScriptedTexts(options);
  at.post(Array.from({ length: messages }, (_, n) => textOf(n)));
  return at;
}

/** The text of message `sequence`, as somebody would put it who has just fetched it. */
function textAt(at: ScriptedTexts, sequence: number): readonly [number, VerifiedContent] {
  const stored = at.content.messages.get(at.view(thread)?.messages[sequence]?.hash as never);
  const content = stored === undefined ? null : verified(stored);
  if (content === null) throw new Error(`expected message ${sequence} to be stored whole`);
  return [sequence, content];
}

const put = (at: ScriptedTexts, sequences: readonly number[], ahead = false, asked = at.view(thread) as ThreadView): void =>
  at.contents.put(asked, new Map(sequences.map((each) => textAt(at, each))), ahead);
const has = (at: ScriptedTexts, sequence: number): boolean =>
  at.contents.lacking(at.view(thread) as ThreadView, sequence).length === 0;

/** Asks for a message, and fetches it when it is not cached. */
function fetchOf(at: ScriptedTexts, sequence: number): boolean {
  const { contents } = at;
  if (contents.whole(thread, sequence, 1) !== null) return true;
  contents.some(thread, at.view(thread)?.messages.slice(sequence, sequence + 1) ?? []);
  put(at, [sequence]);
  return false;
}

describe('what stays', () => {
  it('[P-1.1] keeps what is read again and again, whatever is read once beside it', () => {
    const at = stage();
    for (let again = 0; again < 4; again += 1) for (const hot of [0, 1, 2]) fetchOf(at, hot);
    for (let once = 10; once < 24; once += 1) fetchOf(at, once);
    expect([0, 1, 2, 10, 11, 23].map((n) => has(at, n))).toEqual([true, true, true, false, false, true]);
    expect(at.contents.figures()).toMatchObject({ hits: 9, misses: 17, evicted: 9 });
  });

  it('[P-1.1] lets go in the end of what was once read much', () => {
    const at = stage();
    for (let again = 0; again < 20; again += 1) fetchOf(at, 0);
    for (let once = 1; once < 60; once += 1) fetchOf(at, once);
    expect(has(at, 0)).toBe(false);
  });

  it('[CC1] serves what is older than an hour to nobody but those who cannot have it otherwise', () => {
    const at = stage({ ...small, maxAgeMs: 3_600_000 } as typeof small);
    put(at, [0]);
    at.clock.advance(3_600_000);
    expect(at.contents.whole(thread, 0, 1)).not.toBeNull();
    at.clock.advance(1);
    const asked = at.view(thread)?.messages.slice(0, 1) ?? [];
    expect(at.contents.whole(thread, 0, 1)).toBeNull();
    expect(at.contents.some(thread, asked).size).toBe(0);
    expect(at.contents.stale(thread, asked).get(0)?.content.text).toBe(textOf(0));
    put(at, [0]);
    expect(at.contents.whole(thread, 0, 1)?.held).toHaveLength(1);
  });

  it('[CC2] holds no text that is not the message of that place, whoever brings it', () => {
    const at = stage();
    const [, other] = textAt(at, 5);
    at.contents.put(at.view(thread) as ThreadView, new Map([[4, other]]));
    at.contents.put({ ...(at.view(thread) as ThreadView), thread: threadNumbered(9) }, new Map([[4, other]]));
    expect(at.contents.figures()).toMatchObject({ entries: 0, bytes: 0 });
    expect(at.contents.some(thread, [])).toEqual(new Map());
    expect(at.contents.stale(thread, [])).toEqual(new Map());
  });

  it.each([
    ['pageMessages', 0],
    ['minBytes', 1.5],
    ['maxAgeMs', 0],
    ['window', Number.NaN],
    ['maxBytes', 4_194_303],
  ])('[CC3] refuses %s %j', (name, value) => {
    expect(() => new ContentCache({ clock: new ScriptedTexts().clock, viewOf: () => undefined }, { [name]: value })).toThrow(
      new RegExp(`^${name}: expected .*, got `),
    );
  });
});

describe('invalidate on update', () => {
  const pairs = { pageMessages: 2, minBytes: 64_000, maxBytes: 64_000 };

  it('[P-1.2] stamps every page of the thread with the new version, and answers the last one as whole no more', () => {
    const at = new ScriptedTexts(pairs);
    at.post(['a', 'b', 'c']);
    put(at, [0, 1, 2]);
    expect(at.contents.whole(thread, 0, 9)).toMatchObject({ version: 1, messageCount: 3 });
    at.post([]);
    expect(at.contents.whole(thread, 0, 9)).toMatchObject({ version: 2, messageCount: 3 });
    expect(at.contents.figures().invalidated).toBe(0);
    at.post(['d']);
    expect(at.contents.whole(thread, 0, 9)).toBeNull();
    expect(at.contents.whole(thread, 0, 3)).toMatchObject({ version: 3, messageCount: 4 });
    expect(at.contents.lacking(at.view(thread) as ThreadView, 1).map(({ sequence }) => sequence)).toEqual([3]);
    expect(at.contents.figures()).toMatchObject({ entries: 2, invalidated: 1 });
  });

  it('[P-1.2] puts nothing back as of an old version, however long its fetch was under way', () => {
    const at = new ScriptedTexts(pairs);
    const before = at.post(['a']);
    at.post(['b']);
    put(at, [0], false, before);
    expect(at.contents.whole(thread, 0, 1)).toMatchObject({ version: 2, messageCount: 2 });
    expect(at.contents.whole(thread, 0, 2)).toBeNull();
  });

  it('[P-1.2] drops a page whose messages are others in the new version, which nothing should bring about', () => {
    const at = new ScriptedTexts(pairs);
    at.post(['a', 'b', 'c']);
    put(at, [0, 1, 2]);
    const view = at.view(thread) as ThreadView;
    at.contents.adopt({ ...view, version: 2, messages: view.messages.with(0, view.messages[2] as never) });
    expect(at.contents.figures()).toMatchObject({ entries: 1, invalidated: 1 });
    expect(at.contents.stale(thread, view.messages.slice(0, 2)).size).toBe(0);
  });
});

describe('how much stays', () => {
  const rounds = (at: ScriptedTexts, over: number, times: number): void => {
    for (let time = 0; time < times; time += 1) for (let n = 0; n < over; n += 1) fetchOf(at, n);
  };

  it('[P-1.4] grows while it misses what a step more would have kept, and no further than that helps', () => {
    const at = stage();
    rounds(at, 14, 20);
    const { bound } = at.contents.figures();
    expect(bound).toBeGreaterThanOrEqual(14 * pageBytes);
    expect(bound).toBeLessThan(64_000);
    const before = at.contents.figures();
    rounds(at, 14, 5);
    expect(at.contents.figures()).toMatchObject({ hits: before.hits + 70, misses: before.misses });
  });

  it('[P-1.4] shrinks when its last step brings nothing, down to the minimum', () => {
    const at = stage();
    rounds(at, 14, 20);
    rounds(at, 3, 200);
    expect(at.contents.figures()).toMatchObject({ bound: 16_000 });
    expect(at.contents.figures().bytes).toBeLessThanOrEqual(16_000);
  });

  it('[P-1.4] stays where it is for what no step would keep, and ends at the maximum', () => {
    const at = stage();
    rounds(at, 60, 3);
    expect(at.contents.figures().bound).toBe(16_000);
    const large = stage(small, 200);
    rounds(large, 31, 60);
    expect(large.contents.figures().bound).toBeLessThanOrEqual(64_000);
    expect(large.contents.figures().bytes).toBeLessThanOrEqual(64_000);
  });

  it('[CC4] gives a page a quarter of the bound at most, and leaves out what comes last', () => {
    const at = new ScriptedTexts({ pageMessages: 4, minBytes: 16_000, maxBytes: 16_000 });
    at.post([textOf(0), textOf(1), textOf(2), 'y'.repeat(100_000)]);
    put(at, [0, 1, 2, 3]);
    expect(at.contents.figures().bytes).toBe(400 + 2 * 1_600);
    expect(at.contents.whole(thread, 0, 2)).not.toBeNull();
    expect(at.contents.whole(thread, 0, 3)).toBeNull();
  });

  it('[CC5] gives an eighth to what was fetched ahead and not asked for yet, and counts what is used', () => {
    const at = stage();
    put(at, [0, 1, 2], true);
    expect([0, 1, 2].map((n) => has(at, n))).toEqual([true, false, false]);
    expect(at.contents.hasRoomAhead).toBe(false);
    fetchOf(at, 0);
    expect(at.contents.hasRoomAhead).toBe(true);
    fetchOf(at, 0);
    put(at, [0, 1], true);
    expect(at.contents.figures()).toMatchObject({ prefetched: 5, prefetchUsed: 1, hits: 2, misses: 0, entries: 2 });
  });
});
