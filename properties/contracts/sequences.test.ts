/**
 * The specification's two sequences over the real adapters: the happy path, every unknown outcome, retries, expiry, sessions.
 * What a green run does not show: other interleavings than the serial one, and nodes of several opinions; those are the
 * properties' business.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hashContent } from '#impl/core/content.ts';
import type { WriteResult } from '#impl/core/protocol.ts';
import type { Frontend } from '#impl/frontend/frontend.ts';
import { intentId } from '#impl/ports/ids.ts';
import { type Ground, MINIMUM_STAKE, openGround, SequencesWorld, threadNamed } from './sequences-world.ts';

let ground: Ground;
let world: SequencesWorld;
beforeAll(async () => {
  ground = await openGround();
});
afterAll(() => ground.emulator.close());
beforeEach(async () => {
  world = await (await SequencesWorld.open(ground)).start();
});
afterEach(() => world.close());

const thread = threadNamed('thread');
const confirmed = (version: number): object => ({ kind: 'confirmed', version });
const refusedWith = (code: string): object => ({ kind: 'refused', refusal: expect.objectContaining({ code }) });
const hashBy = (client: number, text: string): ReturnType<typeof hashContent> =>
  hashContent({ thread, author: world.wallet(client).id, text });
const states = async (): Promise<Record<string, string>> =>
  Object.fromEntries((await world.stored(thread)).map((message) => [message.text, message.state]));
const shown = (client: number): number =>
  world
    .client(client)
    .getSnapshot()
    .threads.find((each) => each.thread === thread)?.confirmed?.version ?? 0;
const cached = (backend: number): number =>
  world
    .backend(backend)
    .inspect()
    .views.find((view) => view.thread === thread)?.version ?? 0;
const specOf = (client: number, text: string) => ({ thread, hash: hashBy(client, text), author: world.wallet(client).id });

/** Client 0 has created the thread. */
const withThread = async (): Promise<void> => {
  expect(await world.run(() => world.client(0).createThread(thread))).toMatchObject(confirmed(1));
};

