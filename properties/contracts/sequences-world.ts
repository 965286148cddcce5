/**
 * Two backends and three clients over the real adapters: the SVM behind its gateway, the Qdrant emulator over HTTP, virtual time,
 * every port call through the gate. What `sequences*.test.ts` need to hurt it: lost answers, links down, a crash at a backend's n-th
 * port call, before or after its effect.
 */
import { createHash } from 'node:crypto';
import { MemoryNetwork, type PushInFlight } from '#impl/adapters/channel/memory.ts';
import { createFeatureHashingEmbedder } from '#impl/adapters/embedder/feature-hashing.ts';
import { createQdrantContentStore } from '#impl/adapters/qdrant/content-store.ts';
import { createSolanaLedger } from '#impl/adapters/solana/ledger.ts';
import { createKeypairWallet } from '#impl/adapters/solana/wallet.ts';
import { type DurableImage, MemoryStore } from '#impl/adapters/store/memory.ts';
import { Backend } from '#impl/backend/backend.ts';
import { Frontend } from '#impl/frontend/frontend.ts';
import type { ContentStore, StoredMessage } from '#impl/ports/content-store.ts';
import { type BackendId, backendId, type ThreadId, threadId } from '#impl/ports/ids.ts';
import type { Ledger, LedgerThread, Wallet } from '#impl/ports/ledger.ts';
import type { MonitorEvent } from '#impl/ports/monitor.ts';
import type { Random } from '#impl/ports/random.ts';
import { Gate } from '#simulations/engine/gate.ts';
import { VirtualClock } from '#simulations/engine/virtual-clock.ts';
import { type QdrantEmulator, startEmulator } from '#simulations/qdrant/emulator.ts';
import type { EmulatorWorld } from '#simulations/qdrant/world.ts';
import { Gateway } from '#simulations/solana/gateway.ts';
import { createGenesis, type Genesis } from '#simulations/solana/genesis.ts';
import { VirtualLedger } from '#simulations/solana/virtual-ledger.ts';

export const MINIMUM_STAKE = 1_000n;
const DIMENSIONS = 64;

/** What all worlds of a test file share. */
export interface Ground {
  readonly genesis: Genesis;
  readonly emulator: QdrantEmulator;
}

export async function openGround(): Promise<Ground> {
  return { genesis: await createGenesis('litesvm'), emulator: await startEmulator() };
}

const sha512 = (text: string): Uint8Array => createHash('sha512').update(text).digest();
export const threadNamed = (name: string): ThreadId => threadId(Buffer.from(sha512(name)).toString('hex').slice(0, 64));

function countingRandom(seed: string): Random {
  let count = 0;
  return {
    bytes: (length) => {
      count += 1;
      return sha512(`${seed} ${count}`).subarray(0, length);
    },
  };
}

/** A backend dies at its `call`-th port call from now on: before it is made, or after its effect and before its answer. */
export interface CrashPlan {
  readonly call: number;
  readonly position: 'before' | 'after';
}

interface Life {
  dead: boolean;
  calls: number;
  plan: CrashPlan | null;
}

const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

let worlds = 0;

export class SequencesWorld {
  readonly clock = new VirtualClock(1_800_000_000_000);
  readonly gateway: Gateway;
  readonly qdrant: EmulatorWorld;
  readonly network: MemoryNetwork;
  /** Pushes not handed over yet; filled only while `holdPushes`. */
  readonly held: PushInFlight[] = [];
  holdPushes = false;
  readonly wallets: readonly Wallet[];
  readonly clients: readonly Frontend[];
  readonly backends = new Map<BackendId, Backend>();
  /** The names of all port calls of backends, in order. */
  readonly trace: string[] = [];
  /** What all backends told of themselves, in order. */
  readonly told: MonitorEvent[] = [];
  readonly #gate: Gate;
  readonly #chain: VirtualLedger;
  readonly #ledger: Ledger;
  readonly #content: ContentStore;
  readonly #lives = new Map<BackendId, Life>();
  readonly #stores = new Map<BackendId, MemoryStore>();
  readonly #images = new Map<BackendId, DurableImage>();

