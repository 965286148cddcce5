/**
 * One write of a run that a client has left at a backend, from its row to its end: the design of queued writes that implementations are
 * held against. What each batch does about it, and what clients are told of it, is given by the run; when that may be is the design's.
 */
import { withEntry, withoutEntry } from '../collections.ts';
import { type Label, type Rule, type Spec, slotsOf, unjudged } from '../explore/spec.ts';
import {
  asDurable,
  crashed,
  endAt,
  ended,
  freshNode,
  isDurable,
  isRunning,
  isSynced,
  madeDurable,
  type Node,
  restarted,
  rowOf,
  type Stored,
  synced,
} from './node.ts';
import type { QueueDesign } from './queued-writes.ts';

export interface QueuedSlots {
  readonly node: Node;
  /** The attempt to be made, from 1; empty when it does not wait. */
  readonly waiting: Stored<ReadonlyMap<string, number>>;
  /** The attempt whose bytes were taken, and have not ended; 0 for none. */
  readonly taken: Stored<number>;
}

/** What is seen of it at once. */
export type QueuedEvent =
  | { readonly does: 'leave' | 'drop' | 'acknowledge' | 'told dropped' }
  /** Attempts from 1. */
  | { readonly does: 'prepare' | 'take' | 'take and keep' | 'tell' | 'again' | 'give up'; readonly attempt: number }
  | { readonly does: 'end'; readonly attempt: number; readonly end: 'confirmed' | 'refused' };

const slots = slotsOf<QueuedSlots>();
const row = 'write';
/** The write itself has one end, whichever attempt brings it. */
const write = 0;

type State = readonly [Node, QueuedSlots['waiting'], QueuedSlots['taken']];

const isOver = (node: Node): boolean => endAt(node, write) !== undefined;
const isOverDurably = ({ durable }: Node): boolean => durable.ends.has(rowOf(write));

/** null where the design does not allow it. */
function after(event: QueuedEvent, [node, waiting, taken]: State, design: QueueDesign): State | null {
  const attempt = waiting.now.get(row);
  const waits = (next: number | null): QueuedSlots['waiting'] => ({
    ...waiting,
    now: next === null ? withoutEntry(waiting.now, row) : withEntry(waiting.now, row, next),
  });
  const isKnown = (of: QueuedSlots['waiting']['now']): boolean => of.has(row) || taken.durable > 0 || isOverDurably(node);
  switch (event.does) {
    case 'leave':
      return attempt === undefined && taken.now === 0 && !isOver(node) ? [node, waits(1), taken] : null;
    case 'acknowledge':
      return isKnown(design.acknowledges === 'durably' ? waiting.durable : waiting.now) ? [node, waiting, taken] : null;
    case 'drop':
      return attempt === undefined ? null : [ended(node, write, 'refused'), waits(null), taken];
    case 'told dropped':
      return isOverDurably(node) ? [node, waiting, taken] : null;
    case 'tell':
      return waiting.durable.has(row) && attempt === event.attempt ? [node, waiting, taken] : null;
    case 'prepare':
      // Begun before it was given up: what is prepared then is for nothing, since nobody can take it.
      return attempt === event.attempt || (attempt === undefined && endAt(node, write) === 'refused')
        ? [node, waiting, taken]
        : null;
    case 'take':
    case 'take and keep': {
      const isIts = design.accepts === 'any' ? attempt !== undefined : attempt === event.attempt;
      if (!isIts || (event.does === 'take') !== (design.takes === 'row')) return null;
      return [node, event.does === 'take' ? waits(null) : waiting, { ...taken, now: event.attempt }];
    }
    case 'again':
      return attempt === event.attempt ? [node, waits(event.attempt + 1), taken] : null;
    case 'give up':
      return attempt === event.attempt ? [ended(node, write, 'refused'), waits(null), taken] : null;
    case 'end':
      // Both who sent it and who reads the ledger's events may write it down.
      if (endAt(node, write) === event.end) return [node, waiting, taken];
      return taken.now === event.attempt ? [ended(node, write, event.end), waiting, { ...taken, now: 0 }] : null;
  }
}

/** @param text what the label is to say of it */
export function queuedRule(event: QueuedEvent, text: string, design: QueueDesign): Rule<QueuedSlots> {
  const label: Label = { does: event.does, seen: text };
  return slots.rule({ name: event.does, actor: 'node', kind: 'step' }, ['node', 'waiting', 'taken'], (...state) => {
    const next = isRunning(state[0]) ? after(event, state, design) : null;
    return next === null ? [] : [{ label, to: next }];
  });
}

/** Whether everything about it would survive a crash. */
export const isQueuedDurable = ({ node, waiting, taken }: QueuedSlots): boolean =>
  isSynced(node) && isDurable(waiting) && isDurable(taken);

const step = { actor: 'node', kind: 'step' as const };

export const queuedRun = (): Spec<QueuedSlots> => ({
  name: 'a write that waits at a backend',
  starts: [{ node: freshNode, waiting: { now: new Map(), durable: new Map() }, taken: { now: 0, durable: 0 } }],
  rules: [
    slots.rule({ name: 'sync', ...step }, ['node', 'waiting', 'taken'], (node, waiting, taken) =>
      isRunning(node) && !isQueuedDurable({ node, waiting, taken })
        ? [
            {
              label: { does: 'sync' },
              to: [synced(node), madeDurable(waiting), madeDurable(taken)],
            },
          ]
        : [],
    ),
    slots.rule({ name: 'crash', actor: 'fault', kind: 'fault' }, ['node', 'waiting', 'taken'], (node, waiting, taken) =>
      isRunning(node)
        ? [
            {
              label: { does: 'crash', fault: 'B1-crash' },
              to: [crashed(node), asDurable(waiting), asDurable(taken)],
            },
          ]
        : [],
    ),
    slots.rule({ name: 'restart', ...step }, ['node'], (node) =>
      isRunning(node) ? [] : [{ label: { does: 'restart' }, to: [restarted(node)] }],
    ),
  ],
  ...unjudged,
});
