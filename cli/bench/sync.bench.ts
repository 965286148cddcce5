/**
 * What reconciling costs: one changed thread, whose copy in Qdrant is wrong, among few and among many (a backend's own time; its
 * authorities answer at once), and one thread of 2,000 messages from nothing, on LiteSVM and over real HTTP.
 */
import bs58 from 'bs58';
import { Backend } from '#impl/backend/backend.ts';
import { hashContent } from '#impl/core/content.ts';
import { pack } from '#impl/core/json.ts';
import { backendId, threadId } from '#impl/ports/ids.ts';
import type { Ledger, LedgerAction, Wallet } from '#impl/ports/ledger.ts';
import { VirtualClock } from '#simulations/engine/virtual-clock.ts';
import { Names } from '#simulations/world/names.ts';
import { seededBytes } from '#simulations/world/seeded-bytes.ts';
import { genesisMs } from '#simulations/world/system.ts';
import { openTier } from '../ground.ts';
import { median } from '../median.ts';
import type { BenchRow } from './bench-row.ts';
import { IndexedGround } from './indexed-ground.ts';

const few = 100;
const many = 10_000;
const rounds = 60;
const messageCount = 2_000;

interface Cost {
  readonly ms: number;
  readonly calls: number;
}

async function reconcile(threads: number): Promise<Cost> {
  const ground = await IndexedGround.open(threads);
  const times: number[] = [];
  let calls = 0;
  for (let round = 0; round < rounds; round += 1) {
    const n = (round * 37) % threads;
    ground.change(n);
    await ground.backend.round();
    ground.spoil(n);
    const before = ground.calls;
    const startedMs = performance.now();
    const synced = await ground.backend.sync();
    times.push(performance.now() - startedMs);
    calls += ground.calls - before;
    if (!synced.ok || !ground.isMended(n)) throw new Error(`thread ${n} was not mended`);
  }
  return { ms: median(times), calls: calls / rounds };
}

/** Signs, hands in, and lets time pass until it is confirmed. */
async function land(ledger: Ledger, wallet: Wallet, action: LedgerAction, clock: VirtualClock): Promise<void> {
  const prepared = await ledger.prepare(action, wallet.id);
  if (!prepared.ok) throw new Error(prepared.failure.detail);
  const signed = wallet.signAction(prepared.value, action);
  if (!signed.ok) throw new Error(signed.failure.detail);
  const sent = await ledger.submit(signed.value);
  if (sent.kind !== 'applied') throw new Error(sent.failure.detail);
  clock.advanceTo(clock.nowMs() + 1_200);
}

async function initialSync(): Promise<number> {
  const tier = await openTier('litesvm', 'faults');
  try {
    const clock = new VirtualClock(genesisMs);
    const names = new Names('bench');
    const setup = { wallets: 1, backends: 1, balance: 0n };
    const authorities = await tier.open({ name: 'bench', setup, names, nowMs: () => clock.nowMs() });
    const [wallet] = authorities.wallets as readonly [Wallet, ...Wallet[]];
    const thread = threadId('42'.repeat(32));
    const ledger = authorities.ledger.connect();
    const store = authorities.disk(0).open();
    await land(ledger, wallet, { kind: 'createThread', thread }, clock);
    for (let n = 0; n < messageCount; n += 1) {
      const draft = { thread, author: wallet.id, text: `message ${n}: ${bs58.encode(seededBytes(`${n}`).bytes(60))}` };
      const hash = hashContent(draft);
      await store.write([{ kind: 'put', table: 'texts', key: hash, value: pack(draft) }]);
      await land(ledger, wallet, { kind: 'postMessage', thread, hash }, clock);
    }
    const random = seededBytes('bench');
    const backend = await Backend.open({
      id: backendId('bench'),
      ledger: authorities.ledger.connect(),
      contentStore: authorities.content.connect(random),
      embedder: authorities.embedder,
      store,
      clock,
      random,
    });
    const startedMs = performance.now();
    const report = await backend.initialSync(thread);
    const tookMs = performance.now() - startedMs;
    if (!report.ok) throw new Error(report.failure.detail);
    const { view, hashesContained, authorsEqual } = report.value;
    if (view.messages.length !== messageCount || !hashesContained || !authorsEqual) throw new Error('not synchronized');
    await backend.close();
    await authorities.close();
    return tookMs;
  } finally {
    await tier.close();
  }
}

export async function run(): Promise<BenchRow[]> {
  const small = await reconcile(few);
  const large = await reconcile(many);
  const ms = await initialSync();
  const each = (threads: number, { ms: took, calls }: Cost): string =>
    `${threads}: ${took.toFixed(2)} ms, ${calls.toFixed(0)} calls`;
  return [
    {
      name: `reconcile one changed thread among ${many}`,
      figure: large.ms / small.ms,
      unit: `x that among ${few}`,
      bar: { atMost: 3 },
      detail: `${each(few, small)}; ${each(many, large)}`,
    },
    {
      name: `initial sync of ${messageCount} messages, Qdrant empty, litesvm`,
      figure: ms / 1_000,
      unit: 's',
      bar: { atMost: 5 },
      detail: 'events, account, texts, embeddings and points, over HTTP and SQLite',
    },
  ];
}
