/** The clients of one concurrent world, with the people behind them, their timers, and wallets that say on whose behalf they sign. */
import type { MemoryNetwork } from '#impl/adapters/channel/memory.ts';
import type { Backend } from '#impl/backend/backend.ts';
import type { Snapshot } from '#impl/frontend/snapshot.ts';
import type { Wallet } from '#impl/ports/ledger.ts';
import { timeOfSlot } from '../../solana/slots.ts';
import { seededBytes } from '../seeded-bytes.ts';
import { genesisMs } from '../system.ts';
import type { Backends } from './backends.ts';
import { ClientNode } from './client-node.ts';
import { gatedDialer } from './gated-channel.ts';
import type { Stage } from './stage.ts';

const roundMs = 8_000;

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
          }),
          onOpen: ({ node, frontend }) => recorder.watch(name, node, frontend, gate.steps),
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
    const rounds = async (): Promise<void> => {
      for (;;) {
        await clock.sleep(roundMs);
        if (this.#stage.isOver) return;
        await this.nodes.get(name)?.frontend.round();
      }
    };
    this.#stage.gate.spawn(`${name} rounds`, rounds, { background: true });
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

  /** A wallet that tells the recorder on whose behalf it signs. */
  #signing(client: string, wallet: Wallet): Wallet {
    return {
      id: wallet.id,
      signText: (text) => wallet.signText(text),
      signAction: (prepared, action) => {
        const signed = wallet.signAction(prepared, action);
        const operation = this.#runningOf(client);
        if (signed.ok && operation !== undefined) {
          const untilMs = timeOfSlot(signed.value.lastValidBlockHeight + 1, genesisMs);
          this.#stage.recorder.signed(signed.value.signature, { operation, signer: client, action }, untilMs);
        }
        return signed;
      },
    };
  }
}
