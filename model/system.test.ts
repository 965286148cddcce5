import { describe, expect, it } from 'vitest';
import type { Action, Operation } from './action.ts';
import { maxContentBytes } from './content.ts';
import { isConverged, worldViolations } from './invariants.ts';
import type { Answer } from './observation.ts';
import { observe } from './observe.ts';
import {
  answerTo,
  asks,
  at,
  branches,
  connects,
  contentBy,
  crashes,
  creates,
  cuts,
  leaves,
  loses,
  mends,
  play,
  posts,
  restarts,
  rounds,
  settles,
  smallWorld,
  startMs,
  startS,
  strikes,
  submits,
  votes,
} from './stories.ts';
import { act } from './system.ts';
import { createWorld, type World, type WorldSetup } from './world.ts';

const refused = (code: string): Answer => ({ kind: 'refused', code });
const confirmed = (version: number): Answer => ({ kind: 'confirmed', version });
const done: Answer = { kind: 'done' };
const unsettled: Answer = { kind: 'unsettled' };

const world = smallWorld();
const disconnects = (client: number): Action => asks(client, { kind: 'disconnect' });
const signsIn = (client: number): Action => asks(client, { kind: 'signIn' });
const signsOut = (client: number): Action => asks(client, { kind: 'signOut' });
const reads = (client: number): Action => asks(client, { kind: 'readStrong', thread: 'thread#0' });
const readsCached = (client: number): Action => asks(client, { kind: 'readCached', thread: 'thread#0' });
const searches = (client: number, filter: { thread?: string; author?: string } = {}): Action =>
  asks(client, { kind: 'search', text: 'anything', ...filter });

const answers = (from: World, ...actions: readonly Action[]): readonly Answer[] =>
  branches(from, ...actions).map(({ answer }) => answer);
const client = (from: World, index: number) => observe(from).clients[index];
const versions = (from: World) => ({
  ledger: observe(from).ledger?.threads.map(({ version }) => version) ?? null,
  content: observe(from).content?.threads.map(({ version }) => version) ?? null,
  caches: observe(from).backends.map(({ cache }) => cache.map(({ version }) => version).join()),
  clients: observe(from).clients.map(({ threads }) => threads.map(({ version }) => version).join()),
});
const texts = (from: World, state: 'recorded' | 'pending') => observe(from).content?.[state].map(({ text }) => text);

describe('createWorld', () => {
  it('[MW1] starts with everybody connected and signed in, client i at backend i mod n', () => {
    expect(observe(world)).toEqual({
      ledger: {
        threads: [],
        wallets: [
          ['wallet#0', 1_000n],
          ['wallet#1', 1_000n],
          ['wallet#2', 1_000n],
        ],
        treasury: 0n,
        escrowed: 0n,
      },
      content: { threads: [], recorded: [], pending: [] },
      backends: [
        { backend: 'backend#0', cache: [], sessions: ['wallet#0', 'wallet#2'] },
        { backend: 'backend#1', cache: [], sessions: ['wallet#1'] },
      ],
      clients: [0, 1, 2].map((index) => ({
        client: `wallet#${index}`,
        backend: `backend#${index % 2}`,
        threads: [],
        unsettled: 0,
      })),
    });
  });

  it('[MW1] refuses a setup that describes no world, saying what was expected', () => {
    const setup: WorldSetup = { wallets: [{ name: 'a', balance: 0n }], backends: ['x'], minimumStake: 0n, nowMs: 0 };
    const wrong: readonly [Partial<WorldSetup>, string][] = [
      [{ wallets: [] }, 'createWorld: wallets: expected at least one'],
      [{ backends: [] }, 'createWorld: backends: expected at least one'],
      [{ wallets: [...setup.wallets, ...setup.wallets] }, 'createWorld: wallets: expected distinct names, got a, a'],
      [{ backends: ['x', 'x'] }, 'createWorld: backends: expected distinct names, got x, x'],
      [{ wallets: [{ name: 'a', balance: -1n }] }, 'createWorld: wallets: expected a balance of at least 0, got -1 for a'],
      [{ minimumStake: -1n }, 'createWorld: minimumStake: expected at least 0, got -1'],
      [{ nowMs: 0.5 }, 'createWorld: nowMs: expected whole milliseconds since 1970, got 0.5'],
      [{ nowMs: -1 }, 'createWorld: nowMs: expected whole milliseconds since 1970, got -1'],
    ];
    for (const [change, message] of wrong) expect(() => createWorld({ ...setup, ...change })).toThrow(new RangeError(message));
    expect(() => createWorld(setup)).not.toThrow();
  });

  it('[MW1] refuses actions that name nobody or go back in time, changing nothing', () => {
    const wrong: readonly [Action, string][] = [
      [asks(9, { kind: 'disconnect' }), 'UnknownClient'],
      [connects(0, 9), 'UnknownBackend'],
      [crashes(9), 'UnknownBackend'],
      [at(-1), 'ClockWentBack'],
      [{ kind: 'round', untilMs: startMs - 1 }, 'ClockWentBack'],
      [{ ...creates(0), untilMs: startMs - 1 } as Action, 'ClockWentBack'],
    ];
    expect(() => play(world, creates(0), loses('solana', true), leaves(0))).toThrow('expected one possible world, got 2');
    for (const [action, code] of wrong) expect(act(world, action)).toEqual([{ world, answer: refused(code) }]);
  });
});

