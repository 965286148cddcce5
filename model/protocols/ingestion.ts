/**
 * What a backend does by itself: follow the ledger, make durable, crash, come back. One page of events is one batch: the new views, the
 * ends of its own writes, and what must be brought to Qdrant, durable together.
 */
import type { Rule } from '../explore/spec.ts';
import type { SolanaState } from '../solana/state.ts';
import type { Bytes, Chain } from './chain.ts';
import { disconnected } from './client.ts';
import {
  cachedVersion,
  crashed,
  ended,
  isRunning,
  isSynced,
  type Node,
  onNode,
  restarted,
  stageOf,
  synced,
  withDue,
} from './node.ts';
import { type Client, type Looked, slots, type UpdateSlots, type Wire, type Write } from './slots.ts';
import type { Phase } from './write.ts';

export interface IngestionDesign {
  /** Up to where events are read. */
  readonly readable: (chain: Chain) => SolanaState;
}

export const ingestionDesign: IngestionDesign = { readable: ({ confirmed }) => confirmed };

/** The node after everything the ledger says of the thread is in its memory. */
export function ingested(node: Node, ledger: SolanaState, thread: string): Node {
  const found = ledger.threads.get(thread);
  if (found === undefined || cachedVersion(node, thread) >= found.now.version) return node;
  const before = found.history[cachedVersion(node, thread) - 1]?.messageCount ?? 0;
  let next = withDue(onNode(node, { kind: 'ingest', thread, version: found.now.version }), thread);
  for (const { hash } of found.messages.slice(before)) next = withDue(next, hash);
  return next;
}

type Slots = readonly (keyof UpdateSlots)[];
type Values = readonly never[];

export function ingestRule(
  number: number,
  thread: string,
  writes: readonly Write[],
  { readable }: IngestionDesign,
): Rule<UpdateSlots> {
  const node = `node#${number}` as const;
  const home = writes.filter((write) => write.home === number);
  const next = (chain: Chain, at: Node, ...bytes: readonly Bytes[]): ReturnType<Rule<UpdateSlots>['next']> => {
    if (!isRunning(at)) return [];
    let then = ingested(at, readable(chain), thread);
    const seen = then;
    for (const [each, write] of home.entries())
      if (bytes[each] === 'landed' && stageOf(then, write.index) === 'signed') then = ended(then, write.index, 'confirmed');
    return then === at ? [] : [{ label: { does: 'ingest', node: number, ends: then !== seen }, to: [chain, then, ...bytes] }];
  };
  return {
    name: `ingest ${number}`,
    actor: node,
    kind: 'step',
    slots: ['chain', node, ...home.map(({ index }) => `bytes#${index}` as const)] as Slots as Rule<UpdateSlots>['slots'],
    next: next as unknown as (...values: Values) => ReturnType<Rule<UpdateSlots>['next']>,
  };
}

export const syncRule = (number: number): Rule<UpdateSlots> =>
  slots.rule({ name: `sync ${number}`, actor: `node#${number}`, kind: 'step' }, [`node#${number}`], (at) =>
    isRunning(at) && !isSynced(at) ? [{ label: { does: 'sync', node: number }, to: [synced(at)] }] : [],
  );

/** What it had in memory is gone, and with it its work on every write; its clients notice. */
export function crashRules(number: number, writes: readonly Write[]): readonly Rule<UpdateSlots>[] {
  const node = `node#${number}` as const;
  const looked = `looked#${number}` as const;
  const home = writes.filter((write) => write.home === number);
  const of = home.flatMap(({ index }) => [`handler#${index}`, `wire#${index}`, `client#${index}`] as const);
  const crash = (at: Node, _: Looked, ...parts: readonly unknown[]): ReturnType<Rule<UpdateSlots>['next']> => {
    if (!isRunning(at)) return [];
    const after = home.flatMap((_, each): readonly [Phase, Wire, Client] => {
      const [, wire, client] = parts.slice(each * 3) as unknown as readonly [Phase, Wire, Client];
      const [gone, line] = disconnected(client, wire);
      return ['idle', line, gone];
    });
    return [{ label: { does: 'crash', node: number, fault: 'B1-crash' }, to: [crashed(at), null, ...after] }];
  };
  return [
    {
      name: `crash ${number}`,
      actor: 'fault',
      kind: 'fault',
      slots: [node, looked, ...of] as Slots as Rule<UpdateSlots>['slots'],
      next: crash as unknown as (...values: Values) => ReturnType<Rule<UpdateSlots>['next']>,
    },
    slots.rule({ name: `restart ${number}`, actor: node, kind: 'step' }, [node], (at) =>
      isRunning(at) ? [] : [{ label: { does: 'restart', node: number }, to: [restarted(at)] }],
    ),
  ];
}

/** The place of a message among the first so many of its thread on the ledger; null where it is none of them. */
export function sequenceIn(
  ledger: SolanaState,
  thread: string,
  hash: string,
  count: number = Number.POSITIVE_INFINITY,
): number | null {
  const found = ledger.threads.get(thread)?.messages.find((message) => message.hash === hash)?.sequence ?? null;
  return found === null || found >= count ? null : found;
}

/** Its place as far as a backend has cached the thread; null where it knows of no such message. */
export const cachedSequence = (node: Node, ledger: SolanaState, thread: string, hash: string): number | null =>
  sequenceIn(ledger, thread, hash, ledger.threads.get(thread)?.history[cachedVersion(node, thread) - 1]?.messageCount ?? 0);

/** Whether the ledger has recorded the content. */
export const hasRecorded = (ledger: SolanaState, thread: string, hash: string): boolean =>
  sequenceIn(ledger, thread, hash) !== null;
