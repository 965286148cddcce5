/**
 * The door of a virtual ledger: JSON-RPC over HTTP, in process (`fetch`, for `new Connection(url, { fetch })`) or on a real
 * listener (`listen`). Both go through the same exchange, so faults mean the same on either side.
 *
 *   body -> link? -> refused call? -> methods -> answer, or a lost one
 */
import { type GatewayFault, GatewayFaults, type LostAs } from './gateway-faults.ts';
import { type HttpListener, listenHttp } from './http-listener.ts';
import { handleBody } from './rpc.ts';
import { nodeBehind } from './rpc-error.ts';
import { LostAnswer, type RpcNode } from './rpc-node.ts';
import type { VirtualLedger } from './virtual-ledger.ts';

/** Nodes take at most 50 KiB. */
export const MAX_BODY_BYTES: number = 50 * 1024;

/** How one HTTP exchange ends. */
export type Exchange =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly body: string;
      readonly json: boolean;
      readonly retryAfterS: number | null;
    }
  | { readonly kind: 'refusedConnection' }
  | { readonly kind: 'lost'; readonly as: LostAs };

const plain = (status: number, body: string, retryAfterS: number | null = null): Exchange => ({
  kind: 'answered',
  status,
  body,
  json: false,
  retryAfterS,
});

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
        return new Response(exchange.body, { status: exchange.status, headers: headersOf(exchange) });
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
      exchange: (request) =>
        request.method === 'POST'
          ? this.exchange(request.body)
          : Promise.resolve(plain(405, 'Used HTTP Method is not allowed. POST is required')),
      tooLarge: () => plain(413, 'Payload Too Large'),
      failed: (error) => plain(500, String(error)),
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
        return plain(429, 'Too many requests', refusal.retryAfterS);
      case 'unavailable':
        return plain(503, 'Service unavailable');
      case 'behind':
        return { kind: 'answered', status: 200, body: behindBody(body, refusal.slots), json: true, retryAfterS: null };
      case undefined:
        return this.answer(body);
    }
  }

  private async answer(body: string): Promise<Exchange> {
    try {
      return { kind: 'answered', status: 200, body: await handleBody(this.node, body), json: true, retryAfterS: null };
    } catch (error) {
      if (error instanceof LostAnswer) return { kind: 'lost', as: error.as };
      throw error;
    }
  }
}

/** Each request of the body answered with "node is behind". */
function behindBody(body: string, slots: number): string {
  const { code, message, data } = nodeBehind(slots);
  const idOf = (request: unknown): unknown => (request as { id?: unknown } | null)?.id ?? null;
  const answer = (request: unknown): unknown => ({ jsonrpc: '2.0', id: idOf(request), error: { code, message, data } });
  const request: unknown = JSON.parse(body);
  return JSON.stringify(Array.isArray(request) ? request.map(answer) : answer(request));
}

export function headersOf({ json, retryAfterS }: Extract<Exchange, { kind: 'answered' }>): Record<string, string> {
  const type = json ? 'application/json; charset=utf-8' : 'text/plain; charset=utf-8';
  return { 'content-type': type, ...(retryAfterS === null ? {} : { 'retry-after': String(retryAfterS) }) };
}

/** What Node's own fetch throws. */
function networkError(code: string, message: string): TypeError {
  return new TypeError('fetch failed', { cause: Object.assign(new Error(message), { code }) });
}