describe('sessions and connections', () => {
  it('[MW2] a request needs a connection, then a session', () => {
    const operations: readonly Operation[] = [
      { kind: 'createThread', thread: 'thread#0' },
      { kind: 'post', thread: 'thread#0', text: '' },
      { kind: 'submitSpec', thread: 'thread#0', text: '', stake: 0n },
      { kind: 'vote', content: contentBy(0, 'x'), choice: 'deny' },
      { kind: 'settle', content: contentBy(0, 'x') },
      { kind: 'divest', thread: 'thread#0' },
      { kind: 'readStrong', thread: 'thread#0' },
      { kind: 'readCached', thread: 'thread#0' },
      { kind: 'search', text: '' },
      { kind: 'signOut' },
    ];
    for (const operation of operations) {
      expect(answerTo(world, disconnects(0), asks(0, operation))).toEqual(refused('Disconnected'));
      expect(answerTo(world, signsOut(0), asks(0, operation))).toEqual(refused('Unauthenticated'));
    }
    expect(answerTo(world, disconnects(0), signsIn(0))).toEqual(refused('Disconnected'));
    expect(answerTo(world, disconnects(0), disconnects(0))).toEqual(done);
  });

  it('[MW2] a token is kept for its backend and good for 24 hours', () => {
    expect(answerTo(world, connects(0, 1), creates(0))).toEqual(refused('Unauthenticated'));
    expect(answerTo(world, connects(0, 1), connects(0, 0), creates(0))).toEqual(confirmed(1));
    expect(answerTo(world, connects(0, 1), signsIn(0), creates(0))).toEqual(confirmed(1));
    expect(answerTo(world, at(86_399_999), creates(0))).toEqual(confirmed(1));
    expect(answerTo(world, at(86_400_000), creates(0))).toEqual(refused('Unauthenticated'));
    expect(observe(play(world, at(86_400_000))).backends.map(({ sessions }) => sessions)).toEqual([[], []]);
  });

  it('[MW2] signing out revokes the token in use; older sessions stay, but the client has no token for them', () => {
    const out = play(world, at(1), signsIn(0), signsOut(0));
    expect(observe(out).backends[0]?.sessions).toEqual(['wallet#0', 'wallet#2']);
    expect(answerTo(out, creates(0))).toEqual(refused('Unauthenticated'));
    expect(observe(play(world, signsOut(0))).backends[0]?.sessions).toEqual(['wallet#2']);
    expect(observe(play(world, signsOut(0), crashes(0), restarts(0))).backends[0]?.sessions).toEqual(['wallet#2']);
  });

  it('[MW2] a refused connect leaves the client offline, a crash takes its clients, sessions survive', () => {
    const crashed = play(world, crashes(1));
    expect(observe(crashed).clients.map(({ backend }) => backend)).toEqual(['backend#0', null, 'backend#0']);
    expect(observe(crashed).backends.map(({ backend }) => backend)).toEqual(['backend#0']);
    expect(answerTo(crashed, connects(0, 1))).toEqual(refused('BackendUnavailable'));
    expect(client(play(crashed, connects(0, 1)), 0)?.backend).toBeNull();
    expect(answerTo(crashed, restarts(1), connects(1, 1), creates(1))).toEqual(confirmed(1));
    expect(play(crashed, crashes(1))).toEqual(crashed);
    expect(play(world, restarts(1))).toEqual(world);
    expect(client(play(world, connects(0, 0)), 0)?.backend).toBe('backend#0');
  });
});

