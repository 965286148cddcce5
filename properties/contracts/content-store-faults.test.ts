/**
 * The content store under each fault of its authority: what the caller is told, and what is really stored.
 * Every `unknown` appears twice, once applied and once not, told apart only by looking behind the caller's back.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createQdrantContentStore } from '#impl/adapters/qdrant/content-store.ts';
import type { MalformedPoint } from '#impl/adapters/qdrant/payloads.ts';
import { pointIdOf } from '#impl/adapters/qdrant/point-ids.ts';
import type { ContentStore } from '#impl/ports/content-store.ts';
import { type QdrantEmulator, startEmulator } from '#simulations/qdrant/emulator.ts';
import type { EmulatorFault, WriteFault } from '#simulations/qdrant/emulator-faults.ts';
import type { EmulatorWorld } from '#simulations/qdrant/world.ts';
import {
  alice,
  answers,
  applies,
  axis,
  bob,
  contractDimensions,
  countingRandom,
  draft,
  failsWith,
  metadata,
  refusedWith,
  thread,
} from './content-store.contract.ts';

let emulator: QdrantEmulator;
let world: EmulatorWorld;
let store: ContentStore;
let malformed: MalformedPoint[];
let worlds = 0;

beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.close());
beforeEach(async () => {
  world = await emulator.openWorld(`w${worlds++}_`);
  malformed = [];
  store = clientOf(world, 'one');
  expect(await store.ensureCollections()).toMatchObject({ kind: 'applied' });
});
afterEach(() => world.drop());

/** Waits long: only a client that is to meet silence is given little time, and then it cannot be too little. */
const clientOf = (
  { url, prefix }: { readonly url: string; readonly prefix: string },
  seed: string,
  timeoutMs = 30_000,
): ContentStore =>
  createQdrantContentStore({
    url,
    prefix,
    dimensions: contractDimensions,
    random: countingRandom(seed),
    timeoutMs,
    onMalformed: (point) => malformed.push(point),
  });
const unknownWith = (code: string): object => ({
  kind: 'unknown',
  failure: expect.objectContaining({ code, authority: 'qdrant' }),
});
const put = (text: string): ReturnType<ContentStore['putPending']> => store.putPending(draft(text), axis(0));
const texts = (): unknown[] => world.points('messages').map(({ payload }) => payload['text']);
const arm = (effect: WriteFault['effect'], answer: WriteFault['answer']): void => world.arm({ on: 'write', effect, answer });
const now = { kind: 'now' } as const;
const never = { kind: 'never' } as const;

describe('the link', () => {
  it('[QF1] while it is down every write is certainly not applied, every read fails, and both recover', async () => {
    await world.setLink('down');
    expect(await put('a')).toEqual(refusedWith('Unreachable'));
    expect(await store.markRecorded(draft('a').hash, 0)).toEqual(refusedWith('Unreachable'));
    expect(await store.discardPending(draft('a').hash)).toEqual(refusedWith('Unreachable'));
    expect(await store.putThread(metadata(1))).toEqual(refusedWith('Unreachable'));
    expect(await store.ensureCollections()).toEqual(refusedWith('Unreachable'));
    expect(await store.search({ vector: axis(0), limit: 1 })).toEqual(failsWith('Unreachable'));
    expect(await store.verifyIndexes()).toEqual(failsWith('Unreachable'));
    expect(texts()).toEqual([]);
    await world.setLink('up');
    expect(await put('a')).toEqual(applies(undefined));
    expect(texts()).toEqual(['a']);
  });

  it('[QF1] going down and up a hundred times is never taken for a lost answer', async () => {
    const told = new Set<string>();
    for (let i = 0; i < 100; i++) {
      await put('a');
      await world.setLink('down');
      const outcome = await put('b');
      told.add(outcome.kind === 'applied' ? 'applied' : outcome.failure.code);
      await world.setLink('up');
    }
    expect([...told]).toEqual(['Unreachable']);
  });

  it('[QF1] one world down leaves the others up', async () => {
    const other = await emulator.openWorld('other_');
    await world.setLink('down');
    expect(await clientOf(other, 'x').ensureCollections()).toEqual(applies(undefined));
    await other.drop();
  });
});

