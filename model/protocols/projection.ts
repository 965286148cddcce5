/**
 * Qdrant brought to what a backend has cached: thread metadata if newer, contents recorded, restored or discarded. A backend looks first
 * (in its cache, then at the ledger) and writes afterwards; in between others act. What it discards, no open write of its own may need.
 */
import type { Rule } from '../explore/spec.ts';
import { type Content, type Metadata, type QdrantState, type StoredContent, stepQdrant } from '../qdrant.ts';
import type { SolanaState, Thread } from '../solana/state.ts';
import type { BackendFaults } from './backend.ts';
import { cachedSequence, hasRecorded, sequenceIn } from './ingestion.ts';
import { cachedVersion, isRunning, type Node, rowOf, stageOf, withDue, withoutDue, withoutText } from './node.ts';
import { type Bringing, type Looked, slots, type UpdateSlots, type Write } from './slots.ts';

export interface ProjectionDesign {
  /** Whether a content may be discarded, as far as this backend knows: nobody here can still bring it. */
  readonly mayDiscard: (node: Node, write: number) => boolean;
  /** What metadata are written from. */
  readonly putThread: (qdrant: QdrantState, metadata: Parameters<typeof metadataAt>) => QdrantState;
}

/** The thread's metadata at the version a backend has cached. */
export function metadataAt(thread: Thread, version: number): Metadata {
  const { coAuthors, messageCount } = thread.history[version - 1] as Thread['now'];
  return { thread: thread.id, version, coAuthors, messageCount };
}

/** In the same order. */
export const hasSameAuthors = (a: Pick<Metadata, 'coAuthors'>, b: Pick<Metadata, 'coAuthors'>): boolean =>
  a.coAuthors.join() === b.coAuthors.join();

export const projectionDesign: ProjectionDesign = {
  mayDiscard: (node, write) => stageOf(node, write) === null,
  putThread: (qdrant, given) => {
    const metadata = metadataAt(...given);
    const stored = qdrant.threads.get(metadata.thread);
    // The same version with other content was altered behind it: what is conditional on both replaces it.
    const isAltered = stored?.version === metadata.version && !hasSameAuthors(stored, metadata);
    const open = isAltered ? stepQdrant(qdrant, { kind: 'loseThread', thread: metadata.thread }).state : qdrant;
    return stepQdrant(open, { kind: 'putThread', metadata }).state;
  },
};

export function threadRules(
  number: number,
  thread: string,
  design: ProjectionDesign,
  faults: Pick<BackendFaults, 'calls'>,
): readonly Rule<UpdateSlots>[] {
  const node = `node#${number}` as const;
  const brought = (qdrant: QdrantState, at: Node, ledger: SolanaState): QdrantState =>
    design.putThread(qdrant, [ledger.threads.get(thread) as Thread, cachedVersion(at, thread)]);
  const isDue = (at: Node): boolean => isRunning(at) && at.now.due.has(thread) && cachedVersion(at, thread) > 0;
  const label = (rest: object) => ({ does: 'put thread', node: number, ...rest });
  const put = slots.rule(
    { name: `put thread ${number}`, actor: node, kind: 'step' },
    ['chain', 'qdrant', node],
    (chain, qdrant, at) =>
      isDue(at)
        ? [{ label: label({ outcome: 'applied' }), to: [chain, brought(qdrant, at, chain.confirmed), withoutDue(at, thread)] }]
        : [],
  );
  const lost = slots.rule(
    { name: `put thread ${number} fails`, actor: 'fault', kind: 'fault' },
    ['chain', 'qdrant', node],
    (chain, qdrant, at) =>
      isDue(at)
        ? [
            {
              label: label({ outcome: 'unknown', fault: 'Q2-answerLost' }),
              to: [chain, brought(qdrant, at, chain.confirmed), at],
            },
          ]
        : [],
  );
  return faults.calls ? [put, lost] : [put];
}

/** What to do about a content; null: nothing. @param sequence its place on the ledger, null where it has none */
function bringing(
  stored: StoredContent | undefined,
  { hash, text }: Content,
  sequence: number | null,
  at: Node,
): Bringing | null {
  if (sequence === null) return stored === undefined ? null : 'discard';
  if (stored?.text !== text) return at.now.texts.has(hash) ? 'restore' : null;
  return stored.state === 'recorded' && stored.sequence === sequence ? null : 'record';
}

