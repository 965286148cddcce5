/**
 * Tells every connected client of threads that have just reached a new durable version. Fire and forget: a push that is lost,
 * doubled or overtaken does no harm, because it carries its version and the client catches up in its next round.
 */
import type { ThreadSlice } from '../core/protocol.ts';
import { encodePush } from '../core/protocol-codec.ts';
import { MAX_SLICE_MESSAGES } from '../core/thread-slice.ts';
import { MAX_FRAME_BYTES, type Peer } from '../ports/channel.ts';
import type { PeerViews } from './monitor/peer-views.ts';
import type { Propagation } from './monitor/propagation.ts';

export class Publisher {
  readonly #peers = new Map<string, Peer>();
  readonly #views: PeerViews | null;
  readonly #propagation: Propagation | null;

  /** @param views told who is there and what was sent @param propagation told what is durable now, whoever is there */
  constructor(views: PeerViews | null = null, propagation: Propagation | null = null) {
    this.#views = views;
    this.#propagation = propagation;
  }

  get connected(): number {
    return this.#peers.size;
  }

  add(peer: Peer): void {
    this.#peers.set(peer.id, peer);
    this.#views?.connected(peer);
  }

  remove(peer: Peer): void {
    this.#peers.delete(peer.id);
    this.#views?.gone(peer);
  }

  publish(slices: readonly ThreadSlice[]): void {
    this.#propagation?.published(slices);
    if (this.#peers.size === 0) return;
    for (const chunk of inChunks(slices)) {
      const frame = encodePush({ kind: 'threads', slices: chunk });
      const fits = Buffer.byteLength(frame, 'utf8') <= MAX_FRAME_BYTES;
      this.#views?.published(chunk, fits);
      // What no frame can take is left to the client's catch-up, which says why it cannot have it.
      if (!fits) continue;
      for (const peer of this.#peers.values()) peer.push(frame);
    }
  }

  closeAll(reason: string): void {
    for (const peer of [...this.#peers.values()]) peer.close(reason);
    this.#peers.clear();
  }
}

/** Groups of slices that fit one frame together: at most `MAX_SLICE_MESSAGES` messages, and 256 heads, each. */
export function inChunks(slices: readonly ThreadSlice[]): ThreadSlice[][] {
  const chunks: ThreadSlice[][] = [];
  let room = 0;
  for (const slice of slices) {
    const weight = slice.messages.length + slice.specs.length * 16 + MAX_SLICE_MESSAGES / 256;
    const current = chunks.at(-1);
    if (current === undefined || weight > room) {
      chunks.push([slice]);
      room = MAX_SLICE_MESSAGES - weight;
    } else {
      current.push(slice);
      room -= weight;
    }
  }
  return chunks;
}