describe('[T-2.1] [T-2.2] [T-2.3] ownership update', () => {
  it('[SQ1] is confirmed with its version, cached, pushed and in Qdrant when it is answered', async () => {
    await withThread();
    expect({
      ledger: (await world.ledgerThread(thread))?.version,
      cached: cached(0),
      client0: shown(0),
      client2: shown(2),
    }).toEqual({
      ledger: 1,
      cached: 1,
      client0: 1,
      client2: 1,
    });
    expect(await world.storedVersion(thread)).toBe(1);
    // The other backend and its client learn it in the next round.
    expect({ cached: cached(1), client1: shown(1) }).toEqual({ cached: 0, client1: 0 });
    await world.round();
    expect({ cached: cached(1), client1: shown(1) }).toEqual({ cached: 1, client1: 1 });
  });

  it('[SQ2] moves tokens and ownership through spec, vote and settlement, seen alike by everybody', async () => {
    await withThread();
    expect(await world.run(() => world.client(1).submitSpec(thread, 'let me in', MINIMUM_STAKE))).toMatchObject(confirmed(2));
    expect(await states()).toEqual({ 'let me in': 'pending' });
    const spec = specOf(1, 'let me in');
    expect(await world.run(() => world.client(0).vote(spec, 'approve'))).toMatchObject(confirmed(3));
    expect(await world.run(() => world.client(2).settle(spec))).toMatchObject(confirmed(4));
    expect(await states()).toEqual({ 'let me in': 'recorded' });
    await world.round();
    const ledger = await world.ledgerThread(thread);
    expect(ledger?.coAuthors).toEqual([world.wallet(0).id, world.wallet(1).id]);
    for (const backend of [0, 1]) {
      expect(world.backend(backend).inspect().views).toMatchObject([
        {
          version: 4,
          coAuthors: ledger?.coAuthors,
          vault: ledger?.vault,
          messages: [{ hash: spec.hash, sequence: 0 }],
          specs: [],
        },
      ]);
    }
    expect([shown(0), shown(1), shown(2)]).toEqual([4, 4, 4]);
    expect(await world.run(() => world.client(1).divest(thread))).toMatchObject(confirmed(5));
  });

  it('[SQ3] removes the content of a denied spec', async () => {
    await withThread();
    await world.run(() => world.client(1).submitSpec(thread, 'no thanks', MINIMUM_STAKE));
    await world.run(() => world.client(0).vote(specOf(1, 'no thanks'), 'deny'));
    expect(await states()).toEqual({ 'no thanks': 'pending' });
    expect(await world.run(() => world.client(0).settle(specOf(1, 'no thanks')))).toMatchObject(confirmed(4));
    expect(await states()).toEqual({});
  });

  it.each([
    ['createThread', 'ThreadAlreadyExists', () => world.client(1).createThread(thread)],
    ['post', 'NotCoAuthor', () => world.client(1).post(thread, 'a')],
    ['post', 'ThreadNotFound', () => world.client(0).post(threadNamed('nowhere'), 'a')],
    ['submitSpec', 'AuthorIsCoAuthor', () => world.client(0).submitSpec(thread, 'a', MINIMUM_STAKE)],
    ['submitSpec', 'StakeBelowMinimum', () => world.client(1).submitSpec(thread, 'a', MINIMUM_STAKE - 1n)],
    ['submitSpec', 'InsufficientFunds', () => world.client(1).submitSpec(thread, 'a', 1_000_001n)],
    ['vote', 'SpecNotFound', () => world.client(0).vote(specOf(1, 'never'), 'approve')],
    ['settle', 'SpecNotFound', () => world.client(0).settle(specOf(1, 'never'))],
    ['divest', 'NotCoAuthor', () => world.client(1).divest(thread)],
    ['divest', 'LastCoAuthor', () => world.client(0).divest(thread)],
  ])('[SQ4] %s is refused %s, rolled back at the client, and changes nothing', async (_, code, write) => {
    await withThread();
    expect(await world.run(write)).toMatchObject(refusedWith(code));
    expect((await world.ledgerThread(thread))?.version).toBe(1);
    expect(await states()).toEqual({});
    for (const client of world.clients) {
      expect(client.getSnapshot().unsettled).toEqual([]);
      for (const each of client.getSnapshot().threads) expect(each.messages.length + each.specs.length).toBe(0);
    }
    expect(world.backend(0).inspect().projectionQueue + world.backend(1).inspect().projectionQueue).toBe(0);
  });
});

describe('[A-1] [T-1.1] [T-1.2] [T-1.3] [T-1.4] content update', () => {
  it('[SQ5] stores before it records, and is searchable only once recorded', async () => {
    await withThread();
    const before = world.trace.length;
    expect(await world.run(() => world.client(0).post(thread, 'hello choir'))).toMatchObject(confirmed(2));
    const calls = world.trace.slice(before).filter((call) => /content\.|ledger\.submit|store\.sync/.test(call));
    expect(calls).toEqual([
      'b0 store.sync',
      'b0 content.putPending',
      'b0 store.sync',
      'b0 ledger.submit',
      'b0 store.sync',
      'b0 content.markRecorded',
      'b0 content.messages',
      'b0 content.putThread',
    ]);
    const found = await world.run(() => world.client(2).search('hello'));
    expect(found).toMatchObject({ kind: 'hits', hits: [{ hash: hashBy(0, 'hello choir'), text: 'hello choir' }] });
  });

  it('[SQ6] costs another backend one read of each and no write to find it done', async () => {
    await withThread();
    await world.run(() => world.client(0).post(thread, 'once'));
    const before = world.trace.length;
    await world.run(() => world.backend(1).round());
    expect(world.trace.slice(before).filter((call) => call.includes('content.'))).toEqual([
      'b1 content.messages',
      'b1 content.thread',
    ]);
    expect(world.backend(1).inspect().projectionQueue).toBe(0);
  });

  it('[SQ7] posted twice is refused the second time, and stays recorded', async () => {
    await withThread();
    await world.run(() => world.client(0).post(thread, 'twice'));
    expect(await world.run(() => world.client(0).post(thread, 'twice'))).toMatchObject(refusedWith('HashAlreadyRecorded'));
    expect(await states()).toEqual({ twice: 'recorded' });
  });

  it.each([
    ['none', 'ContentEmpty', ''],
    ['a byte too much', 'ContentTooLarge', 'a'.repeat(1_048_577)],
    ['half a character', 'ContentMalformed', 'a\ud800'],
    ['more than any frame takes', 'ContentTooLarge', '\u0001'.repeat(3_000_000)],
  ])('[SQ8] bad content (%s) is refused %s, after the session is checked', async (_, code, text) => {
    await withThread();
    expect(await world.run(() => world.client(0).post(thread, text))).toMatchObject(refusedWith(code));
    expect(await world.run(() => world.client(0).search(text))).toMatchObject(refusedWith(code));
    await world.run(() => world.client(0).signOut());
    expect(await world.run(() => world.client(0).post(thread, text))).toMatchObject(refusedWith('Unauthenticated'));
    expect(await states()).toEqual({});
  });

  it('[SQ9] takes the longest text there may be, whatever it is made of', async () => {
    await withThread();
    const text = '\u0001'.repeat(1_048_576);
    expect(await world.run(() => world.client(0).post(thread, text))).toMatchObject(confirmed(2));
    expect(Object.values(await states())).toEqual(['recorded']);
  });
});

