/**
 * What every implementation of the content store port must do, as a suite over an environment.
 * A green run on the emulator says nothing about a real server; the run names which ground it stood on.
 */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ContentStore, StoredMessage, ThreadMetadata } from '#impl/ports/content-store.ts';
import { contentHash, type ThreadId, threadId, type WalletId, walletId } from '#impl/ports/ids.ts';
import type { Random } from '#impl/ports/random.ts';

/** Vectors of all environments have this many components. */
export const contractDimensions = 4;

export interface OpenedContentStore {
  readonly store: ContentStore;
  /** Another client of the same collections, as a second backend would be. */
  another(): ContentStore;
  close(): Promise<void>;
}

export interface ContentStoreEnvironment {
  /** Empty and separate from every other opened one; collections are not made yet. */
  open(): Promise<OpenedContentStore>;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
/** Reproducible bytes: SHA-256 of a counter. Two clients must differ, as their tokens must. */
export function countingRandom(seed: string): Random {
  let count = 0;
  return { bytes: (length) => createHash('sha512').update(`${seed} ${count++}`).digest().subarray(0, length) };
}

export const thread: (name: string) => ThreadId = (name) => threadId(sha256(`thread ${name}`));
export const alice: WalletId = walletId('A11ce111111111111111111111111111');
export const bob: WalletId = walletId('Bob11111111111111111111111111111');

export type Draft = Omit<StoredMessage, 'state' | 'sequence'>;
export const draft = (text: string, on: ThreadId = thread('one'), author: WalletId = alice): Draft => ({
  hash: contentHash(sha256(`${on} ${author} ${text}`)),
  thread: on,
  author,
  text,
});
export const metadata = (
  version: number,
  coAuthors: readonly WalletId[] = [alice],
  on: ThreadId = thread('one'),
): ThreadMetadata => ({
  thread: on,
  version,
  coAuthors,
  messageCount: version - 1,
});
/** Unit vectors along one axis. */
export const axis = (i: number): number[] => Array.from({ length: contractDimensions }, (_, k) => (k === i ? 1 : 0));

const done = { kind: 'applied', value: undefined };
export const applies = <T>(value: T): object => ({ kind: 'applied', value });
export const answers = <T>(value: T): object => ({ ok: true, value });
export const refusedWith = (code: string): object => ({ kind: 'notApplied', failure: expect.objectContaining({ code }) });
export const failsWith = (code: string): object => ({ ok: false, failure: expect.objectContaining({ code }) });

export function contentStoreContract(environment: ContentStoreEnvironment): void {
  let opened: OpenedContentStore;
  let store: ContentStore;
  beforeEach(async () => {
    opened = await environment.open();
    store = opened.store;
    expect(await store.ensureCollections()).toEqual(done);
  });
  afterEach(() => opened.close());
  const stored = async (...drafts: Draft[]): Promise<readonly StoredMessage[]> => {
    const reply = await store.messages(drafts.map(({ hash }) => hash));
    if (!reply.ok) throw new Error(`${reply.failure.code}: ${reply.failure.detail}`);
    return reply.value;
  };

  describe('collections', () => {
    it('[CS1] ensureCollections may be repeated and leaves nothing to complain of', async () => {
      await store.putPending(draft('kept'), axis(0));
      expect(await store.ensureCollections()).toEqual(done);
      expect(await store.verifyIndexes()).toEqual(answers([]));
      expect(await stored(draft('kept'))).toHaveLength(1);
    });

    it('[CS1] two clients may make the collections at once', async () => {
      const fresh = await environment.open();
      const outcomes = await Promise.all([fresh.store, fresh.another(), fresh.another()].map((each) => each.ensureCollections()));
      expect(outcomes).toEqual([done, done, done]);
      expect(await fresh.store.verifyIndexes()).toEqual(answers([]));
      await fresh.close();
    });

    it('[CS2] verifyIndexes names collections that are missing', async () => {
      const fresh = await environment.open();
      const reply = await fresh.store.verifyIndexes();
      expect(reply.ok && reply.value).toEqual([expect.stringContaining('is missing'), expect.stringContaining('is missing')]);
      await fresh.close();
    });
  });

  describe('messages', () => {
    it('[CS3] what was put is read back, texts of any script unchanged', async () => {
      const texts = ['plain', '', 'ünï ©😀 漢字\u0000\u200f', 'x'.repeat(100_000)];
      for (const text of texts) expect(await store.putPending(draft(text), axis(0))).toEqual(done);
      const read = await stored(...texts.map((text) => draft(text)));
      expect(new Set(read.map(({ text }) => text))).toEqual(new Set(texts));
      expect(read[0]).toMatchObject({ state: 'pending', sequence: null, author: alice, thread: thread('one') });
    });

    it('[CS3] absent hashes are left out, repeated ones are answered once, none is answered by none', async () => {
      await store.putPending(draft('here'), axis(0));
      expect(await stored(draft('here'), draft('nowhere'), draft('here'))).toHaveLength(1);
      expect(await stored()).toEqual([]);
    });

    it('[CS4] putPending is idempotent and changes nothing that is there', async () => {
      await store.putPending(draft('first'), axis(0));
      expect(await store.putPending({ ...draft('first'), text: 'another text under the same hash' }, axis(1))).toEqual(done);
      expect(await stored(draft('first'))).toEqual([{ ...draft('first'), state: 'pending', sequence: null }]);
    });

    it('[CS5] a late putPending never moves a recorded message back', async () => {
      await store.putRecorded({ ...draft('m'), sequence: 3 }, axis(0));
      expect(await opened.another().putPending(draft('m'), axis(1))).toEqual(done);
      expect(await stored(draft('m'))).toEqual([{ ...draft('m'), state: 'recorded', sequence: 3 }]);
    });

    it('[CS6] putRecorded inserts what is missing, flips what is pending, and may be repeated', async () => {
      await store.putPending(draft('b'), axis(0));
      for (const text of ['a', 'b', 'b']) expect(await store.putRecorded({ ...draft(text), sequence: 7 }, axis(0))).toEqual(done);
      expect(await stored(draft('a'), draft('b'))).toEqual(
        expect.arrayContaining(['a', 'b'].map((text) => ({ ...draft(text), state: 'recorded', sequence: 7 }))),
      );
    });

    it('[CS6] putRecorded mends a recorded message whose text is not the hashed one', async () => {
      await store.putRecorded({ ...draft('m'), text: 'altered', sequence: 0 }, axis(0));
      await store.putRecorded({ ...draft('m'), sequence: 0 }, axis(0));
      expect(await stored(draft('m'))).toEqual([{ ...draft('m'), state: 'recorded', sequence: 0 }]);
    });

    it('[CS7] markRecorded flips without the text, may be repeated, and says when there is nothing to flip', async () => {
      await store.putPending(draft('m'), axis(0));
      expect(await store.markRecorded(draft('m').hash, 5)).toEqual(applies('recorded'));
      expect(await store.markRecorded(draft('m').hash, 5)).toEqual(applies('recorded'));
      expect(await stored(draft('m'))).toEqual([{ ...draft('m'), state: 'recorded', sequence: 5 }]);
      expect(await store.markRecorded(draft('nowhere').hash, 6)).toEqual(applies('missing'));
      expect(await stored(draft('nowhere'))).toEqual([]);
    });

    it('[CS6] [CS7] [C-4] a recorded message at another sequence is put in its place', async () => {
      await store.putRecorded({ ...draft('m'), sequence: 1 }, axis(0));
      expect(await store.markRecorded(draft('m').hash, 4)).toEqual(applies('recorded'));
      expect(await stored(draft('m'))).toEqual([{ ...draft('m'), state: 'recorded', sequence: 4 }]);
      expect(await store.putRecorded({ ...draft('m'), sequence: 2 }, axis(0))).toEqual(done);
      expect(await stored(draft('m'))).toEqual([{ ...draft('m'), state: 'recorded', sequence: 2 }]);
    });

    it('[CS8] discardPending deletes only what is pending', async () => {
      await store.putPending(draft('p'), axis(0));
      await store.putRecorded({ ...draft('r'), sequence: 0 }, axis(0));
      expect(await store.discardPending(draft('p').hash)).toEqual(applies('discarded'));
      expect(await store.discardPending(draft('p').hash)).toEqual(applies('discarded'));
      expect(await store.discardPending(draft('r').hash)).toEqual(applies('kept'));
      expect(await stored(draft('p'), draft('r'))).toEqual([{ ...draft('r'), state: 'recorded', sequence: 0 }]);
    });

    it('[CS8] a pending message whose text is not the hashed one is mended by discarding it first', async () => {
      await store.putPending({ ...draft('p'), text: 'altered' }, axis(1));
      expect(await store.discardPending(draft('p').hash)).toEqual(applies('discarded'));
      expect(await store.putPending(draft('p'), axis(0))).toEqual(done);
      expect(await stored(draft('p'))).toEqual([{ ...draft('p'), state: 'pending', sequence: null }]);
    });

    it('[CS9] threadMessages pages through one thread completely', async () => {
      const mine = Array.from({ length: 7 }, (_, i) => draft(`m${i}`));
      for (const each of mine) await store.putPending(each, axis(0));
      await store.putPending(draft('other', thread('two')), axis(0));
      const seen: StoredMessage[] = [];
      let after: string | null = null;
      let pages = 0;
      do {
        const page = await store.threadMessages(thread('one'), { after, limit: 3 });
        if (!page.ok) throw new Error(page.failure.detail);
        seen.push(...page.value.messages);
        after = page.value.next;
        pages++;
      } while (after !== null && pages < 10);
      expect(pages).toBe(3);
      expect(seen.map(({ hash }) => hash).sort()).toEqual(mine.map(({ hash }) => hash).sort());
    });
  });

  describe('thread metadata', () => {
    it('[CS10] only an older version gives way; the same and newer ones supersede', async () => {
      expect(await store.thread(thread('one'))).toEqual(answers(null));
      expect(await store.putThread(metadata(2))).toEqual(applies('written'));
      expect(await store.putThread(metadata(2))).toEqual(applies('superseded'));
      expect(await store.putThread(metadata(4, [alice, bob]))).toEqual(applies('written'));
      expect(await store.putThread(metadata(3, [bob]))).toEqual(applies('superseded'));
      expect(await store.thread(thread('one'))).toEqual(answers(metadata(4, [alice, bob])));
    });

    it('[CS10] among concurrent writers of every version the newest stays, and each version is written at most once', async () => {
      const writers = [store, opened.another(), opened.another()];
      const versions = [3, 9, 1, 7, 9, 2, 8, 9, 5, 4, 6];
      const outcomes = await Promise.all(
        versions.map(async (version, i) => ({
          version,
          outcome: await (writers[i % 3] as ContentStore).putThread(metadata(version)),
        })),
      );
      expect(outcomes.map(({ outcome }) => outcome.kind)).toEqual(versions.map(() => 'applied'));
      const written = outcomes.filter(({ outcome }) => outcome.kind === 'applied' && outcome.value === 'written');
      expect(new Set(written.map(({ version }) => version)).size).toBe(written.length);
      expect(await store.thread(thread('one'))).toEqual(answers(metadata(9)));
    });

    it('[CS11] co-authors that were altered behind a version are mended by writing that version again', async () => {
      await store.putThread(metadata(5, [bob]));
      expect(await store.putThread(metadata(5, [alice, bob]))).toEqual(applies('written'));
      expect(await store.putThread(metadata(5, [bob, alice]))).toEqual(applies('written'));
      expect(await store.thread(thread('one'))).toEqual(answers(metadata(5, [bob, alice])));
    });

    it('[CS10] threads are independent', async () => {
      await store.putThread(metadata(5));
      expect(await store.putThread(metadata(1, [bob], thread('two')))).toEqual(applies('written'));
      expect(await store.thread(thread('two'))).toEqual(answers(metadata(1, [bob], thread('two'))));
    });
  });

  describe('search', () => {
    const found = async (query: Parameters<ContentStore['search']>[0]): Promise<readonly string[]> => {
      const reply = await store.search(query);
      if (!reply.ok) throw new Error(reply.failure.detail);
      return reply.value.map(({ message }) => message.text);
    };

    it('[CS12] pending messages are hidden, recorded ones are found, best first', async () => {
      await store.putPending(draft('pending'), axis(0));
      await store.putRecorded({ ...draft('far'), sequence: 0 }, [1, 2, 0, 0]);
      await store.putRecorded({ ...draft('near'), sequence: 1 }, [2, 1, 0, 0]);
      expect(await found({ vector: axis(0), limit: 10 })).toEqual(['near', 'far']);
      expect(await found({ vector: axis(0), limit: 1 })).toEqual(['near']);
      await store.markRecorded(draft('pending').hash, 2);
      const reply = await store.search({ vector: axis(0), limit: 10 });
      expect(reply.ok && reply.value[0]?.score).toBeCloseTo(1, 5);
      expect(reply.ok && reply.value.map(({ message }) => message.text)).toEqual(['pending', 'near', 'far']);
    });

    it('[CS13] filters by thread and by author', async () => {
      const all = [draft('a1'), draft('b1', thread('one'), bob), draft('a2', thread('two'))];
      for (const [sequence, each] of all.entries()) await store.putRecorded({ ...each, sequence }, axis(0));
      expect(new Set(await found({ vector: axis(0), thread: thread('one'), limit: 10 }))).toEqual(new Set(['a1', 'b1']));
      expect(new Set(await found({ vector: axis(0), author: alice, limit: 10 }))).toEqual(new Set(['a1', 'a2']));
      expect(await found({ vector: axis(0), author: alice, thread: thread('two'), limit: 10 })).toEqual(['a2']);
      expect(await found({ vector: axis(0), author: bob, thread: thread('two'), limit: 10 })).toEqual([]);
    });

    it('[CS12] ties are in the order of hashes', async () => {
      const texts = Array.from({ length: 20 }, (_, i) => `t${i}`);
      for (const [sequence, text] of texts.entries()) await store.putRecorded({ ...draft(text), sequence }, axis(2));
      const hashes = texts.map((text) => draft(text).hash).sort();
      const reply = await store.search({ vector: axis(2), limit: 20 });
      expect(reply.ok && reply.value.map(({ message }) => message.hash)).toEqual(hashes);
    });
  });

  it('[CS14] bad arguments are refused by name and change nothing', async () => {
    const vector = axis(0);
    expect(await store.putPending(draft('x'), [1, 2])).toEqual(refusedWith('WrongDimension'));
    expect(await store.putPending(draft('x'), [1, 2, 3, Number.NaN])).toEqual(refusedWith('InvalidVector'));
    expect(await store.putRecorded({ ...draft('x'), sequence: -1 }, vector)).toEqual(refusedWith('InvalidNumber'));
    expect(await store.markRecorded(draft('x').hash, 0.5)).toEqual(refusedWith('InvalidNumber'));
    expect(await store.putThread({ ...metadata(1), version: 1.5 })).toEqual(refusedWith('InvalidNumber'));
    expect(await store.search({ vector, limit: 0 })).toEqual(failsWith('InvalidLimit'));
    expect(await store.search({ vector: [1], limit: 1 })).toEqual(failsWith('WrongDimension'));
    expect(await store.threadMessages(thread('one'), { after: null, limit: 1_001 })).toEqual(failsWith('InvalidLimit'));
    expect(await store.threadMessages(thread('one'), { after: 'x', limit: 1 })).toEqual(failsWith('InvalidPosition'));
    const many = Array.from({ length: 1_001 }, (_, i) => draft(`${i}`).hash);
    expect(await store.messages(many)).toEqual(failsWith('TooManyHashes'));
    expect(await stored(draft('x'))).toEqual([]);
    expect(await store.thread(thread('one'))).toEqual(answers(null));
  });
}
