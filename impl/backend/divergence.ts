/**
 * Whether what the content store holds of a thread is what a view of it expects: pure comparisons, no decision what to do about it.
 * The view at two moments, because the store is read in between: what was ingested meanwhile has tasks of its own and is no sign of
 * anything. Vectors are not compared; the port does not give them back.
 */
import { isGenuine } from '../core/content.ts';
import type { ThreadView } from '../core/protocol.ts';
import type { StoredMessage, ThreadMetadata } from '../ports/content-store.ts';
import type { ContentHash } from '../ports/ids.ts';
import type { ContentTask } from './projection-queue.ts';

/** A stored message without its text, which may be a megabyte. */
export interface StoredFacts extends Omit<StoredMessage, 'text'> {
  /** Whether thread, author and text were those that the hash names. */
  readonly isGenuine: boolean;
}

export function factsOf(message: StoredMessage): StoredFacts {
  const { text: _, ...facts } = message;
  return { ...facts, isGenuine: isGenuine(message) };
}

/** Metadata of exactly this view's version that says what the view says. */
export const isMetadataOf = ({ version, coAuthors, messages }: ThreadView, stored: ThreadMetadata): boolean =>
  stored.version === version &&
  stored.messageCount === messages.length &&
  stored.coAuthors.length === coAuthors.length &&
  stored.coAuthors.every((each, i) => each === coAuthors[i]);

/** Nothing, older, or of this version and altered. Newer is another backend's work, done from more than is cached here. */
export const isBehind = (view: ThreadView, stored: ThreadMetadata | null): boolean =>
  stored === null || stored.version < view.version || (stored.version === view.version && !isMetadataOf(view, stored));

export interface Diverged {
  readonly task: ContentTask;
  /** Whether only who holds the text can mend it; false when the text is there and merely not marked as it should be. */
  readonly needsText: boolean;
}

/** Contents that both views expect and that are not stored as the later one says. */
export function divergedIn(
  before: ThreadView,
  after: ThreadView,
  stored: ReadonlyMap<ContentHash, StoredFacts>,
): readonly Diverged[] {
  const expected = new Set([...before.messages, ...before.specs].map(({ hash }) => hash));
  const recorded = new Set(after.messages.map(({ hash }) => hash));
  const messages = after.messages.filter(({ hash, sequence }) => {
    const found = stored.get(hash);
    return !found?.isGenuine || found.state !== 'recorded' || found.sequence !== sequence;
  });
  // A co-author may post what their own spec proposes: recorded is what counts then.
  const specs = after.specs.filter(({ hash }) => !recorded.has(hash) && !stored.get(hash)?.isGenuine);
  return [...messages, ...specs]
    .filter(({ hash }) => expected.has(hash))
    .map(({ hash, author }) => ({
      task: { kind: 'content', hash, thread: after.thread, author },
      needsText: !stored.get(hash)?.isGenuine,
    }));
}

/** Pending contents that this view has no use for. */
export function unneededIn(view: ThreadView, stored: ReadonlyMap<ContentHash, StoredFacts>): readonly ContentTask[] {
  const needed = new Set([...view.messages, ...view.specs].map(({ hash }) => hash));
  return [...stored.values()]
    .filter(({ state, hash }) => state === 'pending' && !needed.has(hash))
    .map(({ hash, author }) => ({ kind: 'content', hash, thread: view.thread, author }));
}