describe('content update and ownership update', () => {
  it('[MW3] a confirmed write is in its backend and its clients at once, and everywhere after a round', () => {
    const posted = play(world, creates(0), posts(0, 'hi'));
    expect(versions(posted)).toEqual({ ledger: [2], content: [2], caches: ['2', ''], clients: ['2', '', '2'] });
    const everywhere = play(posted, rounds);
    expect(versions(everywhere)).toEqual({ ledger: [2], content: [2], caches: ['2', '2'], clients: ['2', '2', '2'] });
    expect(isConverged(everywhere)).toBe(true);
    expect(texts(everywhere, 'recorded')).toEqual(['hi']);
  });

  it('[MW3] a spec is pending until it is settled, then recorded or discarded', () => {
    const open = play(world, creates(0), submits(1, 'spec'), rounds);
    expect([texts(open, 'pending'), texts(open, 'recorded')]).toEqual([['spec'], []]);
    expect(observe(open).ledger?.threads[0]?.openSpecs).toEqual([
      {
        content: contentBy(1, 'spec'),
        stake: 100n,
        expiresAtS: startS + 604_800,
        voters: ['wallet#0'],
        approvals: [],
        denials: [],
      },
    ]);
    const approved = play(open, votes(0, 1, 'spec'), settles(2, 1, 'spec'), rounds);
    expect([texts(approved, 'pending'), texts(approved, 'recorded')]).toEqual([[], ['spec']]);
    const denied = play(open, votes(0, 1, 'spec', 'deny'), settles(2, 1, 'spec'), rounds);
    expect([texts(denied, 'pending'), texts(denied, 'recorded')]).toEqual([[], []]);
    const expired = play(open, at(604_800_000), signsIn(2), settles(2, 1, 'spec'), rounds);
    expect([texts(expired, 'pending'), observe(expired).ledger?.treasury]).toEqual([[], 100n]);
    expect(answerTo(open, at(604_799_999), signsIn(2), settles(2, 1, 'spec'))).toEqual(refused('NotDecided'));
  });

  it('[MW3] open specs are listed by author and text, however they were submitted', () => {
    const several = play(world, creates(0), submits(2, 'b'), submits(1, 'b'), submits(1, 'a'));
    const listed = observe(several).ledger?.threads[0]?.openSpecs.map(({ content }) => content);
    expect(listed).toEqual([contentBy(1, 'a'), contentBy(1, 'b'), contentBy(2, 'b')]);
  });

  it('[MW3] a refused content write leaves nothing behind', () => {
    for (const action of [posts(1, 'x'), submits(0, 'x'), submits(1, 'x', 1n)]) {
      const after = play(world, creates(0), action, rounds);
      expect(texts(after, 'pending')).toEqual([]);
      expect(isConverged(after)).toBe(true);
    }
  });

  it('[MW3] content is checked before anything is asked', () => {
    const down = play(world, cuts('solana'), cuts('qdrant'));
    expect(answerTo(down, posts(0, ''))).toEqual(refused('ContentEmpty'));
    expect(answerTo(down, submits(0, 'x'.repeat(maxContentBytes + 1)))).toEqual(refused('ContentTooLarge'));
    expect(answerTo(down, posts(0, '\udc00'))).toEqual(refused('ContentMalformed'));
    expect(answerTo(down, posts(0, 'x'))).toEqual(refused('SolanaUnavailable'));
  });

  it('[MW4] without the ledger writes are refused; without Qdrant only content is', () => {
    const noLedger = play(world, creates(0), rounds, cuts('solana'));
    for (const action of [creates(0), posts(0, 'x'), submits(1, 'x'), votes(0, 1, 'x'), settles(0, 1, 'x'), leaves(0)]) {
      expect(answerTo(noLedger, action)).toEqual(refused('SolanaUnavailable'));
    }
    const noStore = play(world, creates(0), submits(1, 'x'), rounds, cuts('qdrant'));
    expect(answerTo(noStore, posts(0, 'y'))).toEqual(refused('QdrantUnavailable'));
    expect(answerTo(noStore, submits(2, 'y'))).toEqual(refused('QdrantUnavailable'));
    expect(answerTo(noStore, votes(0, 1, 'x'))).toEqual(confirmed(3));
    const voted = play(noStore, votes(0, 1, 'x'), rounds);
    expect(versions(play(voted, mends('qdrant'))).content).toEqual([2]);
    expect(versions(play(voted, mends('qdrant'), rounds)).content).toEqual([3]);
  });

  it('[MW4] an account that is missing may be refused before or after the content is stored', () => {
    expect(answerTo(world, posts(0, 'x'))).toEqual(refused('ThreadNotFound'));
    expect(answerTo(world, votes(0, 1, 'x'))).toEqual(refused('ThreadNotFound'));
    expect(answerTo(world, creates(0), settles(0, 1, 'x'))).toEqual(refused('SpecNotFound'));
    expect(answers(world, cuts('qdrant'), posts(0, 'x'))).toEqual([refused('ThreadNotFound'), refused('QdrantUnavailable')]);
    expect(answers(world, loses('qdrant', true), submits(0, 'x'))).toEqual([
      refused('ThreadNotFound'),
      refused('QdrantUnavailable'),
    ]);
    expect(answers(world, loses('solana', true), leaves(0))).toEqual([refused('ThreadNotFound'), unsettled, unsettled]);
  });
});

