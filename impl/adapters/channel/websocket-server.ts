/**
 * The backend's end of the wire over WebSockets, on an HTTP server that others may serve from as well: only requests to upgrade to
 * `/channel/<backend>` are taken here.
 *
 * Whoever connects may be hostile: what is no request ends his connection with a reason and nobody else's; what he may make the
 * backend keep (requests under way, answers he does not read) is bounded, and beyond the bound he is refused, not delivered, or cut off.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { type ChannelServer, MAX_FRAME_BYTES, type Peer } from '../../ports/channel.ts';
import type { Clock } from '../../ports/clock.ts';
import type { BackendId } from '../../ports/ids.ts';
import type { Failure } from '../../ports/outcome.ts';
import { Beats, Pulse } from './beats.ts';
import { failureOf, frameTooLarge } from './failures.ts';
import { channelPath } from './websocket-dialer.ts';
import {
  closeReason,
  decodeEnvelope,
  type Envelope,
  encodeEnvelope,
  excerpt,
  HEAD_BYTES,
  SUBPROTOCOL,
} from './websocket-envelope.ts';

export interface ServerLimits {
  /** How often silence is looked for, milliseconds. */
  readonly beatMs: number;
  /** Beats without a sign of life, each but the first answered by a ping, until a peer is given up. */
  readonly missedBeats: number;
  readonly peers: number;
  /** Requests of one peer under way at once, and their bytes; more are refused, not delivered. */
  readonly requests: number;
  readonly requestBytes: number;
  /** Bytes a peer may leave unread before pushes to him are dropped, and before he is cut off. */
  readonly pushBacklogBytes: number;
  readonly backlogBytes: number;
}

export const serverLimits: ServerLimits = {
  beatMs: 1_000,
  missedBeats: 15,
  peers: 10_000,
  requests: 256,
  requestBytes: 16 * 1024 * 1024,
  pushBacklogBytes: 4 * 1024 * 1024,
  backlogBytes: 32 * 1024 * 1024,
};

/** What did not go as it should, for whoever counts or logs. */
export interface ChannelTrouble {
  readonly code:
    | 'Malformed'
    | 'HandlerFailed'
    | 'Congested'
    | 'AnswerTooLarge'
    | 'PushDropped'
    | 'PeerSilent'
    | 'PeerTooSlow'
    | 'UpgradeRefused';
  /** null before there is one. */
  readonly peer: string | null;
  readonly detail: string;
}

export interface WebSocketChannelOptions {
  readonly id: BackendId;
  readonly server: ChannelServer;
  /** Listening is its owner's business, and so is every request that is none to upgrade. */
  readonly http: Server;
  readonly clock: Clock;
  readonly limits?: Partial<ServerLimits>;
  readonly onTrouble?: (trouble: ChannelTrouble) => void;
}

export interface WebSocketChannel {
  readonly peers: number;
  /** Refuses whatever is asked from now on, not delivered, and resolves when what is under way has been answered, or time is up. */
  drain(graceMs: number): Promise<void>;
  /** Ends every connection, telling the reason. Idempotent. */
  close(reason: string): Promise<void>;
}

export function openWebSocketChannel(options: WebSocketChannelOptions): WebSocketChannel {
  return new Channel(options);
}

/** How long a peer may take to say goodbye. */
const FAREWELL_MS = 500;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

