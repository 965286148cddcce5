import { describe, expect, it } from 'vitest';
import { everyBehaviour } from './behaviours.ts';
import { withEntry } from './collections.ts';
import { isConverged, worldViolations } from './invariants.ts';
import type { Metadata, StoredContent } from './qdrant.ts';
import type { Thread } from './solana/state.ts';
import { asks, crashes, creates, cuts, leaves, mends, play, posts, rounds, smallWorld, submits, votes } from './stories.ts';
import { backendOf, frontendOf, type World } from './world.ts';

const open = play(smallWorld(), creates(0), posts(0, 'hi'), submits(1, 'x'), rounds);
const ids = (world: World) => worldViolations(world).map(({ id, path }) => `${id} ${path}`);
const thread = open.solana.threads.get('thread#0') as Thread;

const withMetadata = (change: Partial<Metadata>): World => {
  const metadata = { ...(open.qdrant.threads.get('thread#0') as Metadata), ...change };
  return { ...open, qdrant: { ...open.qdrant, threads: new Map([[metadata.thread, metadata]]) } };
};
const withThread = (change: Partial<Thread>): World => ({
  ...open,
  solana: { ...open.solana, threads: new Map([['thread#0', { ...thread, ...change }]]) },
});

describe('always', () => {
  it('[I-1] Qdrant says of a version what the ledger said, and is never ahead', () => {
    expect(ids(open)).toEqual([]);
    expect(ids(withMetadata({ version: 2, messageCount: 1 }))).toEqual([]);
    expect(ids(withMetadata({ coAuthors: ['wallet#1'] }))).toEqual(['I-1 qdrant.threads[thread#0].coAuthors']);
    expect(ids(withMetadata({ messageCount: 2 }))).toEqual(['I-1 qdrant.threads[thread#0].messageCount']);
    expect(ids(withMetadata({ version: 4 }))).toEqual(['I-1 qdrant.threads[thread#0]']);
    expect(ids(withMetadata({ thread: 'thread#9' }))).toEqual(['I-1 qdrant.threads[thread#9]']);
  });

  it("[I-2] what is recorded is on the ledger at its place, and open specs' contents are stored", () => {
    const [hash, message] = [...open.qdrant.messages][0] as [string, StoredContent];
    const withMessages = (messages: ReadonlyMap<string, StoredContent>): World => ({
      ...open,
      qdrant: { ...open.qdrant, messages },
    });
    const moved = { ...message, state: 'recorded', sequence: 1 } as const;
    expect(ids(withMessages(withEntry(open.qdrant.messages, hash, moved)))).toEqual([`I-2 qdrant.messages[${hash}]`]);
    const foreign = { ...message, thread: 'thread#9' };
    expect(ids(withMessages(withEntry(open.qdrant.messages, hash, foreign)))).toEqual([`I-2 qdrant.messages[${hash}]`]);
    const [spec] = thread.now.openSpecs;
    expect(ids(withMessages(new Map([[hash, message]])))).toEqual([`I-2 qdrant.messages[${spec?.hash}]`]);
  });

  it('[I-3] a view is held by a backend, a crashed one counted', () => {
    const client = frontendOf(open, 'wallet#0');
    const ahead = play(open, crashes(1), posts(0, 'y'));
    expect(ids(play(ahead, crashes(0)))).toEqual([]);
    const shown = { ...client, views: new Map([['thread#0', 4]]) };
    const alone = { ...ahead, backends: open.backends, frontends: withEntry(open.frontends, 'wallet#0', shown) };
    expect(ids(alone)).toEqual(['I-3 frontends[wallet#0].views[thread#0]']);
    const unknown = { ...client, views: new Map([['thread#9', 1]]) };
    expect(ids({ ...open, frontends: withEntry(open.frontends, 'wallet#0', unknown) })).toEqual([
      'I-3 frontends[wallet#0].views[thread#9]',
      'I-5 frontends[wallet#0].views[thread#9]',
    ]);
  });

  it('[I-4] tokens are neither made nor lost nor owed', () => {
    expect(ids({ ...open, solana: { ...open.solana, treasury: 1n } })).toEqual(['I-4 supply']);
    const wallets = new Map([...open.solana.wallets, ['wallet#0', -1n], ['wallet#9', 1_001n]] as const);
    expect(ids({ ...open, solana: { ...open.solana, wallets } })).toEqual(['I-4 wallets[wallet#0]']);
    const spent = new Map([...open.solana.wallets, ['wallet#0', 0n], ['wallet#9', 1_000n]] as const);
    expect(ids({ ...open, solana: { ...open.solana, wallets: spent } })).toEqual([]);
  });

  it('[I-5] every version shown is one that the ledger committed, and they are 1, 2, 3 ...', () => {
    expect(ids(withThread({ history: thread.history.slice(1) }))).toContain('I-5 solana.threads[thread#0].history');
    expect(ids(withThread({ now: { ...thread.now, vault: 0n, version: 2 } }))).toContain(
      'I-5 solana.threads[thread#0].now.version',
    );
    const backend = backendOf(open, 'backend#0');
    const memory = { ...backend.memory, cache: new Map([['thread#0', 9]]) };
    const broken = { ...open, backends: withEntry(open.backends, 'backend#0', { ...backend, memory, durable: memory }) };
    expect(ids(broken)).toEqual(['I-5 backends[backend#0].cache[thread#0]', 'I-5 backends[backend#0].durable.cache[thread#0]']);
  });
});

