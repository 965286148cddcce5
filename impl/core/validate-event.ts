/**
 * The specification's validate_event: whether an event may follow what is known of its thread, before anything is made of it. A node
 * that lies or is broken must not be able to say more than the ledger's own rules allow. That it comes from the right program is for
 * the codec to see, which reads nothing but that program's logs (`adapters/solana/codec/events.ts`).
 *
 * A green check does not show that the event is true, only that it could be: `backend/reconcile/verification.ts` compares with the accounts.
 */
import { isContentHash, isSignature, isThreadId, isWalletId } from '../ports/ids.ts';
import type { EventPosition, LedgerEvent } from '../ports/ledger.ts';
import type { ThreadView } from './protocol.ts';

const MAX_CO_AUTHORS = 16;
const kinds: ReadonlySet<string> = new Set<LedgerEvent['kind']>([
  'threadCreated',
  'messagePosted',
  'specSubmitted',
  'voted',
  'settled',
  'divested',
]);

/** What is known of a thread: its view, and where the event came that made it so. */
export interface Known {
  readonly view: ThreadView;
  readonly at: EventPosition;
}

/**
 * What is wrong, for people: what was expected and what was found; null when nothing is. `known` undefined: nothing of the thread.
 * Events that are not the thread's next one are judged by their form alone: they are stale, or wait for what is missing before them.
 */
export function problemOf(event: LedgerEvent, known: Known | undefined): string | null {
  return malformed(event) ?? (isNext(event, known) ? unfitting(event, known) : null);
}

/** Whether it names a thread at all: one that does not can not even be looked up. */
export const namesThread = ({ thread }: LedgerEvent): boolean => isThreadId(thread);

const isNext = (event: LedgerEvent, known: Known | undefined): boolean => event.version === (known?.view.version ?? 0) + 1;

const expected = (what: string, wanted: string, got: unknown): string =>
  `${what}: expected ${wanted}, got ${String(got).slice(0, 100)}`;

function malformed(event: LedgerEvent): string | null {
  if (!kinds.has(event.kind)) return expected('kind', [...kinds].join(', '), event.kind);
  if (!isThreadId(event.thread)) return expected('thread', '64 lowercase hex digits', event.thread);
  if (!Number.isSafeInteger(event.version) || event.version < 1) return expected('version', '1 or more', event.version);
  if (!Number.isSafeInteger(event.slot) || event.slot < 0) return expected('slot', '0 or more', event.slot);
  if (!isSignature(event.signature)) return expected('signature', 'a base58 signature', event.signature);
  if (typeof event.vault !== 'bigint' || event.vault < 0n) return expected('vault', '0 or more', event.vault);
  const wallets = walletsOf(event);
  const wallet = wallets.find((each) => !isWalletId(each));
  if (wallet !== undefined) return expected('wallet', 'a base58 public key', wallet);
  if ('hash' in event && !isContentHash(event.hash)) return expected('hash', '64 lowercase hex digits', event.hash);
  const sequence = 'sequence' in event ? event.sequence : null;
  if (sequence !== null && (!Number.isSafeInteger(sequence) || sequence < 0)) return expected('sequence', '0 or more', sequence);
  return null;
}

function walletsOf(event: LedgerEvent): readonly string[] {
  switch (event.kind) {
    case 'threadCreated':
      return [event.creator];
    case 'messagePosted':
    case 'specSubmitted':
    case 'settled':
      return [event.author];
    case 'voted':
      return [event.author, event.voter];
    case 'divested':
      return [event.wallet];
  }
}

/** Of the thread's next event: whether the rules allow it now. */
function unfitting(event: LedgerEvent, known: Known | undefined): string | null {
  if (known === undefined) {
    return event.kind === 'threadCreated' ? null : expected('kind', 'threadCreated as the first event', event.kind);
  }
  const { view, at } = known;
  if (event.slot < at.slot) return expected('slot', `at least ${at.slot}, that of version ${view.version}`, event.slot);
  switch (event.kind) {
    case 'threadCreated':
      return expected('kind', 'a thread to be created once', event.kind);
    case 'messagePosted':
      if (!view.coAuthors.includes(event.author)) return expected('author', 'a co-author', event.author);
      return isRecorded(view, event.hash)
        ? expected('hash', 'one that is not recorded yet', event.hash)
        : outOfSequence(view, event.sequence);
    case 'specSubmitted':
      if (view.coAuthors.includes(event.author)) return expected('author', 'nobody who is a co-author', event.author);
      return specOf(view, event) === undefined ? null : expected('spec', 'one that is not open yet', event.hash);
    case 'voted': {
      const spec = specOf(view, event);
      if (spec === undefined) return expected('spec', 'an open one', event.hash);
      return spec.voters.includes(event.voter) ? null : expected('voter', 'one of the voters', event.voter);
    }
    case 'settled': {
      if (specOf(view, event) === undefined) return expected('spec', 'an open one', event.hash);
      if (event.joined && view.coAuthors.includes(event.author)) return expected('joined', 'somebody new', event.author);
      if (event.joined && view.coAuthors.length >= MAX_CO_AUTHORS)
        return expected('joined', `room for a co-author`, event.author);
      return event.sequence === null ? null : outOfSequence(view, event.sequence);
    }
    case 'divested':
      if (!view.coAuthors.includes(event.wallet)) return expected('wallet', 'a co-author', event.wallet);
      return view.coAuthors.length > 1 ? null : expected('wallet', 'not the last co-author', event.wallet);
  }
}

const isRecorded = (view: ThreadView, hash: string): boolean => view.messages.some((each) => each.hash === hash);

const specOf = (
  view: ThreadView,
  key: { readonly hash: string; readonly author: string },
): ThreadView['specs'][number] | undefined => view.specs.find((spec) => spec.hash === key.hash && spec.author === key.author);

const outOfSequence = (view: ThreadView, sequence: number): string | null =>
  sequence === view.messages.length ? null : expected('sequence', String(view.messages.length), sequence);
