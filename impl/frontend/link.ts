/**
 * One client's connection to at most one backend, and its tokens: one a backend, kept while offline. Turns frames into typed answers
 * and every way of not getting one into a refusal or into "unknown".
 */
import type { Answer, Push, Request, RequestRefusal } from '../core/protocol.ts';
import { decodeAnswer, decodePush, encodeRequest } from '../core/protocol-codec.ts';
import { type Connection, type Dialer, MAX_FRAME_BYTES } from '../ports/channel.ts';
import type { BackendId } from '../ports/ids.ts';
import type { Failure } from '../ports/outcome.ts';

export type Asked<Kind extends Answer['kind']> =
  | { readonly kind: 'answered'; readonly answer: Extract<Answer, { kind: Kind }> }
  /** Certainly not carried out. */
  | { readonly kind: 'refused'; readonly refusal: RequestRefusal }
  /** It may have been carried out. */
  | { readonly kind: 'unknown'; readonly refusal: RequestRefusal };

export interface LinkEvents {
  onPush(push: Push): void;
  /** Connected, disconnected, signed in or out. */
  onChange(): void;
  /** The connection is gone, and nobody here said so. */
  onLost(backend: BackendId): void;
}

const frontend = (code: string, detail: string): RequestRefusal => ({ code, authority: 'frontend', detail });
export const disconnected: RequestRefusal = frontend('Disconnected', 'expected a connection to a backend; connect first');
export const unauthenticated: RequestRefusal = frontend('Unauthenticated', 'expected a session at this backend; sign in first');

export class Link {
  readonly #dialer: Dialer;
  readonly #events: LinkEvents;
  readonly #tokens = new Map<BackendId, string>();
  #current: { readonly backend: BackendId; readonly connection: Connection } | null = null;

  constructor(dialer: Dialer, events: LinkEvents) {
    this.#dialer = dialer;
    this.#events = events;
  }

  get backend(): BackendId | null {
    return this.#current?.backend ?? null;
  }

  /** The token for the backend connected to; null when offline or never signed in there. */
  get token(): string | null {
    return this.#current === null ? null : (this.#tokens.get(this.#current.backend) ?? null);
  }

  setToken(backend: BackendId, token: string | null): void {
    if (token === null) this.#tokens.delete(backend);
    else this.#tokens.set(backend, token);
    this.#events.onChange();
  }

  /** @param isWanted asked again once the backend has answered: a connection that nobody wants any more is closed at once */
  async connect(backend: BackendId, isWanted: () => boolean = () => true): Promise<RequestRefusal | null> {
    this.disconnect();
    let mine: { readonly backend: BackendId; readonly connection: Connection } | null = null;
    let live = true;
    const dialled = await this.#dialer.connect(backend, {
      onPush: (frame) => {
        const push = decodePush(frame);
        // A push that cannot be read, or comes too late, is as good as lost: the next catch-up brings what it told.
        if (push.ok && mine !== null && this.#current === mine) this.#events.onPush(push.value);
      },
      onClosed: () => {
        live = false;
        if (mine === null || this.#current !== mine) return;
        this.#current = null;
        this.#events.onLost(backend);
        this.#events.onChange();
      },
    });
    if (!dialled.ok) return unreachable(dialled.failure);
    if (!live) return frontend('BackendUnavailable', `${backend} closed the connection at once`);
    if (!isWanted()) {
      dialled.value.close();
      return disconnected;
    }
    mine = { backend, connection: dialled.value };
    // Another connect may have been faster; one connection at a time.
    this.disconnect();
    this.#current = mine;
    this.#events.onChange();
    return null;
  }

  disconnect(): void {
    const current = this.#current;
    this.#current = null;
    current?.connection.close();
    if (current !== null) this.#events.onChange();
  }

  /** One request, one answer of an expected kind. A token the backend does not know any more is forgotten. */
  async ask<Kind extends Answer['kind']>(request: Request, ...kinds: readonly Kind[]): Promise<Asked<Kind>> {
    const current = this.#current;
    if (current === null) return { kind: 'refused', refusal: disconnected };
    const frame = encodeRequest(request);
    const bytes = Buffer.byteLength(frame, 'utf8');
    if (bytes > MAX_FRAME_BYTES) {
      const detail = `the request has ${bytes} bytes; a frame takes at most ${MAX_FRAME_BYTES}`;
      return { kind: 'refused', refusal: frontend('InvalidRequest', detail) };
    }
    const reply = await current.connection.request(frame);
    if (!reply.ok) {
      return { kind: reply.failure.kind === 'timeout' ? 'unknown' : 'refused', refusal: unreachable(reply.failure) };
    }
    const answer = decodeAnswer(reply.value);
    if (!answer.ok) return { kind: 'unknown', refusal: frontend('InvalidAnswer', answer.failure.detail) };
    if (answer.value.kind === 'welcome' && !answer.value.signedIn && 'token' in request)
      this.#forget(current.backend, request.token);
    if (isOneOf(answer.value, kinds)) return { kind: 'answered', answer: answer.value };
    if (answer.value.kind !== 'refused') {
      const detail = `expected ${kinds.join(' or ')}, got ${answer.value.kind}`;
      return { kind: 'unknown', refusal: frontend('InvalidAnswer', detail) };
    }
    const { refusal } = answer.value;
    if (refusal.code === 'Unauthenticated' && 'token' in request) this.#forget(current.backend, request.token);
    return { kind: 'refused', refusal };
  }

  /** The backend does not know this token any more; a newer one may have taken its place meanwhile. */
  #forget(backend: BackendId, token: string | null): void {
    if (token !== null && token === this.#tokens.get(backend)) this.setToken(backend, null);
  }
}

function isOneOf<Kind extends Answer['kind']>(answer: Answer, kinds: readonly Kind[]): answer is Extract<Answer, { kind: Kind }> {
  return (kinds as readonly string[]).includes(answer.kind);
}

const unreachable = (failure: Failure): RequestRefusal => ({
  code: failure.kind === 'unavailable' || failure.kind === 'timeout' ? 'BackendUnavailable' : failure.code,
  authority: failure.authority,
  detail: failure.detail,
});
