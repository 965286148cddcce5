/**
 * One world of the memory tier: backends and frontends of the implementation over the model's own reducers as ledger and content
 * store, with stores that crash in memory; all behind one gate and one virtual clock. Speaks symbolic names to the outside.
 * What it does not show: anything about the real program, RPC, HTTP or SQLite. That is the svm tier's.
 */
import { MemoryNetwork } from '#impl/adapters/channel/memory.ts';
import { Frontend } from '#impl/frontend/frontend.ts';
import type { Embedder } from '#impl/ports/embedder.ts';
import { backendId } from '#impl/ports/ids.ts';
import type { Wallet } from '#impl/ports/ledger.ts';
import type { Operation } from '#model/action.ts';
import type { Answer, Observation } from '#model/observation.ts';
import { Gate } from '../engine/gate.ts';
import { VirtualClock } from '../engine/virtual-clock.ts';
import { bankSlot } from '../solana/slots.ts';
import { BackendNode } from './backend-node.ts';
import { memoryDisk } from './disk.ts';
import { gated } from './gated.ts';
import { joinAll } from './join-all.ts';
import { LossPlan } from './loss-plan.ts';
import { MemoryChain } from './memory/memory-chain.ts';
import { MemoryContent } from './memory/memory-content.ts';
import { createMemoryContentStore } from './memory/memory-content-store.ts';
import { createMemoryLedger } from './memory/memory-ledger.ts';
import { observeBank, observeStored } from './memory/observe-memory.ts';
import { Keyring } from './memory/transaction-text.ts';
import { Names } from './names.ts';
import { observeBackend, observeViews } from './observe-services.ts';
import { isWrite, performOperation } from './perform.ts';
import { seededBytes } from './seeded-bytes.ts';
import type { System, WorldFault, WorldSetup } from './system.ts';

/** 2025-01-01T00:00:00Z: any fixed moment would do. */
const genesisMs = 1_735_689_600_000;
/** Base units of CHOIR, as on every ground. */
const minimumStake = 1_000n;

export interface MemoryWorldOptions {
  readonly setup: WorldSetup;
  /** Who the clients are, one each; they sign texts. Worlds share nothing, so they may share these. */
  readonly signers: readonly Pick<Wallet, 'id' | 'signText'>[];
  readonly embedder: Embedder;
}

export class MemoryWorld implements System {
  readonly minimumStake: bigint = minimumStake;
  readonly #clock = new VirtualClock(genesisMs);
  readonly #gate = new Gate({ clock: this.#clock });
  readonly #names = new Names('memory');
  readonly #network = new MemoryNetwork();
  readonly #content = new MemoryContent();
  readonly #chain: MemoryChain;
  readonly #losses: LossPlan;
  readonly #nodes: ReadonlyMap<string, BackendNode>;
  readonly #frontends: ReadonlyMap<string, Frontend>;