describe('unknown outcomes', () => {
  it.each(['before', 'after'] as const)(
    '[SQ10] a submission whose answer is lost %s its effect recovers by itself',
    async (position) => {
      await withThread();
      world.gateway.arm({ kind: 'loseSubmit', position, as: 'reset' });
      expect(await world.run(() => world.client(0).post(thread, 'lost'))).toMatchObject(confirmed(2));
      expect(await world.ledgerHashes(thread)).toEqual([hashBy(0, 'lost')]);
      expect(await states()).toEqual({ lost: 'recorded' });
    },
  );

  it.each(['now', 'never'] as const)(
    '[SQ11] a content write whose answer is lost (effect: %s) recovers by itself',
    async (kind) => {
      await withThread();
      world.qdrant.arm({ on: 'write', effect: { kind }, answer: { kind: 'lost' } });
      expect(await world.run(() => world.client(0).post(thread, 'lost'))).toMatchObject(confirmed(2));
      expect(await states()).toEqual({ lost: 'recorded' });
    },
  );

  it('[SQ12] a dropped submission is sent again, the same bytes, and lands once', async () => {
    world.gateway.arm({ kind: 'dropSubmit' });
    await withThread();
    expect((await world.ledgerThread(thread))?.version).toBe(1);
  });

  it.each(['before', 'after'] as const)(
    '[SQ13] answer lost %s the effect and the link down with it: unsettled, then settled by whichever backend is asked',
    async (position) => {
      await withThread();
      world.gateway.arm({ kind: 'loseSubmit', position, as: 'reset' });
      const result = await world.run(async () => {
        const writing = world.client(0).post(thread, 'unsure');
        const cut = world.clock.sleep(100).then(() => world.gateway.setLink('down'));
        return (await Promise.all([writing, cut]))[0];
      });
      expect(result).toEqual({ kind: 'unsettled' });
      expect(world.client(0).getSnapshot().unsettled).toHaveLength(1);
      expect(world.client(0).getSnapshot().threads[0]?.messages).toMatchObject([{ certainty: 'unsettled' }]);
      expect(await states()).toEqual({ unsure: 'pending' });
      await world.gateway.setLink('up');
      if (position === 'after') {
        // Another backend finds it on the ledger by its signature.
        await world.run(() => world.client(0).connect(world.backendId(1)));
        await world.run(() => world.client(0).signIn());
      } else {
        await world.round();
      }
      expect(world.client(0).getSnapshot()).toMatchObject({ unsettled: [], settled: [{ end: confirmed(2) }] });
      await world.round();
      expect(await states()).toEqual({ unsure: 'recorded' });
      expect([shown(0), shown(1), shown(2)]).toEqual([2, 2, 2]);
    },
  );

  it('[SQ14] bytes that never landed expire: refused, and their content is gone', async () => {
    await withThread();
    await world.gateway.setLink('up');
    const result = await world.run(async () => {
      world.gateway.arm({ kind: 'loseSubmit', position: 'before', as: 'reset' });
      const writing = world.client(0).post(thread, 'late');
      const cut = world.clock.sleep(100).then(() => world.gateway.setLink('down'));
      return (await Promise.all([writing, cut]))[0];
    });
    expect(result).toEqual({ kind: 'unsettled' });
    world.advance(61_000);
    await world.gateway.setLink('up');
    await world.round();
    expect(world.client(0).getSnapshot()).toMatchObject({ unsettled: [], settled: [{ end: refusedWith('Expired') }] });
    expect(world.client(0).getSnapshot().threads[0]?.messages).toEqual([]);
    expect(await world.ledgerHashes(thread)).toEqual([]);
    expect(await states()).toEqual({});
  });
});

