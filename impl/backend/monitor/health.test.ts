/**
 * The four checks over authorities that say whatever the test wants, and what the rules make of it. Not shown: the real authorities
 * (`sequences-health.test.ts`), and that backends tell the checks what they need (`watch.test.ts`).
 */
import bs58 from 'bs58';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../../core/consistency-error.ts';
import { hashChainOf } from '../../core/hash-chain.ts';
import type { ThreadView } from '../../core/protocol.ts';
import { ScriptedClock } from '../../core/scripted-clock.ts';
import { type ThreadId, threadId, walletId } from '../../ports/ids.ts';
import type { LedgerThread } from '../../ports/ledger.ts';
import { silentLogger } from '../../ports/logger.ts';
import { silent } from '../../ports/monitor.ts';
import { type Failure, failed, ok, type Reply } from '../../ports/outcome.ts';
import type { CachedThread } from '../cache.ts';
import { qdrantDown } from '../scripted-content.ts';
import { ledgerDown, transaction } from '../scripted-ledger.ts';
import { ErrorHandler } from './error-handler.ts';
import { Health } from './health.ts';
import type { HealthStatus } from './health-rules.ts';
import { PeerViews } from './peer-views.ts';
import { Signals } from './signals.ts';

const creator = walletId(bs58.encode(new Uint8Array(32).fill(5)));
const other = walletId(bs58.encode(new Uint8Array(32).fill(6)));
const nth = (n: number): ThreadId => threadId(n.toString(16).padStart(64, '0'));
const viewOf = (thread: ThreadId, version = 1): ThreadView => ({
  ...{ thread, version, coAuthors: [creator], vault: 0n, messages: [], specs: [] },
});
const accountOf = (view: ThreadView): LedgerThread => ({
  ...{ id: view.thread, version: view.version, coAuthors: view.coAuthors, vault: view.vault, createdSlot: 1, updatedSlot: 1 },
  ...{ messageCount: view.messages.length, openSpecs: view.specs.length, hashChain: hashChainOf(view.messages) },
});

/** As many threads cached as on the ledger, everything in order, until a test says otherwise. */
function world(threads = 3, sample = 4) {
  const clock = new ScriptedClock(1_000_000);
  const calls: string[] = [];
  const cache = new Map(Array.from({ length: threads }, (_, n) => [nth(n), viewOf(nth(n))]));
  const at = {
    clock,
    calls,
    cache,
    height: ok(10) as Reply<number>,
    indexes: ok([]) as Reply<readonly string[]>,
    accounts: new Map<ThreadId, LedgerThread | null>([...cache].map(([thread, view]) => [thread, accountOf(view)])),
    threadFailure: null as Failure | null,
    checkpoint: { position: transaction(1), atMs: 1_000_000 as number | null },
    behind: 0,
    throws: false,
  };
  const peers = new PeerViews(clock);
  const errors = new ErrorHandler({ clock, monitor: silent, logger: silentLogger });
  const signals = new Signals();
  const called = <T>(name: string, reply: () => T): Promise<T> => {
    calls.push(name);
    return at.throws ? Promise.reject(new Error('a bug')) : Promise.resolve(reply());
  };
  const slot = transaction(1).slot;
  const health = new Health(
    {
      clock,
      contentStore: { verifyIndexes: () => called('indexes', () => at.indexes) },
      ledger: {
        blockHeight: () => called('height', () => (at.height.ok ? ok({ slot, value: at.height.value }) : at.height)),
        thread: (id) =>
          called(`thread ${Number.parseInt(id, 16)}`, () =>
            at.threadFailure === null ? ok({ slot, value: at.accounts.get(id) ?? null }) : failed(at.threadFailure),
          ),
      },
    },
    {
      cache: {
        views: () => [...cache.values()],
        get: (id): CachedThread | undefined => {
          const view = cache.get(id);
          return view === undefined ? undefined : { view, at: transaction(1), chain: hashChainOf(view.messages) };
        },
      },
      ingestion: {
        get checkpoint() {
          return at.checkpoint;
        },
        get behind() {
          return at.behind;
        },
      },
      peers,
      errors,
      signals,
    },
    sample,
  );
  const check = (ms = 0) => {
    clock.advance(ms);
    calls.length = 0;
    return health.verifySystemHealth();
  };
  return { at, peers, errors, signals, health, check };
}

type World = ReturnType<typeof world>;
const healthyAll = { solana: 'healthy', qdrant: 'healthy', backend: 'healthy', frontend: 'healthy' };

