/**
 * One client with the person behind it: who connects again when the connection is lost, signs in when the session is gone, and may
 * close the program in the middle of anything and open it again, which then knows nothing of before.
 */
import { Frontend, type FrontendPorts } from '#impl/frontend/frontend.ts';
import type { BackendId } from '#impl/ports/ids.ts';

export interface ClientNodeOptions {
  /** `wallet#0` */
  readonly name: string;
  /** Its backends in the order in which it tries them. */
  readonly backends: readonly BackendId[];
  /** The program's ports, each time it is opened; `node` names that life of it. */
  readonly portsFor: (node: string) => FrontendPorts;
  /** Told of each new program, before it does anything. */
  readonly onOpen: (client: ClientNode) => void;
}

export class ClientNode {
  readonly name: string;
  readonly #options: ClientNodeOptions;
  #frontend: Frontend;
  #life = 1;
  /** It went offline because its user said so. */
  #left = false;

  constructor(options: ClientNodeOptions) {
    this.name = options.name;
    this.#options = options;
    this.#frontend = new Frontend(options.portsFor(this.node));
    options.onOpen(this);
  }

  /** Where the program lives: another place each time it is opened. */
  get node(): string {
    return this.#life === 1 ? this.name : `${this.name}.${this.#life}`;
  }

  get frontend(): Frontend {
    return this.#frontend;
  }

  get isOnline(): boolean {
    return this.#frontend.getSnapshot().backend !== null;
  }

  /** Says that being offline is wanted from now on, or no more. */
  stayOffline(wanted: boolean): void {
    this.#left = wanted;
  }

  /** Closes the program: all it knew is gone. */
  reopen(): void {
    this.#frontend.disconnect();
    this.#life += 1;
    this.#left = false;
    this.#frontend = new Frontend(this.#options.portsFor(this.node));
    this.#options.onOpen(this);
  }

  /** Connects to the first backend that answers and signs in there, unless it is online, or offline by its user's wish. */
  async comeBack(): Promise<void> {
    const { frontend } = this;
    if (this.#left) return;
    for (const backend of this.#options.backends) {
      if (frontend.getSnapshot().backend !== null || frontend !== this.#frontend) break;
      await frontend.connect(backend);
    }
    const { backend, signedIn } = frontend.getSnapshot();
    if (backend !== null && !signedIn) await frontend.signIn();
  }
}
