/**
 * What a view and the ledger's account of the same thread say of each other: pure. A cached view may be older by what was not
 * ingested yet, so only what both versions must agree on is compared. Not compared: open specs beyond their number, which the
 * account does not hold.
 */
import type { AtSlot, LedgerThread } from '../ports/ledger.ts';
import type { ThreadView } from './protocol.ts';

/** What differs, as text for people; numbers of base units and versions in decimal, wallets joined by spaces. */
export interface Difference {
  readonly field: 'thread' | 'version' | 'coAuthors' | 'messageCount' | 'openSpecs' | 'vault' | 'hashChain';
  readonly cached: string;
  readonly ledger: string;
}

export type Comparison =
  /** Of one version, and alike. */
  | { readonly kind: 'agrees' }
  /** The ledger is `versions` ahead, and what both must agree on is alike. */
  | { readonly kind: 'older'; readonly versions: number }
  | { readonly kind: 'differs'; readonly differences: readonly Difference[] }
  /** The node that answered has not come as far as the cache: nothing can be said. */
  | { readonly kind: 'nodeBehind' };

/** @param cached the view with the ledger's digest of its messages @param slot of the last event in the view */
export function compareWithLedger(
  cached: { readonly view: ThreadView; readonly chain: string },
  slot: number,
  read: AtSlot<LedgerThread | null>,
): Comparison {
  const { view, chain } = cached;
  const { value: thread } = read;
  if (thread === null || thread.version < view.version) {
    if (read.slot < slot) return { kind: 'nodeBehind' };
    const field = thread === null ? 'thread' : 'version';
    return { kind: 'differs', differences: [{ field, cached: String(view.version), ledger: String(thread?.version ?? 'none') }] };
  }
  const differences = thread.version === view.version ? differencesIn(view, chain, thread) : laterVersion(view, chain, thread);
  if (differences.length > 0) return { kind: 'differs', differences };
  const versions = thread.version - view.version;
  return versions === 0 ? { kind: 'agrees' } : { kind: 'older', versions };
}

type Pair = readonly [Difference['field'], string, string];

const apart = (pairs: readonly Pair[]): readonly Difference[] =>
  pairs.filter(([, cached, ledger]) => cached !== ledger).map(([field, cached, ledger]) => ({ field, cached, ledger }));

/** Of a view and an account of one version. @param chain the ledger's digest of the view's messages */
export const differencesIn = (view: ThreadView, chain: string, thread: LedgerThread): readonly Difference[] =>
  apart([
    ['coAuthors', view.coAuthors.join(' '), thread.coAuthors.join(' ')],
    ['messageCount', String(view.messages.length), String(thread.messageCount)],
    ['openSpecs', String(view.specs.length), String(thread.openSpecs)],
    ['vault', String(view.vault), String(thread.vault)],
    ['hashChain', chain, thread.hashChain],
  ]);

/** Messages are only ever added: as many as there are by now, and the same ones where none came. */
function laterVersion(view: ThreadView, chain: string, thread: LedgerThread): readonly Difference[] {
  const count = view.messages.length;
  if (count > thread.messageCount) return apart([['messageCount', String(count), String(thread.messageCount)]]);
  return count < thread.messageCount ? [] : apart([['hashChain', chain, thread.hashChain]]);
}
