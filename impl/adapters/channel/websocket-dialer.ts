/**
 * The frontend's end of the wire over WebSockets. What was never handed to the socket is `unavailable`; whatever happens to a request
 * afterwards (the connection ends, no answer comes in time, the answer fits no frame) leaves it UNKNOWN, which is `timeout`.
 *
 *   connect -> [address known?] -> handshake, naming the backend -> open -- request --> answer | failure | lost
 *                    \no                 \refused, or too late        \-- silence --> ended, everything waiting is lost
 *                     unavailable         unavailable
 *
 * Left out: reconnecting (the client decides where to go next) and repeating (`core/`).
 */
import { type RawData, WebSocket } from 'ws';
import { type Connection, type ConnectionHandlers, type Dialer, MAX_FRAME_BYTES } from '../../ports/channel.ts';
import type { Clock } from '../../ports/clock.ts';
import type { BackendId } from '../../ports/ids.ts';
import { failed, ok, type Reply } from '../../ports/outcome.ts';
import { Beats, Pulse } from './beats.ts';
import { answerLost, connectionClosed, failureOf, frameTooLarge } from './failures.ts';
import { closeReason, decodeEnvelope, encodeEnvelope, excerpt, HEAD_BYTES, SUBPROTOCOL } from './websocket-envelope.ts';

export interface DialerLimits {
  /** How often time-outs and silence are looked at, milliseconds. */
  readonly beatMs: number;
  /** Beats without a sign of life, each but the first answered by a ping, until the connection is given up. */
  readonly missedBeats: number;
  /** How long a handshake may take. */
  readonly connectMs: number;
  /** How long an answer may take: longer than a backend stays with a write. */
  readonly requestMs: number;
  /** Bytes that may wait to be sent; a request beyond them is refused, unsent. */
  readonly backlogBytes: number;
}

export const dialerLimits: DialerLimits = {
  beatMs: 1_000,
  missedBeats: 15,
  connectMs: 10_000,
  requestMs: 60_000,
  backlogBytes: 16 * 1024 * 1024,
};

export interface WebSocketDialerOptions {
  /** `ws://host:port` or `wss://host:port` of a backend, or null when it has none now. */
  readonly addressOf: (backend: BackendId) => string | null;
  readonly clock: Clock;
  readonly limits?: Partial<DialerLimits>;
}

/** The path at which the backend of that name answers, on every address. */
export const channelPath = (backend: BackendId): string => `/channel/${encodeURIComponent(backend)}`;

export function createWebSocketDialer(options: WebSocketDialerOptions): Dialer {
  const limits = { ...dialerLimits, ...options.limits };
  const beats = new Beats(options.clock, limits.beatMs);
  return {
    connect: async (backend, handlers) => {
      const address = options.addressOf(backend);
      if (address === null) return failed(unreachable(backend, 'it has no address'));
      return dial(new URL(channelPath(backend), address).href, { backend, handlers, limits, beats, clock: options.clock });
    },
  };
}

const unreachable = (backend: BackendId, why: string) =>
  failureOf('unavailable', 'BackendUnavailable', `no backend answers as ${backend}: ${why}`);

interface Call {
  readonly backend: BackendId;
  readonly handlers: ConnectionHandlers;
  readonly limits: DialerLimits;
  readonly beats: Beats;
  readonly clock: Clock;
}

function dial(url: string, call: Call): Promise<Reply<Connection>> {
  const { backend, limits, beats, clock } = call;
  const socket = new WebSocket(url, SUBPROTOCOL, { perMessageDeflate: false, maxPayload: MAX_FRAME_BYTES + HEAD_BYTES });
  const connection = new WebSocketConnection(socket, call);
  return new Promise((resolve) => {
    const deadlineMs = clock.nowMs() + limits.connectMs;
    let isOver = false;
    const refuse = (why: string): void => {
      if (isOver) return;
      isOver = true;
      stop();
      socket.terminate();
      resolve(failed(unreachable(backend, why)));
    };
    const stop = beats.listen((nowMs) => {
      if (nowMs >= deadlineMs) refuse(`no answer within ${limits.connectMs} ms`);
    });
    // For good: a handshake that is given up ends in one more error.
    socket.on('error', (error) => refuse(error.message));
    socket.on('close', () => refuse('the connection was closed at once'));
    socket.on('open', () => {
      isOver = true;
      stop();
      connection.begin();
      resolve(ok(connection));
    });
  });
}

