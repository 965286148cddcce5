/**
 * One content of a run, as one backend looks after it, whatever else happens: the design of projection and comparison that
 * implementations are held against. Its writes begin and end as they do in the run; others do what they like with it in Qdrant.
 */
import { type Rule, type Spec, unjudged } from '../explore/spec.ts';
import { emptyQdrant, type QdrantState, type StoredContent } from '../qdrant.ts';
import { stepSolana } from '../solana/step.ts';
import { clockS, versionIn } from './chain.ts';
import { contentBy, founded, postOf, thread } from './content-update.ts';
import { compareRules, syncDesign } from './damage.ts';
import { crashRules, hasRecorded, ingested, syncRule } from './ingestion.ts';
import {
  cachedVersion,
  durableStageOf,
  durableVersion,
  endAt,
  ended,
  freshNode,
  isRunning,
  onNode,
  rowOf,
  stageOf,
  withCached,
  withDue,
  withText,
} from './node.ts';
import { contentRules, type ProjectionDesign, projectionDesign } from './projection.ts';
import { slots, type UpdateSlots } from './slots.ts';

const write = postOf(0, 0);
const content = contentBy(0);
const { hash } = content;

/** Its one write here, which begins and ends once (a crash may take back either); and the ledger's events of it, as they are observed. */
const happenings: readonly Rule<UpdateSlots>[] = [
  slots.rule({ name: 'confirm', actor: 'solana', kind: 'fault' }, ['chain', 'node#0'], (chain, node) => {
    // What was told refused never lands, and nothing is signed before its row is durable. Without a row here the write is another's.
    if (endAt(node, 0) === 'refused' || (stageOf(node, 0) !== null && durableStageOf(node, 0) === null)) return [];
    const { state, outcome } = stepSolana(chain.confirmed, {
      ...write.order.instruction,
      signer: write.order.signer,
      nowS: clockS,
    });
    return outcome.kind === 'ok' ? [{ label: { does: 'confirm' }, to: [{ ...chain, confirmed: state }, node] }] : [];
  }),
  slots.rule({ name: 'keep', actor: 'node#0', kind: 'fault' }, ['chain', 'node#0'], (chain, node) => {
    const kept = onNode(node, { kind: 'keepIntent', id: rowOf(0), client: 'client#0' });
    return isRunning(node) && endAt(node, 0) === undefined && !hasRecorded(chain.confirmed, thread, hash)
      ? [{ label: { does: 'keep' }, to: [chain, withText(kept, hash)] }]
      : [];
  }),
  slots.rule({ name: 'end', actor: 'node#0', kind: 'fault' }, ['chain', 'node#0'], (chain, node) =>
    isRunning(node) &&
    endAt(node, 0) === undefined &&
    stageOf(node, 0) === durableStageOf(node, 0) &&
    !hasRecorded(chain.confirmed, thread, hash)
      ? [{ label: { does: 'end' }, to: [chain, withDue(ended(node, 0, 'refused'), hash)] }]
      : [],
  ),
  slots.rule({ name: 'ingest', actor: 'node#0', kind: 'fault' }, ['chain', 'node#0'], (chain, node) => {
    if (!isRunning(node) || !hasRecorded(chain.confirmed, thread, hash) || endAt(node, 0) === 'refused') return [];
    // One page of events is durable before the next is read.
    if (cachedVersion(node, thread) !== durableVersion(node, thread)) return [];
    const then = withDue(ingested(ended(node, 0, 'confirmed'), chain.confirmed, thread), hash);
    return [{ label: { does: 'ingest' }, to: [chain, then] }];
  }),
  // It is to be looked at again: compared, or handed in by a client, or left over from before.
  slots.rule({ name: 'doubt', actor: 'node#0', kind: 'fault' }, ['node#0'], (node) =>
    isRunning(node) ? [{ label: { does: 'doubt' }, to: [withText(withDue(node, hash), hash)] }] : [],
  ),
];

/** Other backends, faults and old writes: whatever becomes of the content, it is one of these. */
function surroundings(): Rule<UpdateSlots> {
  const pending: StoredContent = { ...content, state: 'pending', sequence: null };
  const recorded: StoredContent = { ...content, state: 'recorded', sequence: 0 };
  const all: readonly (readonly [string, StoredContent | null])[] = [
    ['absent', null],
    ['pending', pending],
    ['recorded', recorded],
    ['altered', { ...recorded, text: 'altered' }],
  ];
  return slots.rule({ name: 'content', actor: 'others', kind: 'fault' }, ['qdrant'], (qdrant) =>
    all.map(([becomes, stored]) => {
      const messages: QdrantState['messages'] = stored === null ? new Map() : new Map([[hash, stored]]);
      return { label: { does: 'content', becomes }, to: [{ ...qdrant, messages }] };
    }),
  );
}

export function contentRun(design: ProjectionDesign = projectionDesign): Spec<UpdateSlots> {
  const ledger = founded(1);
  const start = {
    chain: { confirmed: ledger, tip: [] },
    qdrant: emptyQdrant,
    'node#0': withCached(freshNode, thread, versionIn(ledger, thread)),
    'looked#0': null,
  } as unknown as UpdateSlots;
  return {
    name: 'a content at a backend',
    starts: [start],
    rules: [
      ...happenings,
      surroundings(),
      syncRule(0),
      ...crashRules(0, []),
      ...contentRules(0, write, design, { calls: true }),
      ...compareRules(0, thread, [write], syncDesign),
    ],
    ...unjudged,
  };
}