describe('[H-1] check_solana_state', () => {
  it('[HL9] says the height, how long it has not moved, where ingestion stands, and how old that is', async () => {
    const { at, check } = world();
    at.checkpoint = { position: transaction(4), atMs: 999_000 };
    const { evidence } = await check(7_000);
    expect(evidence.solana).toEqual({
      ...{ failure: null, height: 10, unmovedMs: 0, behind: 0, ageMs: 0 },
      checkpoint: { position: transaction(4), ageMs: 8_000 },
    });
    const stuck = await check(12_000);
    expect(stuck).toMatchObject({ evidence: { solana: { unmovedMs: 12_000, ageMs: 0 } }, authorities: { solana: 'degraded' } });
    at.height = ok(9);
    expect((await check(50_000)).authorities.solana).toBe('unhealthy');
    at.height = ok(11);
    at.checkpoint = { ...at.checkpoint, atMs: at.clock.nowMs() };
    expect(await check()).toMatchObject({ evidence: { solana: { height: 11, unmovedMs: 0 } }, overall: 'healthy' });
  });

  it('[HL9] says why no node answers, and how old what is still known is', async () => {
    const { at, check } = world();
    at.height = failed(ledgerDown);
    const never = await check(5);
    expect(never.evidence.solana).toMatchObject({ failure: ledgerDown, height: null, unmovedMs: 5, ageMs: null });
    at.height = ok(10);
    await check();
    at.height = failed(ledgerDown);
    const { evidence, authorities, overall } = await check(300);
    expect(evidence.solana).toMatchObject({ failure: ledgerDown, height: 10, ageMs: 300 });
    expect([authorities.solana, overall]).toEqual(['unhealthy', 'unhealthy']);
  });

  it.each<[string, HealthStatus, (world: World) => void]>([
    ['threads have gaps', 'degraded', ({ at }) => (at.behind = 2)],
    ['the checkpoint is old', 'degraded', ({ at }) => (at.checkpoint = { ...at.checkpoint, atMs: 1_000_000 - 30_001 })],
    ['the checkpoint is very old', 'unhealthy', ({ at }) => (at.checkpoint = { ...at.checkpoint, atMs: 1_000_000 - 300_001 })],
  ])('[HL9] the backend is less than healthy when %s: %s', async (_, status, harm) => {
    const of = world();
    harm(of);
    expect((await of.check()).authorities).toEqual({ ...healthyAll, backend: status });
  });

  it('[HL9] takes a ledger that was never heard from for as old as the backend', async () => {
    const { at, check } = world(0);
    at.checkpoint = { position: transaction(1), atMs: null };
    expect(await check(30_001)).toMatchObject({
      evidence: { solana: { checkpoint: { ageMs: null } } },
      measures: { checkpointAgeMs: 30_001 },
      authorities: { backend: 'degraded' },
    });
  });
});

describe('[H-2] verify_qdrant_indices', () => {
  it('[HL10] says what is wrong with them, and how old that is when Qdrant does not answer', async () => {
    const { at, check } = world();
    expect((await check()).evidence.qdrant).toEqual({ failure: null, problems: [], ageMs: 0 });
    at.indexes = ok(['no index on thread']);
    expect(await check()).toMatchObject({
      evidence: { qdrant: { ageMs: 0 } },
      authorities: { ...healthyAll, qdrant: 'degraded' },
    });
    at.indexes = failed(qdrantDown);
    const report = await check(40);
    expect(report.evidence.qdrant).toEqual({ failure: qdrantDown, problems: ['no index on thread'], ageMs: 40 });
    expect(report.authorities).toEqual({ ...healthyAll, qdrant: 'unhealthy' });
  });
});

