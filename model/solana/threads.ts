/** Threads and their co-authors: createThread, postMessage, divest (behaviour, section 1). */
import { withEntry } from '../collections.ts';
import { accept, refuse, type Step } from '../outcome.ts';
import type { SolanaActionOf, SolanaEvent, SolanaRefusal } from './action.ts';
import { isRecorded, nextVersion, recorded, type SolanaState, type Thread } from './state.ts';
import { credit } from './tokens.ts';

type SolanaStep = Step<SolanaState, SolanaEvent, SolanaRefusal>;

export const withThread = (state: SolanaState, thread: Thread): SolanaState => ({
  ...state,
  threads: withEntry(state.threads, thread.id, thread),
});

export function createThread(state: SolanaState, { thread: id, signer }: SolanaActionOf<'createThread'>): SolanaStep {
  if (state.threads.has(id)) return refuse(state, 'ThreadAlreadyExists');
  const now = { version: 1, coAuthors: [signer], vault: 0n, messageCount: 0, openSpecs: [] };
  const next = withThread(state, { id, now, history: [now], messages: [], specs: new Map() });
  return accept(next, { kind: 'threadCreated', thread: id, version: 1, vault: 0n, creator: signer });
}

export function postMessage(state: SolanaState, { thread: id, hash, signer }: SolanaActionOf<'postMessage'>): SolanaStep {
  const thread = state.threads.get(id);
  if (thread === undefined) return refuse(state, 'ThreadNotFound');
  if (!thread.now.coAuthors.includes(signer)) return refuse(state, 'NotCoAuthor');
  if (isRecorded(thread, hash)) return refuse(state, 'HashAlreadyRecorded');
  const messages = recorded(thread, hash, signer);
  const next = nextVersion(thread, { messageCount: messages.length }, { messages });
  const { version, vault } = next.now;
  const sequence = thread.messages.length;
  return accept(withThread(state, next), { kind: 'messagePosted', thread: id, version, vault, hash, author: signer, sequence });
}

export function divest(state: SolanaState, { thread: id, signer }: SolanaActionOf<'divest'>): SolanaStep {
  const thread = state.threads.get(id);
  if (thread === undefined) return refuse(state, 'ThreadNotFound');
  const { coAuthors } = thread.now;
  if (!coAuthors.includes(signer)) return refuse(state, 'NotCoAuthor');
  if (coAuthors.length === 1) return refuse(state, 'LastCoAuthor');
  const payout = thread.now.vault / BigInt(coAuthors.length);
  const vault = thread.now.vault - payout;
  const next = nextVersion(thread, { coAuthors: coAuthors.filter((each) => each !== signer), vault });
  return accept(
    { ...withThread(state, next), wallets: credit(state.wallets, signer, payout) },
    { kind: 'divested', thread: id, version: next.now.version, vault, wallet: signer, payout },
  );
}
