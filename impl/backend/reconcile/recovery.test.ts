/**
 * Opening on whatever is left: from the last valid checkpoint, over damaged rows, with a crash at every call on the way. What a green
 * run does not show: a file that SQLite cannot read (the store refuses it whole), and real authorities (the sequence suites).
 */
import bs58 from 'bs58';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../adapters/store/memory.ts';
import { ScriptedClock } from '../../core/scripted-clock.ts';
import { scriptedEmbedder } from '../../core/scripted-embedder.ts';
import { backendId, contentHash, type ThreadId, threadId, type WalletId, walletId } from '../../ports/ids.ts';
import type { LedgerEvent } from '../../ports/ledger.ts';
import type { MonitorEvent } from '../../ports/monitor.ts';
import { ok } from '../../ports/outcome.ts';
import type { JsonValue, Store } from '../../ports/store.ts';
import { Backend } from '../backend.ts';
import { ScriptedContent } from '../scripted-content.ts';
import { historyOf, ScriptedLedger, transaction } from '../scripted-ledger.ts';

const one = threadId('01'.repeat(32));
const two = threadId('02'.repeat(32));
const ann: WalletId = walletId(bs58.encode(new Uint8Array(32).fill(5)));
const hashes = ['a', 'b', 'c', 'd'].map((digit) => contentHash(digit.repeat(64)));
const history: readonly LedgerEvent[] = [...historyOf(one, ann, hashes), ...historyOf(two, ann, hashes.slice(0, 1), 10)];
const later: LedgerEvent = {
  kind: 'messagePosted',
  thread: two,
  hash: hashes[1] ?? '',
  author: ann,
  sequence: 1,
  version: 3,
  vault: 0n,
  ...transaction(20),
} as LedgerEvent;

class Crash extends Error {}

interface Ground {
  readonly ledger: ScriptedLedger;
  readonly content: ScriptedContent;
  readonly clock: ScriptedClock;
  readonly events: MonitorEvent[];
}

const ground = (): Ground => ({
  ledger: new ScriptedLedger(),
  content: new ScriptedContent(),
  clock: new ScriptedClock(),
  events: [],
});

/** A port whose calls are counted by `onCall`, which may throw. */
function counted<Port extends object>(port: Port, onCall: () => void): Port {
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return async (...inputs: unknown[]) => {
        onCall();
        return member.apply(target, inputs) as unknown;
      };
    },
  });
}

function open({ ledger, content, clock, events }: Ground, store: Store, onCall: () => void = () => undefined): Promise<Backend> {
  return Backend.open({
    id: backendId('b0'),
    ledger: counted(ledger.port, onCall),
    contentStore: counted(content.port, onCall),
    embedder: scriptedEmbedder,
    store: counted(store, onCall),
    clock,
    random: { bytes: (count) => new Uint8Array(count) },
    monitor: { tell: (event) => events.push(event) },
    options: { ensureCollections: false, eventPage: 3, breaker: null },
  });
}

/** What a backend left that had ingested `history` and was killed. */
async function left(at: Ground): Promise<MemoryStore> {
  at.ledger.history = [...history];
  const store = new MemoryStore();
  const backend = await open(at, store);
  await backend.round();
  expect(versionsOf(backend)).toEqual({ [one]: 5, [two]: 2 });
  at.events.length = 0;
  return new MemoryStore(store.crash());
}

const versionsOf = (backend: Backend): object =>
  Object.fromEntries(backend.inspect().views.map(({ thread, version }) => [thread, version]));

type Row = Readonly<Record<string, JsonValue>>;

async function alter(store: MemoryStore, table: string, key: string, change: (row: Row) => JsonValue): Promise<void> {
  const row = await store.get(table, key);
  await store.write([{ kind: 'put', table, key, value: change(row as Row) }]);
  await store.sync();
}

const spoilt = (row: Row): JsonValue => ({ ...row, value: { ...(row['value'] as Row), slot: 1 } });
const recovered = (at: Ground): unknown => at.events.filter(({ kind }) => kind === 'recovery');

