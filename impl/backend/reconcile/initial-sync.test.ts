/** One thread from whatever there is to the ledger's state. What a green run does not show: real authorities, and how long it takes. */
import bs58 from 'bs58';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../adapters/store/memory.ts';
import { hashContent } from '../../core/content.ts';
import { pack } from '../../core/json.ts';
import { ScriptedClock } from '../../core/scripted-clock.ts';
import { scriptedEmbedder } from '../../core/scripted-embedder.ts';
import type { StoredMessage } from '../../ports/content-store.ts';
import { backendId, threadId, walletId } from '../../ports/ids.ts';
import type { MonitorEvent } from '../../ports/monitor.ts';
import { ok } from '../../ports/outcome.ts';
import { Backend } from '../backend.ts';
import { ScriptedContent } from '../scripted-content.ts';
import { historyOf, ledgerDown, ScriptedLedger } from '../scripted-ledger.ts';

const thread = threadId('01'.repeat(32));
const ann = walletId(bs58.encode(new Uint8Array(32).fill(5)));
const bob = walletId(bs58.encode(new Uint8Array(32).fill(6)));

interface Scene {
  readonly messages: readonly StoredMessage[];
  readonly ledger: ScriptedLedger;
  readonly content: ScriptedContent;
  readonly backend: Backend;
  readonly told: MonitorEvent[];
}

/** A thread with so many messages, which Qdrant holds whole, and a backend that knows nothing yet and holds their texts, or none. */
async function scene(count: number, texts: 'held' | 'none' = 'held'): Promise<Scene> {
  const told: MonitorEvent[] = [];
  const [ledger, content, store] = [new ScriptedLedger(), new ScriptedContent(), new MemoryStore()];
  const messages = Array.from({ length: count }, (_, sequence): StoredMessage => {
    const draft = { thread, author: ann, text: `message ${sequence}` };
    return { ...draft, hash: hashContent(draft), state: 'recorded', sequence };
  });
  ledger.history = historyOf(
    thread,
    ann,
    messages.map(({ hash }) => hash),
  );
  for (const message of messages) {
    content.messages.set(message.hash, message);
    ledger.recorded.set(message.hash, message.sequence ?? 0);
    const value = pack({ thread, author: ann, text: message.text });
    if (texts === 'held') await store.write([{ kind: 'put', table: 'texts', key: message.hash, value }]);
  }
  content.threads.set(thread, { thread, version: count + 1, coAuthors: [ann], messageCount: count });
  const backend = await Backend.open({
    id: backendId('b0'),
    ledger: ledger.port,
    contentStore: content.port,
    embedder: scriptedEmbedder,
    store,
    clock: new ScriptedClock(),
    random: { bytes: (length) => new Uint8Array(length) },
    monitor: { tell: (event) => told.push(event) },
    options: { ensureCollections: false, breaker: null },
  });
  return { messages, ledger, content, backend, told };
}

/** The node leaves out the thread's newest event so many times. */
function hideNewest({ ledger, messages }: Scene, times: number): void {
  const events = ledger.events.bind(ledger);
  let left = times;
  ledger.events = async (...inputs) => {
    const page = await events(...inputs);
    if (!page.ok || left === 0) return page;
    left -= 1;
    return ok({ ...page.value, events: page.value.events.filter(({ version }) => version <= messages.length) });
  };
}

const inSequence = ({ content }: Scene): readonly StoredMessage[] =>
  [...content.messages.values()].sort((a, b) => (a.sequence ?? 0) - (b.sequence ?? 0));

const states: readonly (readonly [string, (at: Scene) => void])[] = [
  ['whole', () => undefined],
  [
    'empty',
    ({ content }) => {
      content.messages.clear();
      content.threads.clear();
    },
  ],
  [
    'partial',
    ({ content, messages }) => {
      for (const [n, { hash }] of messages.entries()) if (n % 2 === 0) content.messages.delete(hash);
    },
  ],
  [
    'stale',
    ({ content, messages }) => {
      const last = messages.at(-1);
      if (last !== undefined) content.alter(last.hash, { state: 'pending', sequence: null });
      content.threads.set(thread, { thread, version: 1, coAuthors: [ann], messageCount: 0 });
    },
  ],
  [
    'inconsistent',
    ({ content, messages }) => {
      const [first] = messages;
      if (first !== undefined) content.alter(first.hash, { text: 'never said' });
      for (const { hash } of messages.slice(1, 3)) content.alter(hash, { sequence: 77 });
      content.threads.set(thread, { thread, version: messages.length + 1, coAuthors: [bob], messageCount: 9 });
    },
  ],
];