describe('reads', () => {
  const two = play(world, creates(0), posts(0, 'b'), posts(0, 'a'), submits(1, 'pending'), rounds);
  const view = observe(two).ledger?.threads[0];

  it('[MW5] a strong read answers the ledger, a cached one the backend', () => {
    expect(answerTo(two, reads(1))).toEqual({ kind: 'view', view });
    expect(answerTo(two, readsCached(1))).toEqual({ kind: 'view', view });
    expect(answerTo(world, reads(1))).toEqual(refused('ThreadNotFound'));
    expect(answerTo(two, cuts('solana'), reads(1))).toEqual(refused('SolanaUnavailable'));
    expect(answerTo(two, cuts('solana'), readsCached(1))).toEqual({ kind: 'view', view });
  });

  it('[MW5] a cached read of what is not cached is a strong one', () => {
    const unknownTo1 = play(world, creates(0));
    expect(answerTo(unknownTo1, readsCached(1))).toMatchObject({ kind: 'view', view: { version: 1 } });
    expect(versions(play(unknownTo1, readsCached(1))).caches).toEqual(['1', '1']);
    expect(answerTo(world, readsCached(1))).toEqual(refused('ThreadNotFound'));
    expect(answerTo(unknownTo1, cuts('solana'), readsCached(1))).toEqual(refused('SolanaUnavailable'));
  });

  it('[MW5] a stale cache says its own version, and what the client shows does not go back', () => {
    const stale = play(two, crashes(1), posts(0, 'c'), rounds, cuts('solana'), restarts(1), connects(0, 1), signsIn(0), rounds);
    expect(answerTo(stale, readsCached(0))).toMatchObject({ view: { version: 4 } });
    expect(versions(play(stale, readsCached(0)))).toMatchObject({ caches: ['5', '4'], clients: ['5', '4', '5'] });
    expect(versions(play(stale, mends('solana'), rounds)).caches).toEqual(['5', '5']);
  });

  it('[MW5] a search finds recorded messages only, filtered by thread and author', () => {
    const hits = (...found: readonly string[]) => ({ kind: 'hits', hits: found.map((text) => contentBy(0, text)) });
    expect(answerTo(two, searches(1))).toEqual(hits('a', 'b'));
    expect(answerTo(two, searches(1, { thread: 'thread#0', author: 'wallet#0' }))).toEqual(hits('a', 'b'));
    expect(answerTo(two, searches(1, { thread: 'thread#1' }))).toEqual(hits());
    expect(answerTo(two, searches(1, { author: 'wallet#1' }))).toEqual(hits());
    expect(answerTo(two, cuts('qdrant'), searches(1))).toEqual(refused('QdrantUnavailable'));
  });
});

