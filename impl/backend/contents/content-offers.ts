/**
 * Clients as holders: which contents this backend asks them for, and what it makes of what they offer.
 *
 *   a pass leaves content quarantined -> welcome names it (`wanted`) -> a client that holds it offers the text
 *     -> its hash is quarantined here now: text and task durable in one batch, `taken`; the next round puts it back
 *     \-> it is not: `ContentNotWanted`, nothing kept
 *
 * The hash is computed here and names thread, author and text, so whoever offers need not be trusted. An offer for a thread that lacks
 * nothing is refused before anything is computed.
 */
import { hashContent, verified } from '../../core/content.ts';
import { type Answer, MAX_WANTED } from '../../core/protocol.ts';
import type { Peer } from '../../ports/channel.ts';
import type { ContentHash, ThreadId, WalletId } from '../../ports/ids.ts';
import type { Projection } from '../projection.ts';
import type { Sync } from '../reconcile/sync.ts';
import type { HeldTexts } from './held-texts.ts';

export interface OfferParts {
  readonly sync: Sync;
  readonly projection: Projection;
  readonly texts: HeldTexts;
}

export class ContentOffers {
  readonly #parts: OfferParts;
  /** Where the next list of a connection begins, where there are more than one takes. */
  readonly #turns = new WeakMap<Peer, number>();

  constructor(parts: OfferParts) {
    this.#parts = parts;
  }

  /** At most `MAX_WANTED`, of these threads only, sorted; with more than that, the next ones each time. */
  wanted(peer: Peer, threads: ReadonlySet<ThreadId>): readonly ContentHash[] {
    const { sync } = this.#parts;
    const hashes = new Set([...threads].flatMap((thread) => sync.quarantinedIn(thread)));
    const all = [...hashes].sort();
    if (all.length <= MAX_WANTED) return all;
    const start = (this.#turns.get(peer) ?? 0) % all.length;
    this.#turns.set(peer, start + MAX_WANTED);
    return [...all.slice(start), ...all.slice(0, start)].slice(0, MAX_WANTED).sort();
  }

  async take(offered: { readonly thread: ThreadId; readonly author: WalletId; readonly text: string }): Promise<Answer> {
    const { sync, projection, texts } = this.#parts;
    const { thread, author, text } = offered;
    const missing = sync.quarantinedIn(thread);
    if (missing.length === 0) return notWanted('nothing of that thread is missing here');
    const hash = hashContent({ thread, author, text });
    const content = verified({ hash, thread, author, text });
    if (content === null || !missing.includes(hash)) return notWanted('content of that hash is not missing here');
    sync.takeOut(thread, hash);
    const task = { kind: 'content', hash, thread, author } as const;
    await projection.doubt([task], [texts.handIn(content)]);
    return { kind: 'taken' };
  }
}

const notWanted = (detail: string): Answer => ({
  kind: 'refused',
  refusal: { code: 'ContentNotWanted', authority: 'backend', detail },
});