describe('lost and ambiguous answers', () => {
  const ambiguous: readonly (readonly [string, WriteFault['answer'], string])[] = [
    ['a broken connection', { kind: 'lost' }, 'ConnectionLost'],
    ['silence', { kind: 'silent' }, 'Timeout'],
    ['408', { kind: 'refused', status: 408 }, 'ServerTimeout'],
    ['500', { kind: 'refused', status: 500 }, 'ServerError'],
    ['502 from a gateway', { kind: 'refused', status: 502 }, 'ServerError'],
    ['503', { kind: 'refused', status: 503 }, 'ServerError'],
    ['wait_timeout', { kind: 'waitTimeout' }, 'WaitTimeout'],
    ['acknowledged', { kind: 'acknowledged' }, 'OnlyAcknowledged'],
  ];
  for (const [name, answer, code] of ambiguous) {
    it(`[QF2] after ${name} a write is unknown, whether it was applied or not, and repeating it settles it`, async () => {
      const writer = answer.kind === 'silent' ? clientOf(world, 'hasty', 100) : store;
      arm(now, answer);
      expect(await writer.putPending(draft('applied'), axis(0))).toEqual(unknownWith(code));
      expect(texts()).toEqual(['applied']);
      arm(never, answer);
      expect(await writer.putPending(draft('dropped'), axis(0))).toEqual(unknownWith(code));
      expect(texts()).toEqual(['applied']);
      expect(world.fired().map(({ changed }) => changed)).toEqual([true, false]);
      expect(await put('applied')).toEqual(applies(undefined));
      expect(await put('dropped')).toEqual(applies(undefined));
      expect(new Set(texts())).toEqual(new Set(['applied', 'dropped']));
    });
  }

  it('[QF2] each kind of write is unknown when its answer is lost', async () => {
    await put('m');
    const writes: readonly (() => Promise<unknown>)[] = [
      () => store.putRecorded({ ...draft('m'), sequence: 0 }, axis(0)),
      () => store.markRecorded(draft('m').hash, 0),
      () => store.discardPending(draft('m').hash),
      () => store.putThread(metadata(1)),
    ];
    for (const write of writes) {
      arm(now, { kind: 'lost' });
      expect(await write()).toEqual(unknownWith('ConnectionLost'));
    }
  });

  it('[QF3] 429 is certainly not applied and says how long to wait', async () => {
    arm(never, { kind: 'refused', status: 429, retryAfterS: 2 });
    expect(await put('a')).toEqual({
      kind: 'notApplied',
      failure: expect.objectContaining({ kind: 'unavailable', code: 'RateLimited', retryAfterMs: 2_000 }),
    });
    arm(never, { kind: 'refused', status: 429 });
    expect(await put('a')).toEqual(refusedWith('RateLimited'));
    expect(texts()).toEqual([]);
  });

  it('[QF2] a read whose answer is lost, late or refused fails and changes nothing', async () => {
    const reads: readonly (readonly [EmulatorFault & { on: 'read' }, string])[] = [
      [{ on: 'read', answer: { kind: 'lost' } }, 'ConnectionLost'],
      [{ on: 'read', answer: { kind: 'silent' } }, 'Timeout'],
      [{ on: 'read', answer: { kind: 'refused', status: 503 } }, 'ServerError'],
      [{ on: 'read', answer: { kind: 'refused', status: 429, retryAfterS: 1 } }, 'RateLimited'],
    ];
    for (const [fault, code] of reads) {
      const reader = fault.answer.kind === 'silent' ? clientOf(world, 'hasty', 100) : store;
      world.arm(fault);
      expect(await reader.thread(thread('one'))).toEqual(failsWith(code));
    }
  });

  it('[QF2] a compare-and-set whose read-back is lost is unknown; repeating it tells superseded, as it had been written', async () => {
    world.arm({ on: 'read', answer: { kind: 'lost' } });
    expect(await store.putThread(metadata(1))).toEqual(unknownWith('ConnectionLost'));
    expect(await store.putThread(metadata(1))).toEqual(applies('superseded'));
  });
});