class Channel implements WebSocketChannel {
  readonly server: ChannelServer;
  readonly limits: ServerLimits;
  readonly beats: Beats;
  readonly #options: WebSocketChannelOptions;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_FRAME_BYTES + HEAD_BYTES,
    handleProtocols: () => SUBPROTOCOL,
  });
  readonly #peers = new Set<WebSocketPeer>();
  readonly #idle = new Set<() => void>();
  #connections = 0;
  #draining = false;

  constructor(options: WebSocketChannelOptions) {
    this.#options = options;
    this.server = options.server;
    this.limits = { ...serverLimits, ...options.limits };
    this.beats = new Beats(options.clock, this.limits.beatMs);
    options.http.on('upgrade', this.#upgrade);
  }

  get peers(): number {
    return this.#peers.size;
  }

  get isDraining(): boolean {
    return this.#draining;
  }

  trouble(code: ChannelTrouble['code'], peer: string | null, detail: string): void {
    this.#options.onTrouble?.({ code, peer, detail });
  }

  async drain(graceMs: number): Promise<void> {
    this.#draining = true;
    const answered = new Promise<void>((resolve) => {
      this.#idle.add(resolve);
      this.noteIdle();
    });
    await Promise.race([answered, this.#options.clock.sleep(graceMs)]);
  }

  async close(reason: string): Promise<void> {
    this.#draining = true;
    this.#options.http.off('upgrade', this.#upgrade);
    const gone = Promise.all([...this.#peers].map((peer) => peer.leave(1001, reason)));
    await Promise.race([gone, this.#options.clock.sleep(FAREWELL_MS)]);
    for (const peer of this.#peers) peer.cut();
  }

  forget(peer: WebSocketPeer): void {
    this.#peers.delete(peer);
    this.noteIdle();
  }

  /** Tells whoever waits for it when no request is under way. */
  noteIdle(): void {
    for (const peer of this.#peers) if (peer.underWay > 0) return;
    for (const resolve of this.#idle) resolve();
    this.#idle.clear();
  }

  readonly #upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    // Whatever becomes of it: a socket's error without a listener would end the process.
    socket.on('error', () => socket.destroy());
    const refusal = this.#refusalOf(request);
    if (refusal !== null) {
      this.trouble('UpgradeRefused', null, refusal);
      socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (accepted) => {
      this.#connections += 1;
      const { remoteAddress = 'unknown', remotePort = 0 } = request.socket;
      const peer = new WebSocketPeer(this, accepted, `${remoteAddress}:${remotePort}#${this.#connections}`);
      this.#peers.add(peer);
      this.server.onConnect(peer);
    });
  };

  /** A status line, or null when the peer may come in. */
  #refusalOf(request: IncomingMessage): string | null {
    const path = (request.url ?? '').split('?')[0];
    if (path !== channelPath(this.#options.id)) return '404 Not Found';
    const offered = String(request.headers['sec-websocket-protocol'] ?? '').split(',');
    if (!offered.some((each) => each.trim() === SUBPROTOCOL)) return '400 Bad Request';
    return this.#draining || this.#peers.size >= this.limits.peers ? '503 Service Unavailable' : null;
  }
}

class WebSocketPeer implements Peer {
  readonly id: string;
  readonly #channel: Channel;
  readonly #socket: WebSocket;
  readonly #pulse: Pulse;
  readonly #stop: () => void;
  readonly #gone: Promise<void>;
  #open = true;
  #requests = 0;
  #requestBytes = 0;
  #backlog = 0;
  /** Since it was told to leave. */
  #hasBeatSince = false;

  constructor(channel: Channel, socket: WebSocket, id: string) {
    this.id = id;
    this.#channel = channel;
    this.#socket = socket;
    this.#pulse = new Pulse(channel.limits.missedBeats);
    this.#stop = channel.beats.listen(() => this.#beat());
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('pong', () => this.#pulse.heard());
    socket.on('ping', () => this.#pulse.heard());
    // Too long, or no UTF-8: the socket closes itself with the code that says so.
    socket.on('error', (error) => channel.trouble('Malformed', id, error.message));
    this.#gone = new Promise((resolve) => {
      socket.on('close', () => {
        this.#depart();
        this.#stop();
        channel.forget(this);
        resolve();
      });
    });
  }

  /** Requests whose answer has not been sent. */
  get underWay(): number {
    return this.#open ? this.#requests : 0;
  }

  push(frame: string): void {
    if (!this.#open) return;
    const bytes = Buffer.byteLength(frame, 'utf8');
    const { pushBacklogBytes } = this.#channel.limits;
    // Lost pushes are caught up with; what matters is that somebody knows.
    if (bytes > MAX_FRAME_BYTES) this.#channel.trouble('PushDropped', this.id, `${bytes} bytes fit no frame`);
    else if (this.#socket.bufferedAmount > pushBacklogBytes)
      this.#channel.trouble('PushDropped', this.id, `${this.#socket.bufferedAmount} bytes are unread`);
    else this.#send({ kind: 'push', frame });
  }

  close(reason: string): void {
    void this.leave(1000, reason);
  }

  /** Resolves when the connection is gone. */
  leave(code: number, reason: string): Promise<void> {
    if (this.#open) {
      this.#depart();
      this.#socket.close(code, closeReason(reason));
    }
    return this.#gone;
  }

  cut(): void {
    this.#socket.terminate();
  }

  #depart(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#channel.noteIdle();
    this.#channel.server.onDisconnect(this);
  }

  #send(envelope: Envelope): void {
    if (!this.#open) return;
    this.#socket.send(encodeEnvelope(envelope), () => undefined);
    const { bufferedAmount } = this.#socket;
    if (bufferedAmount <= this.#channel.limits.backlogBytes) return;
    this.#channel.trouble('PeerTooSlow', this.id, `${bufferedAmount} bytes are unread`);
    this.#depart();
    this.cut();
  }

  #beat(): void {
    if (!this.#open) {
      // A whole beat to say goodbye, and no more.
      if (this.#hasBeatSince) this.cut();
      this.#hasBeatSince = true;
      return;
    }
    // Whoever reads is alive, however long his own next message takes to get through.
    const { bufferedAmount } = this.#socket;
    if (bufferedAmount < this.#backlog) this.#pulse.heard();
    this.#backlog = bufferedAmount;
    switch (this.#pulse.beat()) {
      case 'fine':
        return;
      case 'ask':
        this.#socket.ping(undefined, undefined, () => undefined);
        return;
      case 'gone':
        this.#channel.trouble('PeerSilent', this.id, 'no sign of life');
        this.#depart();
        this.cut();
    }
  }

  #receive(data: RawData, isBinary: boolean): void {
    this.#pulse.heard();
    if (!this.#open) return;
    const text = isBinary ? '' : String(data);
    const envelope = isBinary ? null : decodeEnvelope(text);
    if (envelope?.kind !== 'request') {
      const problem = `expected a request "q<id> <frame>", got ${isBinary ? 'a binary message' : excerpt(text)}`;
      this.#channel.trouble('Malformed', this.id, problem);
      void this.leave(1008, problem);
      return;
    }
    const refusal = this.#refusalOf(Buffer.byteLength(envelope.frame, 'utf8'));
    if (refusal === null) void this.#answer(envelope.id, envelope.frame);
    else this.#send({ kind: 'failure', id: envelope.id, failure: refusal });
  }

  /** Why a request is not even begun, or null. */
  #refusalOf(bytes: number): Failure | null {
    if (bytes > MAX_FRAME_BYTES) return frameTooLarge(bytes);
    if (this.#channel.isDraining)
      return failureOf('unavailable', 'ShuttingDown', 'the backend is about to end; the request was not delivered');
    const { requests, requestBytes } = this.#channel.limits;
    const isFull = this.#requests >= requests || (this.#requests > 0 && this.#requestBytes + bytes > requestBytes);
    if (!isFull) return null;
    const detail = `${this.#requests} requests of ${this.#requestBytes} bytes are under way; the request was not delivered`;
    this.#channel.trouble('Congested', this.id, detail);
    return failureOf('unavailable', 'Congested', detail);
  }

  async #answer(id: number, frame: string): Promise<void> {
    const bytes = Buffer.byteLength(frame, 'utf8');
    this.#requests += 1;
    this.#requestBytes += bytes;
    try {
      this.#send(this.#answerEnvelope(id, await this.#channel.server.onRequest(this, frame)));
    } catch (error) {
      const reason = `handler failed: ${messageOf(error)}`;
      this.#channel.trouble('HandlerFailed', this.id, reason);
      void this.leave(1011, reason);
    } finally {
      this.#requests -= 1;
      this.#requestBytes -= bytes;
      this.#channel.noteIdle();
    }
  }

  #answerEnvelope(id: number, frame: string): Envelope {
    const bytes = Buffer.byteLength(frame, 'utf8');
    if (bytes <= MAX_FRAME_BYTES) return { kind: 'answer', id, frame };
    const detail = `the answer has ${bytes} bytes; a frame takes at most ${MAX_FRAME_BYTES}; the request was carried out`;
    this.#channel.trouble('AnswerTooLarge', this.id, detail);
    return { kind: 'failure', id, failure: failureOf('timeout', 'AnswerTooLarge', detail) };
  }
}
