/**
 * SEQUENCE content_update: post and submitSpec.
 *   1. store content in Qdrant (pending)   2. record hash on Solana   3. update backend cache   4. propagate to frontend
 * Steps 2 to 4 are an ownership update. Content that a refusal leaves behind is discarded by a round.
 */
import type { Answer } from '../observation.ts';
import { type Branch, onBackend, onQdrant, type World } from '../world.ts';
import { conclude } from './ownership-update.ts';
import { storable } from './propagation.ts';
import { refused } from './session.ts';
import { submit, type Write } from './submission.ts';

/** @param hash the content's */
export function contentUpdate(world: World, write: Write, hash: string): readonly Branch<Answer>[] {
  const { backend, id, client, armed } = write;
  const kept = onBackend(world, backend, { kind: 'keepIntent', id, client }, { kind: 'sync' });
  const unavailable = (at: World): readonly Branch<Answer>[] => [
    { world: onBackend(at, backend, { kind: 'dropIntent', id }, { kind: 'sync' }), answer: refused('QdrantUnavailable') },
  ];
  if (!world.links.qdrant) return unavailable(kept);
  const stored = mayBeStored(kept, hash);
  if (armed.qdrant?.thenDown === true) return unavailable({ ...stored, links: { ...stored.links, qdrant: false } });
  const signed = onBackend(stored, backend, { kind: 'signIntent', id }, { kind: 'sync' });
  return submit(signed, write, armed.qdrant !== null).flatMap((branch) => conclude(branch, write, null));
}

export function mayBeStored(world: World, hash: string): World {
  return onQdrant(world, { kind: 'putPending', content: storable(hash) });
}
