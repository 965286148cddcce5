/**
 * What Qdrant lost, or holds otherwise than it was written (fault Q9), over the real adapters: found by a pass, and put back by the
 * backend that holds the text, whoever passes first. What a green run does not show: other writes at the same time, and vectors
 * altered on their own, which nothing compares.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pointIdOf } from '#impl/adapters/qdrant/point-ids.ts';
import type { SyncReport } from '#impl/backend/reconcile/sync.ts';
import { hashContent } from '#impl/core/content.ts';
import { type Ground, MINIMUM_STAKE, openGround, SequencesWorld, threadNamed } from './sequences-world.ts';

let ground: Ground;
let world: SequencesWorld;
beforeAll(async () => {
  ground = await openGround();
});
afterAll(() => ground.emulator.close());

const thread = threadNamed('sync');
const SAID = 'what was said';
const PROPOSED = 'what is proposed';
const hashBy = (client: number, text: string) => hashContent({ thread, author: world.wallet(client).id, text });
const said = () => hashBy(0, SAID);
const proposed = () => hashBy(2, PROPOSED);

/** Payloads and vectors as they lie there, apart from the mark of who wrote metadata last. */
const stored = () => ({
  messages: world.qdrant.points('messages').map(({ id, payload, vector }) => ({ id, payload, vector })),
  threads: world.qdrant.points('threads').map(({ id, payload: { write_token: _, ...payload } }) => ({ id, payload })),
});

const alter = (collection: 'messages' | 'threads', id: string, change: object): void => {
  const point = world.qdrant.points(collection).find((each) => each.id === id);
  if (point === undefined) throw new Error(`expected a point ${id}`);
  expect(world.qdrant.tamper(collection, id, { payload: { ...point.payload, ...change } })).toBe(true);
};

async function pass(backend: number): Promise<SyncReport> {
  const report = await world.run(() => world.backend(backend).sync());
  if (!report.ok) throw new Error(report.failure.detail);
  return report.value;
}

const nothing = { threads: 1, diverged: 0, quarantined: [] };

/** Through b0: client 0 has posted and client 2 has proposed. b1 has ingested both, and holds no text. */
beforeEach(async () => {
  world = await (await SequencesWorld.open(ground)).start();
  const ends = [
    await world.run(() => world.client(0).createThread(thread)),
    await world.run(() => world.client(0).post(thread, SAID)),
    await world.run(() => world.client(2).submitSpec(thread, PROPOSED, MINIMUM_STAKE)),
  ];
  expect(ends.map(({ kind }) => kind)).toEqual(['confirmed', 'confirmed', 'confirmed']);
  await world.round();
});
afterEach(() => world.close());

type Harm = readonly [what: string, harm: () => void, hash: () => string];
const harms: readonly Harm[] = [
  ['a lost message', () => world.qdrant.lose('messages', pointIdOf(said())), said],
  ['an altered message', () => alter('messages', pointIdOf(said()), { text: 'what was never said' }), said],
  ['a message of an altered author', () => alter('messages', pointIdOf(said()), { author: '1'.repeat(40) }), said],
  ['an unreadable message', () => alter('messages', pointIdOf(said()), { text: 7 }), said],
  ["a spec's lost content", () => world.qdrant.lose('messages', pointIdOf(proposed())), proposed],
  ["a spec's altered content", () => alter('messages', pointIdOf(proposed()), { text: 'something else' }), proposed],
  ["a spec's unreadable content", () => alter('messages', pointIdOf(proposed()), { text: 7 }), proposed],
];