describe('what is said of a world that is not as it must be', () => {
  const said = (world: World): unknown => worldViolations(world).map(({ id, expected, observed }) => [id, expected, observed]);

  it('[I-1] [I-2] [I-3] [I-4] [I-5] is what was expected and what was found', () => {
    const [hash, message] = [...open.qdrant.messages][0] as [string, StoredContent];
    const client = frontendOf(open, 'wallet#0');
    expect(said(withMetadata({ version: 4 }))).toEqual([['I-1', 'a version of the ledger', 'version 4']]);
    const moved = withEntry(open.qdrant.messages, hash, { ...message, state: 'recorded', sequence: 1 } as const);
    expect(said({ ...open, qdrant: { ...open.qdrant, messages: moved } })).toEqual([
      ['I-2', 'a hash of the ledger', 'recorded as 1'],
    ]);
    expect(said({ ...open, qdrant: { ...open.qdrant, messages: new Map([[hash, message]]) } })).toEqual([
      ['I-2', "an open spec's content", 'nothing'],
    ]);
    const unknown = { ...client, views: new Map([['thread#9', 1]]) };
    expect(said({ ...open, frontends: withEntry(open.frontends, 'wallet#0', unknown) })).toEqual([
      ['I-3', 'held by a backend', '1'],
      ['I-5', 'a version of the ledger', 'version 1'],
    ]);
    const wallets = new Map([...open.solana.wallets, ['wallet#0', -1n], ['wallet#9', 1_001n]] as const);
    expect(said({ ...open, solana: { ...open.solana, wallets } })).toEqual([['I-4', 'at least 0', '-1']]);
  });

  it('[I-3] is nothing where one backend of two holds a view', () => {
    const emptied = { ...backendOf(open, 'backend#0'), memory: { ...backendOf(open, 'backend#0').memory, cache: new Map() } };
    expect(said({ ...open, backends: withEntry(open.backends, 'backend#0', emptied) })).toEqual([]);
  });
});

describe('convergence', () => {
  it('[MW8] is everybody agreeing, and takes a round in a quiet world', () => {
    expect(isConverged(open)).toBe(true);
    expect(isConverged(play(open, posts(0, 'y')))).toBe(false);
    expect(isConverged(play(open, cuts('qdrant')))).toBe(false);
    expect(isConverged(play(open, crashes(1)))).toBe(false);
    expect(isConverged(play(open, cuts('qdrant'), leaves(1), votes(0, 1, 'x'), rounds, mends('qdrant')))).toBe(false);
    expect(isConverged(play(open, asks(1, { kind: 'disconnect' }), posts(0, 'y'), rounds))).toBe(true);
    const behind = {
      ...open,
      frontends: withEntry(open.frontends, 'wallet#0', { ...frontendOf(open, 'wallet#0'), views: new Map() }),
    };
    expect(isConverged(behind)).toBe(false);
  });

  it('[MW8] is of every thread, at every backend', () => {
    const two = play(open, asks(2, { kind: 'createThread', thread: 'thread#1' }), rounds);
    expect(isConverged(two)).toBe(true);
    const caches: readonly (readonly [string, number])[][] = [[], [['thread#0', 3]], [['thread#1', 1]]];
    for (const cache of caches) {
      const backend = backendOf(two, 'backend#0');
      const forgetful = { ...backend, memory: { ...backend.memory, cache: new Map(cache) } };
      expect(isConverged({ ...two, backends: withEntry(two.backends, 'backend#0', forgetful) })).toBe(false);
    }
  });
});

describe('every behaviour of a small world', () => {
  it('[I-1] [I-2] [I-3] [I-4] [I-5] hold in every state, quiet worlds converge in a round, and witnesses find nothing', () => {
    expect(everyBehaviour(2)).toEqual({ states: 79, transitions: 173, converged: 97 });
  });
});
