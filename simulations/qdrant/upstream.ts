/** A Qdrant server as the harness itself speaks to it: requests passed on for clients, and questions of its own. */
import { Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Upstream {
  /** Rejects when the server cannot be reached or the connection breaks. */
  send(method: string, target: string, headers: IncomingHttpHeaders, body: string): Promise<UpstreamAnswer>;
  /** The `result` of the answer, null on 404. Rejects on every other refusal, with the request and the server's words. */
  ask(method: string, target: string, body?: object): Promise<unknown>;
  close(): void;
}

/** Milliseconds after which an idle connection is given up: sooner than a server would, which could break a request. */
const idleMs = 1_000;

export function openUpstream(url: string, apiKey: string | null): Upstream {
  const base = new URL(url);
  const secure = base.protocol === 'https:';
  const request = secure ? httpsRequest : httpRequest;
  const agent = new (secure ? HttpsAgent : HttpAgent)({ keepAlive: true, timeout: idleMs });
  const key = apiKey === null ? {} : { 'api-key': apiKey };
  const send: Upstream['send'] = (method, target, headers, body) =>
    new Promise((resolve, reject) => {
      const { host: _, connection: __, 'transfer-encoding': ___, ...passed } = headers;
      const bytes = Buffer.from(body);
      const outgoing = request(`${url}${target}`, {
        method,
        agent,
        headers: { ...passed, ...key, 'content-length': bytes.length },
      });
      outgoing.on('error', reject);
      outgoing.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 502, headers: response.headers, body: Buffer.concat(chunks) }),
        );
      });
      outgoing.end(bytes);
    });
  const ask: Upstream['ask'] = async (method, target, body) => {
    const json = body === undefined ? '' : JSON.stringify(body);
    const answer = await send(method, target, { 'content-type': 'application/json' }, json);
    if (answer.status === 404) return null;
    const text = answer.body.toString('utf8');
    if (answer.status !== 200)
      throw new Error(`${method} ${url}${target}: expected 200, got ${answer.status} ${text.slice(0, 300)}`);
    return (JSON.parse(text) as { readonly result: unknown }).result;
  };
  return { send, ask, close: () => agent.destroy() };
}