describe('[S-2.1] [S-2.3] [C-1.1] [C-1.2] content', () => {
  it.each(harms)('[SQ42] %s is put back by the backend that holds its text, whoever passes first', async (_, harm, hash) => {
    const before = stored();
    harm();
    const harmed = stored();
    expect(harmed).not.toEqual(before);
    expect(await pass(1)).toEqual({ threads: 1, diverged: 0, quarantined: [hash()] });
    expect(world.backend(1).inspect().counters).toMatchObject({ quarantined: 1, missingContents: 0 });
    expect(stored()).toEqual(harmed);
    expect(await pass(0)).toEqual({ threads: 1, diverged: 1, quarantined: [] });
    expect(stored()).toEqual(before);
    expect([await pass(0), await pass(1)]).toEqual([nothing, nothing]);
    expect(world.backend(1).inspect().counters).toMatchObject({ quarantined: 0 });
  });

  it.each(harms)('[SQ43] %s is put back when both pass at once', async (_, harm) => {
    const before = stored();
    harm();
    await world.run(() => Promise.all([0, 1, 0].map((i) => world.backend(i).sync())));
    expect(stored()).toEqual(before);
  });

  it.each(harms)('[SQ44] %s is put back in a round a minute on, though its backend crashed meanwhile', async (_, harm) => {
    const before = stored();
    harm();
    const harmed = stored();
    world.crash(0);
    world.advance(60_000);
    await world.round();
    expect(stored()).toEqual(harmed);
    await world.restart(0);
    await world.round();
    world.advance(60_000);
    await world.round();
    expect(stored()).toEqual(before);
  });

  it('[SQ45] that is altered is never answered by a search, and is again once it is mended', async () => {
    const hits = async (): Promise<number> => {
      const found = await world.run(() => world.client(0).search(SAID));
      return found.kind === 'hits' ? found.hits.length : -1;
    };
    expect(await hits()).toBe(1);
    for (const change of [{ text: 'what was never said' }, { author: '1'.repeat(40) }]) {
      alter('messages', pointIdOf(said()), change);
      expect(await hits()).toBe(0);
      await pass(0);
      expect(await hits()).toBe(1);
    }
  });
});

describe('[S-2.1] [S-2.3] [C-2.1] [C-2.2] metadata', () => {
  it.each<[string, () => void]>([
    ['lost', () => world.qdrant.lose('threads', pointIdOf(thread))],
    ['altered behind its version', () => alter('threads', pointIdOf(thread), { co_authors: [world.wallet(1).id] })],
    ['of another count', () => alter('threads', pointIdOf(thread), { message_count: 9 })],
    ['unreadable', () => alter('threads', pointIdOf(thread), { co_authors: 'nobody' })],
  ])('[SQ46] that is %s is written again by whoever passes first', async (_, harm) => {
    const before = stored();
    harm();
    expect(stored()).not.toEqual(before);
    expect(await pass(1)).toEqual({ threads: 1, diverged: 1, quarantined: [] });
    expect(stored()).toEqual(before);
    expect([await pass(0), await pass(1)]).toEqual([nothing, nothing]);
  });
});

describe('[S-2.2] a pass', () => {
  it('[SQ47] over what nobody touched reads, and writes nothing anywhere', async () => {
    // Until every event has been read again as often as it is.
    for (let again = 0; again < 3; again += 1) expect([await pass(0), await pass(1)]).toEqual([nothing, nothing]);
    const before = world.trace.length;
    expect([await pass(0), await pass(1)]).toEqual([nothing, nothing]);
    const calls = world.trace.slice(before).filter((call) => !call.includes('store.get'));
    expect(calls).toEqual(['b0 content.thread', 'b0 content.threadMessages', 'b1 content.thread', 'b1 content.threadMessages']);
  });

  it('[SQ48] by a backend that has not ingested the newest undoes nothing of it', async () => {
    expect((await world.run(() => world.client(0).post(thread, 'newer'))).kind).toBe('confirmed');
    expect((await world.run(() => world.client(0).vote(spec(), 'approve'))).kind).toBe('confirmed');
    expect((await world.run(() => world.client(0).settle(spec()))).kind).toBe('confirmed');
    const before = stored();
    for (const ms of [0, 60_000, 60_000]) {
      world.advance(ms);
      expect(await pass(1)).toEqual(nothing);
    }
    expect(stored()).toEqual(before);
  });
});

const spec = () => ({ thread, hash: proposed(), author: world.wallet(2).id });
