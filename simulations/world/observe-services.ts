/** The content store's points, the backends' caches and the clients' screens in symbolic names. */
import type { Backend } from '#impl/backend/backend.ts';
import type { ThreadView } from '#impl/core/protocol.ts';
import type { Frontend } from '#impl/frontend/frontend.ts';
import type { BackendId } from '#impl/ports/ids.ts';
import type { BackendObservation, ClientObservation, ContentObservation, ThreadObservation } from '#model/observation.ts';
import { compareContents, type Names } from './names.ts';

export function observeView(names: Names, view: ThreadView): ThreadObservation {
  const wallets = (ids: readonly string[]): readonly string[] => ids.map((id) => names.walletName(id));
  return {
    thread: names.threadName(view.thread),
    version: view.version,
    coAuthors: wallets(view.coAuthors),
    vault: view.vault,
    messages: view.messages.map(({ hash, author }) => ({ ...names.contentName(hash), author: nameOf(names, author) })),
    openSpecs: view.specs
      .map((spec) => ({
        content: { ...names.contentName(spec.hash), author: nameOf(names, spec.author) },
        stake: spec.stake,
        expiresAtS: spec.expiresAtS,
        voters: wallets(spec.voters),
        approvals: wallets(spec.approvals),
        denials: wallets(spec.denials),
      }))
      .sort((a, b) => compareContents(a.content, b.content)),
  };
}

/** Whoever a view says it is, even when nobody of this world is: what is shown is judged, not assumed. */
const nameOf = (names: Names, wallet: string): string => names.walletNameOr(wallet, `stranger ${wallet}`);

export const observeViews = (names: Names, views: Iterable<ThreadView>): readonly ThreadObservation[] =>
  [...views].map((view) => observeView(names, view)).sort((a, b) => (a.thread < b.thread ? -1 : 1));

/** A stored point's payload, whatever it holds. */
export type Payload = Readonly<Record<string, unknown>>;

/** Both collections as they are stored, read from the server itself. */
export interface StoredPoints {
  readonly messages: readonly Payload[];
  readonly threads: readonly Payload[];
}

export function observeContent(names: Names, stored: StoredPoints): ContentObservation {
  const inState = (state: string): ContentObservation['recorded'] =>
    stored.messages
      .filter((payload) => payload['state'] === state)
      .map((payload) => names.contentName(String(payload['content_hash'])))
      .sort(compareContents);
  return {
    threads: stored.threads
      .map((payload) => ({
        thread: names.threadName(String(payload['thread'])),
        version: Number(payload['version']),
        coAuthors: (payload['co_authors'] as readonly string[]).map((id) => names.walletName(id)),
      }))
      .sort((a, b) => (a.thread < b.thread ? -1 : 1)),
    recorded: inState('recorded'),
    pending: inState('pending'),
  };
}

export function observeBackend(names: Names, name: string, backend: Backend): BackendObservation {
  const { views, sessions } = backend.inspect();
  return {
    backend: name,
    cache: observeViews(names, views),
    sessions: [...new Set(sessions.map((session) => names.walletName(session.wallet)))].sort(),
  };
}

/** @param nameOf the backend of that id; null for one that is not of this world */
export function observeClient(
  names: Names,
  client: string,
  frontend: Frontend,
  nameOf: (id: BackendId) => string | null,
): ClientObservation {
  const { backend, threads, unsettled } = frontend.getSnapshot();
  return {
    client,
    backend: backend === null ? null : nameOf(backend),
    threads: observeViews(
      names,
      threads.flatMap(({ confirmed }) => (confirmed === null ? [] : [confirmed])),
    ),
    unsettled: unsettled.length,
  };
}
