/** Backends on loopback sockets, and a clock of their own whose hours are as long as a test says. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createWebSocketDialer, type DialerLimits } from '#impl/adapters/channel/websocket-dialer.ts';
import {
  type ChannelTrouble,
  openWebSocketChannel,
  type ServerLimits,
  type WebSocketChannel,
} from '#impl/adapters/channel/websocket-server.ts';
import { SystemClock } from '#impl/adapters/clock/system.ts';
import type { ChannelServer, Dialer } from '#impl/ports/channel.ts';
import type { Clock } from '#impl/ports/clock.ts';
import type { BackendId } from '#impl/ports/ids.ts';

interface Listening {
  readonly http: Server;
  readonly channel: WebSocketChannel;
  readonly sockets: ReadonlySet<Socket>;
  readonly address: string;
}

export interface GroundOptions {
  readonly clock?: Clock;
  readonly dialer?: Partial<DialerLimits>;
  readonly server?: Partial<ServerLimits>;
}

export class WebSocketGround {
  readonly troubles: ChannelTrouble[] = [];
  readonly #options: GroundOptions;
  readonly #clock: Clock;
  readonly #addresses = new Map<BackendId, string>();
  readonly #listening = new Map<BackendId, Listening>();

  constructor(options: GroundOptions = {}) {
    this.#options = options;
    this.#clock = options.clock ?? new SystemClock();
  }

  async up(id: BackendId, server: ChannelServer): Promise<void> {
    const http = createServer((_request, response) => response.end('plain'));
    const sockets = new Set<Socket>();
    http.on('connection', (socket) => sockets.add(socket));
    const channel = openWebSocketChannel({
      id,
      server,
      http,
      clock: this.#clock,
      ...(this.#options.server === undefined ? {} : { limits: this.#options.server }),
      onTrouble: (trouble) => this.troubles.push(trouble),
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const address = `ws://127.0.0.1:${(http.address() as AddressInfo).port}`;
    this.#addresses.set(id, address);
    this.#listening.set(id, { http, channel, sockets, address });
  }

  /** As a killed process leaves it: connections broken, the port free, the address still known. */
  async down(id: BackendId): Promise<void> {
    const gone = this.#listening.get(id);
    this.#listening.delete(id);
    const ended = new Promise<void>((resolve) => (gone === undefined ? resolve() : gone.http.close(() => resolve())));
    for (const socket of gone?.sockets ?? []) socket.destroy();
    await ended;
  }

  at(id: BackendId): Listening {
    const found = this.#listening.get(id);
    if (found === undefined) throw new Error(`${id} is not up`);
    return found;
  }

  /** Where a name leads from now on. */
  rename(id: BackendId, address: string): void {
    this.#addresses.set(id, address);
  }

  dialer(_client: string): Dialer {
    return createWebSocketDialer({
      addressOf: (id) => this.#addresses.get(id) ?? null,
      clock: this.#clock,
      ...(this.#options.dialer === undefined ? {} : { limits: this.#options.dialer }),
    });
  }

  async close(): Promise<void> {
    for (const id of [...this.#listening.keys()]) await this.down(id);
  }
}
