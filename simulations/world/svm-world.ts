/**
 * One world of the svm tier: backends and frontends of the implementation over a virtual ledger on a real SVM, a Qdrant over
 * real HTTP, and SQLite files; all behind one gate and one virtual clock. Speaks symbolic names to the outside.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { MemoryNetwork } from '#impl/adapters/channel/memory.ts';
import { createFeatureHashingEmbedder } from '#impl/adapters/embedder/feature-hashing.ts';
import { createQdrantContentStore } from '#impl/adapters/qdrant/content-store.ts';
import { treasuryAddress } from '#impl/adapters/solana/codec/index.ts';
import { createSolanaLedger } from '#impl/adapters/solana/ledger.ts';
import { createKeypairWallet } from '#impl/adapters/solana/wallet.ts';
import { Frontend } from '#impl/frontend/frontend.ts';
import { backendId } from '#impl/ports/ids.ts';
import type { Operation } from '#model/action.ts';
import type { Answer, Observation } from '#model/observation.ts';
import { Gate } from '../engine/gate.ts';
import { VirtualClock } from '../engine/virtual-clock.ts';
import type { QdrantHost, QdrantWorld } from '../qdrant/qdrant-world.ts';
import { Gateway } from '../solana/gateway.ts';
import { type Genesis, MINT } from '../solana/genesis.ts';
import { bankSlot } from '../solana/slots.ts';
import { VirtualLedger } from '../solana/virtual-ledger.ts';
import { BackendNode } from './backend-node.ts';
import { fileDisk } from './disk.ts';
import { gated } from './gated.ts';
import { joinAll } from './join-all.ts';
import { LossPlan } from './loss-plan.ts';
import { Names } from './names.ts';
import { observeLedger, type ReadAccount, tokenAmount } from './observe-ledger.ts';
import { observeBackend, observeContent, observeViews } from './observe-services.ts';
import { isWrite, performOperation } from './perform.ts';
import { seededBytes } from './seeded-bytes.ts';
import type { System, WorldFault, WorldSetup } from './system.ts';

/** 2025-01-01T00:00:00Z: any fixed moment would do. */
const genesisMs = 1_735_689_600_000;
const dimensions = 64;
/** A wallet's lamports: rent and fees of some thousand transactions. */
const lamports = 100_000_000_000n;

export interface WorldOptions {
  /** Unique among the worlds on this ground. */
  readonly name: string;
  readonly setup: WorldSetup;
  readonly genesis: Genesis;
  readonly qdrantHost: QdrantHost;
  /** Where backends keep their files. */
  readonly directory: string;
}

interface Parts {
  readonly clock: VirtualClock;
  readonly gate: Gate;
  readonly names: Names;
  readonly ledger: VirtualLedger;
  readonly gateway: Gateway;
  readonly qdrant: QdrantWorld;
  readonly losses: LossPlan;
  readonly nodes: ReadonlyMap<string, BackendNode>;
  readonly frontends: ReadonlyMap<string, Frontend>;
  readonly treasuryAtStart: bigint;
}

export class SvmWorld implements System {
  readonly minimumStake: bigint;
  readonly #parts: Parts;
  #solanaUp = true;
  #qdrantUp = true;

  private constructor(options: WorldOptions, parts: Parts) {
    this.minimumStake = options.genesis.terms.minimumStake;
    this.#parts = parts;
  }

  static async open(options: WorldOptions): Promise<SvmWorld> {
    const { name, setup, genesis, qdrantHost } = options;
    const clock = new VirtualClock(genesisMs);
    const gate = new Gate({ clock });
    const ledger = new VirtualLedger({ genesis, seed: name, nowMs: () => clock.nowMs() });
    const gateway = new Gateway(ledger);
    const qdrant = await qdrantHost.openWorld(`${name}_`);
    const names = new Names(name);
    const wallets = Array.from({ length: setup.wallets }, (_, index) => {
      const wallet = createKeypairWallet(createHash('sha256').update(`${name} wallet ${index}`).digest());
      names.addWallet(`wallet#${index}`, wallet.id);
      return wallet;
    });
    await ledger.fundWallets(wallets.map((wallet) => ({ wallet: wallet.id, lamports, choir: setup.balance })));
    const network = new MemoryNetwork();
    const losses = new LossPlan(gateway, qdrant);
    const nodes = new Map<string, BackendNode>();
    for (let index = 0; index < setup.backends; index += 1) {
      const backend = `backend#${index}`;
      nodes.set(backend, openNode({ options, backend, index, clock, gate, gateway, qdrant, network, losses }));
    }
    const frontends = new Map(
      wallets.map((wallet, index) => {
        const client = `wallet#${index}`;
        return [client, new Frontend({ wallet, dialer: network.dialer(client), random: seededBytes(`${name} ${client}`) })];
      }),
    );
    const account: ReadAccount = async (address) => (await ledger.accounts([address], ledger.tip()))[0] ?? null;
    const treasuryAtStart = await tokenAmount(account, treasuryAddress().toBase58());
    const world = new SvmWorld(options, {
      clock,
      gate,
      names,
      ledger,
      gateway,
      qdrant,
      losses,
      nodes,
      frontends,
      treasuryAtStart,
    });
    await gate.run('world set-up', () => joinAll([...nodes.values()], frontends.values()));
    return world;
  }