  private constructor({ setup, signers, embedder }: MemoryWorldOptions) {
    const keyring = new Keyring();
    const wallets = signers.map((signer, index) => {
      this.#names.addWallet(`wallet#${index}`, signer.id);
      return keyring.wallet(signer, `secret of wallet#${index}`);
    });
    this.#chain = new MemoryChain({
      seed: 'memory',
      nowMs: () => this.#clock.nowMs(),
      keyring,
      wallets: new Map(wallets.map(({ id }) => [id, setup.balance])),
      minimumStake,
    });
    this.#losses = new LossPlan(this.#chain, this.#content);
    const backends = Array.from({ length: setup.backends }, (_, index) => `backend#${index}`);
    this.#nodes = new Map(backends.map((name) => [name, this.#openNode(name, embedder)]));
    this.#frontends = new Map(
      wallets.map((wallet, index) => {
        const client = `wallet#${index}`;
        return [client, new Frontend({ wallet, dialer: this.#network.dialer(client), random: seededBytes(client) })];
      }),
    );
  }

  static async open(options: MemoryWorldOptions): Promise<MemoryWorld> {
    const world = new MemoryWorld(options);
    await world.#gate.run('world set-up', () => joinAll([...world.#nodes.values()], world.#frontends.values()));
    return world;
  }

  /** A backend's ports: each has its own clients of the authorities, as separate processes would. */
  #openNode(name: string, embedder: Embedder): BackendNode {
    const ledger = createMemoryLedger(this.#chain);
    const contentStore = createMemoryContentStore(this.#content, embedder.dimensions);
    return new BackendNode(backendId(name.replace('#', '-')), memoryDisk(), this.#network, {
      ledger: gated(this.#gate, name, 'ledger', this.#losses.afterEach('solana', ledger)),
      contentStore: gated(this.#gate, name, 'content', this.#losses.afterEach('qdrant', contentStore)),
      embedder,
      clock: this.#clock,
      random: seededBytes(name),
    });
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  steps(): number {
    return this.#gate.steps;
  }

  async perform(client: string, operation: Operation): Promise<Answer> {
    const frontend = this.#frontends.get(client);
    if (frontend === undefined) throw new RangeError(`no client ${client} in this world`);
    const backendOf = (name: string) => this.#nodes.get(name)?.id ?? backendId(name);
    if (isWrite(operation)) this.#losses.arm();
    const answer = await this.#gate.run(`${client} ${operation.kind}`, () =>
      performOperation(frontend, client, operation, this.#names, backendOf),
    );
    if (isWrite(operation)) this.#losses.disarm();
    return answer;
  }

  async inject(fault: WorldFault): Promise<void> {
    switch (fault.kind) {
      case 'crashBackend':
        this.#nodes.get(fault.backend)?.crash();
        break;
      case 'restartBackend':
        await this.#gate.run(`${fault.backend} restart`, async () => this.#nodes.get(fault.backend)?.start());
        break;
      case 'linkDown':
      case 'linkUp':
        await (fault.authority === 'solana' ? this.#chain : this.#content).setLink(fault.kind === 'linkUp' ? 'up' : 'down');
        break;
      case 'loseResponse':
        this.#losses.plan(fault);
        break;
    }
  }

  async advance(ms: number): Promise<void> {
    this.#clock.advanceTo(this.#clock.nowMs() + ms);
  }

  async round(): Promise<void> {
    for (const [name, { backend }] of this.#nodes) {
      if (backend !== null) await this.#gate.run(`${name} round`, () => backend.round());
    }
    for (const [client, frontend] of this.#frontends) await this.#gate.run(`${client} round`, () => frontend.round());
  }

  unconfirmed(): number {
    const tip = this.#chain.tip();
    const confirmed = bankSlot(tip, 'confirmed');
    let count = 0;
    for (const { slot } of this.#chain.history(tip)) {
      if (slot <= confirmed) break;
      count += 1;
    }
    return count;
  }

  async observe(): Promise<Observation> {
    const names = this.#names;
    const { state } = this.#chain.bank(bankSlot(this.#chain.tip(), 'confirmed'));
    return {
      ledger: this.#chain.isUp ? observeBank(names, state) : null,
      content: this.#content.isUp ? observeStored(names, this.#content) : null,
      backends: [...this.#nodes].flatMap(([name, { backend }]) =>
        backend === null ? [] : [observeBackend(names, name, backend)],
      ),
      clients: [...this.#frontends].map(([client, frontend]) => {
        const { backend, threads, unsettled } = frontend.getSnapshot();
        return {
          client,
          backend: [...this.#nodes].find(([, node]) => node.id === backend)?.[0] ?? null,
          threads: observeViews(
            names,
            threads.flatMap(({ confirmed: view }) => (view === null ? [] : [view])),
          ),
          unsettled: unsettled.length,
        };
      }),
    };
  }

  async close(): Promise<void> {
    for (const node of this.#nodes.values()) node.crash();
  }
}