describe('[H-3] validate_cache_state', () => {
  it('[HL11] looks at a bounded number of threads, the next ones each time, and asks nothing else', async () => {
    const { at, check } = world(5, 2);
    const seen: string[][] = [];
    for (let n = 0; n < 4; n += 1) {
      await check();
      seen.push(at.calls.filter((call) => call.startsWith('thread')));
      expect(at.calls.filter((call) => !call.startsWith('thread'))).toEqual(['height', 'indexes']);
    }
    expect(seen).toEqual([
      ['thread 0', 'thread 1'],
      ['thread 2', 'thread 3'],
      ['thread 4', 'thread 0'],
      ['thread 1', 'thread 2'],
    ]);
  });

  it('[HL11] looks at each thread once where there are fewer than that, and at none where there are none', async () => {
    const few = world(2, 8);
    expect((await few.check()).evidence.cache).toMatchObject({ cached: 2, sample: [{}, {}], differing: [], ageMs: 0 });
    const none = world(0);
    expect((await none.check(400_000)).evidence.cache).toEqual({ cached: 0, sample: [], differing: [], ageMs: 0 });
  });

  it('[HL12] keeps a thread that differs in view, looks at it again each time, and lets go of it once it agrees', async () => {
    const { at, check } = world(5, 2);
    at.accounts.set(nth(1), { ...accountOf(viewOf(nth(1))), coAuthors: [other] });
    const found = { kind: 'differs', differences: [{ field: 'coAuthors', cached: creator, ledger: other }] };
    const report = await check();
    expect(report.evidence.cache.differing).toEqual([{ thread: nth(1), version: 1, found, ageMs: 0 }]);
    expect(report.authorities).toEqual({ ...healthyAll, backend: 'unhealthy' });
    await check();
    expect(at.calls.filter((call) => call.startsWith('thread'))).toEqual(['thread 1', 'thread 2']);
    at.threadFailure = ledgerDown;
    expect((await check(30)).evidence.cache.differing).toMatchObject([{ thread: nth(1), ageMs: 30 }]);
    at.threadFailure = null;
    at.accounts.set(nth(1), accountOf(viewOf(nth(1))));
    expect(await check()).toMatchObject({ evidence: { cache: { differing: [] } }, authorities: healthyAll });
  });

  it('[HL12] finds every thread that differs within as many checks as the sample takes to go round', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 2, max: 5 }),
        fc.nat(11),
        async (threads, sample, bad) => {
          const { at, check } = world(threads, sample);
          at.accounts.set(nth(bad % threads), null);
          for (let n = 0; n < Math.ceil(threads / sample) - 1; n += 1) await check();
          const { evidence } = await check();
          expect(evidence.cache.differing.map(({ thread }) => thread)).toEqual([nth(bad % threads)]);
        },
      ),
    );
  });

  it('[HL11] is content with a cache that is older, and says by how much', async () => {
    const { at, check } = world(1);
    at.accounts.set(nth(0), { ...accountOf(viewOf(nth(0))), version: 4, messageCount: 2, hashChain: 'ab'.repeat(32) });
    expect(await check()).toMatchObject({
      evidence: { cache: { sample: [{ version: 1, found: { kind: 'older', versions: 3 } }], ageMs: 0 } },
      overall: 'healthy',
    });
  });

  it('[HL11] stops at a ledger that is away, and says since when nothing could be compared', async () => {
    const { at, check } = world(5, 4);
    await check();
    at.threadFailure = ledgerDown;
    at.checkpoint = { ...at.checkpoint, atMs: 1_300_001 };
    at.height = ok(11);
    const { evidence, authorities } = await check(300_001);
    expect(evidence.cache).toMatchObject({ sample: [{ found: { kind: 'unread', failure: ledgerDown } }], ageMs: 300_001 });
    expect(at.calls.filter((call) => call.startsWith('thread'))).toHaveLength(1);
    expect(authorities.backend).toBe('degraded');
    at.threadFailure = { ...ledgerDown, kind: 'refused' };
    await check();
    expect(at.calls.filter((call) => call.startsWith('thread'))).toHaveLength(4);
  });
});

describe('[H-4] confirm_frontend_sync', () => {
  it('[HL13] says how many clients lag and since when, and how old the oldest word of theirs is', async () => {
    const { at, peers, check } = world(1);
    expect((await check()).evidence.frontend).toEqual({ connected: 0, lagging: 0, lagMs: 0, peers: [], ageMs: 0 });
    for (const id of ['a', 'b', 'c']) peers.connected({ id });
    expect((await check()).evidence.frontend).toMatchObject({ connected: 3, lagging: 0, ageMs: null });
    const known = [...at.cache.values()].map(({ thread, version }) => ({ thread, version, messages: 0 }));
    peers.said('b', [], [...at.cache.values()], []);
    at.clock.advance(10);
    for (const id of ['a', 'c']) peers.said(id, known, [...at.cache.values()], []);
    const { evidence, authorities, overall } = await check(5);
    expect(evidence.frontend).toMatchObject({ connected: 3, lagging: 1, lagMs: 15, ageMs: 15, peers: [{ peer: 'b' }, {}, {}] });
    expect([authorities.frontend, overall]).toEqual(['degraded', 'degraded']);
    peers.gone({ id: 'c' });
    peers.gone({ id: 'a' });
    expect(await check()).toMatchObject({ authorities: { frontend: 'unhealthy' }, overall: 'degraded' });
  });

  it('[HL13] tells of as many clients as an answer takes, those that lag longest first', async () => {
    const { at, peers, check } = world(1);
    for (let n = 0; n < 130; n += 1) peers.connected({ id: `p${n}` });
    peers.said('p120', [], [...at.cache.values()], []);
    const { evidence } = await check(1);
    expect(evidence.frontend.peers).toHaveLength(100);
    expect(evidence.frontend).toMatchObject({ connected: 130, lagging: 1, lagMs: 1 });
    expect(evidence.frontend.peers[0]).toMatchObject({ peer: 'p120', lagMs: 1 });
  });
});