describe('[S-1.1] [S-1.2] [S-1.3] [S-1.4] [S-1.5] initial_sync', () => {
  for (const count of [1, 2_000]) {
    it.each(states)(
      `[IS1] ${count} messages, Qdrant %s: verified, or mended and verified`,
      { timeout: 30_000 },
      async (_what, spoil) => {
        const at = await scene(count);
        spoil(at);
        const report = await at.backend.initialSync(thread);
        expect(report).toMatchObject(ok({ hashesContained: true, authorsEqual: true, quarantined: [] }));
        expect(report.ok && report.value.view.messages.map(({ hash }) => hash)).toEqual(at.messages.map(({ hash }) => hash));
        expect(inSequence(at)).toEqual(at.messages);
        expect(at.content.threads.get(thread)).toEqual({ thread, version: count + 1, coAuthors: [ann], messageCount: count });
      },
    );
  }

  it('[IS9] is of the version that was compared, not of one that came while it was written down', async () => {
    const at = await scene(3);
    expect(await at.backend.initialSync(thread)).toMatchObject({ ok: true, value: { view: { version: 4 } } });
    const draft = { thread, author: ann, text: 'meanwhile' };
    const message: StoredMessage = { ...draft, hash: hashContent(draft), state: 'recorded', sequence: 3 };
    at.content.onScroll = async () => {
      at.content.onScroll = async () => undefined;
      // Recorded, and read from the ledger, while Qdrant is looked at: nobody brings it there.
      at.ledger.history = historyOf(
        thread,
        ann,
        [...at.messages, message].map(({ hash }) => hash),
      );
      await at.backend.round();
    };
    const report = await at.backend.initialSync(thread);
    expect(at.backend.inspect().views[0]?.version).toBe(5);
    expect(at.content.messages.has(message.hash)).toBe(false);
    expect(report).toMatchObject({ ok: true, value: { hashesContained: true, authorsEqual: true, view: { version: 4 } } });
  });

  it('[IS2] says what differed before, and finds nothing the second time, by reading alone', async () => {
    const at = await scene(3);
    at.content.threads.set(thread, { thread, version: 4, coAuthors: [bob], messageCount: 3 });
    expect(await at.backend.initialSync(thread)).toMatchObject(ok({ found: [{ kind: 'OwnershipConflict', at: 'qdrant' }] }));
    at.content.calls.length = 0;
    expect(await at.backend.initialSync(thread)).toMatchObject(ok({ found: [] }));
    expect(new Set(at.content.calls)).toEqual(new Set(['read thread', 'scroll']));
  });

  it('[IS3] says what is not contained, and whose text nobody here holds', async () => {
    const at = await scene(3, 'none');
    const { hash } = at.messages[1] as StoredMessage;
    at.content.messages.delete(hash);
    expect(await at.backend.initialSync(thread)).toMatchObject(
      ok({ hashesContained: false, authorsEqual: true, quarantined: [hash] }),
    );
  });

  it('[IS4] names a thread that there is none of, and an authority that is away, and changes nothing then', async () => {
    const at = await scene(1);
    expect(await at.backend.initialSync(threadId('02'.repeat(32)))).toMatchObject({
      ok: false,
      failure: { code: 'ThreadNotFound' },
    });
    at.ledger.down = true;
    expect(await at.backend.initialSync(thread)).toEqual({ ok: false, failure: ledgerDown });
    at.ledger.down = false;
    at.content.down = true;
    expect(await at.backend.initialSync(thread)).toMatchObject({ ok: false, failure: { authority: 'qdrant' } });
    at.content.down = false;
    expect(await at.backend.initialSync(thread)).toMatchObject(ok({ hashesContained: true }));
  });

  it('[IS5] runs once at a time for a thread, and each asker is told', async () => {
    const at = await scene(2);
    at.content.messages.clear();
    const reports = await Promise.all([1, 2, 3].map(() => at.backend.initialSync(thread)));
    expect(reports.map((report) => report.ok && report.value.found.length)).toEqual([2, 0, 0]);
  });

  it('[IS6] does not take a node’s word for what the account does not say', async () => {
    const at = await scene(3);
    hideNewest(at, Number.POSITIVE_INFINITY);
    expect(await at.backend.initialSync(thread)).toMatchObject({ ok: false, failure: { code: 'CacheDiffers' } });
    expect(at.told.map(({ kind }) => kind)).toContain('error');
    expect(at.told.map(({ kind }) => kind)).not.toContain('recovered');
  });

  it('[IS6] [E-3] [E-5.2] tries once more before it says so, which is an error met and recovered from', async () => {
    const at = await scene(3);
    hideNewest(at, 1);
    expect(await at.backend.initialSync(thread)).toMatchObject(ok({ hashesContained: true }));
    const errors = at.told.filter((event) => event.kind === 'error' || event.kind === 'recovered');
    const error = { kind: 'ReconciliationFailed', authority: 'backend', code: 'CacheDiffers', thread, attempt: 1 };
    expect(errors).toMatchObject([
      { kind: 'error', error },
      { kind: 'recovered', error, tookMs: 400 },
    ]);
  });
});
