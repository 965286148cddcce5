/** How one HTTP exchange with a gateway ends, whichever way it came in. */
import type { HttpAnswer } from '../http/listener.ts';
import type { LostAs } from './gateway-faults.ts';

export interface Answered {
  readonly kind: 'answered';
  /** HTTP status. */
  readonly status: number;
  readonly body: string;
  readonly json: boolean;
  /** Whole seconds for the `retry-after` header, null for none. */
  readonly retryAfterS: number | null;
}

export type Exchange = Answered | { readonly kind: 'refusedConnection' } | { readonly kind: 'lost'; readonly as: LostAs };

export const plainAnswer = (status: number, body: string, retryAfterS: number | null = null): Answered => ({
  kind: 'answered',
  status,
  body,
  json: false,
  retryAfterS,
});

export const jsonAnswer = (body: string): Answered => ({ kind: 'answered', status: 200, body, json: true, retryAfterS: null });

export function headersOf({ json, retryAfterS }: Answered): Record<string, string> {
  const type = json ? 'application/json; charset=utf-8' : 'text/plain; charset=utf-8';
  return { 'content-type': type, ...(retryAfterS === null ? {} : { 'retry-after': String(retryAfterS) }) };
}

/** The exchange as a listener ends it. In silence the connection stays open until the client gives up. */
export function asHttp(exchange: Exchange): HttpAnswer {
  switch (exchange.kind) {
    case 'answered':
      return { kind: 'answer', status: exchange.status, headers: headersOf(exchange), body: exchange.body };
    case 'refusedConnection':
      return { kind: 'broken' };
    case 'lost':
      return { kind: exchange.as === 'reset' ? 'broken' : 'silent' };
  }
}
