/** What must hold of an update always, what must happen sometimes, what agreement is, and which renamings change nothing. */

import { range } from '../collections.ts';
import type { Check, Mark, Symmetry } from '../explore/spec.ts';
import type { QdrantState } from '../qdrant.ts';
import { supply } from '../solana/tokens.ts';
import { type Chain, versionIn } from './chain.ts';
import { hasRecorded } from './ingestion.ts';
import { cachedVersion, durableStageOf, durableVersion, isRunning, isSynced, type Node, rowOf, stageOf } from './node.ts';
import { hasSameAuthors, metadataAt } from './projection.ts';
import { renamed } from './renamed.ts';
import { slots, type UpdateSlots, type Write } from './slots.ts';
import type { UpdateScope } from './update-scope.ts';
import { isBusy } from './write.ts';

/** The properties by name: what a planted mistake is said to break. */
export const updateProperties = {
  certainYes: 'a confirmed write is on the ledger',
  certainNo: 'a refused write never lands',
  durableFirst: 'bytes go out only when their row is durable',
  confirmedOnly: 'nobody holds what is not confirmed',
  withinBackend: 'a client shows what a backend has made durable',
  metadata: 'metadata in Qdrant are the ledger’s of their version',
  recordedOnly: 'recorded content is recorded on the ledger',
  noOrphan: 'pending content is somebody’s to look after',
  kept: 'recorded content is not discarded',
  conserved: 'tokens are conserved',
} as const;

function writeChecks({ index, home, content }: Write, { thread }: UpdateScope): readonly Check<UpdateSlots>[] {
  const [client, bytes, node] = [`client#${index}`, `bytes#${index}`, `node#${home}`] as const;
  const told = `client ${index} was told`;
  return [
    slots.check(`${updateProperties.certainYes}, write ${index}`, [client, bytes], (at, state) =>
      at.told === 'confirmed' && state !== 'landed' ? `${told} confirmed, its bytes are ${state}` : null,
    ),
    slots.check(`${updateProperties.certainNo}, write ${index}`, [client, bytes, node], (at, state, from) => {
      if (at.told !== 'refused') return null;
      const canLand = state === 'landed' || state === 'processed' || state === 'out';
      const isHeld = state === 'signed' && (durableStageOf(from, index) === 'signed' || stageOf(from, index) === 'signed');
      return canLand || isHeld ? `${told} refused, its bytes are ${state}` : null;
    }),
    slots.check(`${updateProperties.durableFirst}, write ${index}`, [bytes, node], (state, from) => {
      if (state !== 'out' && state !== 'processed') return null;
      return durableStageOf(from, index) === 'signed' || from.durable.ends.has(rowOf(index))
        ? null
        : `bytes of write ${index} are ${state}, and node#${home} would not know of them after a crash`;
    }),
    slots.check(`${updateProperties.withinBackend}, write ${index}`, [client, node], (at, from) => {
      const shown = at.state.views.get(thread) ?? 0;
      const durable = durableVersion(from, thread);
      return shown > durable ? `client ${index} shows version ${shown}, node#${home} has made ${durable} durable` : null;
    }),
    ...(content === null
      ? []
      : [
          slots.check(`${updateProperties.noOrphan}, write ${index}`, ['chain', 'qdrant', node], (chain, qdrant, from) => {
            if (qdrant.messages.get(content.hash)?.state !== 'pending') return null;
            const isLookedAfter = durableStageOf(from, index) !== null || from.durable.due.has(content.hash);
            return isLookedAfter || hasRecorded(chain.confirmed, thread, content.hash)
              ? null
              : `content of write ${index} is pending, and no outbox and no task knows of it`;
          }),
          slots.check(`${updateProperties.kept}, write ${index}`, ['chain', 'qdrant', node], (chain, qdrant, from) =>
            hasRecorded(chain.confirmed, thread, content.hash) &&
            !qdrant.messages.has(content.hash) &&
            isRunning(from) &&
            isSynced(from) &&
            cachedVersion(from, thread) === versionIn(chain.confirmed, thread) &&
            !from.now.due.has(content.hash)
              ? `content of write ${index} is recorded, gone from Qdrant, and nobody is to put it back`
              : null,
          ),
        ]),
  ];
}

export function updateChecks(scope: UpdateScope): readonly Check<UpdateSlots>[] {
  const { writes, backends, thread, ledger } = scope;
  const total = supply(ledger);
  const isTold = (chain: Chain, qdrant: QdrantState): string | null => {
    const metadata = qdrant.threads.get(thread);
    if (metadata === undefined) return null;
    const found = chain.confirmed.threads.get(thread);
    if (found === undefined || found.now.version < metadata.version) return `Qdrant holds version ${metadata.version}`;
    const expected = metadataAt(found, metadata.version);
    const isSame = expected.messageCount === metadata.messageCount && hasSameAuthors(expected, metadata);
    return isSame ? null : `Qdrant holds other co-authors or messages than the ledger at version ${metadata.version}`;
  };
  return [
    slots.check(updateProperties.conserved, ['chain'], ({ confirmed }) =>
      supply(confirmed) === total ? null : `there are ${supply(confirmed)}, there were ${total}`,
    ),
    ...range(backends).map((number) =>
      slots.check(`${updateProperties.confirmedOnly}, node ${number}`, ['chain', `node#${number}`], (chain, at) => {
        const cached = cachedVersion(at, thread);
        return cached > versionIn(chain.confirmed, thread)
          ? `node#${number} has cached ${cached} of ${versionIn(chain.confirmed, thread)}`
          : null;
      }),
    ),
    slots.check(updateProperties.metadata, ['chain', 'qdrant'], isTold),
    slots.check(updateProperties.recordedOnly, ['chain', 'qdrant'], (chain, { messages }) => {
      for (const { hash, state } of messages.values())
        if (state === 'recorded' && !hasRecorded(chain.confirmed, thread, hash)) return `${hash} is recorded in Qdrant`;
      return null;
    }),
    ...writes.flatMap((each) => writeChecks(each, scope)),
  ];
}

