/**
 * What a client shows of its own writes before Solana has confirmed them: an overlay on confirmed views, marked as such, as pure
 * functions. An entry goes when its write is refused (rolled back), or when a confirmed view includes it; a write of unknown fate
 * stays, marked `unsettled`.
 */
import type { MessageView, OpenSpecView, ThreadView } from '../core/protocol.ts';
import type { IntentId, ThreadId, WalletId } from '../ports/ids.ts';
import type { LedgerAction } from '../ports/ledger.ts';

/** `confirmed`: its end is known, but no view of that version has arrived yet. */
export type OverlayState =
  | { readonly kind: 'optimistic' }
  | { readonly kind: 'unsettled' }
  | { readonly kind: 'confirmed'; readonly version: number };

export interface OverlayEntry {
  readonly intent: IntentId;
  readonly action: LedgerAction;
  /** The content's text, null when the write carries none. */
  readonly text: string | null;
  readonly state: OverlayState;
}

/** In the order the writes were begun. */
export type Overlay = readonly OverlayEntry[];

/** Something shown that no confirmed view contains. */
export interface Marked {
  readonly intent: IntentId;
  readonly certainty: OverlayState['kind'];
}

/** A thread as it is shown: what is confirmed, and apart from it what this client's own writes would add. */
export interface ThreadDisplay {
  readonly thread: ThreadId;
  /** null while only this client's own createThread says that it exists. */
  readonly confirmed: ThreadView | null;
  readonly messages: readonly (Omit<MessageView, 'sequence'> & { readonly text: string } & Marked)[];
  readonly specs: readonly (Pick<OpenSpecView, 'hash' | 'author' | 'stake'> & { readonly text: string } & Marked)[];
  readonly votes: readonly (Pick<OpenSpecView, 'hash' | 'author'> & { readonly choice: 'approve' | 'deny' } & Marked)[];
  readonly settlements: readonly (Pick<OpenSpecView, 'hash' | 'author'> & Marked)[];
  /** Own writes that would create or leave the thread. */
  readonly creating: Marked | null;
  readonly leaving: Marked | null;
}

export function begin(overlay: Overlay, write: Omit<OverlayEntry, 'state'>): Overlay {
  return [...rollBack(overlay, write.intent), { ...write, state: { kind: 'optimistic' } }];
}

/** Refused: nothing of it happened, nothing of it is shown any more. */
export function rollBack(overlay: Overlay, intent: IntentId): Overlay {
  return overlay.filter((entry) => entry.intent !== intent);
}

export function mark(overlay: Overlay, intent: IntentId, state: OverlayState): Overlay {
  return overlay.map((entry) => (entry.intent === intent ? { ...entry, state } : entry));
}

/** Drops what the confirmed views include by now. */
export function absorb(overlay: Overlay, versionOf: (thread: ThreadId) => number): Overlay {
  const rest = overlay.filter(({ action, state }) => state.kind !== 'confirmed' || versionOf(action.thread) < state.version);
  return rest.length === overlay.length ? overlay : rest;
}

/** The display of one thread; `entries` are its own, in order. */
export function display(thread: ThreadId, confirmed: ThreadView | null, entries: Overlay, wallet: WalletId): ThreadDisplay {
  const shown: Writable<ThreadDisplay> = {
    thread,
    confirmed,
    messages: [],
    specs: [],
    votes: [],
    settlements: [],
    creating: null,
    leaving: null,
  };
  for (const entry of entries) add(shown, entry, wallet);
  return shown;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

function add(shown: Writable<ThreadDisplay>, entry: OverlayEntry, wallet: WalletId): void {
  const { action } = entry;
  const text = entry.text ?? '';
  const marked: Marked = { intent: entry.intent, certainty: entry.state.kind };
  switch (action.kind) {
    case 'createThread':
      shown.creating = marked;
      return;
    case 'postMessage':
      shown.messages = [...shown.messages, { hash: action.hash, author: wallet, text, ...marked }];
      return;
    case 'submitSpec':
      shown.specs = [...shown.specs, { hash: action.hash, author: wallet, stake: action.stake, text, ...marked }];
      return;
    case 'vote':
      shown.votes = [...shown.votes, { hash: action.hash, author: action.author, choice: action.choice, ...marked }];
      return;
    case 'settle':
      shown.settlements = [...shown.settlements, { hash: action.hash, author: action.author, ...marked }];
      return;
    case 'divest':
      shown.leaving = marked;
  }
}
