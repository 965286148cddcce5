/**
 * Where what the content store holds of a thread is not what a view of it expects, classified as the specification's conflicts, each
 * with the task that resolves it:
 *
 *   HashMismatch       content missing or altered      recompute its hash, verify, put it back whole   (content task, needs the text)
 *   OwnershipConflict  co-authors of this version      write the ledger's again                        (thread task)
 *   StateDesync        metadata missing or older,      write the view's again                          (thread task)
 *                      content not marked recorded     mark it                                         (content task)
 *   TimestampConflict  content at another sequence     the chain's order wins: rewrite it              (content task)
 *
 * The view at two moments, because the store is read in between: what was ingested meanwhile has tasks of its own and is no sign of
 * anything. Vectors are not compared; the port does not give them back.
 */
import type { Conflict } from '../../core/conflict.ts';
import { isGenuine } from '../../core/content.ts';
import type { ThreadView } from '../../core/protocol.ts';
import type { StoredMessage, ThreadMetadata } from '../../ports/content-store.ts';
import type { ContentHash, WalletId } from '../../ports/ids.ts';
import type { ContentTask, ProjectionTask } from '../projection-queue.ts';

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
  stored.version === version && stored.messageCount === messages.length && hasCoAuthorsOf({ coAuthors }, stored);

const hasCoAuthorsOf = ({ coAuthors }: Pick<ThreadView, 'coAuthors'>, stored: ThreadMetadata): boolean =>
  stored.coAuthors.length === coAuthors.length && stored.coAuthors.every((each, i) => each === coAuthors[i]);

export interface Divergence {
  readonly conflict: Conflict;
  readonly task: ProjectionTask;
  /** Whether only who holds the text can mend it; false when nothing but what the ledger says is needed. */
  readonly needsText: boolean;
}

/** Newer metadata than the view is another backend's work, done from more than is cached here. */
export function divergedMetadata(view: ThreadView, stored: ThreadMetadata | null): Divergence | null {
  const { thread, version } = view;
  const task = { kind: 'thread', thread } as const;
  const found = stored?.version ?? 0;
  if (stored === null || found < version) {
    return { conflict: { kind: 'StateDesync', thread, at: 'qdrant', expected: version, found }, task, needsText: false };
  }
  if (found > version || isMetadataOf(view, stored)) return null;
  const conflict: Conflict = hasCoAuthorsOf(view, stored)
    ? { kind: 'StateDesync', thread, at: 'qdrant', expected: version, found }
    : { kind: 'OwnershipConflict', thread, at: 'qdrant', version };
  return { conflict, task, needsText: false };
}

/** Contents that both views expect and that are not stored as the later one says. */
export function divergedContents(
  before: ThreadView,
  after: ThreadView,
  stored: ReadonlyMap<ContentHash, StoredFacts>,
): readonly Divergence[] {
  const expected = new Set([...before.messages, ...before.specs].map(({ hash }) => hash));
  const recorded = new Set(after.messages.map(({ hash }) => hash));
  // A co-author may post what their own spec proposes: recorded is what counts then.
  const specs = after.specs.filter(({ hash }) => !recorded.has(hash));
  const wanted: readonly Wanted[] = [...after.messages, ...specs.map(({ hash, author }) => ({ hash, author, sequence: null }))];
  return wanted.flatMap((each) => {
    const conflict = expected.has(each.hash) ? conflictOf(after, each, stored.get(each.hash)) : null;
    if (conflict === null) return [];
    const { hash, author } = each;
    const task = { kind: 'content', hash, thread: after.thread, author } as const;
    return [{ conflict, task, needsText: conflict.kind === 'HashMismatch' }];
  });
}

/** `sequence` null: of an open spec, stored pending. */
interface Wanted {
  readonly hash: ContentHash;
  readonly author: WalletId;
  readonly sequence: number | null;
}

function conflictOf(
  { thread, version }: ThreadView,
  { hash, sequence }: Wanted,
  found: StoredFacts | undefined,
): Conflict | null {
  if (found === undefined || !found.isGenuine) {
    return { kind: 'HashMismatch', thread, hash, found: found === undefined ? 'missing' : 'altered' };
  }
  if (sequence === null) return null;
  if (found.state !== 'recorded') return { kind: 'StateDesync', thread, at: 'qdrant', expected: version, found: version };
  if (found.sequence === sequence) return null;
  return { kind: 'TimestampConflict', thread, of: 'content', expected: sequence, found: found.sequence ?? -1 };
}

/** Pending contents that this view has no use for. */
export function unneededIn(view: ThreadView, stored: ReadonlyMap<ContentHash, StoredFacts>): readonly ContentTask[] {
  const needed = new Set([...view.messages, ...view.specs].map(({ hash }) => hash));
  return [...stored.values()]
    .filter(({ state, hash }) => state === 'pending' && !needed.has(hash))
    .map(({ hash, author }) => ({ kind: 'content', hash, thread: view.thread, author }));
}
