/** A client has its backend synchronize a thread. What a green run does not show: what is mended and how (`initial-sync.test.ts` does). */
import { describe, expect, it } from 'vitest';
import { MemoryNetwork } from '../adapters/channel/memory.ts';
import { MemoryStore } from '../adapters/store/memory.ts';
import { Backend } from '../backend/backend.ts';
import { ScriptedContent } from '../backend/scripted-content.ts';
import { ScriptedProgram, scriptedWallet } from '../backend/scripted-program.ts';
import { hashContent } from '../core/content.ts';
import { ScriptedClock } from '../core/scripted-clock.ts';
import { scriptedEmbedder } from '../core/scripted-embedder.ts';
import { ScriptedRandom } from '../core/scripted-random.ts';
import { backendId, threadId } from '../ports/ids.ts';
import { ok } from '../ports/outcome.ts';
import { Frontend } from './frontend.ts';

const [b0, b1] = [backendId('b0'), backendId('b1')];
const [thread, other] = [threadId('01'.repeat(32)), threadId('02'.repeat(32))];
const ann = scriptedWallet(1);

/** Two messages posted through b0; a client at b1, which has heard of nothing yet. */
async function scene() {
  const [ledger, content, clock, network] = [
    new ScriptedProgram(),
    new ScriptedContent(),
    new ScriptedClock(),
    new MemoryNetwork(),
  ];
  const random = new ScriptedRandom();
  const port = ledger.port;
  let hidesEvents = false;
  const events: typeof port.events = async (after, limit, of) =>
    hidesEvents ? ok({ events: [], next: after }) : port.events(after, limit, of);
  const ports = { ledger: { ...port, events }, contentStore: content.port, embedder: scriptedEmbedder, clock, random };
  const options = { ensureCollections: false, breaker: null };
  for (const id of [b0, b1]) network.up(id, await Backend.open({ id, store: new MemoryStore(), ...ports, options }));
  const client = new Frontend({ wallet: ann, dialer: network.dialer('client'), random });
  await client.connect(b0);
  await client.signIn();
  await client.createThread(thread);
  for (const text of ['one', 'two']) await client.post(thread, text);
  await client.connect(b1);
  await client.signIn();
  const hideEvents = (): void => {
    hidesEvents = true;
  };
  return { client, ledger, content, clock, hideEvents };
}

const whole = { kind: 'synced', version: 3, hashesContained: true, authorsEqual: true, found: 0, quarantined: 0 };

describe('[S-1.5] a client has a thread synchronized', () => {
  it('[IS7] and is told its version, what differed, and what is left apart', async () => {
    const { client, content } = await scene();
    expect(await client.syncThread(thread)).toEqual(whole);
    content.threads.clear();
    expect(await client.syncThread(thread)).toEqual({ ...whole, found: 1 });
    content.messages.delete(hashContent({ thread, author: ann.id, text: 'one' }));
    expect(await client.syncThread(thread)).toEqual({ ...whole, hashesContained: false, found: 1, quarantined: 1 });
    // It wrote that itself, and the backend has found out that it lacks it.
    await client.round();
    expect(await client.syncThread(thread)).toEqual({ ...whole, found: 1 });
    expect(await client.syncThread(thread)).toEqual(whole);
    expect(client.getSnapshot().threads[0]?.confirmed?.version).toBe(3);
  });

  it('[IS8] or why not, by code', async () => {
    const { client, ledger, content, clock, hideEvents } = await scene();
    const code = async (of = thread): Promise<string> => {
      const result = await client.syncThread(of);
      return result.kind === 'refused' ? `${result.refusal.code} ${result.refusal.authority}` : result.kind;
    };
    expect(await code(other)).toBe('ThreadNotFound solana');
    ledger.down = true;
    expect(await code()).toBe('SolanaUnavailable solana');
    ledger.down = false;
    content.down = true;
    expect(await code()).toBe('QdrantUnavailable qdrant');
    content.down = false;
    expect(await code()).toBe('synced');
    await client.connect(b0);
    await client.post(thread, 'three');
    await client.connect(b1);
    hideEvents();
    expect(await code()).toBe('EventsBehind solana');
    clock.advance(86_400_000);
    expect(await code()).toBe('Unauthenticated backend');
    expect(await code()).toBe('Unauthenticated frontend');
    client.disconnect();
    expect(await code()).toBe('Disconnected frontend');
  });
});
