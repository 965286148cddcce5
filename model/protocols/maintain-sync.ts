/**
 * maintain_sync: two backends that compare what Qdrant holds with what they have cached, and mend it: lost, altered and misplaced
 * content, stale and altered metadata, old writes that arrive once more. The text of a content is held by the backend it came in at.
 */
import type { Spec } from '../explore/spec.ts';
import { emptyQdrant } from '../qdrant.ts';
import { stepSolana } from '../solana/step.ts';
import { clockS, othersRule, versionIn } from './chain.ts';
import { contentBy, founded, postOf, thread } from './content-update.ts';
import { type Conflict, compareRules, contentDamage, metadataDamage, type SyncDesign, syncDesign } from './damage.ts';
import { crashRules, hasRecorded, ingestionDesign, ingestRule, syncRule } from './ingestion.ts';
import { cachedVersion, freshNode, isRunning, isSynced, synced, withCached, withText } from './node.ts';
import { contentRules, hasSameAuthors, metadataAt, type ProjectionDesign, projectionDesign, threadRules } from './projection.ts';
import { type Protocol, planting, type ScopeName } from './protocol.ts';
import { slots, type UpdateSlots, type Write } from './slots.ts';

export const maintainSyncProperties = {
  recordedOnly: 'nothing is recorded in Qdrant that the ledger has not',
  kept: 'what the ledger has recorded is discarded by nobody',
} as const;

/** One message that is on the ledger, one that its author left behind when they went. */
const recorded = postOf(0, 0);
const unneeded = postOf(1, 1);
const { hash, text } = contentBy(0);

function start(backends: number): UpdateSlots {
  const ledger = stepSolana(founded(2), { ...recorded.order.instruction, signer: recorded.order.signer, nowS: clockS }).state;
  const version = versionIn(ledger, thread);
  const node = withCached(freshNode, thread, version);
  const found = ledger.threads.get(thread);
  const qdrant = {
    messages: new Map([[contentBy(0).hash, { ...contentBy(0), state: 'recorded' as const, sequence: 0 }]]),
    threads: new Map(found === undefined ? [] : [[thread, metadataAt(found, version)]]),
  };
  const nodes = Array.from({ length: backends }, (_, number) => [
    // The first one has brought the message in, and holds its text.
    [`node#${number}`, number === 0 ? synced(withText(node, hash)) : node],
    [`looked#${number}`, null],
  ]).flat();
  return {
    chain: { confirmed: ledger, tip: [] },
    qdrant: { ...emptyQdrant, ...qdrant },
    ...Object.fromEntries(nodes),
  } as UpdateSlots;
}

/** A co-author leaves: the thread's metadata have another version to come to. */
const divests = othersRule<UpdateSlots>('others', { instruction: { kind: 'divest', thread }, signer: 'wallet#1' });

interface Design {
  readonly sync: SyncDesign;
  readonly projection: ProjectionDesign;
}

const asDesigned: Design = { sync: syncDesign, projection: projectionDesign };

function spec(size: ScopeName, { sync, projection }: Design = asDesigned): Spec<UpdateSlots> {
  const backends = size === 'small' ? 1 : 2;
  const writes: readonly Write[] = size === 'large' ? [recorded, unneeded] : [recorded];
  const nodes = Array.from({ length: backends }, (_, number) => number);
  const faults = { calls: size !== 'large' };
  return {
    name: `maintain-sync ${size}`,
    starts: [start(backends)],
    rules: [
      divests,
      ...metadataDamage(thread),
      ...writes.flatMap(contentDamage),
      ...nodes.flatMap((number) => [
        ingestRule(number, thread, [], ingestionDesign),
        syncRule(number),
        ...crashRules(number, []),
        ...threadRules(number, thread, projection, faults),
        ...writes.flatMap((write) => contentRules(number, write, projection, faults)),
        ...compareRules(number, thread, writes, sync),
      ]),
    ],
    always: [
      slots.check(maintainSyncProperties.recordedOnly, ['chain', 'qdrant'], (chain, qdrant) => {
        for (const stored of qdrant.messages.values())
          if (stored.state === 'recorded' && !hasRecorded(chain.confirmed, thread, stored.hash))
            return `${stored.hash} is recorded in Qdrant`;
        return null;
      }),
      ...nodes.map((number) =>
        slots.check(`${maintainSyncProperties.kept}, node ${number}`, ['chain', `looked#${number}`], (chain, looked) =>
          looked?.next === 'discard' && looked.write === 'write#0' && hasRecorded(chain.confirmed, thread, hash)
            ? `node#${number} is about to discard ${hash}`
            : null,
        ),
      ),
    ],
    sometimes: [
      slots.mark('recorded content is lost', ['qdrant'], ({ messages }) => !messages.has(hash)),
      slots.mark('recorded content is altered', ['qdrant'], ({ messages }) => messages.get(hash)?.text === 'altered'),
      slots.mark('metadata name other co-authors', ['qdrant'], ({ threads }) => threads.get(thread)?.coAuthors[0] === 'nobody'),
    ],
    converged: [
      ...nodes.map((number) =>
        slots.mark(
          `node#${number} is at rest and up to date`,
          ['chain', `node#${number}`, `looked#${number}`],
          (chain, at, looked) =>
            looked === null &&
            isRunning(at) &&
            isSynced(at) &&
            at.now.due.size === 0 &&
            cachedVersion(at, thread) === versionIn(chain.confirmed, thread),
        ),
      ),
      slots.mark('Qdrant is the ledger’s', ['chain', 'qdrant'], (chain, qdrant) => {
        const found = chain.confirmed.threads.get(thread);
        const stored = qdrant.messages.get(hash);
        const metadata = qdrant.threads.get(thread);
        return (
          found !== undefined &&
          stored?.state === 'recorded' &&
          stored.text === text &&
          stored.sequence === 0 &&
          qdrant.messages.size === 1 &&
          metadata?.version === found.now.version &&
          hasSameAuthors(metadata, found.now)
        );
      }),
    ],
    symmetries: [],
  };
}

const without = (conflict: Conflict): Partial<Design> => ({
  sync: { finds: new Set([...syncDesign.finds].filter((each) => each !== conflict)) },
});
const plant = planting(spec, 'medium', asDesigned);

export const maintainSync: Protocol = {
  name: 'maintain-sync',
  title: 'maintain_sync with the four conflicts',
  scope: spec,
  planted: [
    plant('no hashes', 'a comparison does not look at texts', 'convergence', without('HashMismatch')),
    plant('no co-authors', 'a comparison does not look at co-authors', 'convergence', without('OwnershipConflict')),
    plant('no order', 'a comparison does not look at the places of messages', 'convergence', without('TimestampConflict')),
    plant('metadata by version alone', 'metadata of the same version are taken for the same', 'convergence', {
      projection: {
        ...projectionDesign,
        putThread: (qdrant, [found, version]) => {
          const stored = qdrant.threads.get(found.id);
          if (stored !== undefined && stored.version >= version) return qdrant;
          return projectionDesign.putThread(qdrant, [found, version]);
        },
      },
    }),
  ],
};
