/**
 * The content store port on the model's reducer: the suite every ground stands, then its faults, each with what the caller is told
 * and what is stored afterwards. Faults between the requests of one port call do not exist here; the emulator has those.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import type { ContentStore, StoredMessage } from '#impl/ports/content-store.ts';
import { walletId } from '#impl/ports/ids.ts';
import type { EmulatorFault } from '#simulations/qdrant/emulator-faults.ts';
import type { MemoryContent } from '#simulations/world/memory/memory-content.ts';
import {
  answers,
  applies,
  axis,
  contentStoreContract,
  type Draft,
  draft,
  failsWith,
  metadata,
  thread,
} from './content-store.contract.ts';
import { memoryContentEnvironment } from './memory-grounds.ts';

describe("[MY4] content store on the model's reducer", () => contentStoreContract(memoryContentEnvironment()));

describe('memory content store', () => {
  let store: ContentStore;
  let content: MemoryContent;
  beforeEach(async () => {
    ({ store, content } = await memoryContentEnvironment().open());
    await store.ensureCollections();
  });
  const stored = async (...drafts: Draft[]): Promise<readonly StoredMessage[]> => {
    const reply = await store.messages(drafts.map(({ hash }) => hash));
    if (!reply.ok) throw new Error(reply.failure.code);
    return reply.value;
  };
  const states = async (...drafts: Draft[]): Promise<readonly string[]> => (await stored(...drafts)).map(({ state }) => state);

  it.each([
    ['lost', { kind: 'unavailable', code: 'ConnectionLost' }],
    ['silent', { kind: 'timeout', code: 'Timeout' }],
    ['acknowledged', { kind: 'unavailable', code: 'OnlyAcknowledged' }],
    ['waitTimeout', { kind: 'timeout', code: 'WaitTimeout' }],
  ] as const)('[MY5] Q1, Q2: an answer that is %s leaves the write unknown, applied or not', async (kind, failure) => {
    const told = { kind: 'unknown', failure };
    content.arm({ on: 'write', effect: { kind: 'now' }, answer: { kind } });
    expect(await store.putPending(draft('after'), axis(0))).toMatchObject(told);
    content.arm({ on: 'write', effect: { kind: 'never' }, answer: { kind } });
    expect(await store.putPending(draft('before'), axis(0))).toMatchObject(told);
    expect((await stored(draft('after'), draft('before'))).map(({ text }) => text)).toEqual(['after']);
    expect(content.fired().map(({ changed }) => changed)).toEqual([true, false]);
  });

  it('[MY5] Q1: what was only acknowledged is applied by the next write that waits, before that one', async () => {
    content.arm({ on: 'write', effect: { kind: 'queued' }, answer: { kind: 'acknowledged' } });
    await store.putPending(draft('m'), axis(0));
    expect(await stored(draft('m'))).toEqual([]);
    expect(await store.markRecorded(draft('m').hash, 4)).toEqual(applies('recorded'));
    expect(await stored(draft('m'))).toEqual([{ ...draft('m'), state: 'recorded', sequence: 4 }]);
    content.arm({ on: 'write', effect: { kind: 'queued' }, answer: { kind: 'acknowledged' } });
    await store.putPending(draft('n'), axis(0));
    expect([content.applyPending(), content.applyPending()]).toEqual([1, 0]);
    expect(await states(draft('n'))).toEqual(['pending']);
  });

  it.each([
    [429, 'notApplied', { kind: 'unavailable', code: 'RateLimited', retryAfterMs: 3_000 }],
    [408, 'unknown', { kind: 'timeout', code: 'ServerTimeout' }],
    [503, 'unknown', { kind: 'unavailable', code: 'ServerError' }],
  ] as const)('[MY5] Q3: a refusal with %i is %s', async (status, kind, failure) => {
    const answer = { kind: 'refused', status, retryAfterS: 3 } as const;
    content.arm({ on: 'write', effect: { kind: 'never' }, answer });
    expect(await store.putThread(metadata(1))).toMatchObject({ kind, failure });
    content.arm({ on: 'read', answer });
    expect(await store.thread(thread('one'))).toMatchObject({ ok: false, failure });
    expect(await store.thread(thread('one'))).toEqual(answers(null));
  });

  it('[MY5] Q4: a delayed write and a repeated one arrive after newer ones and undo nothing', async () => {
    content.arm({ on: 'write', effect: { kind: 'delayed' }, answer: { kind: 'lost' } });
    await store.putPending(draft('m'), axis(0));
    content.arm({ on: 'write', effect: { kind: 'delayed' }, answer: { kind: 'lost' } });
    await store.putThread(metadata(2));
    await store.putRecorded({ ...draft('m'), sequence: 0 }, axis(0));
    await store.putThread(metadata(3));
    expect(content.deliverDelayed()).toBe(2);
    for (const request of [...content.recent()]) content.redeliver(request);
    expect(await states(draft('m'))).toEqual(['recorded']);
    expect(await store.thread(thread('one'))).toEqual(answers(metadata(3)));
  });

  it('[MY5] Q5: frozen reads answer from the snapshot until they thaw; writes see what is stored', async () => {
    await store.putPending(draft('m'), axis(0));
    content.freezeReads();
    expect(await store.markRecorded(draft('m').hash, 0)).toEqual(applies('recorded'));
    await store.putThread(metadata(1));
    expect(await states(draft('m'))).toEqual(['pending']);
    expect(await store.search({ vector: axis(0), limit: 1 })).toEqual(answers([]));
    expect(await store.thread(thread('one'))).toEqual(answers(null));
    expect(await store.putThread(metadata(1))).toEqual(applies('superseded'));
    content.thawReads();
    expect(await states(draft('m'))).toEqual(['recorded']);
  });

  it('[MY5] Q9: what was altered or lost behind the back is mended by the same writes', async () => {
    await store.putRecorded({ ...draft('m'), sequence: 0 }, axis(0));
    await store.putThread(metadata(5));
    expect(content.tamper(draft('m').hash, 'other')).toBe(true);
    content.tamperThread({ ...metadata(5), coAuthors: [walletId('Ma11ory1111111111111111111111111')] });
    expect((await stored(draft('m')))[0]?.text).toBe('other');
    await store.putRecorded({ ...draft('m'), sequence: 0 }, axis(0));
    expect((await stored(draft('m')))[0]?.text).toBe('m');
    expect(await store.putThread(metadata(5))).toEqual(applies('written'));
    expect(await store.thread(thread('one'))).toEqual(answers(metadata(5)));
    expect([content.lose({ hash: draft('m').hash }), content.lose({ thread: thread('one') })]).toEqual([true, true]);
    expect([content.lose({ hash: draft('m').hash }), content.tamper(draft('m').hash, 'x')]).toEqual([false, false]);
    expect(await store.markRecorded(draft('m').hash, 0)).toEqual(applies('missing'));
    expect(await store.thread(thread('one'))).toEqual(answers(null));
  });

  it('[MY5] faults are met in the order they were armed, after those that are to pass, and only by their kind', async () => {
    const lost: EmulatorFault = { on: 'write', effect: { kind: 'never' }, answer: { kind: 'lost' } };
    content.arm({ ...lost, skip: 1 });
    expect((await store.putPending(draft('a'), axis(0))).kind).toBe('applied');
    expect(await states(draft('a'))).toEqual(['pending']);
    expect((await store.putPending(draft('b'), axis(0))).kind).toBe('unknown');
    content.arm(lost);
    content.disarm();
    expect((await store.putPending(draft('b'), axis(0))).kind).toBe('applied');
    content.arm({ on: 'write', effect: { kind: 'firstPoints', count: 0 }, answer: { kind: 'refused', status: 500 } });
    await store.putPending(draft('c'), axis(0));
    content.arm({ on: 'write', effect: { kind: 'firstPoints', count: 1 }, answer: { kind: 'refused', status: 500 } });
    await store.putPending(draft('d'), axis(0));
    expect((await stored(draft('c'), draft('d'))).map(({ text }) => text)).toEqual(['d']);
  });

  it('[MY5] with the link down nothing is delivered, and all is well afterwards', async () => {
    await content.setLink('down');
    const unreachable = { kind: 'notApplied', failure: { kind: 'unavailable', code: 'Unreachable' } };
    expect(await store.putPending(draft('m'), axis(0))).toMatchObject(unreachable);
    expect(await store.ensureCollections()).toMatchObject(unreachable);
    expect(await store.messages([draft('m').hash])).toEqual(failsWith('Unreachable'));
    expect(await store.verifyIndexes()).toEqual(failsWith('Unreachable'));
    await content.setLink('up');
    expect(await stored(draft('m'))).toEqual([]);
    expect((await store.putPending(draft('m'), axis(0))).kind).toBe('applied');
  });
});
