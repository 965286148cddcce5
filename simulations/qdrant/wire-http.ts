/** The emulator's answers as HTTP: which headers go with which body. */
import type { HttpAnswer } from '../http/listener.ts';
import type { WireAnswer } from './wire.ts';

export function asHttp(answer: WireAnswer): HttpAnswer {
  switch (answer.kind) {
    case 'silent':
      return { kind: 'silent' };
    case 'lost':
      return { kind: 'broken' };
    case 'answer': {
      const { status, json, body, retryAfterS } = answer;
      const headers = {
        ...(body === '' ? {} : { 'content-type': json ? 'application/json' : 'text/plain; charset=utf-8' }),
        ...(retryAfterS === null ? {} : { 'retry-after': String(retryAfterS) }),
      };
      return { kind: 'answer', status, headers, body };
    }
  }
}