describe('unreachable authorities', () => {
  it('[SQ15] Solana down: writes and strong reads are refused, cached reads say their age, nothing is stored', async () => {
    await withThread();
    await world.gateway.setLink('down');
    expect(await world.run(() => world.client(0).post(thread, 'a'))).toMatchObject(refusedWith('SolanaUnavailable'));
    expect(await world.run(() => world.client(0).readStrong(thread))).toMatchObject(refusedWith('SolanaUnavailable'));
    world.advance(5_000);
    const read = await world.run(() => world.client(0).readCached(thread));
    expect(read).toMatchObject({ kind: 'view', asOf: 1, view: { version: 1 } });
    expect(read.kind === 'view' ? read.ageMs : 0).toBeGreaterThanOrEqual(5_000);
    expect(await states()).toEqual({});
  });

  it('[SQ16] Qdrant down: a post is refused and never reaches the ledger; ownership goes on, its projection waits', async () => {
    await withThread();
    await world.qdrant.setLink('down');
    expect(await world.run(() => world.client(0).post(thread, 'a'))).toMatchObject(refusedWith('QdrantUnavailable'));
    expect(await world.run(() => world.client(0).search('a'))).toMatchObject(refusedWith('QdrantUnavailable'));
    expect(await world.run(() => world.client(1).createThread(threadNamed('second')))).toMatchObject(confirmed(1));
    expect(world.backend(1).inspect().projectionQueue).toBeGreaterThan(0);
    await world.qdrant.setLink('up');
    await world.round();
    expect(await world.storedVersion(threadNamed('second'))).toBe(1);
    expect(await states()).toEqual({});
    expect((await world.ledgerThread(thread))?.version).toBe(1);
    expect([0, 1].map((i) => world.backend(i).inspect().projectionQueue)).toEqual([0, 0]);
  });

  it('[SQ17] a content write that may have happened before Qdrant went away leaves nothing behind', async () => {
    await withThread();
    world.qdrant.arm({ on: 'write', effect: { kind: 'now' }, answer: { kind: 'lost' } });
    const result = await world.run(async () => {
      const writing = world.client(0).post(thread, 'ghost');
      const cut = world.clock.sleep(50).then(() => world.qdrant.setLink('down'));
      return (await Promise.all([writing, cut]))[0];
    });
    expect(result).toMatchObject(refusedWith('QdrantUnavailable'));
    await world.qdrant.setLink('up');
    expect(await states()).toEqual({ ghost: 'pending' });
    await world.round();
    expect(await states()).toEqual({});
  });
});

