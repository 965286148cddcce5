/**
 * Lost answers, armed for one client write: the first submission or the first content write loses its answer, before or after its
 * effect, and `thenDown` cuts the link as soon as the port call that met it has ended.
 */
import type { WorldFault } from '../system.ts';
import type { MemoryChain } from './memory-chain.ts';
import type { MemoryContent } from './memory-content.ts';

type Loss = Extract<WorldFault, { kind: 'loseResponse' }>;
type Authority = Loss['authority'];

export class MemoryLosses {
  readonly #chain: MemoryChain;
  readonly #content: MemoryContent;
  readonly #planned = new Map<Authority, Loss>();
  readonly #armed = new Map<Authority, Loss>();

  constructor(chain: MemoryChain, content: MemoryContent) {
    this.#chain = chain;
    this.#content = content;
  }

  /** For the next client write; the last one planned for an authority stands. */
  plan(loss: Loss): void {
    this.#planned.set(loss.authority, loss);
  }

  /** A client write begins: what was planned may strike from here to `disarm`, and never in background work. */
  arm(): void {
    for (const [authority, loss] of this.#planned) {
      this.#armed.set(authority, loss);
      if (authority === 'solana') this.#chain.arm({ kind: 'loseSubmit', position: loss.position, as: 'reset' });
      else
        this.#content.arm({
          on: 'write',
          effect: { kind: loss.position === 'after' ? 'now' : 'never' },
          answer: { kind: 'lost' },
        });
    }
    this.#planned.clear();
  }

  disarm(): void {
    this.#armed.clear();
    this.#chain.faults.heal();
    this.#content.disarm();
  }

  /** The port with each call followed by a look whether it met the loss that is to cut the link. */
  afterEach<Port extends object>(authority: Authority, port: Port): Port {
    return new Proxy(port, {
      get: (target, key) => {
        const member: unknown = Reflect.get(target, key, target);
        if (typeof member !== 'function') return member;
        return async (...inputs: unknown[]) => {
          try {
            return await Reflect.apply(member, target, inputs);
          } finally {
            await this.#cutIfMet(authority);
          }
        };
      },
    });
  }

  async #cutIfMet(authority: Authority): Promise<void> {
    const loss = this.#armed.get(authority);
    if (loss === undefined || this.#isPending(authority)) return;
    this.#armed.delete(authority);
    if (loss.thenDown) await (authority === 'solana' ? this.#chain : this.#content).setLink('down');
  }

  #isPending(authority: Authority): boolean {
    return authority === 'solana' ? this.#chain.faults.pending().length > 0 : this.#content.armed() > 0;
  }
}
