/**
 * What a client can give back to a backend that lacks it: texts of its own writes and texts it has read, the latest of them, in memory
 * only. A backend says what it lacks; what of that is held here is offered, one at a time, and not again while that backend has it.
 */
import { MAX_WANTED } from '../core/protocol.ts';
import type { BackendId, ContentHash, ThreadId, WalletId } from '../ports/ids.ts';
import type { Link } from './link.ts';

/** Bytes of UTF-8 that are held at most: four of the longest texts. */
const MAX_BYTES = 4_194_304;

interface HeldText {
  readonly thread: ThreadId;
  readonly author: WalletId;
  readonly text: string;
  readonly bytes: number;
}

export class Offers {
  readonly #link: Link;
  readonly #maxBytes: number;
  /** The one held or used longest ago first. */
  readonly #texts = new Map<ContentHash, HeldText>();
  #bytes = 0;
  #asking: { readonly backend: BackendId; readonly wanted: readonly ContentHash[] } | null = null;
  /** What the backend of this connection has answered about. */
  readonly #done = new Set<ContentHash>();
  #isOffering = false;

  constructor(link: Link, maxBytes: number = MAX_BYTES) {
    this.#link = link;
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  hold({ thread, author, text }: Omit<HeldText, 'bytes'>, hash: ContentHash): void {
    this.#forget(hash);
    const bytes = Buffer.byteLength(text, 'utf8');
    if (bytes > this.#maxBytes) return;
    for (const oldest of this.#texts.keys()) {
      if (this.#bytes + bytes <= this.#maxBytes) break;
      this.#forget(oldest);
    }
    this.#texts.set(hash, { thread, author, text, bytes });
    this.#bytes += bytes;
  }

  /** A new connection: whoever answers there may have begun anew. */
  connected(): void {
    this.#asking = null;
    this.#done.clear();
  }

  /** The backend connected to has said what it lacks. */
  take(backend: BackendId, wanted: readonly ContentHash[]): void {
    this.#asking = { backend, wanted };
    if (wanted.length >= MAX_WANTED) return;
    // Of these nothing is said: they are there now, and if they are wanted once more, they are lost once more.
    for (const hash of this.#done) if (!wanted.includes(hash)) this.#done.delete(hash);
  }

  /** Offers what is wanted and held. Stops where no answer comes; the next time goes on there. */
  async offer(): Promise<void> {
    const asking = this.#asking;
    if (asking === null || this.#isOffering) return;
    this.#isOffering = true;
    try {
      for (const hash of asking.wanted) {
        const held = this.#texts.get(hash);
        if (held === undefined || this.#done.has(hash)) continue;
        const { token } = this.#link;
        if (this.#asking !== asking || this.#link.backend !== asking.backend || token === null) return;
        const { thread, author, text } = held;
        const asked = await this.#link.ask({ kind: 'offerContent', token, thread, author, text }, 'taken');
        const isAnswered = asked.kind === 'answered' || (asked.kind === 'refused' && asked.refusal.code === 'ContentNotWanted');
        if (!isAnswered || this.#link.backend !== asking.backend) return;
        this.#done.add(hash);
        this.#touch(hash, held);
      }
    } finally {
      this.#isOffering = false;
    }
  }

  /** It is of use: others go before it. */
  #touch(hash: ContentHash, held: HeldText): void {
    if (this.#texts.delete(hash)) this.#texts.set(hash, held);
  }

  #forget(hash: ContentHash): void {
    const held = this.#texts.get(hash);
    if (held === undefined) return;
    this.#texts.delete(hash);
    this.#bytes -= held.bytes;
  }
}