/** Of any write, since symmetric writes stand for each other. */
export function updateMarks({ writes }: UpdateScope): readonly Mark<UpdateSlots>[] {
  const clients = writes.map(({ index }) => `client#${index}` as const);
  const bytes = writes.map(({ index }) => `bytes#${index}` as const);
  const handlers = writes.map(({ index }) => `handler#${index}` as const);
  return [
    slots.mark('a write is confirmed to its client', clients, (...each) => each.some(({ told }) => told === 'confirmed')),
    slots.mark('a write is refused to its client', clients, (...each) => each.some(({ told }) => told === 'refused')),
    slots.mark('a client does not know how its write ended', clients, (...each) =>
      each.some(({ state }, at) => state.writes.get(rowOf(writes[at]?.index ?? 0))?.stage === 'unsettled'),
    ),
    slots.mark('bytes are to go out again', handlers, (...each) => each.includes('again')),
    slots.mark('bytes can never land', bytes, (...each) => each.includes('expired')),
    slots.mark('bytes land', bytes, (...each) => each.includes('landed')),
  ];
}

/** Everybody runs, nothing is under way, every client knows its end, and all hold what the ledger has confirmed. */
export function agreement({ writes, backends, thread }: UpdateScope): readonly Mark<UpdateSlots>[] {
  const isAt = (node: Node, version: number): boolean =>
    isRunning(node) &&
    isSynced(node) &&
    node.state.memory.outbox.size === 0 &&
    node.now.due.size === 0 &&
    cachedVersion(node, thread) === version;
  return [
    ...range(backends).map((number) =>
      slots.mark(
        `node#${number} is at rest and up to date`,
        ['chain', `node#${number}`, `looked#${number}`],
        (chain, node, looked) => looked === null && isAt(node, versionIn(chain.confirmed, thread)),
      ),
    ),
    ...writes.map(({ index }) =>
      slots.mark(
        `client ${index} knows its end and shows the newest`,
        ['chain', `client#${index}`, `wire#${index}`, `handler#${index}`],
        (chain, client, wire, handler) =>
          client.told !== null &&
          client.state.backend !== null &&
          wire === 'nothing' &&
          !isBusy(handler) &&
          (client.state.views.get(thread) ?? 0) === versionIn(chain.confirmed, thread),
      ),
    ),
    slots.mark('nothing is in the tip', ['chain'], ({ tip }) => tip.length === 0),
    ...writes.map(({ index }) =>
      slots.mark(`bytes ${index} are at rest`, [`bytes#${index}`], (bytes) => bytes !== 'out' && bytes !== 'processed'),
    ),
    slots.mark('Qdrant is the ledger’s', ['chain', 'qdrant'], (chain, qdrant) => {
      const found = chain.confirmed.threads.get(thread);
      if (found === undefined) return qdrant.threads.size === 0 && qdrant.messages.size === 0;
      const isWhole = found.messages.every(({ hash, sequence }) => {
        const stored = qdrant.messages.get(hash);
        return stored?.state === 'recorded' && stored.sequence === sequence;
      });
      return (
        isWhole && qdrant.messages.size === found.messages.length && qdrant.threads.get(thread)?.version === found.now.version
      );
    }),
  ];
}

/** Another write may stand for a write, with its client, wallet and content, where a backend of as many stands for its backend. */
export function symmetriesOf({ writes, backends, isSymmetric }: UpdateScope): readonly Symmetry<UpdateSlots>[] {
  if (!isSymmetric) return [];
  return permutations(writes.length).flatMap((to) => {
    const nodes = new Map(writes.map(({ home, index }) => [home, writes[to[index] as number]?.home as number]));
    const fits = writes.every(({ home, index }) => nodes.get(home) === writes[to[index] as number]?.home);
    if (!fits || to.every((each, index) => each === index) || new Set(nodes.values()).size < backends) return [];
    const names = new Map([
      ...writes.flatMap(({ index }) => of(index, to[index] as number)),
      ...[...nodes].flatMap(([from, other]) => [
        [`node#${from}`, `node#${other}`] as const,
        [`looked#${from}`, `looked#${other}`] as const,
      ]),
    ]);
    const slot = (name: keyof UpdateSlots & string) => (names.get(name) ?? name) as keyof UpdateSlots & string;
    return [{ name: `writes ${to.join(', ')}`, slot, value: (value: unknown) => renamed(value, names) }];
  });
}

const of = (from: number, to: number): readonly (readonly [string, string])[] =>
  ['write', 'client', 'wire', 'handler', 'bytes', 'wallet'].map((what) => [`${what}#${from}`, `${what}#${to}`] as const);

function permutations(count: number): readonly (readonly number[])[] {
  if (count === 0) return [[]];
  return permutations(count - 1).flatMap((shorter) =>
    range(count).map((at) => [...shorter.slice(0, at), count - 1, ...shorter.slice(at)]),
  );
}