interface Waiting {
  readonly deadlineMs: number;
  settle(reply: Reply<string>): void;
}

class WebSocketConnection implements Connection {
  readonly #socket: WebSocket;
  readonly #call: Call;
  readonly #pulse: Pulse;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #open = true;
  #stop: () => void = () => undefined;

  constructor(socket: WebSocket, call: Call) {
    this.#socket = socket;
    this.#call = call;
    this.#pulse = new Pulse(call.limits.missedBeats);
    // From the first moment: what comes right behind the handshake is not lost.
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('pong', () => this.#pulse.heard());
    socket.on('ping', () => this.#pulse.heard());
  }

  /** The handshake is over. */
  begin(): void {
    // What is wrong with a message (too long, no UTF-8) ends the connection right after; the reason is worth keeping.
    this.#socket.on('error', (error) => this.#end(error.message));
    this.#socket.on('close', (code, reason) => this.#end(reason.toString('utf8') || describe(code)));
    this.#stop = this.#call.beats.listen((nowMs) => this.#beat(nowMs));
  }

  async request(frame: string): Promise<Reply<string>> {
    if (!this.#open || this.#socket.readyState !== WebSocket.OPEN) return failed(connectionClosed);
    const bytes = Buffer.byteLength(frame, 'utf8');
    if (bytes > MAX_FRAME_BYTES) {
      return failed(frameTooLarge(bytes));
    }
    const { limits, clock } = this.#call;
    const backlog = this.#socket.bufferedAmount;
    if (backlog > 0 && backlog + bytes > limits.backlogBytes) {
      const detail = `${backlog} bytes wait to be sent already; the request was not delivered`;
      return failed(failureOf('unavailable', 'Congested', detail));
    }
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((settle) => {
      this.#waiting.set(id, { deadlineMs: clock.nowMs() + limits.requestMs, settle });
      this.#socket.send(encodeEnvelope({ kind: 'request', id, frame }), (error) => {
        // Part of it may have left, and the socket does not say how much.
        if (error) this.#settle(id, failed(answerLost));
      });
    });
  }

  close(): void {
    if (!this.#open) return;
    this.#leave();
    this.#socket.close(1000, 'closed by client');
  }

  #settle(id: number, reply: Reply<string>): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.settle(reply);
  }

  /** Everything that waits is lost; the socket is not touched. */
  #leave(): void {
    this.#open = false;
    this.#stop();
    for (const id of [...this.#waiting.keys()]) this.#settle(id, failed(answerLost));
  }

  #end(reason: string): void {
    if (!this.#open) return;
    this.#leave();
    this.#socket.terminate();
    this.#call.handlers.onClosed(reason);
  }

  #beat(nowMs: number): void {
    const { requestMs } = this.#call.limits;
    const detail = `no answer within ${requestMs} ms; the request may have been carried out`;
    for (const [id, { deadlineMs }] of this.#waiting)
      if (nowMs >= deadlineMs) this.#settle(id, failed(failureOf('timeout', 'AnswerLate', detail)));
    switch (this.#pulse.beat()) {
      case 'fine':
        return;
      case 'ask':
        this.#socket.ping();
        return;
      case 'gone':
        this.#end('the backend has fallen silent');
    }
  }

  #receive(data: RawData, isBinary: boolean): void {
    this.#pulse.heard();
    if (!this.#open) return;
    const text = isBinary ? '' : String(data);
    const envelope = isBinary ? null : decodeEnvelope(text);
    switch (envelope?.kind) {
      case 'answer':
        // Of one that was given up, it comes too late to be told.
        this.#settle(envelope.id, ok(envelope.frame));
        return;
      case 'failure':
        this.#settle(envelope.id, failed(envelope.failure));
        return;
      case 'push':
        this.#call.handlers.onPush(envelope.frame);
        return;
      case 'request':
      case undefined: {
        const problem = `expected an answer, a failure or a push, got ${isBinary ? 'a binary message' : excerpt(text)}`;
        this.#socket.close(1008, closeReason(problem));
        this.#end(problem);
      }
    }
  }
}

/** https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1 */
const describe = (code: number): string => (code === 1006 ? 'connection lost' : `closed with code ${code}`);