/** One backend's care for the content of one write, whoever's it is. */
export function contentRules(
  number: number,
  { index, content }: Write,
  design: ProjectionDesign,
  faults: Pick<BackendFaults, 'calls'>,
): readonly Rule<UpdateSlots>[] {
  if (content === null) return [];
  const { hash, thread } = content;
  const [node, looked] = [`node#${number}`, `looked#${number}`] as const;
  const label = (does: string, rest: object = {}) => ({ does, node: number, write: index, ...rest });
  const isMine = (seen: Looked): boolean => seen?.write === rowOf(index);

  const look = slots.rule(
    { name: `check content ${index} from ${number}`, actor: node, kind: 'step' },
    ['chain', 'qdrant', node, looked],
    (chain, qdrant, at, seen) => {
      if (seen !== null || !isRunning(at) || !at.now.due.has(hash)) return [];
      const isCached = cachedSequence(at, chain.confirmed, thread, hash) !== null;
      // An open write may still bring it: its own end brings the task back.
      if (!isCached && !design.mayDiscard(at, index))
        return [{ label: label('pass over'), to: [chain, qdrant, withoutDue(at, hash), null] }];
      const next = bringing(qdrant.messages.get(hash), content, sequenceIn(chain.confirmed, thread, hash), at);
      if (next === null) return [{ label: label('check', { next: 'nothing' }), to: [chain, qdrant, withoutDue(at, hash), null] }];
      return [{ label: label('check', { next }), to: [chain, qdrant, at, { write: rowOf(index), next }] }];
    },
  );
  const written = (qdrant: QdrantState, ledger: SolanaState, next: Bringing) => {
    const sequence = sequenceIn(ledger, thread, hash) ?? 0;
    switch (next) {
      case 'record':
        return stepQdrant(qdrant, { kind: 'markRecorded', hash, sequence });
      case 'restore':
        return stepQdrant(qdrant, { kind: 'putRecorded', content, sequence });
      case 'discard':
        return stepQdrant(qdrant, { kind: 'discardPending', hash });
    }
  };
  const bring = slots.rule(
    { name: `bring content ${index} from ${number}`, actor: node, kind: 'step' },
    ['chain', 'qdrant', node, looked],
    (chain, qdrant, at, seen) => {
      if (!isRunning(at) || seen === null || !isMine(seen)) return [];
      if (seen.next === 'discard' && !design.mayDiscard(at, index))
        return [{ label: label('pass over'), to: [chain, qdrant, withoutDue(at, hash), null] }];
      const { state, outcome } = written(qdrant, chain.confirmed, seen.next);
      const effect = outcome.kind === 'ok' ? outcome.value : 'missing';
      // It has gone meanwhile: only who holds the text can put it back. What was discarded may have been wanted after all: once more.
      const isDone =
        seen.next === 'discard' ? !hasRecorded(chain.confirmed, thread, hash) : effect !== 'missing' || !at.now.texts.has(hash);
      // What nobody needs any more needs no text to be put back from.
      const then = isDone && seen.next === 'discard' ? withoutText(at, hash) : at;
      return [
        {
          label: label('bring', { next: seen.next, effect }),
          to: [chain, state, isDone ? withoutDue(then, hash) : withDue(then, hash), null],
        },
      ];
    },
  );
  const fails = slots.rule(
    { name: `bring content ${index} from ${number} fails`, actor: 'fault', kind: 'fault' },
    ['chain', 'qdrant', node, looked],
    (chain, qdrant, at, seen) => {
      if (!isRunning(at) || seen === null || !isMine(seen)) return [];
      if (seen.next === 'discard' && !design.mayDiscard(at, index)) return [];
      const { state } = written(qdrant, chain.confirmed, seen.next);
      return [
        { label: label('bring', { next: seen.next, fault: 'Q2-answerLost' }), to: [chain, state, at, null] },
        { label: label('bring', { next: seen.next, fault: 'Q3-refused' }), to: [chain, qdrant, at, null] },
      ];
    },
  );
  return faults.calls ? [look, bring, fails] : [look, bring];
}
