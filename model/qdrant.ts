/**
 * The Qdrant authority as one pure function: message contents, pending or recorded, and thread metadata that is only written
 * when newer. Its own faults (content lost or altered) are actions. Leaves out vectors and similarity: a search finds what is
 * recorded.
 *
 *   absent --putPending--> pending --markRecorded/putRecorded--> recorded
 *     ^  \------------------putRecorded------------------------------^
 *     '------discardPending------'          (loseMessage: back to absent, from anywhere)
 */
import { withEntry, withoutEntry } from './collections.ts';
import { accept, type Step } from './outcome.ts';

/** What a content is apart from its state. */
export interface Content {
  readonly hash: string;
  readonly thread: string;
  readonly author: string;
  readonly text: string;
}

export type StoredContent = Content &
  (
    | { readonly state: 'pending'; readonly sequence: null }
    /** `sequence` is its place in the thread. */
    | { readonly state: 'recorded'; readonly sequence: number }
  );

/** Derived from the ledger; `version` says from which state of it. */
export interface Metadata {
  readonly thread: string;
  readonly version: number;
  readonly coAuthors: readonly string[];
  readonly messageCount: number;
}

export interface QdrantState {
  /** By hash. */
  readonly messages: ReadonlyMap<string, StoredContent>;
  readonly threads: ReadonlyMap<string, Metadata>;
}

export const emptyQdrant: QdrantState = { messages: new Map(), threads: new Map() };

export type QdrantAction =
  | { readonly kind: 'putPending'; readonly content: Content }
  | { readonly kind: 'putRecorded'; readonly content: Content; readonly sequence: number }
  | { readonly kind: 'markRecorded'; readonly hash: string; readonly sequence: number }
  | { readonly kind: 'discardPending'; readonly hash: string }
  | { readonly kind: 'putThread'; readonly metadata: Metadata }
  /** Faults: the store forgets or corrupts what it promised to keep. */
  | { readonly kind: 'loseMessage'; readonly hash: string }
  | { readonly kind: 'alterText'; readonly hash: string; readonly text: string }
  | { readonly kind: 'loseThread'; readonly thread: string };

/** `kept`: nothing changed, because what is stored already says so or says more. */
export type QdrantEffect =
  | 'stored'
  | 'kept'
  | 'recorded'
  | 'missing'
  | 'discarded'
  | 'written'
  | 'superseded'
  | 'lost'
  | 'altered';

export type QdrantStep = Step<QdrantState, QdrantEffect, never>;

export function stepQdrant(state: QdrantState, action: QdrantAction): QdrantStep {
  switch (action.kind) {
    case 'putPending':
      if (state.messages.has(action.content.hash)) return accept(state, 'kept');
      return accept(withMessage(state, { ...action.content, state: 'pending', sequence: null }), 'stored');
    case 'putRecorded':
      return putRecorded(state, action.content, action.sequence);
    case 'markRecorded': {
      const stored = state.messages.get(action.hash);
      if (stored === undefined) return accept(state, 'missing');
      if (stored.sequence === action.sequence) return accept(state, 'kept');
      return accept(withMessage(state, { ...stored, state: 'recorded', sequence: action.sequence }), 'recorded');
    }
    case 'discardPending':
      return discardPending(state, action.hash);
    case 'putThread': {
      const stored = state.threads.get(action.metadata.thread);
      if (stored !== undefined && stored.version >= action.metadata.version) return accept(state, 'superseded');
      return accept({ ...state, threads: withEntry(state.threads, action.metadata.thread, action.metadata) }, 'written');
    }
    case 'loseMessage':
      if (!state.messages.has(action.hash)) return accept(state, 'missing');
      return accept({ ...state, messages: withoutEntry(state.messages, action.hash) }, 'lost');
    case 'alterText': {
      const stored = state.messages.get(action.hash);
      if (stored === undefined) return accept(state, 'missing');
      return accept(withMessage(state, { ...stored, text: action.text }), 'altered');
    }
    case 'loseThread':
      if (!state.threads.has(action.thread)) return accept(state, 'missing');
      return accept({ ...state, threads: withoutEntry(state.threads, action.thread) }, 'lost');
  }
}

const withMessage = (state: QdrantState, message: StoredContent): QdrantState => ({
  ...state,
  messages: withEntry(state.messages, message.hash, message),
});

/** Restores a lost or altered text or place, too. */
function putRecorded(state: QdrantState, content: Content, sequence: number): QdrantStep {
  const stored = state.messages.get(content.hash);
  const isSame = stored?.text === content.text && stored.sequence === sequence;
  if (isSame) return accept(state, 'kept');
  return accept(withMessage(state, { ...content, state: 'recorded', sequence }), 'recorded');
}

function discardPending(state: QdrantState, hash: string): QdrantStep {
  const stored = state.messages.get(hash);
  if (stored === undefined) return accept(state, 'discarded');
  if (stored.state === 'recorded') return accept(state, 'kept');
  return accept({ ...state, messages: withoutEntry(state.messages, hash) }, 'discarded');
}