describe('reads', () => {
  it('[SQ18] a strong read catches its backend up; a cached read of another shows what that one has', async () => {
    await withThread();
    await world.round();
    await world.run(() => world.client(0).post(thread, 'new'));
    expect(await world.run(() => world.client(1).readCached(thread))).toMatchObject({ asOf: 1 });
    expect(await world.run(() => world.client(1).readStrong(thread))).toMatchObject({ asOf: 2, ageMs: 0 });
    expect(cached(1)).toBe(2);
    expect(shown(1)).toBe(2);
  });

  it('[SQ19] what a client shows never goes back, though a backend behind answers its older version', async () => {
    await withThread();
    await world.round();
    await world.run(() => world.client(0).post(thread, 'new'));
    expect(shown(0)).toBe(2);
    await world.run(() => world.client(0).connect(world.backendId(1)));
    await world.run(() => world.client(0).signIn());
    expect(await world.run(() => world.client(0).readCached(thread))).toMatchObject({
      asOf: 1,
      view: { version: 1, messages: [] },
    });
    expect(shown(0)).toBe(2);
  });

  it('[SQ20] a thread that does not exist is refused by both reads', async () => {
    expect(await world.run(() => world.client(0).readStrong(thread))).toMatchObject(refusedWith('ThreadNotFound'));
    expect(await world.run(() => world.client(0).readCached(thread))).toMatchObject(refusedWith('ThreadNotFound'));
  });
});

describe('sessions', () => {
  it('[SQ21] every request of an offline client is Disconnected; of a signed-out one Unauthenticated; signing in mends it', async () => {
    const client = world.client(0);
    const requests = () => [
      () => client.createThread(thread),
      () => client.post(thread, ''),
      () => client.readStrong(thread),
      () => client.readCached(thread),
      () => client.search(''),
      () => client.signOut(),
    ];
    await world.run(() => client.signOut());
    for (const request of requests()) expect(await world.run<unknown>(request)).toMatchObject(refusedWith('Unauthenticated'));
    client.disconnect();
    for (const request of requests()) expect(await world.run<unknown>(request)).toMatchObject(refusedWith('Disconnected'));
    expect(await world.run(() => client.signIn())).toMatchObject(refusedWith('Disconnected'));
    expect(client.disconnect()).toEqual({ kind: 'done' });
    await world.run(() => client.connect(world.backendId(0)));
    await world.run(() => client.signIn());
    expect(await world.run(() => client.createThread(thread))).toMatchObject(confirmed(1));
  });

  it('[SQ22] a session ends after exactly 24 hours, not before', async () => {
    const signedInAt = world.backend(0).inspect().sessions[0]?.expiresAtMs ?? 0;
    world.clock.advanceTo(signedInAt - 1);
    expect(await world.run(() => world.client(0).readCached(thread))).toMatchObject(refusedWith('ThreadNotFound'));
    world.clock.advanceTo(signedInAt);
    expect(await world.run(() => world.client(0).readCached(thread))).toMatchObject(refusedWith('Unauthenticated'));
    expect(world.client(0).getSnapshot().signedIn).toBe(false);
  });

  it('[SQ34] a session that expires inside a write does not stop it; nothing new can be begun with it', async () => {
    await withThread();
    world.clock.advanceTo((world.backend(0).inspect().sessions[0]?.expiresAtMs ?? 0) - 50);
    // The lost answer makes the content write wait and go on after the session has ended.
    world.qdrant.arm({ on: 'write', effect: { kind: 'now' }, answer: { kind: 'lost' } });
    expect(await world.run(() => world.client(0).post(thread, 'just in time'))).toMatchObject(confirmed(2));
    expect(await world.run(() => world.client(0).post(thread, 'too late'))).toMatchObject(refusedWith('Unauthenticated'));
  });

  it('[SQ23] sessions and the revocation of one survive a crash; others of the same wallet stay', async () => {
    await world.run(() => world.client(2).signOut());
    world.crash(0);
    expect(await world.run(() => world.client(0).connect(world.backendId(0)))).toMatchObject(refusedWith('BackendUnavailable'));
    await world.restart(0);
    expect(
      world
        .backend(0)
        .inspect()
        .sessions.map((session) => session.wallet),
    ).toEqual([world.wallet(0).id]);
    await world.run(() => world.client(0).connect(world.backendId(0)));
    expect(await world.run(() => world.client(0).createThread(thread))).toMatchObject(confirmed(1));
  });

  it('[SQ24] a backend that does not run refuses the connection, and the client is offline then', async () => {
    world.crash(1);
    expect(await world.run(() => world.client(0).connect(world.backendId(1)))).toMatchObject(refusedWith('BackendUnavailable'));
    expect(world.client(0).getSnapshot().backend).toBeNull();
  });
});