describe('delayed, repeated and stale', () => {
  it('[QF4] a queued write that was only acknowledged is applied in order by the next one that waits', async () => {
    arm({ kind: 'queued' }, { kind: 'acknowledged' });
    expect(await put('queued')).toEqual(unknownWith('OnlyAcknowledged'));
    expect(texts()).toEqual([]);
    await put('next');
    expect(new Set(texts())).toEqual(new Set(['queued', 'next']));
  });

  it('[QF5] a write of pending content that arrives after the message was recorded changes nothing', async () => {
    arm({ kind: 'delayed' }, { kind: 'lost' });
    expect(await put('m')).toEqual(unknownWith('ConnectionLost'));
    await store.putRecorded({ ...draft('m'), sequence: 0 }, axis(0));
    expect(world.deliverDelayed()).toBe(1);
    expect(await store.messages([draft('m').hash])).toEqual(answers([{ ...draft('m'), state: 'recorded', sequence: 0 }]));
  });

  it('[QF5] a discard that arrives after the message was recorded deletes nothing', async () => {
    await put('m');
    arm({ kind: 'delayed' }, { kind: 'lost' });
    await store.discardPending(draft('m').hash);
    await store.markRecorded(draft('m').hash, 0);
    world.deliverDelayed();
    expect(texts()).toEqual(['m']);
  });

  it('[QF5] an old version of metadata that is delivered again never overwrites a newer one', async () => {
    await store.putThread(metadata(1));
    const old = world.recentWrites('threads').at(-1)?.number ?? -1;
    await store.putThread(metadata(2, [alice, bob]));
    expect(world.redeliver('threads', old)).toBe(true);
    expect(await store.thread(thread('one'))).toEqual(answers(metadata(2, [alice, bob])));
  });

  it('[QF6] a stale replica answers plain reads; a compare-and-set is settled by agreement', async () => {
    await store.putThread(metadata(1));
    world.freezeReads();
    expect(await store.putThread(metadata(2))).toEqual(applies('written'));
    expect(await store.thread(thread('one'))).toEqual(answers(metadata(1)));
    expect(await store.putThread(metadata(2))).toEqual(applies('superseded'));
    await put('m');
    expect(await store.messages([draft('m').hash])).toEqual(answers([]));
    expect(await store.discardPending(draft('m').hash)).toEqual(applies('discarded'));
    world.thawReads();
    expect(await store.thread(thread('one'))).toEqual(answers(metadata(2)));
  });

  it('[QF6] what a discard did is not judged by a stale replica', async () => {
    await put('pending');
    await put('recorded since');
    world.freezeReads();
    await store.markRecorded(draft('recorded since').hash, 0);
    await store.putRecorded({ ...draft('unknown to it'), sequence: 1 }, axis(0));
    expect(await store.discardPending(draft('pending').hash)).toEqual(applies('discarded'));
    expect(await store.discardPending(draft('recorded since').hash)).toEqual(applies('kept'));
    expect(await store.discardPending(draft('unknown to it').hash)).toEqual(applies('kept'));
  });

  it('[QF7] a request cut off before its only point is unknown and applied nothing', async () => {
    arm({ kind: 'firstPoints', count: 0 }, { kind: 'refused', status: 500 });
    expect(await put('m')).toEqual(unknownWith('ServerError'));
    expect(texts()).toEqual([]);
  });
});

