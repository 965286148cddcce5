/**
 * A backend as the protocols see it: the backend reducer's state, and what it keeps beside it in the same store: ends of writes, and
 * what must still be brought to Qdrant. All of it is visible to itself at once, durable after `synced`, and as it was durable after a crash.
 */
import { type BackendAction, type BackendState, freshBackend, stepBackend } from '../backend.ts';
import { canonical } from '../canonical.ts';
import { withEntry, withMember, withoutMember } from '../collections.ts';

export type End = 'confirmed' | 'refused';

interface Kept {
  /** Of writes that ended here, by name. */
  readonly ends: ReadonlyMap<string, End>;
  /** Contents, by hash, and threads, by id, whose copy in Qdrant is to be looked at. */
  readonly due: ReadonlySet<string>;
  /** Texts of contents that came in here, by hash: what a lost one is put back from. */
  readonly texts: ReadonlySet<string>;
}

/** What a backend keeps in its store: as it is, and as it would be after a crash. */
export interface Stored<Value> {
  readonly now: Value;
  readonly durable: Value;
}

/** By what it says: the same may have come about in another way. */
export const isDurable = ({ now, durable }: Stored<unknown>): boolean => canonical(now) === canonical(durable);

/** Made durable. */
export const madeDurable = <Value>({ now }: Stored<Value>): Stored<Value> => ({ now, durable: now });

/** As a crash leaves it. */
export const asDurable = <Value>({ durable }: Stored<Value>): Stored<Value> => ({ now: durable, durable });

export interface Node extends Stored<Kept> {
  readonly state: BackendState;
}

const nothing: Kept = { ends: new Map(), due: new Set(), texts: new Set() };
export const freshNode: Node = { state: freshBackend, now: nothing, durable: nothing };

/** The write's name in the outbox. */
export const rowOf = (write: number): string => `write#${write}`;

export function onNode(node: Node, ...actions: readonly BackendAction[]): Node {
  return { ...node, state: actions.reduce((state, action) => stepBackend(state, action).state, node.state) };
}

export const isRunning = ({ state }: Node): boolean => state.running;
export const stageOf = ({ state }: Node, write: number): 'kept' | 'signed' | null =>
  state.memory.outbox.get(rowOf(write))?.stage ?? null;
export const durableStageOf = ({ state }: Node, write: number): 'kept' | 'signed' | null =>
  state.durable.outbox.get(rowOf(write))?.stage ?? null;
export const cachedVersion = ({ state }: Node, thread: string): number => state.memory.cache.get(thread) ?? 0;
export const durableVersion = ({ state }: Node, thread: string): number => state.durable.cache.get(thread) ?? 0;

/** With the thread cached at that version, durably; as it is for version 0, which no thread has. */
export const withCached = (node: Node, thread: string, version: number): Node =>
  version === 0 ? node : onNode(node, { kind: 'ingest', thread, version }, { kind: 'sync' });

export const endAt = ({ now }: Node, write: number): End | undefined => now.ends.get(rowOf(write));

/** The write has ended: its row is gone, its end is kept. */
export function ended(node: Node, write: number, end: End): Node {
  const dropped = onNode(node, { kind: 'dropIntent', id: rowOf(write) });
  return { ...dropped, now: { ...dropped.now, ends: withEntry(dropped.now.ends, rowOf(write), end) } };
}

export const withDue = (node: Node, what: string): Node =>
  node.now.due.has(what) ? node : { ...node, now: { ...node.now, due: withMember(node.now.due, what) } };

export const withoutDue = (node: Node, what: string): Node =>
  node.now.due.has(what) ? { ...node, now: { ...node.now, due: withoutMember(node.now.due, what) } } : node;

export const withText = (node: Node, hash: string): Node =>
  node.now.texts.has(hash) ? node : { ...node, now: { ...node.now, texts: withMember(node.now.texts, hash) } };

export const withoutText = (node: Node, hash: string): Node =>
  node.now.texts.has(hash) ? { ...node, now: { ...node.now, texts: withoutMember(node.now.texts, hash) } } : node;

export const isSynced = (node: Node): boolean =>
  isDurable({ now: node.state.memory, durable: node.state.durable }) && isDurable(node);

export function synced(node: Node): Node {
  const { state, ...rows } = onNode(node, { kind: 'sync' });
  return { state, ...madeDurable(rows) };
}

export function crashed(node: Node): Node {
  const { state, ...rows } = onNode(node, { kind: 'crash' });
  return { state, ...asDurable(rows) };
}

export const restarted = (node: Node): Node => onNode(node, { kind: 'restart' });