describe('[H-1] [H-2] [H-3] [H-4] verify_system_health', () => {
  it('[HL14] takes open errors, breakers and queues into account', async () => {
    const { at, errors, signals, check } = world();
    void errors.handle(errorOf(qdrantDown, 'PropagationFailed'), { step: 'project' });
    expect(await check()).toMatchObject({ authorities: { ...healthyAll, qdrant: 'degraded' }, errors: { open: [{}] } });
    at.checkpoint = { ...at.checkpoint, atMs: 1_300_001 };
    at.height = ok(11);
    expect((await check(300_001)).authorities.qdrant).toBe('unhealthy');
    errors.succeeded('project');
    expect((await check()).overall).toBe('healthy');
    for (const [state, status] of [
      ['open', 'unhealthy'],
      ['halfOpen', 'degraded'],
      ['closed', 'healthy'],
    ] as const) {
      signals.tell({ kind: 'breaker', authority: 'solana', state });
      const report = await check();
      expect([report.authorities.solana, report.breakers.get('solana')]).toEqual([status, state]);
    }
    signals.tell({ kind: 'queue', name: 'projection', size: 9, limit: 10 });
    signals.tell({ kind: 'queue', name: 'outbox', size: 0, limit: 0 });
    expect(await check()).toMatchObject({ authorities: { ...healthyAll, backend: 'degraded' }, measures: { queueFill: 0.9 } });
  });

  it('[HL15] never rejects: what an authority throws is evidence that it does not answer', async () => {
    const { at, check, health } = world();
    at.throws = true;
    const report = await check();
    const failure = { code: 'HealthCheckThrew', detail: 'Error: a bug' };
    expect(report).toMatchObject({
      authorities: { solana: 'unhealthy', qdrant: 'unhealthy' },
      evidence: { solana: { failure }, qdrant: { failure }, cache: { sample: [{ found: { failure } }, {}, {}] } },
    });
    expect(health.last).toBe(report);
  });

  it('[HL15] runs once for all who asked before it began, and remembers the last', async () => {
    const { at, health } = world(0);
    expect(health.last).toBeNull();
    const [first, second, third] = await Promise.all([1, 2, 3].map(() => health.verifySystemHealth()));
    expect(at.calls).toHaveLength(4);
    expect([second === first, third === second]).toEqual([false, true]);
    expect(health.last).toBe(third);
  });

  it('[HL8] with a problem more, nobody is healthier', async () => {
    const problems: readonly ((world: World) => void)[] = [
      ({ at }) => (at.height = failed(ledgerDown)),
      ({ at }) => (at.indexes = ok(['no index'])),
      ({ at }) => (at.indexes = failed(qdrantDown)),
      ({ at }) => (at.behind = 3),
      ({ at }) => at.accounts.set(nth(0), null),
      ({ at }) => (at.checkpoint = { ...at.checkpoint, atMs: 0 }),
      ({ errors }) => void errors.handle(errorOf(ledgerDown, 'PropagationFailed')),
      ({ errors }) => void errors.handle({ ...errorOf(qdrantDown, 'ReconciliationFailed'), thread: nth(1) }),
      ({ signals }) => signals.tell({ kind: 'breaker', authority: 'qdrant', state: 'open' }),
      ({ signals }) => signals.tell({ kind: 'queue', name: 'projection', size: 9, limit: 10 }),
      ({ peers, at }) => {
        peers.connected({ id: 'a' });
        peers.said('a', [], [...at.cache.values()], []);
      },
    ];
    const rank = (status: HealthStatus): number => ['healthy', 'degraded', 'unhealthy'].indexOf(status);
    const choice = fc.uniqueArray(fc.nat(problems.length - 1), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(choice, async (chosen) => {
        const of = async (some: readonly number[]) => {
          const each = world(3, 4);
          // In one order: Qdrant being away hides what is wrong with its indexes.
          for (const n of some.toSorted((a, b) => a - b)) problems[n]?.(each);
          return each.check();
        };
        const [was, is] = [await of(chosen.slice(1)), await of(chosen)];
        expect(rank(is.overall)).toBeGreaterThanOrEqual(rank(was.overall));
        for (const authority of ['solana', 'qdrant', 'backend', 'frontend'] as const)
          expect(rank(is.authorities[authority])).toBeGreaterThanOrEqual(rank(was.authorities[authority]));
        expect(is.overall).not.toBe('healthy');
      }),
    );
  });
});