describe('altered and lost points', () => {
  const id = pointIdOf(draft('m').hash);
  beforeEach(() => store.putRecorded({ ...draft('m'), sequence: 0 }, axis(0)));

  it('[QF8] a malformed message is reported, treated as absent everywhere, and mended by putRecorded', async () => {
    const broken = [
      {},
      { text: 1 },
      { ...world.points('messages')[0]?.payload, state: 'pending' },
      { content_hash: 'x', state: 'recorded' },
    ];
    for (const payload of broken) {
      malformed.length = 0;
      expect(world.tamper('messages', id, { payload })).toBe(true);
      expect(await store.messages([draft('m').hash])).toEqual(answers([]));
      expect(await store.search({ vector: axis(0), limit: 5 })).toEqual(answers([]));
      expect(malformed[0]).toMatchObject({ code: 'MalformedPoint', point: id, collection: `${world.prefix}messages` });
      expect(await store.putRecorded({ ...draft('m'), sequence: 0 }, axis(0))).toEqual(applies(undefined));
      expect(await store.search({ vector: axis(0), limit: 5 })).toMatchObject({ ok: true, value: [{ message: draft('m') }] });
    }
  });

  it('[QF8] a message stored under another id than its hash gives is treated as absent', async () => {
    const [stored] = world.points('messages');
    world.tamper('messages', id, { payload: { ...stored?.payload, content_hash: draft('other').hash } });
    expect(await store.messages([draft('m').hash, draft('other').hash])).toEqual(answers([]));
    expect(malformed[0]?.detail).toContain('id: expected');
  });

  it('[QF8] altered text is read as it is: checking the hash is the caller business', async () => {
    const [stored] = world.points('messages');
    world.tamper('messages', id, { payload: { ...stored?.payload, text: 'altered' } });
    expect(await store.messages([draft('m').hash])).toMatchObject({
      ok: true,
      value: [{ text: 'altered', hash: draft('m').hash }],
    });
  });

  it('[QF8] a lost message is absent, and flipping it says so', async () => {
    expect(world.lose('messages', id)).toBe(true);
    expect(await store.messages([draft('m').hash])).toEqual(answers([]));
    expect(await store.markRecorded(draft('m').hash, 0)).toEqual(applies('missing'));
  });

  it('[QF8] malformed metadata is reported, read as none, and gives way to the next write', async () => {
    const threadPoint = pointIdOf(thread('one'));
    for (const payload of [{}, { version: 'one' }, { version: 3, co_authors: 'alice' }]) {
      await store.putThread(metadata(3));
      world.tamper('threads', threadPoint, { payload });
      expect(await store.thread(thread('one'))).toEqual(answers(null));
      expect(malformed.at(-1)?.collection).toBe(`${world.prefix}threads`);
      expect(await store.putThread(metadata(3))).toEqual(applies('written'));
      expect(await store.thread(thread('one'))).toEqual(answers(metadata(3)));
    }
  });
});

describe('servers and collections that will not do', () => {
  it('[QF9] a server without conditional upserts is refused by name before anything is made', async () => {
    const old = await startEmulator({ version: '1.16.3' });
    const outcome = await clientOf({ url: old.url, prefix: 'p_' }, 'x').ensureCollections();
    expect(outcome).toEqual(refusedWith('CompareAndSetUnsupported'));
    expect(outcome.kind === 'notApplied' && outcome.failure.detail).toContain('1.16.3');
    expect(old.collections()).toEqual([]);
    await old.close();
  });

  it('[QF9] an existing collection of another size is refused, and named by verifyIndexes', async () => {
    const other = createQdrantContentStore({ url: world.url, prefix: world.prefix, dimensions: 8, random: countingRandom('x') });
    expect(await other.ensureCollections()).toEqual(refusedWith('WrongDimension'));
    expect(await other.verifyIndexes()).toMatchObject({ ok: true, value: [expect.stringContaining('expected vectors of 8')] });
  });

  it('[QF9] a dropped index and a red collection are named, and ensureCollections makes the index again', async () => {
    await fetch(`${world.url}/collections/${world.prefix}messages/index/thread?wait=true`, { method: 'DELETE' });
    world.setStatus('threads', 'red');
    expect(await store.verifyIndexes()).toMatchObject({
      ok: true,
      value: [expect.stringContaining('keyword index on thread, got none'), expect.stringContaining('status red')],
    });
    world.setStatus('threads', 'green');
    expect(await store.ensureCollections()).toEqual(applies(undefined));
    expect(await store.verifyIndexes()).toEqual(answers([]));
  });

  it('[QF9] missing collections are a refusal by name', async () => {
    const nowhere = clientOf({ url: world.url, prefix: `${world.prefix}none_` }, 'x');
    expect(await nowhere.putPending(draft('m'), axis(0))).toEqual(refusedWith('NotFound'));
    expect(await nowhere.markRecorded(draft('m').hash, 0)).toEqual(refusedWith('NotFound'));
    expect(await nowhere.thread(thread('one'))).toEqual(failsWith('NotFound'));
  });

  it('[QF9] options that can never work are refused at once', () => {
    const good = { url: 'http://127.0.0.1:1', prefix: '', dimensions: 4, random: countingRandom('x') };
    for (const bad of [{ url: 'localhost:6333' }, { prefix: 'a/b' }, { dimensions: 0 }, { timeoutMs: 0 }]) {
      expect(() => createQdrantContentStore({ ...good, ...bad })).toThrow(/content store option .*: expected/);
    }
  });
});
