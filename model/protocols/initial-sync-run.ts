/**
 * One initial_sync of a run, from the account to the report: the design that implementations are held against, with whatever else the
 * backend makes of the thread meanwhile. What Qdrant held is not followed here, but whether it was looked at, and at which version.
 */
import { type Label, type Rule, type Spec, slotsOf, unjudged } from '../explore/spec.ts';
import type { InitialSyncDesign } from './initial-sync.ts';
import { asDurable, madeDurable, type Stored } from './node.ts';

export interface SyncRunSlots {
  /** Of the thread on the ledger. */
  readonly ledger: number;
  /** Of the thread at the backend; 0 where it has none. */
  readonly cached: Stored<number>;
  /** The newest account it was told of; null before. */
  readonly asked: number | null;
  /** The newest version Qdrant can have been held against in the last look; null before the first. */
  readonly looked: number | null;
  readonly isOver: boolean;
}

/** What is seen of it. */
export type SyncRunEvent =
  | { readonly does: 'event' | 'sync' | 'crash' | 'look' | 'refuse' }
  | { readonly does: 'cache' | 'account' | 'tell'; readonly version: number };

const slots = slotsOf<SyncRunSlots>();
const all = ['ledger', 'cached', 'asked', 'looked', 'isOver'] as const;
type State = readonly [ledger: number, cached: Stored<number>, asked: number | null, looked: number | null, isOver: boolean];

/** null where the design does not allow it. */
function after(event: SyncRunEvent, [ledger, cached, asked, looked, isOver]: State, design: InitialSyncDesign): State | null {
  switch (event.does) {
    case 'event':
      return [ledger + 1, cached, asked, looked, isOver];
    case 'cache':
      return event.version <= ledger ? [ledger, { ...cached, now: event.version }, asked, looked, isOver] : null;
    case 'sync':
      return [ledger, madeDurable(cached), asked, looked, isOver];
    case 'crash':
      return [ledger, asDurable(cached), asked, looked, isOver];
    case 'account':
      return event.version <= ledger ? [ledger, cached, Math.max(asked ?? 0, event.version), looked, isOver] : null;
    case 'look': {
      const hasCaughtUp = !design.catchesUp || (asked !== null && cached.durable >= asked);
      return hasCaughtUp ? [ledger, cached, asked, cached.durable, isOver] : null;
    }
    case 'tell': {
      const wasLookedAt = looked !== null && event.version <= looked && (!design.catchesUp || event.version >= (asked ?? 0));
      return wasLookedAt && !isOver ? [ledger, cached, asked, looked, true] : null;
    }
    case 'refuse':
      return isOver ? null : [ledger, cached, asked, looked, true];
  }
}

/** @param text what the label is to say of it */
export function syncRunRule(event: SyncRunEvent, text: string, design: InitialSyncDesign): Rule<SyncRunSlots> {
  const label: Label = { does: event.does, seen: text };
  return slots.rule({ name: event.does, actor: 'node', kind: 'step' }, all, (...state) => {
    const next = after(event, state, design);
    return next === null ? [] : [{ label, to: next }];
  });
}

export const syncRun = (): Spec<SyncRunSlots> => ({
  name: 'an initial sync',
  starts: [{ ledger: 0, cached: { now: 0, durable: 0 }, asked: null, looked: null, isOver: false }],
  rules: [],
  ...unjudged,
});
