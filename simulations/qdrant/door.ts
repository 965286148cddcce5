/**
 * A real HTTP listener on loopback, with a link that can be taken down and brought up: while it is down the port refuses
 * connections, so that a client knows for certain that nothing was delivered.
 *
 * Ports are taken from below the system's range for outgoing connections: a port that is closed for a while is then neither
 * given to somebody else nor connected to itself.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { WireAnswer, WireRequest } from './wire.ts';
import { bodyTooLarge } from './wire-error.ts';

const host = '127.0.0.1';
const firstPort = 20_000;
const portCount = 12_000;
const taken = new Set<number>();

export interface DoorOptions {
  /** A fixed port; otherwise a free one is found. */
  readonly port?: number;
  readonly bodyLimit: number;
  answer(request: WireRequest): WireAnswer;
  refuse(error: unknown): WireAnswer;
}

export interface Door {
  readonly url: string;
  readonly isUp: boolean;
  /** Breaks every connection and refuses new ones; resolves once a connection attempt was seen refused. Idempotent. */
  down(): Promise<void>;
  /** Accepts connections again, on the same port. Idempotent. */
  up(): Promise<void>;
  close(): Promise<void>;
}

export async function openDoor(options: DoorOptions): Promise<Door> {
  const server = createServer((request, response) => receive(options, request, response));
  // Idle connections stay open: a server that closes one at the wrong moment makes an outcome unknown for no reason.
  server.keepAliveTimeout = 0;
  server.headersTimeout = 0;
  server.requestTimeout = 0;
  const port = options.port ?? (await findPort(server));
  if (options.port !== undefined) await listen(server, port);
  let isUp = true;
  const down = async (): Promise<void> => {
    if (!isUp) return;
    isUp = false;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
    await untilRefused(port);
  };
  return {
    url: `http://${host}:${port}`,
    get isUp() {
      return isUp;
    },
    down,
    up: async () => {
      if (isUp) return;
      await listen(server, port);
      isUp = true;
    },
    close: async () => {
      await down();
      taken.delete(port);
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => reject(error);
    server.once('error', onError);
    server.listen(port, host, () => {
      server.off('error', onError);
      resolve();
    });
  });
}

async function findPort(server: Server): Promise<number> {
  for (let i = 0; i < portCount; i++) {
    const port = firstPort + ((process.pid * 61 + i) % portCount);
    if (taken.has(port)) continue;
    taken.add(port);
    try {
      await listen(server, port);
      return port;
    } catch (error) {
      taken.delete(port);
      if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    }
  }
  throw new Error(`no free port on ${host} from ${firstPort} to ${firstPort + portCount - 1}`);
}

/** One full turn of the event loop through the network: by then clients in this process have seen their connections close. */
function untilRefused(port: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket.on('error', () => resolve());
    socket.on('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}

function receive(options: DoorOptions, request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= options.bodyLimit) chunks.push(chunk);
  });
  request.on('end', () => {
    if (bytes > options.bodyLimit) return send(response, options.refuse(bodyTooLarge(bytes, options.bodyLimit)));
    const wireRequest: WireRequest = {
      method: request.method ?? 'GET',
      target: request.url ?? '/',
      contentType: request.headers['content-type'] ?? null,
      body: Buffer.concat(chunks).toString('utf8'),
    };
    send(response, options.answer(wireRequest));
  });
}

function send(response: ServerResponse, answer: WireAnswer): void {
  switch (answer.kind) {
    case 'silent':
      return;
    case 'lost':
      response.destroy();
      return;
    case 'answer': {
      const body = Buffer.from(answer.body);
      response.writeHead(answer.status, {
        'content-length': body.length,
        ...(body.length === 0 ? {} : { 'content-type': answer.json ? 'application/json' : 'text/plain; charset=utf-8' }),
        ...(answer.retryAfterS === null ? {} : { 'retry-after': String(answer.retryAfterS) }),
      });
      response.end(body);
    }
  }
}
