/**
 * The wire between frontends and a backend: requests with one answer each, and pushes from the backend.
 * Messages are text (JSON), at most `MAX_FRAME_BYTES`; what they mean is `core/protocol.ts`'s business.
 *
 * Requests: a lost answer is UNKNOWN to the caller; retry with the same intent id is safe (the backend de-duplicates).
 * Pushes: may be lost, doubled or reordered; every payload carries versions, so the receiver can tell.
 */
import type { BackendId } from './ids.ts';
import type { Reply } from './outcome.ts';

/** 2 MiB: a message text of 1 MiB, JSON-escaped, with room for the envelope. */
export const MAX_FRAME_BYTES: number = 2 * 1024 * 1024;

export interface Connection {
  /** Sends one frame and resolves with the answer frame, or with `unavailable` (not delivered) or `timeout` (unknown). */
  request(frame: string): Promise<Reply<string>>;
  /** Idempotent. The other side is told. */
  close(): void;
}

export interface ConnectionHandlers {
  /** A push from the backend. */
  onPush(frame: string): void;
  /** The connection is gone, for whatever reason but our own `close()`. Called at most once. */
  onClosed(reason: string): void;
}

/** The frontend's end. */
export interface Dialer {
  connect(backend: BackendId, handlers: ConnectionHandlers): Promise<Reply<Connection>>;
}

/** One client as the backend sees it. */
export interface Peer {
  readonly id: string;
  push(frame: string): void;
  close(reason: string): void;
}

/** The backend's end: what it must answer. A handler that throws closes the connection; it should answer an error instead. */
export interface ChannelServer {
  onConnect(peer: Peer): void;
  onRequest(peer: Peer, frame: string): Promise<string>;
  onDisconnect(peer: Peer): void;
}