describe('[R-1.1] [R-1.2] [R-1.4] [R-1.5] recover_state', () => {
  it('[RC1] goes on from the newest checkpoint, applies what was missed, and holds it against the ledger', async () => {
    const at = ground();
    const store = await left(at);
    at.ledger.history.push(later);
    at.ledger.calls.length = 0;
    const backend = await open(at, store);
    await backend.round();
    expect(versionsOf(backend)).toEqual({ [one]: 5, [two]: 3 });
    expect(recovered(at)).toEqual([{ kind: 'recovery', from: 'checkpoint', missed: 1, rebuilt: 0 }]);
    // One page of what was missed, and the account of the one thread that it changed.
    expect(at.ledger.calls.filter((call) => call === 'thread')).toHaveLength(1);
    expect(backend.inspect().recovery).toEqual({ from: 'checkpoint', missed: 1, rebuilt: 0 });
  });

  it('[RC2] falls back to the checkpoint before a damaged one, and to the beginning when both are', async () => {
    for (const [keys, from] of [
      [['checkpoint'], 'previousCheckpoint'],
      [['checkpoint', 'checkpoint.previous'], 'beginning'],
    ] as const) {
      const at = ground();
      const store = await left(at);
      for (const key of keys) await alter(store, 'meta', key, spoilt);
      at.ledger.history.push(later);
      const backend = await open(at, store);
      expect(versionsOf(backend)).toEqual({ [one]: 5, [two]: 2 });
      await backend.round();
      expect(versionsOf(backend)).toEqual({ [one]: 5, [two]: 3 });
      expect(recovered(at)).toMatchObject([{ from }]);
    }
  });

  it.each([
    ['a head', 'threads', one],
    ['a message', 'messages', `${one}/0000000001`],
  ])(
    '[RC3] %s that is not what was written: its thread is not shown until it was read again whole',
    async (_what, table, key) => {
      const at = ground();
      const store = await left(at);
      await alter(store, table, key, spoilt);
      const backend = await open(at, store);
      expect(versionsOf(backend)).toEqual({ [two]: 2 });
      at.ledger.down = true;
      await backend.round();
      expect([versionsOf(backend), backend.inspect().behind]).toEqual([{ [two]: 2 }, 1]);
      at.ledger.down = false;
      // Its newest event is left out for a while: to show what can be read would be to go back.
      const events = at.ledger.events.bind(at.ledger);
      at.ledger.events = async (...inputs) => {
        const page = await events(...inputs);
        return page.ok ? ok({ ...page.value, events: page.value.events.filter(({ version }) => version < 5) }) : page;
      };
      await backend.round();
      expect(versionsOf(backend)).toEqual({ [two]: 2 });
      at.ledger.events = events;
      await backend.round();
      expect(versionsOf(backend)).toEqual({ [one]: 5, [two]: 2 });
      expect(
        backend
          .inspect()
          .views.find(({ thread }) => thread === one)
          ?.messages.map(({ hash }) => hash),
      ).toEqual(hashes);
      const again = await open(at, new MemoryStore(store.crash()));
      expect(versionsOf(again)).toEqual(versionsOf(backend));
    },
  );

  it('[RC3] rows that are gone count as damaged', async () => {
    for (const [table, key] of [
      ['threads', one],
      ['messages', `${one}/0000000003`],
    ] as const) {
      const at = ground();
      const store = await left(at);
      await store.write([{ kind: 'delete', table, key }]);
      const backend = await open(at, store);
      expect(versionsOf(backend)).toEqual({ [two]: 2 });
      await backend.round();
      expect(versionsOf(backend)).toEqual({ [one]: 5, [two]: 2 });
    }
  });

  it('[RC4] [C-3.1] state that is sealed and wrong all the same is found by the ledger, and rebuilt', async () => {
    const at = ground();
    const store = await left(at);
    const backend = await open(at, store);
    await backend.round();
    // The ledger goes another way than this backend was told.
    at.ledger.history = at.ledger.history.map((event) =>
      event.thread === two && event.kind === 'messagePosted' ? { ...event, hash: hashes[3] ?? event.hash } : event,
    );
    at.ledger.history.push(later);
    expect((await backend.round()).failures).toEqual([]);
    expect((await backend.sync()).ok).toBe(true);
    const shown = backend.inspect().views.find(({ thread }) => thread === two);
    expect(shown?.messages.map(({ hash }) => hash)).toEqual([hashes[3], hashes[1]]);
    expect(backend.inspect().counters.conflicts.StateDesync).toEqual({ met: 1, resolved: 1, quarantined: 0 });
  });

  it('[RC5] a crash at any call of recovery costs only doing it again', { timeout: 60_000 }, async () => {
    const damages: readonly (readonly [string, string])[] = [
      ['threads', one],
      ['messages', `${two}/0000000000`],
      ['meta', 'checkpoint'],
      ['meta', 'checkpoint.previous'],
    ];
    const scenes = fc.record({
      damaged: fc.subarray([...damages]),
      crashes: fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(scenes, async ({ damaged, crashes }) => {
        const at = ground();
        let store = await left(at);
        for (const [table, key] of damaged) await alter(store, table, key, spoilt);
        at.ledger.history.push(later);
        const newest = new Map<ThreadId, number>();
        const see = (backend: Backend): void => {
          for (const { thread, version } of backend.inspect().views) {
            expect(version).toBeGreaterThanOrEqual(newest.get(thread) ?? 0);
            newest.set(thread, version);
          }
        };
        for (const until of crashes) {
          let calls = until;
          let backend: Backend | null = null;
          try {
            backend = await open(at, store, () => {
              calls -= 1;
              if (calls === 0) throw new Crash();
              if (backend !== null) see(backend);
            });
            await backend.round();
          } catch (error) {
            if (!(error instanceof Crash)) throw error;
          }
          store = new MemoryStore(store.crash());
        }
        const backend = await open(at, store);
        see(backend);
        await backend.round();
        see(backend);
        expect(versionsOf(backend)).toEqual({ [one]: 5, [two]: 3 });
        expect(backend.inspect().behind).toBe(0);
      }),
      { numRuns: 150 },
    );
  });
});

describe('[R-1.3] [E-1] events that no ledger told', () => {
  it('[RC6] nothing is made of them, and what the ledger did tell is read again', async () => {
    const at = ground();
    const store = await left(at);
    const backend = await open(at, store);
    await backend.round();
    at.ledger.history.push(later);
    const events = at.ledger.events.bind(at.ledger);
    let lies = 1;
    at.ledger.events = async (...inputs) => {
      const page = await events(...inputs);
      if (!page.ok || page.value.events.length === 0 || lies === 0) return page;
      lies -= 1;
      return ok({ ...page.value, events: page.value.events.map((event) => ({ ...event, author: walletId('1'.repeat(32)) })) });
    };
    expect((await backend.round()).failures).toEqual([]);
    expect(versionsOf(backend)).toEqual({ [one]: 5, [two]: 3 });
    expect(backend.inspect().counters.rejectedEvents).toBeGreaterThan(0);
    expect(backend.inspect().behind).toBe(0);
  });
});
