/**
 * Thread metadata: one point a thread, written by compare-and-set on its version. A refused conditional write answers exactly
 * as a successful one does, so every write carries a random token and is read back.
 *
 * A stored point gives way unless it is newer, or of the same version with the same content. So metadata that was altered,
 * or is no metadata at all, is mended by the next write of the version it claims.
 */
import type { Schemas } from '@qdrant/js-client-rest';
import type { ContentStore, ThreadMetadata } from '../../ports/content-store.ts';
import type { ThreadId } from '../../ports/ids.ts';
import { applied, notApplied, type Outcome, ok, type Reply, unknown } from '../../ports/outcome.ts';
import { agreed, checkNatural, durably, type QdrantContext, wellFormed } from './context.ts';
import { qdrantFailure, reading, updating } from './failures.ts';
import { parseThread, type StoredThread, threadToPayload } from './payloads.ts';
import { pointIdOf } from './point-ids.ts';

export function threadOperations(context: QdrantContext): Pick<ContentStore, 'putThread' | 'thread'> {
  return {
    putThread: (metadata) => putThread(context, metadata),
    thread: async (id) => {
      const stored = await readThread(context, id, {});
      if (!stored.ok || stored.value === null) return stored as Reply<null>;
      const { writeToken: _, ...metadata } = stored.value;
      return ok(metadata);
    },
  };
}

async function putThread(context: QdrantContext, metadata: ThreadMetadata): Promise<Outcome<'written' | 'superseded'>> {
  const bad = checkNatural('version', metadata.version) ?? checkNatural('messageCount', metadata.messageCount);
  if (bad !== null) return notApplied(bad);
  const writeToken = Buffer.from(context.random.bytes(16)).toString('hex');
  const point = { id: pointIdOf(metadata.thread), vector: {}, payload: threadToPayload({ ...metadata, writeToken }) };
  const outcome = await updating(() =>
    context.client.upsert(context.threads, {
      ...durably,
      points: [point],
      update_mode: 'upsert',
      update_filter: givesWayTo(metadata),
    }),
  );
  if (outcome.kind !== 'applied') return outcome;
  for (const consistency of [{}, agreed]) {
    const stored = await readThread(context, metadata.thread, consistency);
    if (!stored.ok) return unknown(stored.failure);
    if (stored.value === null) continue;
    if (stored.value.writeToken === writeToken) return applied('written');
    if (stored.value.version > metadata.version || sameContent(stored.value, metadata)) return applied('superseded');
  }
  return unknown(
    qdrantFailure('behind', 'NotReadBack', `version ${metadata.version} was written, but an older one or none was read back`),
  );
}

/** Matches a stored point that may be overwritten by this metadata. */
function givesWayTo(metadata: ThreadMetadata): Schemas['Filter'] {
  const newer = { key: 'version', range: { gt: metadata.version } };
  const same: Schemas['Filter'] = {
    must: [
      { key: 'version', match: { value: metadata.version } },
      { key: 'message_count', match: { value: metadata.messageCount } },
      { key: 'thread', match: { value: metadata.thread } },
      { key: 'co_authors', values_count: { gte: metadata.coAuthors.length, lte: metadata.coAuthors.length } },
      ...metadata.coAuthors.map((wallet, i) => ({ key: `co_authors[${i}]`, match: { value: wallet } })),
    ],
  };
  return { must_not: [newer, same] };
}

function sameContent(stored: ThreadMetadata, wanted: ThreadMetadata): boolean {
  return (
    stored.version === wanted.version &&
    stored.messageCount === wanted.messageCount &&
    stored.coAuthors.length === wanted.coAuthors.length &&
    stored.coAuthors.every((wallet, i) => wallet === wanted.coAuthors[i])
  );
}

/** Null when there is none, or none that is well formed. */
async function readThread(
  context: QdrantContext,
  thread: ThreadId,
  consistency: Partial<typeof agreed>,
): Promise<Reply<StoredThread | null>> {
  const found = await reading(() =>
    context.client.retrieve(context.threads, { ids: [pointIdOf(thread)], with_payload: true, ...consistency }),
  );
  if (!found.ok) return found;
  const [stored] = wellFormed(context, context.threads, found.value, parseThread);
  return ok(stored !== undefined && stored[1].thread === thread ? stored[1] : null);
}
