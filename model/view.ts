/** A thread's ownership tuple as anybody outside sees it. */
import { compareContents, contentOf } from './content.ts';
import type { ThreadObservation } from './observation.ts';
import type { Thread, Tuple } from './solana/state.ts';

/** Views by tuple: a tuple never changes, and belongs to one thread whose messages are only ever appended to. */
const known = new WeakMap<Tuple, ThreadObservation>();

/** @param version one that the thread has had */
export function viewAt(thread: Thread, version: number): ThreadObservation {
  const tuple = thread.history[version - 1] as Tuple;
  const remembered = known.get(tuple);
  if (remembered !== undefined) return remembered;
  const view: ThreadObservation = {
    thread: thread.id,
    version,
    coAuthors: tuple.coAuthors,
    vault: tuple.vault,
    messages: thread.messages.slice(0, tuple.messageCount).map(({ hash }) => contentOf(hash)),
    openSpecs: tuple.openSpecs
      .map(({ hash, stake, expiresAtS, voters, approvals, denials }) => ({
        content: contentOf(hash),
        stake,
        expiresAtS,
        voters,
        approvals,
        denials,
      }))
      .sort((a, b) => compareContents(a.content, b.content)),
  };
  known.set(tuple, view);
  return view;
}
