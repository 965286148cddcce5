/**
 * What a backend's rounds and passes end in, as consistency errors that are over when the same step next succeeds, and its health.
 * Writes that come to their deadline are shown over real adapters (`sequences-health.test.ts`).
 */
import bs58 from 'bs58';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../adapters/store/memory.ts';
import { hashContent } from '../../core/content.ts';
import { encodeRequest } from '../../core/protocol-codec.ts';
import { ScriptedClock } from '../../core/scripted-clock.ts';
import { scriptedEmbedder } from '../../core/scripted-embedder.ts';
import type { Peer } from '../../ports/channel.ts';
import { backendId, threadId, walletId } from '../../ports/ids.ts';
import type { LogContext } from '../../ports/logger.ts';
import type { MonitorEvent } from '../../ports/monitor.ts';
import { failed, ok, type Reply } from '../../ports/outcome.ts';
import { Backend, type BackendOptions } from '../backend.ts';
import { qdrantDown, ScriptedContent } from '../scripted-content.ts';
import { historyOf, ledgerDown, ScriptedLedger } from '../scripted-ledger.ts';

const thread = threadId('01'.repeat(32));
const creator = walletId(bs58.encode(new Uint8Array(32).fill(5)));
const said = { thread, author: creator, text: 'said' };
const hash = hashContent(said);

/** One recorded message of somebody else's, ingested and projected. */
async function opened(options: BackendOptions = {}) {
  const clock = new ScriptedClock();
  const ledger = new ScriptedLedger();
  const content = new ScriptedContent();
  const told: MonitorEvent[] = [];
  const logged: (readonly [string, string, LogContext])[] = [];
  const monitor = { tell: (event: MonitorEvent) => void told.push(event) };
  ledger.history = historyOf(thread, creator, [hash]);
  ledger.recorded.set(hash, 0);
  content.messages.set(hash, { ...said, hash, state: 'recorded', sequence: 0 });
  const contentStore = { ...content.port, verifyIndexes: async (): Promise<Reply<readonly string[]>> => ok([]) };
  const backend = await Backend.open({
    ...{ id: backendId('b0'), ledger: ledger.port, contentStore, store: new MemoryStore(), clock, monitor },
    embedder: scriptedEmbedder,
    random: { bytes: (count) => new Uint8Array(count) },
    logger: { log: (level, event, context) => logged.push([level, event, context]) },
    options: { ensureCollections: false, ...options },
  });
  await backend.round();
  const errors = (): readonly string[] =>
    told.flatMap((event) =>
      event.kind === 'error' || event.kind === 'recovered'
        ? [`${event.kind} ${event.error.kind} ${event.error.authority} ${event.error.attempt}`]
        : [],
    );
  return { clock, ledger, content, backend, told, logged, errors };
}

describe('[EH9] a round', () => {
  it('that goes well tells of no error', async () => {
    const { backend, errors, logged } = await opened();
    await backend.round();
    expect([errors(), logged]).toEqual([[], []]);
  });

  it('[E-2] cannot bring anything to Qdrant: PropagationFailed each time, over in the first round that can', async () => {
    const { backend, ledger, content, errors, logged, told } = await opened();
    ledger.history = [...ledger.history, ...historyOf(threadId('02'.repeat(32)), creator, [], 4)];
    content.down = true;
    for (let n = 0; n < 2; n += 1) expect((await backend.round()).failures).toEqual([qdrantDown]);
    expect((await backend.health()).authorities.qdrant).toBe('degraded');
    content.down = false;
    await backend.round();
    await backend.round();
    expect(errors()).toEqual([
      ...['error PropagationFailed qdrant 1', 'error PropagationFailed qdrant 2', 'recovered PropagationFailed qdrant 2'],
    ]);
    expect(told.find(({ kind }) => kind === 'error')).toMatchObject({ error: { code: qdrantDown.code, cause: qdrantDown } });
    expect(logged.map(([, event]) => event)).toEqual([
      ...['consistency error', 'consistency error', 'recovered from consistency error'],
    ]);
  });

  it('[E-4] gets no answer in time: TimeoutError, and the other failure of the same step stays open until it succeeds', async () => {
    const { backend, ledger, errors } = await opened();
    const events = ledger.events.bind(ledger);
    ledger.events = async () => failed({ ...ledgerDown, kind: 'timeout', code: 'NoAnswer' });
    await backend.round();
    ledger.events = async () => failed(ledgerDown);
    await backend.round();
    expect(errors()).toEqual(['error TimeoutError solana 1', 'error PropagationFailed solana 1']);
    ledger.events = events;
    await backend.round();
    expect(errors().slice(2)).toEqual(['recovered TimeoutError solana 1', 'recovered PropagationFailed solana 1']);
  });

  it('whose pass fails has that over in the next whole pass', async () => {
    const { backend, content, errors, clock } = await opened({ syncEveryMs: 1_000 });
    content.down = true;
    clock.advance(1_000);
    await backend.round();
    content.down = false;
    expect(errors()).toEqual(['error PropagationFailed qdrant 1']);
    await backend.round();
    expect(errors().slice(1)).toEqual(['recovered PropagationFailed qdrant 1']);
  });
});

