/**
 * A world that takes one step at a time, whatever tier is under it: backends and frontends of the implementation behind one gate and
 * one virtual clock. Speaks symbolic names to the outside.
 */
import { MemoryNetwork } from '#impl/adapters/channel/memory.ts';
import { Frontend } from '#impl/frontend/frontend.ts';
import { backendId } from '#impl/ports/ids.ts';
import type { Operation } from '#model/action.ts';
import type { Answer, Observation } from '#model/observation.ts';
import { Gate } from '../engine/gate.ts';
import { VirtualClock } from '../engine/virtual-clock.ts';
import { type Authorities, type Tier, worldName } from './authorities.ts';
import { BackendNode } from './backend-node.ts';
import { gated } from './gated.ts';
import { joinAll, onceSetUp } from './join-all.ts';
import { LossPlan } from './loss-plan.ts';
import { Names } from './names.ts';
import { observeBackend, observeClient } from './observe-services.ts';
import { isWrite, performOperation } from './perform.ts';
import { seededBytes } from './seeded-bytes.ts';
import { type Ground, genesisMs, type System, type WorldFault, type WorldSetup } from './system.ts';

/** Worlds for the lockstep property, made of the tier's authorities. */
export function groundOf(tier: Tier): Ground {
  return {
    ledger: tier.ledger,
    describe: () => tier.describe(),
    createSystem: (setup) => LockstepWorld.open(tier, setup),
    close: () => tier.close(),
  };
}

class LockstepWorld implements System {
  readonly minimumStake: bigint;
  readonly #clock: VirtualClock;
  readonly #gate: Gate;
  readonly #names: Names;
  readonly #authorities: Authorities;
  readonly #losses: LossPlan;
  readonly #nodes: ReadonlyMap<string, BackendNode>;
  readonly #frontends: ReadonlyMap<string, Frontend>;

  private constructor(parts: { clock: VirtualClock; names: Names; authorities: Authorities; setup: WorldSetup }) {
    const { clock, names, authorities, setup } = parts;
    this.minimumStake = authorities.minimumStake;
    this.#clock = clock;
    this.#gate = new Gate({ clock });
    this.#names = names;
    this.#authorities = authorities;
    const { ledger, content, wallets } = authorities;
    this.#losses = new LossPlan(ledger, content);
    const network = new MemoryNetwork();
    const backends = Array.from({ length: setup.backends }, (_, index) => `backend#${index}`);
    this.#nodes = new Map(backends.map((name, index) => [name, this.#openNode(name, index, network)]));
    this.#frontends = new Map(
      wallets.map((wallet, index) => {
        const client = `wallet#${index}`;
        return [client, new Frontend({ wallet, dialer: network.dialer(client), random: seededBytes(client) })];
      }),
    );
  }

  static async open(tier: Tier, setup: WorldSetup): Promise<LockstepWorld> {
    const clock = new VirtualClock(genesisMs);
    const names = new Names(worldName);
    const authorities = await tier.open({ name: worldName, setup, names, nowMs: () => clock.nowMs() });
    for (const [index, wallet] of authorities.wallets.entries()) names.addWallet(`wallet#${index}`, wallet.id);
    const world = new LockstepWorld({ clock, names, authorities, setup });
    const join = () => joinAll([...world.#nodes.values()], world.#frontends.values());
    return onceSetUp(world, () => world.#gate.run('world set-up', join));
  }

  /** A backend's ports: each has its own clients of the authorities, as separate processes would. */
  #openNode(name: string, index: number, network: MemoryNetwork): BackendNode {
    const { ledger, content, embedder, disk } = this.#authorities;
    const random = seededBytes(name);
    return new BackendNode(backendId(name.replace('#', '-')), disk(index), network, {
      ledger: gated(this.#gate, name, 'ledger', this.#losses.afterEach('solana', ledger.connect())),
      contentStore: gated(this.#gate, name, 'content', this.#losses.afterEach('qdrant', content.connect(random))),
      embedder,
      clock: this.#clock,
      random,
      // The model knows links, not how long a backend leaves one alone: after a link is up again, the next operation goes through.
      options: { breaker: null },
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
    const { answer } = await this.#gate.run(`${client} ${operation.kind}`, () =>
      performOperation(frontend, client, operation, this.#names, backendOf),
    );
    if (isWrite(operation)) this.#losses.disarm();
    return answer;
  }

  async inject(fault: WorldFault): Promise<void> {
    const { ledger, content } = this.#authorities;
    switch (fault.kind) {
      case 'crashBackend':
        this.#nodes.get(fault.backend)?.crash();
        break;
      case 'restartBackend':
        await this.#gate.run(`${fault.backend} restart`, async () => this.#nodes.get(fault.backend)?.start());
        break;
      case 'linkDown':
      case 'linkUp':
        await (fault.authority === 'solana' ? ledger : content).setLink(fault.kind === 'linkUp' ? 'up' : 'down');
        break;
      case 'loseResponse':
        this.#losses.plan(fault);
        break;
    }
  }

  async advance(ms: number): Promise<void> {
    this.#clock.advanceTo(this.#clock.nowMs() + ms);
  }

  async backendRounds(): Promise<void> {
    for (const [name, { backend }] of this.#nodes) {
      if (backend !== null) await this.#gate.run(`${name} round`, () => backend.round());
    }
  }

  async clientRounds(): Promise<void> {
    for (const [client, frontend] of this.#frontends) await this.#gate.run(`${client} round`, () => frontend.round());
  }

  unconfirmed(): number {
    return this.#authorities.ledger.unconfirmed();
  }

  async observe(): Promise<Observation> {
    const { ledger, content } = this.#authorities;
    return {
      ledger: ledger.isUp ? await ledger.observe() : null,
      content: content.isUp ? await content.observe() : null,
      ...this.screens(),
    };
  }

  screens(): ReturnType<System['screens']> {
    const names = this.#names;
    return {
      backends: [...this.#nodes].flatMap(([name, { backend }]) =>
        backend === null ? [] : [observeBackend(names, name, backend)],
      ),
      clients: [...this.#frontends].map(([client, frontend]) =>
        observeClient(names, client, frontend, (id) => [...this.#nodes].find(([, node]) => node.id === id)?.[0] ?? null),
      ),
    };
  }

  async close(): Promise<void> {
    for (const node of this.#nodes.values()) node.remove();
    await this.#authorities.close();
  }
}
