/**
 * A real HTTP listener on loopback whose port can be shut and opened again: while it is shut, connections are refused.
 * Ports come from below the range that systems take for outgoing connections, so a shut port is not given to somebody else.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { type Exchange, headersOf } from './exchange.ts';

const HOST = '127.0.0.1';
const FIRST_PORT = 8_100;
const PORTS = 11_000;
const taken = new Set<number>();

export interface ListenerOptions {
  readonly bodyLimit: number;
  exchange(request: { readonly method: string; readonly body: string }): Promise<Exchange>;
  tooLarge(): Exchange;
  failed(error: unknown): Exchange;
}

export interface HttpListener {
  readonly url: string;
  /** Breaks every connection and refuses new ones. Idempotent. */
  shut(): Promise<void>;
  /** Takes connections again, on the same port. Idempotent. */
  open(): Promise<void>;
  /** Shuts for good. */
  close(): Promise<void>;
}

export async function listenHttp(options: ListenerOptions): Promise<HttpListener> {
  const server = createServer((request, response) => receive(options, request, response));
  // An idle connection closed at the wrong moment would make an outcome unknown for no reason.
  server.keepAliveTimeout = 0;
  const port = await bindFreePort(server);
  const shut = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
    await seeRefused(port);
  };
  return {
    url: `http://${HOST}:${port}`,
    shut,
    open: async () => {
      if (!server.listening) await bind(server, port);
    },
    close: async () => {
      await shut();
      taken.delete(port);
    },
  };
}

function bind(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function bindFreePort(server: Server): Promise<number> {
  for (let index = 0; index < PORTS; index++) {
    const port = FIRST_PORT + ((process.pid * 53 + index) % PORTS);
    if (taken.has(port)) continue;
    try {
      await bind(server, port);
      taken.add(port);
      return port;
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'EADDRINUSE') throw error;
    }
  }
  throw new Error(`no free port on ${HOST} from ${FIRST_PORT} to ${FIRST_PORT + PORTS - 1}`);
}

/** A turn through the network: when it ends, clients in this process have seen their connections close. */
function seeRefused(port: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, HOST);
    socket.on('error', () => resolve());
    socket.on('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}

function receive(options: ListenerOptions, request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= options.bodyLimit) chunks.push(chunk);
  });
  request.on('end', () => {
    if (bytes > options.bodyLimit) return finish(response, options.tooLarge());
    const asked = { method: request.method ?? '', body: Buffer.concat(chunks).toString('utf8') };
    options.exchange(asked).then(
      (exchange) => finish(response, exchange),
      (error: unknown) => finish(response, options.failed(error)),
    );
  });
}

function finish(response: ServerResponse, exchange: Exchange): void {
  switch (exchange.kind) {
    case 'answered':
      response.writeHead(exchange.status, headersOf(exchange));
      response.end(exchange.body);
      return;
    case 'refusedConnection':
      response.destroy();
      return;
    case 'lost':
      // In silence the connection stays open until the client gives up.
      if (exchange.as === 'reset') response.destroy();
  }
}
