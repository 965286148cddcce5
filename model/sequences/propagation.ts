/**
 * How what the ledger says reaches everybody else: a backend ingests events durably, publishes to its clients, and brings Qdrant
 * up to what it has cached. The last steps of both sequences, and all of a round.
 */
import type { BackendName, ThreadName } from '../action.ts';
import { sortedEntries } from '../collections.ts';
import { contentOf } from '../content.ts';
import { type Content, type QdrantAction, stepQdrant } from '../qdrant.ts';
import type { Thread, Tuple } from '../solana/state.ts';
import { backendOf, onBackend, onFrontend, onQdrant, type World } from '../world.ts';

export const threadOf = (world: World, thread: ThreadName): Thread => world.solana.threads.get(thread) as Thread;

/** The ledger's tuple of a version that exists. */
export const tupleAt = (thread: Thread, version: number): Tuple => thread.history[version - 1] as Tuple;

/** A content as the store keeps it, from nothing but its name. */
export const storable = (hash: string): Content => ({ hash, ...contentOf(hash) });

/** The backend has ingested every event there is, and that is durable. */
export function ingestAll(world: World, backend: BackendName): World {
  if (!isBehind(world, backend)) return world;
  const events = sortedEntries(world.solana.threads).map(
    ([thread, { now }]) => ({ kind: 'ingest', thread, version: now.version }) as const,
  );
  return onBackend(world, backend, ...events, { kind: 'sync' });
}

export function isBehind(world: World, backend: BackendName): boolean {
  const { cache } = backendOf(world, backend).memory;
  for (const thread of world.solana.threads.values()) if (cache.get(thread.id) !== thread.now.version) return true;
  return false;
}

/** The backend's clients show what it has cached, unless they show something newer. */
export function publish(world: World, backend: BackendName): World {
  const { peers, memory } = backendOf(world, backend);
  let next = world;
  for (const peer of peers) {
    for (const [thread, version] of memory.cache) next = onFrontend(next, peer, { kind: 'show', thread, version });
  }
  return next;
}

/** Qdrant's writes that would bring it to what the backend has cached, contents before metadata; none when it is there. */
export function updatesFor(world: World, backend: BackendName): readonly QdrantAction[] {
  const updates: QdrantAction[] = [];
  for (const [id, version] of backendOf(world, backend).memory.cache) {
    const thread = threadOf(world, id);
    const { coAuthors, messageCount } = tupleAt(thread, version);
    for (const { hash, sequence } of thread.messages.slice(0, messageCount)) {
      if (world.qdrant.messages.get(hash)?.state === 'recorded') continue;
      updates.push({ kind: 'putRecorded', content: storable(hash), sequence });
    }
    const put = { kind: 'putThread', metadata: { thread: id, version, coAuthors, messageCount } } as const;
    if (stepQdrant(world.qdrant, put).state !== world.qdrant) updates.push(put);
  }
  return updates;
}

export function flush(world: World, backend: BackendName): World {
  return onQdrant(world, ...updatesFor(world, backend));
}