describe('a lost answer', () => {
  const open = play(world, creates(0), submits(1, 'x'), rounds);

  it('[MW6] without the link going down the write recovers', () => {
    for (const authority of ['solana', 'qdrant'] as const) {
      for (const action of [posts(0, 'y'), votes(0, 1, 'x'), asks(2, { kind: 'createThread', thread: 'thread#1' })]) {
        const [branch, ...others] = branches(open, loses(authority, false), action, rounds);
        expect(others).toEqual([]);
        expect(isConverged((branch as { world: World }).world)).toBe(true);
      }
      expect(answerTo(open, loses(authority, false), votes(0, 1, 'x'))).toEqual(confirmed(3));
    }
    expect(answerTo(open, loses('solana', false), votes(1, 1, 'x'))).toEqual(refused('NotAVoter'));
  });

  it('[MW6] what is sent again may land at any later clock up to its end', () => {
    const expiries = (action: Action) =>
      branches(open, loses('solana', false), action).map(
        ({ world: to }) => observe(to).ledger?.threads[0]?.openSpecs[1]?.expiresAtS,
      );
    const [first, last] = [startS + 604_800, startS + 604_830];
    const open31 = expiries(submits(2, 'z'));
    expect([open31.length, open31.at(0), open31.at(-1)]).toEqual([31, first, last]);
    expect(expiries({ ...submits(2, 'z'), untilMs: startMs + 1_999 } as Action)).toEqual([first, first + 1]);
    expect(branches(open, loses('qdrant', false), { ...submits(2, 'z'), untilMs: startMs + 1_000 } as Action)).toHaveLength(2);
    expect(
      branches(open, loses('qdrant', false), loses('solana', true), { ...submits(2, 'z'), untilMs: startMs + 1_000 } as Action),
    ).toHaveLength(3);
    const late = play(open, at(604_799_000), signsIn(0), loses('solana', false));
    expect(answers(late, { ...votes(0, 1, 'x'), untilMs: startMs + 604_800_000 } as Action)).toEqual([
      confirmed(3),
      refused('SpecExpired'),
    ]);
    expect(answers(late, votes(0, 1, 'x'))).toEqual([confirmed(3), refused('SpecExpired')]);
    expect(answers(late, settles(0, 1, 'x'))).toEqual([refused('NotDecided'), confirmed(3)]);
    expect(answers(open, loses('solana', false), votes(0, 1, 'none'))).toEqual([
      refused('SpecNotFound'),
      refused('SpecNotFound'),
    ]);
    expect(answers(late, { ...settles(0, 1, 'x'), untilMs: startMs + 604_799_999 } as Action)).toEqual([refused('NotDecided')]);
  });

  it('[MW6] a submission whose link goes down with it is unsettled: landed or not, nobody knows', () => {
    const after = branches(open, loses('solana', true), votes(0, 1, 'x'), at(30_000), rounds);
    expect(after.map(({ world: to }) => versions(play(to, mends('solana'))).ledger)).toEqual([[2], [3]]);
    for (const { world: to } of after) {
      expect(observe(to).ledger).toBeNull();
      expect([client(to, 0)?.unsettled, versions(to).caches]).toEqual([1, ['2', '2']]);
    }
  });

  it('[MW6] an unsettled write that landed is learned in the next round that reaches the ledger', () => {
    const landed = branches(open, loses('solana', true), votes(0, 1, 'x'), at(30_000), mends('solana'), rounds);
    expect(landed.map(({ world: to }) => [versions(to).caches, client(to, 0)?.unsettled])).toEqual([
      [['2', '2'], 1],
      [['3', '3'], 0],
      [['3', '3'], 0],
    ]);
  });

  it('[MW6] one that never landed may land while its blockhash is good, and never after', () => {
    const lost = branches(open, loses('solana', true), posts(0, 'y'), at(30_000), mends('solana'), rounds)[0]?.world as World;
    const endings = (ms: number, until = ms) =>
      branches(lost, at(ms), { kind: 'round', untilMs: startMs + until }).map(({ world: to }) => [
        versions(to).ledger?.[0],
        client(to, 0)?.unsettled,
      ]);
    expect(endings(60_000)).toEqual([[2, 1], [3, 0]]); // biome-ignore format: one ending a pair
    expect(endings(60_001)).toEqual([[2, 1], [2, 0], [3, 0], [2, 0]]); // biome-ignore format: one ending a pair
    expect(endings(60_000, 60_001)).toEqual([[2, 1], [2, 0], [3, 0], [2, 0]]); // biome-ignore format: one ending a pair
    expect(endings(60_400)).toHaveLength(4);
    expect(endings(60_401)).toEqual([[2, 0]]);
    const expired = play(lost, at(60_401), rounds);
    expect([texts(expired, 'pending'), isConverged(expired)]).toEqual([['x'], true]);
    expect(texts(lost, 'pending')).toEqual(['y', 'x']);
  });

  it('[MW6] its backend being down, any other can tell its client the end, but none can land it', () => {
    const lost = branches(open, loses('solana', true), votes(0, 1, 'x'), crashes(0), at(30_000), mends('solana'), connects(0, 1));
    const strangers = lost.map(({ world: to }) => play(to, rounds));
    expect(strangers.map((to) => [versions(to).ledger?.[0], client(to, 0)?.unsettled])).toEqual([
      [2, 1],
      [3, 1],
    ]);
    const known = strangers.map((to) => play(to, signsIn(0), rounds));
    expect(known.map((to) => client(to, 0)?.unsettled)).toEqual([1, 0]);
    const late = known.map((to) => branches(to, at(60_300), rounds).map(({ world: then }) => client(then, 0)?.unsettled));
    expect(late).toEqual([[1, 0], [0]]);
    const last = branches(known[0] as World, at(60_400), rounds).map(({ world: then }) => client(then, 0)?.unsettled);
    expect(last).toEqual([1, 0]);
    const later = known.map((to) => play(to, at(60_500), rounds));
    expect(later.map((to) => [versions(to).ledger?.[0], client(to, 0)?.unsettled])).toEqual([
      [2, 0],
      [3, 0],
    ]);
    expect(later.map((to) => [to.flights.size, play(to, restarts(0), rounds).flights.size])).toEqual([
      [1, 0],
      [1, 0],
    ]);
  });

  it('[MW6] with the ledger away, only its own backend can tell, and only what it settled', () => {
    const settled = branches(open, loses('solana', true), votes(0, 1, 'x'), disconnects(0), mends('solana'), at(90_000), rounds);
    for (const { world: to } of settled) {
      expect(client(to, 0)?.unsettled).toBe(1);
      const away = play(to, cuts('solana'));
      expect(branches(away, connects(0, 0), rounds).map(({ world: then }) => client(then, 0)?.unsettled)).toEqual([1, 0]);
      expect(client(play(away, connects(0, 1), signsIn(0), rounds), 0)?.unsettled).toBe(1);
    }
  });

  it('[MW6] what lands in the turn of a later backend may reach an earlier one a round later', () => {
    const votesLost = branches(
      open,
      connects(0, 1),
      signsIn(0),
      loses('solana', true),
      votes(0, 1, 'x'),
      mends('solana'),
      rounds,
    );
    const seen = votesLost.map(({ world: to }) => [versions(to).ledger?.[0], ...versions(to).caches]);
    expect(seen).toContainEqual([3, '2', '3']);
    expect(seen).toContainEqual([3, '3', '3']);
    for (const { world: to } of votesLost) expect(worldViolations(to)).toEqual([]);
  });

  it('[MW6] content whose answer is lost with the link is refused, and discarded in time', () => {
    const refusedPost = play(open, loses('qdrant', true), posts(0, 'y'));
    expect(answerTo(open, loses('qdrant', true), posts(0, 'y'))).toEqual(refused('QdrantUnavailable'));
    expect(observe(refusedPost).content).toBeNull();
    expect(texts(play(refusedPost, mends('qdrant')), 'pending')).toEqual(['y', 'x']);
    expect(texts(play(refusedPost, mends('qdrant'), rounds), 'pending')).toEqual(['x']);
    expect(texts(play(refusedPost, crashes(1), mends('qdrant'), rounds), 'pending')).toEqual(['y', 'x']);
  });

  it('[MW6] a later update that is lost with the link stays queued, applied or not', () => {
    const approved = play(open, votes(0, 1, 'x'), rounds);
    const lost = branches(approved, loses('qdrant', true), settles(0, 1, 'x'));
    expect(lost.map(({ answer }) => answer)).toEqual([confirmed(4), confirmed(4), confirmed(4)]);
    const stored = lost.map(({ world: to }) => play(to, cuts('solana'), mends('qdrant')));
    expect(stored.map((to) => [versions(to).content?.[0], texts(to, 'recorded')])).toEqual([
      [3, []],
      [3, ['x']],
      [4, []],
    ]);
    for (const to of stored) {
      expect(branches(to, rounds).map(({ world: then }) => then.qdrant)).toContain(to.qdrant);
      expect(isConverged(play(to, mends('solana'), rounds))).toBe(true);
    }
  });

  it('[MW6] is spent by the next write whatever becomes of it, and strikes nothing that is down or not reached', () => {
    for (const authority of ['solana', 'qdrant'] as const) {
      const spent = play(open, loses(authority, true), posts(0, ''));
      expect(answerTo(spent, votes(0, 1, 'x'))).toEqual(confirmed(3));
      const read = play(open, loses(authority, true), reads(0), readsCached(0));
      expect(read.links).toEqual({ solana: true, qdrant: true });
    }
    expect(play(open, loses('qdrant', true), leaves(0), rounds).links.qdrant).toBe(true);
    expect(play(open, cuts('qdrant'), loses('qdrant', true), votes(0, 1, 'x'), mends('qdrant')).links.qdrant).toBe(true);
    expect(play(open, loses('qdrant', true), loses('qdrant', false), votes(0, 1, 'x')).links.qdrant).toBe(true);
    const both = branches(open, loses('solana', true), loses('qdrant', false), posts(0, 'y'));
    expect(both.map(({ answer, world: to }) => [answer, to.links])).toEqual([
      [unsettled, { solana: false, qdrant: true }],
      [unsettled, { solana: false, qdrant: true }],
    ]);
  });
});