  private constructor(parts: {
    chain: VirtualLedger;
    gateway: Gateway;
    qdrant: EmulatorWorld;
    wallets: readonly Wallet[];
    clock: VirtualClock;
  }) {
    this.clock = parts.clock;
    this.#chain = parts.chain;
    this.gateway = parts.gateway;
    this.qdrant = parts.qdrant;
    this.wallets = parts.wallets;
    this.#gate = new Gate({ clock: this.clock });
    this.#ledger = this.#newLedger();
    this.#content = this.#newContentStore('observer');
    this.network = new MemoryNetwork((push) => (this.holdPushes ? this.held.push(push) : push.hand()));
    this.clients = parts.wallets.map(
      (wallet, i) => new Frontend({ wallet, dialer: this.network.dialer(`client${i}`), random: countingRandom(`client${i}`) }),
    );
  }

  /** Collections exist, wallets have 1,000,000 base units; nobody is connected, no backend runs. */
  static async open(ground: Ground): Promise<SequencesWorld> {
    worlds += 1;
    const name = `seq${process.pid}_${worlds}_`;
    const clock = new VirtualClock(1_800_000_000_000);
    const chain = new VirtualLedger({ genesis: ground.genesis, seed: name, nowMs: () => clock.nowMs() });
    const wallets = [0, 1, 2].map((i) => createKeypairWallet(sha512(`${name} wallet ${i}`).subarray(0, 32)));
    await chain.fundWallets(wallets.map(({ id }) => ({ wallet: id, lamports: 10_000_000_000n, choir: 1_000_000n })));
    const qdrant = await ground.emulator.openWorld(name);
    const world = new SequencesWorld({ chain, gateway: new Gateway(chain), qdrant, wallets, clock });
    const ensured = await world.#content.ensureCollections();
    if (ensured.kind !== 'applied') throw new Error(ensured.failure.detail);
    return world;
  }

  /** Backends b0 and b1 run; client i is connected to b(i mod 2) and signed in. */
  async start(): Promise<this> {
    for (const i of [0, 1]) await this.restart(i);
    for (const [i, client] of this.clients.entries()) {
      await this.run(async () => {
        await client.connect(this.backendId(i % 2));
        await client.signIn();
      });
    }
    return this;
  }

  backendId(i: number): BackendId {
    return backendId(`b${i}`);
  }

  backend(i: number): Backend {
    const found = this.backends.get(this.backendId(i));
    if (found === undefined) throw new Error(`backend b${i} does not run`);
    return found;
  }

  client(i: number): Frontend {
    return this.clients[i] as Frontend;
  }

  wallet(i: number): Wallet {
    return this.wallets[i] as Wallet;
  }

  /** Another client of the same wallet, signed in at a backend. */
  async secondClientOf(i: number, backend: number): Promise<Frontend> {
    const name = `client${i}again`;
    const client = new Frontend({ wallet: this.wallet(i), dialer: this.network.dialer(name), random: countingRandom(name) });
    await this.run(async () => {
      await client.connect(this.backendId(backend));
      await client.signIn();
    });
    return client;
  }

  /** Runs work in virtual time until it and everything it set going is done. */
  run<T>(work: () => Promise<T>): Promise<T> {
    return this.#gate.run('test', work);
  }

