/** The clients of one concurrent world, with the people behind them, their timers, and wallets that say on whose behalf they sign. */
import type { MemoryNetwork } from '#impl/adapters/channel/memory.ts';
import type { Backend } from '#impl/backend/backend.ts';
import type { DirectPorts } from '#impl/frontend/direct.ts';
import type { Frontend } from '#impl/frontend/frontend.ts';
import type { Snapshot } from '#impl/frontend/snapshot.ts';
import type { Wallet } from '#impl/ports/ledger.ts';
import type { TaskOptions } from '../../engine/task.ts';
import { timeOfSlot } from '../../solana/slots.ts';
import { gated } from '../gated.ts';
import { seededBytes } from '../seeded-bytes.ts';
import { genesisMs } from '../system.ts';
import type { Backends } from './backends.ts';
import { ClientNode } from './client-node.ts';
import type { ClientOperation } from './command.ts';
import { gatedDialer } from './gated-channel.ts';
import { intentOf, operationOf } from './recorder.ts';
import type { Stage } from './stage.ts';

const roundMs = 8_000;
/** Where clients carry out in their rounds what waits: so that most of it happens while things still fail. */
const drainingMs = 1_500;

export class Clients {
  readonly nodes: ReadonlyMap<string, ClientNode>;
  readonly #stage: Stage;
  readonly #backends: Backends;
  /** The operation that a client carries out now. */
  readonly #runningOf: (client: string) => number | undefined;

