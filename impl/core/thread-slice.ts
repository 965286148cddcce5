/**
 * Views as they travel: everything of one version except the messages the receiver already has. Recorded messages are only ever
 * appended, so any holder of the first `from` messages, whatever version it took them from, can complete the slice exactly.
 */
import type { MessageView, ThreadSlice, ThreadView } from './protocol.ts';

/** The most messages one slice carries; longer remainders take several (about 160 bytes of JSON a message). */
export const MAX_SLICE_MESSAGES: number = 4_096;

/** The slice of `view` for a receiver that holds its first `known` messages. */
export function sliceOf(view: ThreadView, known: number): ThreadSlice {
  const { messages, ...head } = view;
  const from = Math.min(known, messages.length);
  return { ...head, messageCount: messages.length, from, messages: messages.slice(from, from + MAX_SLICE_MESSAGES) };
}

export type Completed =
  | { readonly kind: 'complete'; readonly view: ThreadView }
  /** The slice goes on beyond what it carries, or begins beyond what the receiver holds: ask again knowing `messages`. */
  | { readonly kind: 'incomplete'; readonly messages: readonly MessageView[] };

/** Joins a slice to the messages held so far (of any version of the same thread). */
export function completeSlice(held: readonly MessageView[], slice: ThreadSlice): Completed {
  if (held.length < slice.from) return { kind: 'incomplete', messages: held };
  const reach = slice.from + slice.messages.length;
  const messages = reach <= held.length ? held : [...held.slice(0, slice.from), ...slice.messages];
  if (messages.length < slice.messageCount) return { kind: 'incomplete', messages };
  const { from: _, messageCount, messages: __, ...head } = slice;
  return { kind: 'complete', view: { ...head, messages: messages.slice(0, messageCount) } };
}