  async restart(i: number): Promise<void> {
    const id = this.backendId(i);
    const life: Life = { dead: false, calls: 0, plan: null };
    const store = new MemoryStore(this.#images.get(id));
    this.#lives.set(id, life);
    this.#stores.set(id, store);
    const through = <Port extends object>(name: string, port: Port): Port => this.#mortal(id, life, name, port);
    const backend = await this.run(() =>
      Backend.open({
        id,
        ledger: through('ledger', this.#newLedger()),
        contentStore: through('content', this.#newContentStore(`${id} ${this.clock.nowMs()}`)),
        embedder: through('embedder', createFeatureHashingEmbedder({ dimensions: DIMENSIONS })),
        store: through('store', store),
        clock: this.clock,
        random: countingRandom(`${id} ${this.clock.nowMs()}`),
        monitor: { tell: (event) => this.told.push(event) },
        // A link that is up again answers at once here, as the steps of a sequence expect.
        options: { ensureCollections: false, breaker: null },
      }),
    );
    this.backends.set(id, backend);
    this.network.up(id, backend);
  }

  crash(i: number): void {
    const id = this.backendId(i);
    const life = this.#lives.get(id);
    const store = this.#stores.get(id);
    if (life === undefined || store === undefined || life.dead) return;
    life.dead = true;
    this.#images.set(id, store.crash());
    this.backends.delete(id);
    this.network.down(id);
  }

  /** Arms a crash; it strikes during whatever the backend does next. */
  planCrash(i: number, plan: CrashPlan): void {
    const life = this.#lives.get(this.backendId(i));
    if (life === undefined) throw new Error(`backend b${i} was never started`);
    life.calls = 0;
    life.plan = plan;
  }

  isDown(i: number): boolean {
    return !this.backends.has(this.backendId(i));
  }

  advance(ms: number): void {
    this.clock.advanceTo(this.clock.nowMs() + ms);
  }

  /** One round of everybody who runs, as behaviour.md says. */
  async round(): Promise<void> {
    await this.run(async () => {
      for (const backend of [...this.backends.values()].sort((a, b) => (a.id < b.id ? -1 : 1))) await backend.round();
      for (const client of this.clients) await client.round();
    });
  }

  /** A crash that has not struck yet will not strike any more. */
  cancelCrashes(): void {
    for (const life of this.#lives.values()) life.plan = null;
  }

  /** Links up, backends running, clients connected and signed in, every blockhash expired, and some rounds. */
  async heal(): Promise<void> {
    this.cancelCrashes();
    this.gateway.faults.heal();
    this.qdrant.disarm();
    this.holdPushes = false;
    await this.gateway.setLink('up');
    await this.qdrant.setLink('up');
    for (const i of [0, 1]) if (this.isDown(i)) await this.restart(i);
    for (const [i, client] of this.clients.entries()) {
      await this.run(async () => {
        if (client.getSnapshot().backend === null) await client.connect(this.backendId(i % 2));
        if (!client.getSnapshot().signedIn) await client.signIn();
      });
    }
    await this.round();
    this.advance(62_000);
    for (let i = 0; i < 3; i += 1) await this.round();
  }

  async ledgerThread(thread: ThreadId): Promise<LedgerThread | null> {
    const read = await this.run(() =>
      this.#gate.call('observer', 'thread', () => this.#ledger.thread(thread, { commitment: 'confirmed' })),
    );
    if (!read.ok) throw new Error(read.failure.detail);
    return read.value.value;
  }

  async ledgerHashes(thread: ThreadId): Promise<readonly string[]> {
    const read = await this.run(() =>
      this.#gate.call('observer', 'messages', () =>
        this.#ledger.messages(thread, { from: 0, limit: 1_000 }, { commitment: 'confirmed' }),
      ),
    );
    if (!read.ok) throw new Error(read.failure.detail);
    return read.value.value.map((message) => message.hash);
  }

  async stored(thread: ThreadId): Promise<readonly StoredMessage[]> {
    const read = await this.#content.threadMessages(thread, { after: null, limit: 100 });
    if (!read.ok) throw new Error(read.failure.detail);
    return read.value.messages;
  }

  async storedVersion(thread: ThreadId): Promise<number> {
    const read = await this.#content.thread(thread);
    if (!read.ok) throw new Error(read.failure.detail);
    return read.value?.version ?? 0;
  }

  async close(): Promise<void> {
    await this.qdrant.drop();
    await this.#chain.close();
  }

  #newLedger(): Ledger {
    return createSolanaLedger({ url: 'http://gateway.invalid', fetch: this.gateway.fetch });
  }

  #newContentStore(name: string): ContentStore {
    const { prefix, url } = this.qdrant;
    return createQdrantContentStore({ url, prefix, dimensions: DIMENSIONS, random: countingRandom(`${prefix} ${name}`) });
  }

  /** Every call through the gate; none leaves or returns to a backend that has died. */
  #mortal<Port extends object>(id: BackendId, life: Life, name: string, port: Port): Port {
    return new Proxy(port, {
      get: (target, key) => {
        const member: unknown = Reflect.get(target, key, target);
        if (typeof member !== 'function' || typeof key !== 'string') return member;
        return async (...inputs: unknown[]): Promise<unknown> => {
          if (life.dead) return never();
          life.calls += 1;
          const strikes = life.plan?.call === life.calls ? life.plan.position : null;
          this.trace.push(`${id} ${name}.${key}`);
          if (strikes === 'before') return this.#die(id);
          const result = await this.#gate.call(id, `${name}.${key}`, () => Reflect.apply(member, target, inputs) as unknown);
          if (strikes === 'after') return this.#die(id);
          return life.dead ? never() : result;
        };
      },
    });
  }

  #die(id: BackendId): Promise<never> {
    this.crash(Number(id.slice(1)));
    return never();
  }
}
