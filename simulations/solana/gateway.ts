/**
 * The door of a virtual ledger: JSON-RPC over HTTP, in process (`fetch`, for `new Connection(url, { fetch })`) or on a real
 * listener (`listen`). Both go through the same exchange, so faults mean the same on either side.
 *
 *   body -> link? -> refused call? -> methods -> answer, or a lost one
 */
import { type HttpListener, listenHttp } from '../http/listener.ts';
import { type Answered, asHttp, type Exchange, headersOf, jsonAnswer, plainAnswer } from './exchange.ts';
import { type GatewayFault, GatewayFaults } from './gateway-faults.ts';
import { handleBody } from './rpc.ts';
import { nodeBehind } from './rpc-error.ts';
import { LostAnswer, type RpcNode } from './rpc-node.ts';
import type { VirtualLedger } from './virtual-ledger.ts';

/** Nodes take at most 50 KiB. */
export const MAX_BODY_BYTES: number = 50 * 1024;

export class Gateway {
  readonly faults = new GatewayFaults();
  private readonly node: RpcNode;
  private linkUp = true;
  private listener: HttpListener | null = null;

  constructor(ledger: VirtualLedger) {
    this.node = { ledger, faults: this.faults };
  }

  arm(fault: GatewayFault): void {
    this.faults.arm(fault);
  }

  get isUp(): boolean {
    return this.linkUp;
  }

  /** While down every connection is refused, so that a client knows for certain that nothing was delivered. */
  async setLink(state: 'up' | 'down'): Promise<void> {
    this.linkUp = state === 'up';
    if (state === 'up') await this.listener?.open();
    else await this.listener?.shut();
  }

  /** For `new Connection(url, { fetch })`; the address does not matter. Settles without timers or sockets. */
  readonly fetch = async (_input: unknown, init?: { readonly body?: unknown }): Promise<Response> => {
    const exchange = await this.exchange(String(init?.body ?? ''));
    switch (exchange.kind) {
      case 'answered':
        return responseOf(exchange);
      case 'refusedConnection':
        throw networkError('ECONNREFUSED', 'connect ECONNREFUSED');
      case 'lost':
        if (exchange.as === 'silence') throw new DOMException('The operation was aborted due to timeout', 'TimeoutError');
        throw networkError('ECONNRESET', 'read ECONNRESET');
    }
  };

  /** Serves the same over a real listener on 127.0.0.1 until `close`; answers its URL. */
  async listen(): Promise<string> {
    this.listener ??= await listenHttp({
      bodyLimit: MAX_BODY_BYTES,
      answer: async ({ method, body }) =>
        asHttp(
          method === 'POST' ? await this.exchange(body) : plainAnswer(405, 'Used HTTP Method is not allowed. POST is required'),
        ),
      tooLarge: () => asHttp(plainAnswer(413, 'Payload Too Large')),
      failed: (error) => asHttp(plainAnswer(500, String(error))),
    });
    return this.listener.url;
  }

  async close(): Promise<void> {
    await this.listener?.close();
    this.listener = null;
  }

  private async exchange(body: string): Promise<Exchange> {
    if (!this.linkUp) {
      this.faults.fired.push({ fault: { kind: 'linkDown' }, noticeable: true });
      return { kind: 'refusedConnection' };
    }
    const refusal = this.faults.takeCall();
    switch (refusal?.kind) {
      case 'rateLimited':
        return plainAnswer(429, 'Too many requests', refusal.retryAfterS);
      case 'unavailable':
        return plainAnswer(503, 'Service unavailable');
      case 'behind':
        return jsonAnswer(behindBody(body, refusal.slots));
      case undefined:
        return this.answer(body);
    }
  }

  private async answer(body: string): Promise<Exchange> {
    try {
      return jsonAnswer(await handleBody(this.node, body));
    } catch (error) {
      if (error instanceof LostAnswer) return { kind: 'lost', as: error.as };
      throw error;
    }
  }
}

/** As much of a `Response` as clients of RPC nodes read: making a real one costs more than answering. */
function responseOf(exchange: Answered): Response {
  const headers = headersOf(exchange);
  const { status, body } = exchange;
  return {
    status,
    statusText: '',
    ok: status === 200,
    headers: { get: (name: string) => headers[name.toLowerCase()] ?? null },
    text: () => Promise.resolve(body),
    json: async () => JSON.parse(body) as unknown,
  } as Response;
}

/** Each request of the body answered with "node is behind". */
function behindBody(body: string, slots: number): string {
  const { code, message, data } = nodeBehind(slots);
  const idOf = (request: unknown): unknown => (request as { id?: unknown } | null)?.id ?? null;
  const answer = (request: unknown): unknown => ({ jsonrpc: '2.0', id: idOf(request), error: { code, message, data } });
  const request = parsedOrNull(body);
  return JSON.stringify(Array.isArray(request) ? request.map(answer) : answer(request));
}

function parsedOrNull(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

/** What Node's own fetch throws. */
function networkError(code: string, message: string): TypeError {
  return new TypeError('fetch failed', { cause: Object.assign(new Error(message), { code }) });
}
