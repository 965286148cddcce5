/**
 * What goes over a WebSocket: text messages of a short head and, after one space, the rest.
 *
 *   client -> backend   q<id> <frame>     a request
 *   backend -> client   a<id> <frame>     its answer
 *                       f<id> <failure>   instead of an answer: why there is none, as JSON
 *                       p <frame>         a push
 *
 * Ids count up in each connection and mean something to the client only. Frames stay as they are: JSON inside JSON would escape
 * every quote of a message a second time.
 */
import type { Failure } from '../../ports/outcome.ts';
import { failureOf } from './failures.ts';

export type Envelope =
  | { readonly kind: 'request'; readonly id: number; readonly frame: string }
  | { readonly kind: 'answer'; readonly id: number; readonly frame: string }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: Failure }
  | { readonly kind: 'push'; readonly frame: string };

/** Both ends name it in the handshake, so that whoever speaks something else is refused there. */
export const SUBPROTOCOL = 'choir.1';
/** More than the longest head. */
export const HEAD_BYTES = 32;
/** The most UTF-8 bytes a close frame's reason may have: https://www.rfc-editor.org/rfc/rfc6455#section-5.5. */
const MAX_REASON_BYTES = 123;

export function encodeEnvelope(envelope: Envelope): string {
  switch (envelope.kind) {
    case 'request':
      return `q${envelope.id} ${envelope.frame}`;
    case 'answer':
      return `a${envelope.id} ${envelope.frame}`;
    case 'failure': {
      const { kind, code, detail } = envelope.failure;
      return `f${envelope.id} ${JSON.stringify({ kind, code, detail })}`;
    }
    case 'push':
      return `p ${envelope.frame}`;
  }
}

const head = /^(?:([qaf])(\d{1,15})|p) /;

/** null when it is none. */
export function decodeEnvelope(text: string): Envelope | null {
  const [whole, letter, digits] = head.exec(text.slice(0, HEAD_BYTES)) ?? [];
  if (whole === undefined) return null;
  const frame = text.slice(whole.length);
  const id = Number(digits);
  switch (letter) {
    case undefined:
      return { kind: 'push', frame };
    case 'q':
      return { kind: 'request', id, frame };
    case 'a':
      return { kind: 'answer', id, frame };
    default: {
      const failure = decodeFailure(frame);
      return failure === null ? null : { kind: 'failure', id, failure };
    }
  }
}

const kinds = new Set<string>(['unavailable', 'timeout', 'invalid'] satisfies Failure['kind'][]);

function decodeFailure(text: string): Failure | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const { kind, code, detail } = (value ?? {}) as { readonly kind?: unknown; readonly code?: unknown; readonly detail?: unknown };
  if (typeof kind !== 'string' || !kinds.has(kind) || typeof code !== 'string' || typeof detail !== 'string') return null;
  return failureOf(kind as Failure['kind'], code, detail);
}

/** Cut where a close frame would not take it, never inside a character. */
export function closeReason(reason: string): string {
  let kept = '';
  let bytes = 0;
  for (const character of reason) {
    bytes += Buffer.byteLength(character, 'utf8');
    if (bytes > MAX_REASON_BYTES) break;
    kept += character;
  }
  return kept;
}

/** A message's beginning, for people. */
export const excerpt = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text);
