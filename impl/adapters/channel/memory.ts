/**
 * The wire inside one process: frames are text, at most as long as a frame may be, and go from clients to the backend registered
 * under the name they dial. Requests are delivered at once; how and when a push is delivered is for the `deliver` hook to decide,
 * which may drop, double or delay it.
 */
import {
  type ChannelServer,
  type Connection,
  type ConnectionHandlers,
  type Dialer,
  MAX_FRAME_BYTES,
  type Peer,
} from '../../ports/channel.ts';
import type { BackendId } from '../../ports/ids.ts';
import { failed, ok, type Reply } from '../../ports/outcome.ts';
import { answerLost, connectionClosed, failureOf, frameTooLarge } from './failures.ts';

/** A push on its way. `hand` gives it to the client if still connected; it may be called any number of times, at any time. */
export interface PushInFlight {
  readonly backend: BackendId;
  readonly client: string;
  readonly frame: string;
  hand(): void;
}

export type Deliver = (push: PushInFlight) => void;

class MemoryConnection implements Connection {
  readonly peer: Peer;
  readonly #server: ChannelServer;
  readonly #handlers: ConnectionHandlers;
  readonly #forget: () => void;
  readonly #waiting = new Set<(reply: Reply<string>) => void>();
  #open = true;

  constructor(
    peer: { readonly id: string; readonly push: (connection: MemoryConnection, frame: string) => void },
    server: ChannelServer,
    handlers: ConnectionHandlers,
    forget: (connection: MemoryConnection) => void,
  ) {
    this.#server = server;
    this.#handlers = handlers;
    this.#forget = () => forget(this);
    this.peer = {
      id: peer.id,
      push: (frame) => peer.push(this, frame),
      close: (reason) => this.end(reason, 'tellBoth'),
    };
  }

  async request(frame: string): Promise<Reply<string>> {
    if (!this.#open) return failed(connectionClosed);
    const bytes = Buffer.byteLength(frame, 'utf8');
    if (bytes > MAX_FRAME_BYTES) {
      return failed(frameTooLarge(bytes));
    }
    return new Promise((resolve) => {
      const answer = (reply: Reply<string>): void => {
        if (this.#waiting.delete(answer)) resolve(reply);
      };
      this.#waiting.add(answer);
      this.#server.onRequest(this.peer, frame).then(
        (text) => answer(ok(text)),
        (error: unknown) => {
          answer(failed(answerLost));
          this.end(`handler failed: ${error instanceof Error ? error.message : String(error)}`, 'tellBoth');
        },
      );
    });
  }

  close(): void {
    this.end('closed by client', 'tellServer');
  }

  /** Gives a push to the client; nothing when it is gone. */
  hand(frame: string): void {
    if (this.#open) this.#handlers.onPush(frame);
  }

  end(reason: string, tell: 'tellServer' | 'tellClient' | 'tellBoth'): void {
    if (!this.#open) return;
    this.#open = false;
    this.#forget();
    for (const answer of [...this.#waiting]) answer(failed(answerLost));
    if (tell !== 'tellClient') this.#server.onDisconnect(this.peer);
    if (tell !== 'tellServer') this.#handlers.onClosed(reason);
  }
}

export class MemoryNetwork {
  readonly #servers = new Map<BackendId, { readonly server: ChannelServer; readonly connections: Set<MemoryConnection> }>();
  readonly #deliver: Deliver;
  #connections = 0;

  /** @param deliver called for every push; by default it is handed over at once */
  constructor(deliver: Deliver = (push) => push.hand()) {
    this.#deliver = deliver;
  }

  /** Makes a backend reachable under its name; an earlier one of that name goes down first. */
  up(backend: BackendId, server: ChannelServer): void {
    this.down(backend);
    this.#servers.set(backend, { server, connections: new Set() });
  }

  /** The backend is gone, as after a crash: its clients are told, itself is not; answers under way are lost. */
  down(backend: BackendId): void {
    const entry = this.#servers.get(backend);
    this.#servers.delete(backend);
    for (const connection of [...(entry?.connections ?? [])]) connection.end('backend down', 'tellClient');
  }

  /** The wire of one client, named for the `deliver` hook. */
  dialer(client: string): Dialer {
    return { connect: async (backend, handlers) => this.#connect(client, backend, handlers) };
  }

  #connect(client: string, backend: BackendId, handlers: ConnectionHandlers): Reply<Connection> {
    const entry = this.#servers.get(backend);
    if (entry === undefined) return failed(failureOf('unavailable', 'BackendUnavailable', `no backend answers as ${backend}`));
    this.#connections += 1;
    const push = (connection: MemoryConnection, frame: string): void =>
      this.#deliver({ backend, client, frame, hand: () => connection.hand(frame) });
    const peer = { id: `${client}#${this.#connections}`, push };
    const connection = new MemoryConnection(peer, entry.server, handlers, (ended) => entry.connections.delete(ended));
    entry.connections.add(connection);
    entry.server.onConnect(connection.peer);
    return ok(connection);
  }
}
