/**
 * Lost answers, armed for one client write: the first submission or the first Qdrant write loses its answer, before or after its
 * effect, and `thenDown` cuts the link as soon as the port call that met it has ended.
 */
import type { QdrantWorld } from '../qdrant/qdrant-world.ts';
import type { GatewayFaults } from '../solana/gateway-faults.ts';
import { intercepted } from './intercepted.ts';
import type { WorldFault } from './system.ts';

type Loss = Extract<WorldFault, { kind: 'loseResponse' }>;
type Authority = Loss['authority'];

type SetLink = (state: 'up' | 'down') => void | Promise<void>;

/** As much of a ledger's or a content store's door as losing answers takes; every tier's have it. */
interface LossyLedger {
  readonly faults: Pick<GatewayFaults, 'arm' | 'heal' | 'pending'>;
  readonly setLink: SetLink;
}
interface LossyContent {
  readonly lossy: Pick<QdrantWorld, 'arm' | 'armed' | 'disarm'>;
  readonly setLink: SetLink;
}

export class LossPlan {
  readonly #gateway: LossyLedger;
  readonly #qdrant: LossyContent;
  readonly #planned = new Map<Authority, Loss>();
  readonly #armed = new Map<Authority, Loss>();
  readonly #down = new Set<Authority>();

  constructor(gateway: LossyLedger, qdrant: LossyContent) {
    this.#gateway = gateway;
    this.#qdrant = qdrant;
  }

  /** For the next client write; the last one planned for an authority stands. */
  plan(loss: Loss): void {
    this.#planned.set(loss.authority, loss);
  }

  /** A client write begins: what was planned may strike from here to `disarm`, and never in background work. */
  arm(): void {
    for (const [authority, loss] of this.#planned) {
      this.#armed.set(authority, loss);
      if (authority === 'solana') this.#gateway.faults.arm({ kind: 'loseSubmit', position: loss.position, as: 'reset' });
      else
        this.#qdrant.lossy.arm({
          on: 'write',
          effect: { kind: loss.position === 'after' ? 'now' : 'never' },
          answer: { kind: 'lost' },
        });
    }
    this.#planned.clear();
  }

  disarm(): void {
    this.#armed.clear();
    this.#gateway.faults.heal();
    this.#qdrant.lossy.disarm();
  }

  /** Whether a loss has cut this link since the last time it was asked. */
  tookDown(authority: Authority): boolean {
    return this.#down.delete(authority);
  }

  /** The port with each call followed by a look whether it met the loss that is to cut the link. */
  afterEach<Port extends object>(authority: Authority, port: Port): Port {
    return intercepted(port, (_, method) => async (...inputs) => {
      try {
        return await method(inputs);
      } finally {
        await this.#cutIfMet(authority);
      }
    });
  }

  async #cutIfMet(authority: Authority): Promise<void> {
    const loss = this.#armed.get(authority);
    if (loss === undefined || this.#isPending(authority)) return;
    this.#armed.delete(authority);
    if (!loss.thenDown) return;
    this.#down.add(authority);
    await (authority === 'solana' ? this.#gateway : this.#qdrant).setLink('down');
  }

  #isPending(authority: Authority): boolean {
    return authority === 'solana' ? this.#gateway.faults.pending().length > 0 : this.#qdrant.lossy.armed() > 0;
  }
}
