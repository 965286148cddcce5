/**
 * What may go wrong in Qdrant behind everybody's back, and how a backend finds out: by comparing what is stored with what it has cached.
 * The four conflicts of the specification: HashMismatch, OwnershipConflict, StateDesync, TimestampConflict.
 */
import type { Rule } from '../explore/spec.ts';
import { type QdrantState, stepQdrant } from '../qdrant.ts';
import type { SolanaState, Thread } from '../solana/state.ts';
import { cachedSequence } from './ingestion.ts';
import { cachedVersion, isRunning, type Node, withDue } from './node.ts';
import { hasSameAuthors, metadataAt } from './projection.ts';
import { slots, type UpdateSlots, type Write } from './slots.ts';

export type Conflict = 'HashMismatch' | 'OwnershipConflict' | 'StateDesync' | 'TimestampConflict';

const fault = (name: string, why: string, change: (qdrant: QdrantState) => QdrantState): Rule<UpdateSlots> =>
  slots.rule({ name, actor: 'fault', kind: 'fault' }, ['qdrant'], (qdrant) => {
    const changed = change(qdrant);
    return changed === qdrant ? [] : [{ label: { does: name, fault: why }, to: [changed] }];
  });

/** A stored content is lost, altered, put at another place, or an old write of it arrives once more. */
export function contentDamage({ content, index }: Write): readonly Rule<UpdateSlots>[] {
  if (content === null) return [];
  const { hash } = content;
  return [
    fault(`lose content ${index}`, 'Q9-lost', (qdrant) => stepQdrant(qdrant, { kind: 'loseMessage', hash }).state),
    fault(`alter content ${index}`, 'Q9-altered', (qdrant) =>
      qdrant.messages.get(hash)?.text === content.text
        ? stepQdrant(qdrant, { kind: 'alterText', hash, text: 'altered' }).state
        : qdrant,
    ),
    fault(`misplace content ${index}`, 'Q9-misordered', (qdrant) =>
      qdrant.messages.get(hash)?.sequence === 0 ? stepQdrant(qdrant, { kind: 'markRecorded', hash, sequence: 7 }).state : qdrant,
    ),
    fault(`content ${index} arrives late`, 'Q4-again', (qdrant) => stepQdrant(qdrant, { kind: 'putPending', content }).state),
  ];
}

/** The thread's metadata are lost, or name other co-authors at the same version. */
export function metadataDamage(thread: string): readonly Rule<UpdateSlots>[] {
  return [
    fault('lose metadata', 'Q9-lost', (qdrant) => stepQdrant(qdrant, { kind: 'loseThread', thread }).state),
    fault('alter metadata', 'Q9-altered', (qdrant) => {
      const stored = qdrant.threads.get(thread);
      if (stored === undefined || stored.coAuthors[0] === 'nobody') return qdrant;
      const open = stepQdrant(qdrant, { kind: 'loseThread', thread }).state;
      return stepQdrant(open, { kind: 'putThread', metadata: { ...stored, coAuthors: ['nobody'] } }).state;
    }),
  ];
}

export interface SyncDesign {
  /** Conflicts that a comparison finds. */
  readonly finds: ReadonlySet<Conflict>;
}

export const syncDesign: SyncDesign = {
  finds: new Set<Conflict>(['HashMismatch', 'OwnershipConflict', 'StateDesync', 'TimestampConflict']),
};

/** What is wrong with a content as this backend expects it; null when nothing is. */
function contentConflict(qdrant: QdrantState, expected: number | null, text: string, hash: string): Conflict | null {
  const stored = qdrant.messages.get(hash);
  // Not on the ledger as far as is cached: pending content that nobody needs, or nothing.
  if (expected === null) return stored === undefined ? null : 'StateDesync';
  if (stored === undefined || stored.text !== text) return 'HashMismatch';
  if (stored.state !== 'recorded') return 'StateDesync';
  return stored.sequence === expected ? null : 'TimestampConflict';
}

function metadataConflict(qdrant: QdrantState, found: Thread, version: number): Conflict | null {
  const stored = qdrant.threads.get(found.id);
  if (stored === undefined || stored.version < version) return 'StateDesync';
  if (stored.version > version) return null;
  return hasSameAuthors(stored, metadataAt(found, version)) ? null : 'OwnershipConflict';
}

/** One backend's comparison: what differs is to be looked at again. A text that it does not hold it leaves to who does. */
export function compareRules(
  number: number,
  thread: string,
  writes: readonly Write[],
  { finds }: SyncDesign,
): readonly Rule<UpdateSlots>[] {
  const node = `node#${number}` as const;
  const rule = (
    name: string,
    conflictOf: (at: Node, qdrant: QdrantState, ledger: SolanaState) => Conflict | null,
    due: string,
  ): Rule<UpdateSlots> =>
    slots.rule({ name: `${name} from ${number}`, actor: node, kind: 'step' }, ['chain', 'qdrant', node], (chain, qdrant, at) => {
      if (!isRunning(at) || at.now.due.has(due) || cachedVersion(at, thread) === 0) return [];
      const conflict = conflictOf(at, qdrant, chain.confirmed);
      if (conflict === null || !finds.has(conflict)) return [];
      return [{ label: { does: 'compare', node: number, conflict }, to: [chain, qdrant, withDue(at, due)] }];
    });
  return [
    rule(
      'compare metadata',
      (at, qdrant, ledger) => metadataConflict(qdrant, ledger.threads.get(thread) as Thread, cachedVersion(at, thread)),
      thread,
    ),
    ...writes.flatMap(({ index, content }) => {
      if (content === null) return [];
      const { hash, text } = content;
      return [
        rule(
          `compare content ${index}`,
          (at, qdrant, ledger) => {
            const conflict = contentConflict(qdrant, cachedSequence(at, ledger, thread, hash), text, hash);
            return conflict === 'HashMismatch' && !at.now.texts.has(hash) ? null : conflict;
          },
          hash,
        ),
      ];
    }),
  ];
}