describe('[EH10] a pass', () => {
  it('[E-3] that leaves content quarantined is ReconciliationFailed of its thread, over when one leaves none of it', async () => {
    const { backend, content, told, errors } = await opened();
    const stored = content.messages.get(hash);
    content.messages.delete(hash);
    for (let n = 0; n < 2; n += 1) await backend.sync();
    expect(errors()).toEqual(['error ReconciliationFailed qdrant 1', 'error ReconciliationFailed qdrant 2']);
    expect(told.findLast(({ kind }) => kind === 'error')).toMatchObject({
      error: { thread, code: 'ContentQuarantined', cause: null },
    });
    expect((await backend.health()).authorities.qdrant).toBe('degraded');
    if (stored !== undefined) content.messages.set(hash, stored);
    await backend.sync();
    expect(errors().slice(2)).toEqual(['recovered ReconciliationFailed qdrant 2']);
  });

  it('that fails leaves open what the one before found', async () => {
    const { backend, content, errors } = await opened();
    content.messages.delete(hash);
    await backend.sync();
    content.down = true;
    await backend.sync();
    expect(errors()).toEqual(['error ReconciliationFailed qdrant 1', 'error PropagationFailed qdrant 1']);
  });
});

describe('[HL16] a backend’s health', () => {
  const peerOf = (id: string): Peer => ({ id, push: () => undefined, close: () => undefined });

  it('is asked of it, and follows what its clients say and are sent', async () => {
    const { backend, ledger, clock } = await opened();
    ledger.height = 5;
    const peer = peerOf('p0');
    backend.onConnect(peer);
    const hello = (known: readonly { thread: typeof thread; version: number; messages: number }[]): Promise<string> =>
      backend.onRequest(peer, encodeRequest({ kind: 'hello', token: null, known, unsettled: [] }));
    const frontend = async () => (await backend.health()).evidence.frontend.peers;
    expect(await frontend()).toMatchObject([{ peer: 'p0', saidMsAgo: null }]);
    await hello([]);
    expect(await frontend()).toMatchObject([{ saidMsAgo: 0, lagging: 0, onTheirWay: 1 }]);
    clock.advance(30_001);
    expect(await frontend()).toMatchObject([{ lagging: 1, lagMs: 30_001 }]);
    await hello([{ thread, version: 2, messages: 1 }]);
    expect(await frontend()).toMatchObject([{ lagging: 0, onTheirWay: 0 }]);
    ledger.history = [...ledger.history, ...historyOf(threadId('02'.repeat(32)), creator, [], 4)];
    await backend.round();
    expect(await frontend()).toMatchObject([{ onTheirWay: 1 }]);
    expect(backend.lastHealth?.evidence.solana).toMatchObject({ height: 5, behind: 0 });
    backend.onDisconnect(peer);
    expect(await frontend()).toEqual([]);
  });

  it('takes a monitor that throws for its own bug: logged, and nothing else is touched', async () => {
    const { ledger, content, logged, clock } = await opened();
    const backend = await Backend.open({
      ...{ id: backendId('b1'), ledger: ledger.port, contentStore: content.port, store: new MemoryStore(), clock },
      embedder: scriptedEmbedder,
      random: { bytes: (count) => new Uint8Array(count) },
      logger: { log: (level, event, context) => logged.push([level, event, context]) },
      monitor: {
        tell: () => {
          throw new Error('a bug');
        },
      },
      options: { ensureCollections: false },
    });
    ledger.down = true;
    expect((await backend.round()).failures).toEqual([ledgerDown]);
    expect(logged).toContainEqual(['error', 'monitor threw', { detail: 'Error: a bug' }]);
    expect(backend.inspect().id).toBe('b1');
  });
});
