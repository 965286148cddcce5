/**
 * How a thread's view follows from the ledger's events: a pure, idempotent reducer over contiguous versions. An event that was
 * already applied is stale, one that does not fit onto the view is a gap for the caller to fill; neither changes anything.
 */
import type { WalletId } from '../ports/ids.ts';
import type { LedgerEvent } from '../ports/ledger.ts';
import type { OpenSpecView, ThreadView } from './protocol.ts';

export type Applied =
  | { readonly kind: 'applied'; readonly view: ThreadView }
  /** The view already includes it. */
  | { readonly kind: 'stale' }
  /** Something before it is missing (or the event contradicts the view, which only missing events explain). */
  | { readonly kind: 'gap' };

const gap: Applied = { kind: 'gap' };

/** `view` is undefined while the thread is unknown. */
export function applyEvent(view: ThreadView | undefined, event: LedgerEvent): Applied {
  if (view === undefined) return event.kind === 'threadCreated' && event.version === 1 ? created(event) : gap;
  if (event.version <= view.version) return { kind: 'stale' };
  if (event.version !== view.version + 1) return gap;
  const changes = change(view, event);
  if (changes === null) return gap;
  return { kind: 'applied', view: { ...view, ...changes, version: event.version, vault: event.vault } };
}

function created(event: LedgerEvent & { readonly kind: 'threadCreated' }): Applied {
  const view: ThreadView = {
    thread: event.thread,
    version: 1,
    coAuthors: [event.creator],
    vault: event.vault,
    messages: [],
    specs: [],
  };
  return { kind: 'applied', view };
}

type Change = Partial<Pick<ThreadView, 'coAuthors' | 'messages' | 'specs'>>;

/** What the event changes besides version and vault; null when it cannot follow this view. */
function change(view: ThreadView, event: LedgerEvent): Change | null {
  switch (event.kind) {
    case 'threadCreated':
      return null;
    case 'messagePosted':
      return recorded(view, event.hash, event.author, event.sequence);
    case 'specSubmitted': {
      const spec: OpenSpecView = {
        hash: event.hash,
        author: event.author,
        stake: event.stake,
        expiresAtS: event.expiresAtS,
        voters: view.coAuthors,
        approvals: [],
        denials: [],
      };
      return findSpec(view, event) === undefined ? { specs: [...view.specs, spec] } : null;
    }
    case 'voted': {
      const spec = findSpec(view, event);
      if (spec === undefined) return null;
      return { specs: view.specs.map((each) => (each === spec ? withVote(spec, event.voter, event.choice) : each)) };
    }
    case 'settled': {
      const spec = findSpec(view, event);
      if (spec === undefined) return null;
      const specs = view.specs.filter((each) => each !== spec);
      const coAuthors = event.joined ? [...view.coAuthors, event.author] : view.coAuthors;
      if (event.sequence === null) return { specs, coAuthors };
      const messages = recorded(view, event.hash, event.author, event.sequence);
      return messages === null ? null : { ...messages, specs, coAuthors };
    }
    case 'divested':
      if (!view.coAuthors.includes(event.wallet)) return null;
      return { coAuthors: view.coAuthors.filter((wallet) => wallet !== event.wallet) };
  }
}

function recorded(view: ThreadView, hash: OpenSpecView['hash'], author: WalletId, sequence: number): Change | null {
  if (sequence !== view.messages.length) return null;
  return { messages: [...view.messages, { hash, author, sequence }] };
}

function findSpec(view: ThreadView, key: Pick<OpenSpecView, 'hash' | 'author'>): OpenSpecView | undefined {
  return view.specs.find((spec) => spec.hash === key.hash && spec.author === key.author);
}

/** Approvals and denials are kept in the order of the voters, so that equal states have equal views. */
function withVote(spec: OpenSpecView, voter: WalletId, choice: 'approve' | 'deny'): OpenSpecView {
  const add = (votes: readonly WalletId[]): WalletId[] => spec.voters.filter((each) => each === voter || votes.includes(each));
  return choice === 'approve' ? { ...spec, approvals: add(spec.approvals) } : { ...spec, denials: add(spec.denials) };
}
