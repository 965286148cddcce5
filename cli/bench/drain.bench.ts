/**
 * Carrying out queued writes: wall time for each, with 1,000 and with 10,000 of them waiting at one backend. The real backend and the
 * real clients, a store in memory, a ledger and a content store that answer at once, a clock that does not wait. Clients are new lives:
 * they are told what waits. Measured are their rounds; that each first catches up with everything there is, is not.
 */
import { MemoryNetwork } from '#impl/adapters/channel/memory.ts';
import { MemoryStore } from '#impl/adapters/store/memory.ts';
import { Backend } from '#impl/backend/backend.ts';
import { ScriptedContent } from '#impl/backend/scripted-content.ts';
import { ScriptedProgram, scriptedWallet } from '#impl/backend/scripted-program.ts';
import { defaultBreaker } from '#impl/core/breaker.ts';
import { ScriptedClock } from '#impl/core/scripted-clock.ts';
import { Frontend } from '#impl/frontend/frontend.ts';
import { backendId, type ThreadId, threadId } from '#impl/ports/ids.ts';
import type { Wallet } from '#impl/ports/ledger.ts';
import { ok } from '#impl/ports/outcome.ts';
import { seededBytes } from '#simulations/world/seeded-bytes.ts';
import type { BenchRow } from './bench-row.ts';

interface Load {
  readonly wallets: number;
  readonly each: number;
}

const postsPerThread = 50;
const backend = backendId('b0');
const embedder = { dimensions: 1, embed: async (texts: readonly string[]) => ok(texts.map(() => [1])) };

const threadOf = (wallet: number, index: number): ThreadId =>
  threadId(`${String(wallet).padStart(32, '0')}${String(index).padStart(32, '0')}`);

/** Milliseconds a write. */
async function drain({ wallets, each }: Load): Promise<number> {
  const [ledger, content, network] = [new ScriptedProgram(), new ScriptedContent(), new MemoryNetwork()];
  const clock = new ScriptedClock();
  const ports = {
    ledger: ledger.port,
    contentStore: content.port,
    embedder,
    clock,
    random: seededBytes('b'),
  };
  const options = { ensureCollections: false, maxQueuedPerWallet: each };
  const opened = await Backend.open({ id: backend, store: new MemoryStore(), ...ports, options });
  network.up(backend, opened);
  const signedIn = async (wallet: Wallet, life: string): Promise<Frontend> => {
    const dialer = network.dialer(wallet.id);
    const client = new Frontend({ wallet, dialer, random: seededBytes(life), options: { whenUnavailable: 'queue' } });
    await client.connect(backend);
    await client.signIn();
    return client;
  };
  const all = Array.from({ length: wallets }, (_, index) => scriptedWallet(index + 1));
  for (const [index, wallet] of all.entries()) {
    const client = await signedIn(wallet, `${index} first`);
    for (let at = 0; at < each; at += postsPerThread) await client.createThread(threadOf(index, at / postsPerThread));
    ledger.down = true;
    for (let at = 0; at < each; at += 1) await client.post(threadOf(index, Math.floor(at / postsPerThread)), `post ${at}`);
    ledger.down = false;
    client.disconnect();
    // The backend has left the ledger alone for a while; its next round finds that it is back.
    clock.advance(defaultBreaker.maxCooldownMs);
    await opened.round();
  }
  const before = ledger.landed.length;
  let ms = 0;
  for (const [index, wallet] of all.entries()) {
    const client = await signedIn(wallet, `${index} second`);
    const startedMs = performance.now();
    await client.round();
    ms += performance.now() - startedMs;
    client.disconnect();
  }
  const carriedOut = ledger.landed.length - before;
  if (carriedOut !== wallets * each) throw new Error(`expected ${wallets * each} writes to be carried out, got ${carriedOut}`);
  return ms / carriedOut;
}

async function rowsOf(what: string, [few, many]: readonly [Load, Load]): Promise<BenchRow[]> {
  const count = ({ wallets, each }: Load): number => wallets * each;
  const [short, long] = [await drain(few), await drain(many)];
  const row = (load: Load, figure: number): BenchRow => ({
    name: `drain: ${count(load)} queued, ${what}`,
    figure,
    unit: 'ms a write',
    detail: `${load.wallets} wallets with ${load.each} each, ${postsPerThread} on a thread`,
  });
  return [
    row(few, short),
    row(many, long),
    { name: `drain: ${count(many)} over ${count(few)}, ${what}`, figure: long / short, unit: 'x', bar: { atMost: 1.5 } },
  ];
}

export async function run(): Promise<BenchRow[]> {
  await drain({ wallets: 4, each: 100 });
  return [
    ...(await rowsOf('as many as a wallet may have', [
      { wallets: 4, each: 250 },
      { wallets: 40, each: 250 },
    ])),
    ...(await rowsOf('all of one wallet', [
      { wallets: 1, each: 1_000 },
      { wallets: 1, each: 10_000 },
    ])),
  ];
}