describe('background work', () => {
  it('[MW7] with the ledger away, queued updates reach Qdrant whole or not at all', () => {
    const queued = play(world, creates(0), submits(1, 'x'), rounds, cuts('qdrant'), votes(0, 1, 'x'), rounds, cuts('solana'));
    const flushed = branches(queued, mends('qdrant'), rounds).map(({ world: to }) => versions(to).content?.[0]);
    // By nobody, by the second backend alone, by the first.
    expect(flushed).toEqual([2, 3, 3]);
  });

  it('[MW7] nothing is done by a backend that is down', () => {
    const down = play(world, creates(0), crashes(0), crashes(1), mends('solana'), rounds);
    expect(versions(down)).toMatchObject({ ledger: [1], caches: [], clients: ['1', '', '1'] });
    expect(versions(play(down, restarts(0), restarts(1), rounds)).caches).toEqual(['1', '1']);
  });

  it('[MW7] views reach connected clients that are not signed in', () => {
    const out = play(world, signsOut(1), creates(0), rounds);
    expect(versions(out).clients).toEqual(['1', '1', '1']);
    expect(versions(play(world, disconnects(1), creates(0), rounds)).clients).toEqual(['1', '', '1']);
  });

  it('[MW7] link faults that change nothing and clocks that stand still are harmless', () => {
    expect(play(world, mends('solana'), strikes({ kind: 'linkUp', authority: 'qdrant' }), at(0), rounds)).toEqual(world);
  });
});
