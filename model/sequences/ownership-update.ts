/**
 * SEQUENCE ownership_update: createThread, vote, settle, divest, and the second half of every content update.
 *   1. update Solana state   2. wait for confirmation   3. update other systems (cache, clients, Qdrant)
 */

import type { Answer } from '../observation.ts';
import { type ArmedLoss, type Branch, onBackend, onQdrant, type World } from '../world.ts';
import { flush, ingestAll, publish, updatesFor } from './propagation.ts';
import { refused } from './session.ts';
import { type Ending, submit, type Write } from './submission.ts';

export function ownershipUpdate(world: World, write: Write): readonly Branch<Answer>[] {
  const { backend, id, client } = write;
  const signed = onBackend(world, backend, { kind: 'keepIntent', id, client }, { kind: 'signIntent', id }, { kind: 'sync' });
  return submit(signed, write, false).flatMap((branch) => conclude(branch, write, write.armed.qdrant));
}

/** @param firstWrite the loss that strikes Qdrant's first write in here, if any */
export function conclude(
  { world, answer: ending }: Branch<Ending>,
  { backend, id }: Write,
  firstWrite: ArmedLoss | null,
): readonly Branch<Answer>[] {
  if (ending.kind === 'unknown') return [{ world, answer: { kind: 'unsettled' } }];
  const ended = onBackend(world, backend, { kind: 'dropIntent', id }, { kind: 'sync' });
  if (ending.kind === 'refused') return [{ world: ended, answer: refused(ending.code) }];
  const answer: Answer = { kind: 'confirmed', version: ending.value.version };
  return updateQdrant(publish(ingestAll(ended, backend), backend), backend, firstWrite).map((each) => ({ world: each, answer }));
}

/** What is lost on the way to a store that goes down with it may be any first write, applied or not; the rest stays queued. */
function updateQdrant(world: World, backend: string, firstWrite: ArmedLoss | null): readonly World[] {
  if (!world.links.qdrant) return [world];
  if (firstWrite === null || !firstWrite.thenDown) return [flush(world, backend)];
  const down = { ...world, links: { ...world.links, qdrant: false } };
  return [down, ...updatesFor(world, backend).map((update) => onQdrant(down, update))];
}
