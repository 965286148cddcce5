/** What a client reads (behaviour, section 4). */
import type { BackendName, ClientName, ReadOperation, ThreadName } from '../action.ts';
import { compareContents } from '../content.ts';
import type { Answer } from '../observation.ts';
import { viewAt } from '../view.ts';
import { type Branch, backendOf, onBackend, onFrontend, type World } from '../world.ts';
import { threadOf } from './propagation.ts';
import { permit, refused } from './session.ts';

/** Hits one search gives at most. */
export const maxHits = 1_000;

export function read(world: World, client: ClientName, operation: ReadOperation): Branch<Answer> {
  const permitted = permit(world, client);
  if (permitted.kind === 'denied') return { world, answer: permitted.answer };
  const { backend } = permitted;
  switch (operation.kind) {
    case 'readStrong':
      return readStrong(world, client, backend, operation.thread);
    case 'readCached': {
      const version = backendOf(world, backend).memory.cache.get(operation.thread);
      if (version === undefined) return readStrong(world, client, backend, operation.thread);
      return shown(world, client, operation.thread, version);
    }
    case 'search':
      return { world, answer: search(world, operation) };
  }
}

function readStrong(world: World, client: ClientName, backend: BackendName, thread: ThreadName): Branch<Answer> {
  if (!world.links.solana) return { world, answer: refused('SolanaUnavailable') };
  const version = world.solana.threads.get(thread)?.now.version;
  if (version === undefined) return { world, answer: refused('ThreadNotFound') };
  return shown(onBackend(world, backend, { kind: 'ingest', thread, version }, { kind: 'sync' }), client, thread, version);
}

/** The client is told this version; what it shows of the thread only ever goes forward. */
function shown(world: World, client: ClientName, thread: ThreadName, version: number): Branch<Answer> {
  const view = viewAt(threadOf(world, thread), version);
  return { world: onFrontend(world, client, { kind: 'show', thread, version }), answer: { kind: 'view', view } };
}

/** Similarity only orders hits, and hits are compared unordered, so that up to the limit it does not matter. */
function search(world: World, { thread, author }: Extract<ReadOperation, { kind: 'search' }>): Answer {
  if (!world.links.qdrant) return refused('QdrantUnavailable');
  const hits = [...world.qdrant.messages.values()]
    .filter(
      (message) =>
        message.state === 'recorded' &&
        (thread === undefined || message.thread === thread) &&
        (author === undefined || message.author === author),
    )
    .map((message) => ({ thread: message.thread, author: message.author, text: message.text }))
    .sort(compareContents);
  return { kind: 'hits', hits: hits.slice(0, maxHits) };
}