  constructor(
    stage: Stage,
    parts: { network: MemoryNetwork; backends: Backends; runningOf: (client: string) => number | undefined },
  ) {
    const { gate, recorder, authorities } = stage;
    this.#stage = stage;
    this.#backends = parts.backends;
    this.#runningOf = parts.runningOf;
    const ids = [...parts.backends.nodes.values()].map(({ id }) => id);
    this.nodes = new Map(
      authorities.wallets.map((wallet, index) => {
        const name = `wallet#${index}`;
        const home = index % ids.length;
        const client = new ClientNode({
          name,
          backends: [...ids.slice(home), ...ids.slice(0, home)],
          portsFor: (node) => ({
            wallet: this.#signing(name, wallet),
            dialer: gatedDialer(gate, node, parts.network.dialer(name)),
            random: seededBytes(node),
            ...(stage.setup.directReads === true ? { direct: this.#direct(node) } : {}),
            options: { backends: ids, whenUnavailable: stage.setup.queueWrites === true ? 'queue' : 'refuse' },
          }),
          onOpen: ({ node, frontend }) => {
            recorder.watch(name, node, frontend, gate.steps);
            if (stage.setup.queueWrites === true) this.#watchQueue(frontend);
          },
        });
        return [name, client];
      }),
    );
  }

  /** Where the client lives now. */
  nodeOf(name: string): string {
    return this.nodes.get(name)?.node ?? name;
  }

  atNode(node: string): ClientNode | undefined {
    return [...this.nodes.values()].find((each) => each.node === node);
  }

  startRounds(name: string): void {
    const clock = this.#stage.gate.clockFor(`${name} timer`);
    const usualMs = this.#stage.setup.queueWrites === true ? drainingMs : roundMs;
    const rounds = async (): Promise<void> => {
      for (;;) {
        await clock.sleep(this.#stage.setup.clientRoundMs ?? usualMs);
        if (this.#stage.isOver) return;
        const client = this.nodes.get(name);
        if (client !== undefined) await this.round(client);
      }
    };
    this.#stage.gate.spawn(`${name} rounds`, rounds, { background: true });
  }

  /** One round on behalf of a task of that name, which ends with the program; nothing where there is no such client. */
  spawnRound(name: string, task: string, order: Pick<TaskOptions, 'priority' | 'demotions'>): void {
    const client = this.nodes.get(name);
    if (client !== undefined) this.#stage.gate.spawn(task, () => this.round(client), { ...order, node: client.node });
  }

  async round({ frontend }: ClientNode): Promise<void> {
    const { lost } = frontend.getSnapshot();
    await frontend.round();
    if (lost !== null && frontend.getSnapshot().backend !== null) this.#stage.marks.add('R-2.5 came back');
  }

  /** Whether its program does without a backend for that, so that nobody needs to connect first. */
  readsAround({ frontend }: ClientNode, { kind }: ClientOperation): boolean {
    return (kind === 'readStrong' || kind === 'readCached' || kind === 'search') && frontend.getSnapshot().lost !== null;
  }

  /** The authorities as a program reaches them by itself: its calls are steps, and are lost with it. */
  #direct(node: string): DirectPorts {
    const { gate, authorities } = this.#stage;
    return {
      ledger: gated(gate, node, 'ledger', authorities.ledger.connect()),
      contentStore: gated(gate, node, 'content', authorities.content.connect(seededBytes(`${node} direct`))),
      embedder: authorities.embedder,
      clock: gate.clockFor(`${node} program`, node),
    };
  }

  /** Connects again and signs in, where that is needed. */
  async comeBack(client: ClientNode): Promise<void> {
    const wasOnline = client.isOnline;
    const before = client.frontend.getSnapshot();
    await client.comeBack();
    const { backend } = client.frontend.getSnapshot();
    if (wasOnline || backend === null) return;
    this.markGap(before, this.#backends.running(this.#backends.nameOf(backend) ?? ''));
  }

  /** It comes back to a backend that has learnt something without it. */
  markGap({ threads }: Snapshot, backend: Backend | null): void {
    const known = new Map(threads.map(({ thread, confirmed }) => [thread, confirmed?.version ?? 0]));
    const views = backend?.inspect().views ?? [];
    if (views.some(({ thread, version }) => version > (known.get(thread) ?? 0)))
      this.#stage.marks.add('F4 reconnected with a gap');
  }

  /** Goes where writes of this client wait, once none waits where it is. */
  async visitQueue({ name, frontend }: ClientNode): Promise<void> {
    const { backend, queued } = frontend.getSnapshot();
    const places = [...this.#backends.nodes.values()].filter(
      ({ id, backend: at }) =>
        queued.some((each) => each.backend === id) || at?.inspect().queuedFor.includes(this.#stage.names.walletId(name)) === true,
    );
    const [first] = places;
    if (first === undefined || places.some(({ id }) => id === backend)) return;
    await frontend.connect(first.id);
    if (!frontend.getSnapshot().signedIn) await frontend.signIn();
  }

  /** Marks what was queued and has been carried out. */
  #watchQueue(frontend: Frontend): void {
    const waiting = new Set<string>();
    const over = new Set<string>();
    frontend.subscribe(() => {
      const { queued, settled } = frontend.getSnapshot();
      for (const { intent } of queued) waiting.add(intent);
      for (const { intent, end } of settled) {
        if (end.kind !== 'confirmed' || !waiting.has(intent) || over.has(intent)) continue;
        over.add(intent);
        this.#stage.marks.add('R-2.1 queued write carried out');
      }
    });
  }

  /** A wallet that tells the recorder on whose behalf it signs: of a queued write, which is looked at right before, or of what runs. */
  #signing(client: string, wallet: Wallet): Wallet {
    let queued: number | null = null;
    return {
      id: wallet.id,
      signText: (text) => {
        const intent = /^Choir queued write\n(?:.*\n){2}Intent: (.*)\n/.exec(text)?.[1];
        queued = intent === undefined ? null : operationOf(intent);
        queueMicrotask(() => {
          queued = null;
        });
        return wallet.signText(text);
      },
      signAction: (prepared, action) => {
        const signed = wallet.signAction(prepared, action);
        const operation = queued ?? this.#runningOf(client);
        if (signed.ok && operation !== undefined) {
          const untilMs = timeOfSlot(signed.value.lastValidBlockHeight + 1, genesisMs);
          const { signature, lastValidBlockHeight } = signed.value;
          const { backend } = this.nodes.get(client)?.frontend.getSnapshot() ?? { backend: null };
          const name = backend === null ? null : this.#backends.nameOf(backend);
          if (name !== null)
            this.#stage.effects.note(name, 'wallet.signed', [intentOf(operation), signature, lastValidBlockHeight]);
          this.#stage.recorder.signed(signed.value.signature, { operation, signer: client, action }, untilMs);
        }
        return signed;
      },
    };
  }
}