  nowMs(): number {
    return this.#parts.clock.nowMs();
  }

  steps(): number {
    return this.#parts.gate.steps;
  }

  async perform(client: string, operation: Operation): Promise<Answer> {
    const { gate, names, frontends, nodes, losses } = this.#parts;
    const frontend = frontends.get(client);
    if (frontend === undefined) throw new RangeError(`no client ${client} in this world`);
    const backendOf = (name: string) => nodes.get(name)?.id ?? backendId(name);
    if (isWrite(operation)) losses.arm();
    const answer = await gate.run(`${client} ${operation.kind}`, () =>
      performOperation(frontend, client, operation, names, backendOf),
    );
    if (isWrite(operation)) losses.disarm();
    this.#solanaUp &&= !losses.tookDown('solana');
    this.#qdrantUp &&= !losses.tookDown('qdrant');
    return answer;
  }

  async inject(fault: WorldFault): Promise<void> {
    const { gate, nodes, losses } = this.#parts;
    switch (fault.kind) {
      case 'crashBackend':
        nodes.get(fault.backend)?.crash();
        break;
      case 'restartBackend':
        await gate.run(`${fault.backend} restart`, async () => nodes.get(fault.backend)?.start());
        break;
      case 'linkDown':
      case 'linkUp':
        await this.#setLink(fault.authority, fault.kind === 'linkUp');
        break;
      case 'loseResponse':
        losses.plan(fault);
        break;
    }
  }

  async #setLink(authority: 'solana' | 'qdrant', up: boolean): Promise<void> {
    const { gateway, qdrant } = this.#parts;
    if (authority === 'solana') {
      this.#solanaUp = up;
      await gateway.setLink(up ? 'up' : 'down');
    } else {
      this.#qdrantUp = up;
      await qdrant.setLink(up ? 'up' : 'down');
    }
  }

  async advance(ms: number): Promise<void> {
    const { clock } = this.#parts;
    clock.advanceTo(clock.nowMs() + ms);
  }

  async round(): Promise<void> {
    const { gate, nodes, frontends } = this.#parts;
    for (const [name, node] of nodes) {
      const { backend } = node;
      if (backend !== null) await gate.run(`${name} round`, () => backend.round());
    }
    for (const [client, frontend] of frontends) await gate.run(`${client} round`, () => frontend.round());
  }

  unconfirmed(): number {
    const { ledger } = this.#parts;
    const confirmed = bankSlot(ledger.tip(), 'confirmed');
    let count = 0;
    for (const { slot } of ledger.history(ledger.tip())) {
      if (slot <= confirmed) break;
      count += 1;
    }
    return count;
  }

  async observe(): Promise<Observation> {
    const { names, ledger, qdrant, nodes, frontends, treasuryAtStart } = this.#parts;
    const confirmed = bankSlot(ledger.tip(), 'confirmed');
    const account: ReadAccount = async (address) => (await ledger.accounts([address], confirmed))[0] ?? null;
    const payloads = async (collection: string) => (await qdrant.points(collection)).map((point) => point.payload);
    return {
      ledger: this.#solanaUp ? await observeLedger(names, { account, mint: MINT, treasuryAtStart }) : null,
      content: this.#qdrantUp
        ? observeContent(names, { messages: await payloads('messages'), threads: await payloads('threads') })
        : null,
      backends: [...nodes].flatMap(([name, { backend }]) => (backend === null ? [] : [observeBackend(names, name, backend)])),
      clients: [...frontends].map(([client, frontend]) => {
        const { backend, threads, unsettled } = frontend.getSnapshot();
        return {
          client,
          backend: [...nodes].find(([, node]) => node.id === backend)?.[0] ?? null,
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
    const { nodes, ledger, gateway, qdrant } = this.#parts;
    for (const node of nodes.values()) node.remove();
    await gateway.close();
    await ledger.close();
    await qdrant.drop();
  }
}

interface NodeOptions {
  readonly options: WorldOptions;
  readonly backend: string;
  readonly index: number;
  readonly clock: VirtualClock;
  readonly gate: Gate;
  readonly gateway: Gateway;
  readonly qdrant: QdrantWorld;
  readonly network: MemoryNetwork;
  readonly losses: LossPlan;
}

/** A backend's ports: each has its own adapters, as separate processes would. */
function openNode({ options, backend, index, clock, gate, gateway, qdrant, network, losses }: NodeOptions): BackendNode {
  const random = seededBytes(`${options.name} ${backend}`);
  const ledger = createSolanaLedger({ url: 'http://gateway.invalid', fetch: gateway.fetch });
  const contentStore = createQdrantContentStore({ url: qdrant.url, prefix: qdrant.prefix, dimensions, random });
  return new BackendNode(
    backendId(backend.replace('#', '-')),
    fileDisk(join(options.directory, `${options.name}-${index}.sqlite`)),
    network,
    {
      ledger: gated(gate, backend, 'ledger', losses.afterEach('solana', ledger)),
      contentStore: gated(gate, backend, 'content', losses.afterEach('qdrant', contentStore)),
      embedder: createFeatureHashingEmbedder({ dimensions }),
      clock,
      random,
    },
  );
}