describe('retries', () => {
  it('[SQ25] the same intent again is answered the same, and written once', async () => {
    await withThread();
    const intent = intentId('retry-1');
    const first = await world.run(() => world.client(0).post(thread, 'again', intent));
    expect(await world.run(() => world.client(0).post(thread, 'again', intent))).toEqual(first);
    expect(await world.ledgerHashes(thread)).toHaveLength(1);
    world.crash(0);
    await world.restart(0);
    await world.run(() => world.client(0).connect(world.backendId(0)));
    expect(await world.run(() => world.client(0).post(thread, 'again', intent))).toEqual(first);
    expect((await world.ledgerThread(thread))?.version).toBe(2);
  });

  it('[SQ26] an intent used for another write is refused', async () => {
    await withThread();
    const intent = intentId('retry-2');
    await world.run(() => world.client(0).post(thread, 'one', intent));
    expect(await world.run(() => world.client(0).post(thread, 'two', intent))).toMatchObject(refusedWith('IntentMismatch'));
    expect(await world.ledgerHashes(thread)).toEqual([hashBy(0, 'one')]);
  });

  it('[SQ27] another wallet may use the same intent id for its own', async () => {
    const intent = intentId('shared');
    expect(await world.run(() => world.client(0).createThread(thread, intent))).toMatchObject(confirmed(1));
    expect(await world.run(() => world.client(2).createThread(threadNamed('other'), intent))).toMatchObject(confirmed(1));
  });
});

describe('several writers', () => {
  it('[SQ35] posts that race for the last place of a page of 64 are both recorded', async () => {
    await withThread();
    for (let n = 0; n < 63; n += 1) await world.run(() => world.client(0).post(thread, `${n}`));
    const both = await world.run(() => Promise.all(['left', 'right'].map((text) => world.client(0).post(thread, text))));
    expect(both.map((result) => result.kind)).toEqual(['confirmed', 'confirmed']);
    expect(await world.ledgerHashes(thread)).toHaveLength(65);
    await world.round();
    expect([cached(0), cached(1), shown(0), shown(1)]).toEqual([66, 66, 66, 66]);
    expect((await world.stored(thread)).every((message) => message.state === 'recorded')).toBe(true);
  });

  // A blockhash later it is another transaction; on the same one it is the same.
  const slotLater = async (write: () => Promise<WriteResult>): Promise<WriteResult> => {
    await world.clock.sleep(400);
    return write();
  };
  const told = (results: readonly WriteResult[]): string[] =>
    results.map((result) => (result.kind === 'refused' ? result.refusal.code : result.kind)).sort();

  it.each([0, 1])(
    '[SQ36] the same content posted at once through b0 and b%i is recorded once, and stays stored',
    async (other) => {
      await withThread();
      const again = await world.secondClientOf(0, other);
      const both = await world.run(() =>
        Promise.all([world.client(0).post(thread, 'same'), slotLater(() => again.post(thread, 'same'))]),
      );
      expect(told(both)).toEqual(['HashAlreadyRecorded', 'confirmed']);
      await world.round();
      expect(await states()).toEqual({ same: 'recorded' });
    },
  );

  it.each([0, 1])(
    '[SQ37] a spec submitted at once through b1 and b%i is open once, and its content stays stored',
    async (other) => {
      await withThread();
      const again = await world.secondClientOf(1, other);
      const submit = (client: Frontend) => client.submitSpec(thread, 'same', MINIMUM_STAKE);
      const both = await world.run(() => Promise.all([submit(world.client(1)), slotLater(() => submit(again))]));
      expect(told(both)).toEqual(['SpecAlreadyOpen', 'confirmed']);
      await world.round();
      expect(await states()).toEqual({ same: 'pending' });
    },
  );

  it.each([0, 1])('[SQ38] two intents that make the very same transaction are both told its end (b0 and b%i)', async (other) => {
    await withThread();
    const again = await world.secondClientOf(0, other);
    const both = await world.run(() => Promise.all([world.client(0), again].map((client) => client.post(thread, 'same'))));
    expect(both).toMatchObject([confirmed(2), confirmed(2)]);
    expect(world.backend(0).inspect().outbox).toMatchObject({ submitting: 0 });
    expect(await states()).toEqual({ same: 'recorded' });
  });
});

