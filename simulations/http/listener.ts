/**
 * A real HTTP listener on loopback whose port can be shut and opened again: while it is shut, connections are refused, so that a
 * client knows for certain that nothing was delivered. Knows nothing of what is served.
 *
 * Ports are taken from below the system's range for outgoing connections: a port that is shut for a while is then neither given to
 * somebody else nor connected to itself.
 */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';

const host = '127.0.0.1';
const firstPort = 20_000;
const portCount = 12_000;
const taken = new Set<number>();

export interface HttpRequest {
  readonly method: string;
  /** Path and query, as in the request line. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  /** UTF-8. */
  readonly body: string;
}

export type HttpAnswer =
  | {
      readonly kind: 'answer';
      readonly status: number;
      /** Without `content-length`, which the listener adds. */
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string | Uint8Array;
    }
  /** The connection breaks. */
  | { readonly kind: 'broken' }
  /** The connection stays open and nothing ever comes. */
  | { readonly kind: 'silent' };

export interface ListenerOptions {
  /** A fixed port; otherwise a free one is found. */
  readonly port?: number;
  /** Bytes of a body. */
  readonly bodyLimit: number;
  answer(request: HttpRequest): HttpAnswer | Promise<HttpAnswer>;
  /** Answers a body of more bytes than the limit. */
  tooLarge(bytes: number): HttpAnswer;
  /** Answers when `answer` threw. */
  failed(error: unknown): HttpAnswer;
}

export interface HttpListener {
  readonly url: string;
  /** Breaks every connection and refuses new ones; resolves once an attempt was seen refused. Idempotent. */
  shut(): Promise<void>;
  /** Takes connections again, on the same port. Idempotent. */
  open(): Promise<void>;
  /** Shuts for good. */
  close(): Promise<void>;
}

export async function listenHttp(options: ListenerOptions): Promise<HttpListener> {
  const server = createServer((request, response) => receive(options, request, response));
  // Idle connections stay open: one that is closed at the wrong moment makes an outcome unknown for no reason.
  server.keepAliveTimeout = 0;
  server.headersTimeout = 0;
  server.requestTimeout = 0;
  const port = options.port ?? (await bindFreePort(server));
  if (options.port !== undefined) await bind(server, port);
  const shut = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
    await seeRefused(port);
  };
  return {
    url: `http://${host}:${port}`,
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
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function bindFreePort(server: Server): Promise<number> {
  for (let index = 0; index < portCount; index++) {
    const port = firstPort + ((process.pid * 61 + index) % portCount);
    if (taken.has(port)) continue;
    taken.add(port);
    try {
      await bind(server, port);
      return port;
    } catch (error) {
      taken.delete(port);
      if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    }
  }
  throw new Error(`no free port on ${host} from ${firstPort} to ${firstPort + portCount - 1}`);
}

/** A turn through the network: when it ends, clients in this process have seen their connections close. */
function seeRefused(port: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
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
    if (bytes > options.bodyLimit) return send(response, options.tooLarge(bytes));
    const { method = 'GET', url: target = '/', headers } = request;
    settle(options, { method, target, headers, body: Buffer.concat(chunks).toString('utf8') }).then(
      (answer) => send(response, answer),
      (error: unknown) => send(response, options.failed(error)),
    );
  });
}

const settle = async (options: ListenerOptions, request: HttpRequest): Promise<HttpAnswer> => options.answer(request);

function send(response: ServerResponse, answer: HttpAnswer): void {
  switch (answer.kind) {
    case 'silent':
      return;
    case 'broken':
      response.destroy();
      return;
    case 'answer': {
      const body = Buffer.from(answer.body);
      response.writeHead(answer.status, { ...answer.headers, 'content-length': body.length });
      response.end(body);
    }
  }
}
