/**
 * A run as each initial_sync saw it: the ledger and its backend's cache of the thread until then and meanwhile, the accounts it was told
 * of, when it looked at Qdrant, and what it reported. A crash ends it, and nothing is reported.
 */

import { type InitialSyncDesign, initialSyncDesign } from '#model/protocols/initial-sync.ts';
import { type SyncRunEvent, type SyncRunSlots, syncRunRule } from '#model/protocols/initial-sync-run.ts';
import type { Effect } from '#simulations/world/effect-log.ts';
import type { Reading } from './acceptor.ts';
import { batchOf, type Observed, sealedIn } from './rows.ts';

export interface SyncTrace {
  /** On whose behalf it ran. */
  readonly task: string;
  readonly thread: string;
  readonly observed: readonly Observed[];
}

export function readSyncs(effects: readonly Effect[]): readonly SyncTrace[] {
  const begun = new Map<string, string>();
  for (const { node, task, label, inputs } of effects)
    if (label === 'sync.told' || (label === 'ledger.thread' && task.startsWith(`${node} sync `)))
      begun.set(task, inputs[0] as string);
  return [...begun].map(([task, thread]) => ({ task, thread, observed: follow(effects, task, thread) }));
}

function follow(effects: readonly Effect[], task: string, thread: string): readonly Observed[] {
  const [backend] = task.split(' ');
  const observed: Observed[] = [];
  let hasBegun = false;
  let isDirty = false;
  for (const effect of effects) {
    const { step, node, label, inputs } = effect;
    const isOwn = effect.task === task;
    hasBegun ||= isOwn;
    const isEvent = label === 'chain.confirmed' && effect.told === null && inputs[1] === thread;
    const what = isEvent ? 'event' : node === backend ? seenAt(effect, thread, isOwn) : null;
    if (what === null || (what === 'sync' && !isDirty)) continue;
    if (what === 'crash' && hasBegun) break;
    isDirty = what.startsWith('cache') || (isDirty && what !== 'sync' && what !== 'crash');
    observed.push({ what, step });
    if (label === 'sync.told') break;
  }
  return observed;
}

/** What an effect at its backend is to it. */
function seenAt({ label, inputs, told }: Effect, thread: string, isOwn: boolean): string | null {
  switch (label) {
    case 'store.write':
      return cached(inputs, thread);
    case 'store.sync':
      return 'sync';
    case 'node.crash':
      return 'crash';
    case 'ledger.thread': {
      const account = told as {
        readonly ok: boolean;
        readonly value?: { readonly value: { readonly version: number } | null };
      } | null;
      return isOwn && account?.ok === true ? `account ${account.value?.value?.version ?? 0}` : null;
    }
    case 'content.thread':
      return isOwn && (told as { readonly ok: boolean } | null)?.ok === true ? 'look' : null;
    case 'sync.told':
      if (!isOwn) return null;
      return told === null ? 'refuse' : `tell ${told as number}`;
    default:
      return null;
  }
}

function cached(inputs: Effect['inputs'], thread: string): string | null {
  const row = batchOf({ inputs }).find(({ table, key }) => table === 'threads' && key === thread);
  if (row === undefined) return null;
  return `cache ${row.kind === 'delete' ? 0 : (sealedIn(row) as { readonly version: number }).version}`;
}

/** null: none that the design could know. */
function eventIn(observation: string): SyncRunEvent | null {
  const [does, version] = observation.split(' ');
  switch (does) {
    case 'event':
    case 'sync':
    case 'crash':
    case 'look':
    case 'refuse':
      return { does };
    case 'cache':
    case 'account':
    case 'tell':
      return { does, version: Number(version) };
    default:
      return null;
  }
}

/** How steps of the design show in a run. */
export const syncReading = (design: InitialSyncDesign = initialSyncDesign): Reading<SyncRunSlots> => ({
  observed: (label) => (label as Readonly<Record<string, string>>)['seen'] ?? null,
  stutters: () => false,
  given: (observation) => {
    const event = eventIn(observation);
    return event === null ? [] : [syncRunRule(event, observation, design)];
  },
});