describe('a disturbed ledger', () => {
  it.each(['drop', 'double', 'swap'] as const)('[SQ30] an event stream with an entry to %s is seen through', async (change) => {
    await withThread();
    await world.round();
    for (const text of ['a', 'b', 'c']) await world.run(() => world.client(0).post(thread, text));
    world.gateway.arm({ kind: 'disturbEvents', change, index: 1 });
    await world.run(() => world.client(1).readStrong(thread));
    expect(world.gateway.faults.pending()).toEqual([]);
    expect(cached(1)).toBe(4);
    expect(world.backend(1).inspect()).toMatchObject({ behind: 0 });
  });

  it('[SQ31] an event missing at the end of the stream does not hide a write from its own client', async () => {
    await withThread();
    world.gateway.arm({ kind: 'disturbEvents', change: 'drop', index: 0 });
    expect(await world.run(() => world.client(0).post(thread, 'skipped'))).toMatchObject(confirmed(2));
    expect(world.gateway.faults.pending()).toEqual([]);
    expect(await world.ledgerHashes(thread)).toHaveLength(1);
  });

  it('[SQ32] a node far behind never takes a strong read back in time', async () => {
    await withThread();
    await world.run(() => world.client(0).post(thread, 'seen'));
    world.gateway.faults.lag(20);
    const read = await world.run(() => world.client(0).readStrong(thread));
    expect(read.kind === 'view' ? read.asOf : read.refusal.code).toSatisfy((seen) => seen === 2 || seen === 'SolanaUnavailable');
    world.gateway.faults.lag(0);
    expect(await world.run(() => world.client(0).readStrong(thread))).toMatchObject({ asOf: 2 });
  });

  it.each([{ kind: 'rateLimited', retryAfterS: 1 }, { kind: 'unavailable' }, { kind: 'behind', slots: 4 }] as const)(
    '[SQ33] a call refused as $kind is repeated, within bounds',
    async (refusal) => {
      await withThread();
      for (const call of [1, 5, 6, 9]) world.gateway.arm({ kind: 'failCall', call, refusal });
      expect(await world.run(() => world.client(0).post(thread, 'busy'))).toMatchObject(confirmed(2));
      expect(world.gateway.faults.pending()).toEqual([]);
    },
  );
});

describe('pushes', () => {
  it('[SQ28] dropped, doubled, reordered: the client ends up with the newest, and never shows an older one after a newer', async () => {
    await withThread();
    world.holdPushes = true;
    for (const text of ['a', 'b', 'c']) await world.run(() => world.client(0).post(thread, text));
    expect(shown(2)).toBe(1);
    const toTwo = world.held.filter((push) => push.client === 'client2');
    const versions: number[] = [];
    world.client(2).subscribe(() => versions.push(shown(2)));
    for (const push of [toTwo[1], toTwo[0], toTwo[0], toTwo[2], toTwo[1]]) push?.hand();
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
    // What came before the one it builds on was useless, until it came again; the rest is for the round.
    expect(shown(2)).toBe(3);
    await world.round();
    expect(shown(2)).toBe(4);
  });

  it('[SQ29] none at all: a round brings everything', async () => {
    world.holdPushes = true;
    await withThread();
    await world.run(() => world.client(0).post(thread, 'unseen'));
    expect(shown(0)).toBe(0);
    await world.round();
    expect([shown(0), shown(1), shown(2)]).toEqual([2, 2, 2]);
  });
});
