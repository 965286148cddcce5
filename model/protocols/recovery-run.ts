/**
 * One thread of a run as one backend follows it: the design of recovery that implementations are held against. The ledger grows as it
 * does in the run, and each batch that the backend makes durable is what the design makes of the pages that it was told before.
 */
import { type Label, type Rule, type Spec, slotsOf, unjudged } from '../explore/spec.ts';
import type { SolanaState } from '../solana/state.ts';
import { versionIn } from './chain.ts';
import { cachedVersion, isRunning, type Node, onNode } from './node.ts';
import {
  applied,
  grown,
  type Journal,
  lifeRules,
  type Page,
  type RecoveryDesign,
  type RecoverySlots,
  recoveryDesign,
  recoveryStart,
  type Told,
  thread,
} from './recovery.ts';

/** What a batch is made of. */
export type BatchSource =
  /** A page of the stream, from a position to the next, and what was read again of the thread itself because something was missing. */
  | { readonly does: 'page'; readonly from: number; readonly page: Page; readonly again: readonly Told[] }
  /** The thread itself, read again from what is cached of it; and the version of its account, where that was asked for. */
  | { readonly does: 'fill'; readonly again: readonly Told[]; readonly account: number | null }
  /** Nothing: it is to be rebuilt. */
  | { readonly does: 'write off' };

const slots = slotsOf<RecoverySlots>();

/** How far events bring a version, each fitting the one before. */
const reached = (version: number, events: readonly Told[], { accepts }: RecoveryDesign): number =>
  events.reduce((at, event) => (accepts(event) && event.version === at + 1 ? event.version : at), version);

const at = (node: Node, version: number): Node => onNode(node, { kind: 'ingest', thread, version });
const emptied = (node: Node): Node => onNode(node, { kind: 'evict', thread });

/** Whether the ledger can have told it: what is not a lie is confirmed there. */
function isOn(ledger: SolanaState, source: BatchSource): boolean {
  if (source.does === 'write off') return true;
  const told = source.does === 'page' ? [...source.page.events, ...source.again] : source.again;
  return told.every(({ version, forged }) => forged || version <= versionIn(ledger, thread));
}

type Next = readonly [Node, Journal];

function afterPage(node: Node, now: Journal, source: BatchSource & { does: 'page' }, design: RecoveryDesign): readonly Next[] {
  const { from, page, again } = source;
  if (now.newest !== from) return [];
  const previous = page.next === now.newest ? now.previous : now.newest;
  if (now.behind === 'rebuild') return [[node, { ...now, newest: page.next, previous }]];
  const [alone] = applied(node, now, page, 0, design);
  const refill = reached(cachedVersion(alone, thread), again, design);
  const [fitted, journal] = applied(node, now, page, refill, design);
  // What was read again may have told of more than was missing.
  const version = Math.max(refill, cachedVersion(fitted, thread));
  const next = at(fitted, version);
  const isWhole = page.events.length > 0 && page.events.every((event) => event.version <= version);
  return journal.behind === 'gap' && isWhole
    ? [
        [next, journal],
        [next, { ...journal, behind: 'no' }],
      ]
    : [[next, journal]];
}

function afterFill(node: Node, now: Journal, { again, account }: BatchSource & { does: 'fill' }, design: RecoveryDesign): Next {
  const isRebuilt = now.behind === 'rebuild';
  const version = reached(isRebuilt ? 0 : cachedVersion(node, thread), again, design);
  const isMissing = again.some((event) => event.version > version);
  if (!isRebuilt) return [at(node, version), { ...now, behind: isMissing && design.marksGaps ? 'gap' : 'no' }];
  const isWhole = !isMissing && (design.showsPartial || (account !== null && account <= version));
  return isWhole ? [at(emptied(node), version), { ...now, forged: false, behind: 'no' }] : [emptied(node), now];
}

/** What the design makes of it. @param text what the label is to say of it */
export function batchRule(source: BatchSource, text: string, design: RecoveryDesign): Rule<RecoverySlots> {
  const label: Label = { does: source.does, source: text };
  return slots.rule(
    { name: source.does, actor: 'node', kind: 'step' },
    ['ledger', 'node', 'journal'],
    (ledger, node, { now, durable }) => {
      if (!isRunning(node) || !isOn(ledger, source)) return [];
      const next = (): readonly Next[] => {
        switch (source.does) {
          case 'page':
            return afterPage(node, now, source, design);
          case 'fill':
            return [afterFill(node, now, source, design)];
          case 'write off':
            return [[emptied(node), { ...now, forged: false, behind: 'rebuild' }]];
        }
      };
      return next().map(([to, journal]) => ({ label, to: [ledger, to, { now: journal, durable }] }));
    },
  );
}

export const recoveryRun = (design: RecoveryDesign = recoveryDesign): Spec<RecoverySlots> => ({
  name: 'a thread at a backend',
  starts: [recoveryStart],
  rules: [
    slots.rule({ name: 'event', actor: 'solana', kind: 'fault' }, ['ledger'], (ledger) => {
      const next = grown(ledger, Number.POSITIVE_INFINITY);
      return next === null ? [] : [{ label: { does: 'event' }, to: [next] }];
    }),
    ...lifeRules(design),
  ],
  ...unjudged,
});
