/**
 * The two updates of the specification, `ownership_update` and `content_update`, with everything that takes part: clients with messages
 * in flight, backends that crash, the ledger with its tip, Qdrant.
 *
 *   client --prepare--> backend --(content: outbox, then Qdrant as pending)--> client signs --execute--> backend
 *     --outbox--> ledger ... confirmed ... --> cache and end, durably --> answer, show --> Qdrant
 */

import { range } from '../collections.ts';
import type { Spec } from '../explore/spec.ts';
import { emptyQdrant } from '../qdrant.ts';
import { backendRules } from './backend.ts';
import { type Bytes, type Chain, chainRules, versionIn } from './chain.ts';
import { clientRules, showRule } from './client.ts';
import { compareRules, syncDesign } from './damage.ts';
import { crashRules, type IngestionDesign, ingestionDesign, ingestRule, syncRule } from './ingestion.ts';
import { durableVersion, freshNode, type Node, onNode, withCached } from './node.ts';
import { contentRules, metadataAt, type ProjectionDesign, projectionDesign, threadRules } from './projection.ts';
import { freshClient, type UpdateSlots } from './slots.ts';
import { agreement, symmetriesOf, updateChecks, updateMarks } from './update-properties.ts';
import type { UpdateScope } from './update-scope.ts';
import { type WriteDesign, writeDesign } from './write.ts';

export interface Design {
  readonly write: WriteDesign;
  readonly ingestion: IngestionDesign;
  readonly projection: ProjectionDesign;
  /** The version of the thread that clients are shown. */
  readonly shown: (node: Node, thread: string) => number;
}

export const design: Design = {
  write: writeDesign,
  ingestion: ingestionDesign,
  projection: projectionDesign,
  shown: durableVersion,
};

function start({ backends, ledger, writes, thread }: UpdateScope): UpdateSlots {
  const clients = (number: number): readonly string[] =>
    writes.filter(({ home }) => home === number).map(({ index }) => `client#${index}`);
  const version = versionIn(ledger, thread);
  const node = (number: number): Node => {
    const attached = onNode(freshNode, ...clients(number).map((client) => ({ kind: 'attach', client }) as const));
    return withCached(attached, thread, version);
  };
  const found = ledger.threads.get(thread);
  const parts: (readonly [string, unknown])[] = [
    ['chain', { confirmed: ledger, tip: [] } satisfies Chain],
    ['qdrant', found === undefined ? emptyQdrant : { ...emptyQdrant, threads: new Map([[thread, metadataAt(found, version)]]) }],
    ...range(backends).flatMap((number) => [[`node#${number}`, node(number)] as const, [`looked#${number}`, null] as const]),
    ...writes.flatMap(({ index, home }) => {
      const client = freshClient(`node#${home}`);
      const shown = version === 0 ? client : { ...client, state: { ...client.state, views: new Map([[thread, version]]) } };
      return [
        [`client#${index}`, shown],
        [`wire#${index}`, 'nothing'],
        [`handler#${index}`, 'idle'],
        [`bytes#${index}`, 'none' satisfies Bytes],
      ] as const;
    }),
  ];
  return Object.fromEntries(parts) as unknown as UpdateSlots;
}

export function updateSpec(scope: UpdateScope, { write, ingestion, projection, shown }: Design = design): Spec<UpdateSlots> {
  const { writes, backends, faults, landing, thread } = scope;
  const nodes = range(backends);
  return {
    name: scope.name,
    starts: [start(scope)],
    rules: [
      ...writes.flatMap((each) => [
        ...clientRules(each, faults),
        ...backendRules(each, write, { faults, landing }),
        ...chainRules(each.index, each.order, { forks: faults.forks, expires: true }),
        ...(scope.shows ? [showRule(each, thread, shown)] : []),
      ]),
      ...nodes.flatMap((number) => [
        ingestRule(number, thread, writes, ingestion),
        syncRule(number),
        ...(faults.crashes ? crashRules(number, writes) : []),
        ...(scope.shows ? threadRules(number, thread, projection, faults) : []),
        ...(scope.shows ? writes.flatMap((each) => contentRules(number, each, projection, faults)) : []),
        ...(scope.compares ? compareRules(number, thread, writes, syncDesign) : []),
      ]),
      ...scope.others,
    ],
    always: updateChecks(scope),
    sometimes: updateMarks(scope),
    converged: agreement(scope),
    symmetries: symmetriesOf(scope),
  };
}
