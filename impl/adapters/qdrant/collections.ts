/**
 * The two collections: made when missing, checked when there. Refuses a server that is too old for conditional upserts,
 * because such a server would ignore the condition and overwrite newer content.
 */
import type { Schemas } from '@qdrant/js-client-rest';
import type { ContentStore, IndexProblem } from '../../ports/content-store.ts';
import { applied, notApplied, type Outcome, ok, type Reply } from '../../ports/outcome.ts';
import type { QdrantContext } from './context.ts';
import { qdrantFailure, reading, writing } from './failures.ts';

/** `update_mode` is understood since this version; older ones ignore the field. */
const leastVersion = [1, 17] as const;

type CollectionInfo = Schemas['CollectionInfo'];
type IndexType = 'keyword' | 'integer';
interface Wanted {
  readonly name: string;
  /** Null: a collection without vectors. */
  readonly dimensions: number | null;
  readonly indexes: Readonly<Record<string, IndexType>>;
}

const wantedCollections = ({ messages, threads, dimensions }: QdrantContext): readonly Wanted[] => [
  { name: messages, dimensions, indexes: { thread: 'keyword', author: 'keyword', state: 'keyword', sequence: 'integer' } },
  { name: threads, dimensions: null, indexes: { version: 'integer' } },
];

export function collectionOperations(context: QdrantContext): Pick<ContentStore, 'ensureCollections' | 'verifyIndexes'> {
  return {
    ensureCollections: async () => {
      const version = await checkVersion(context);
      if (version.kind !== 'applied') return version;
      for (const wanted of wantedCollections(context)) {
        const outcome = await ensure(context, wanted);
        if (outcome.kind !== 'applied') return outcome;
      }
      return applied(undefined);
    },
    verifyIndexes: async () => {
      const problems: IndexProblem[] = [];
      for (const wanted of wantedCollections(context)) {
        const info = await infoOf(context, wanted.name);
        if (!info.ok) return info;
        problems.push(...problemsOf(wanted, info.value));
      }
      return ok(problems);
    },
  };
}

async function checkVersion({ client }: QdrantContext): Promise<Outcome<void>> {
  const info = await reading(() => client.versionInfo());
  if (!info.ok) return notApplied(info.failure);
  const version = String(info.value?.version);
  const [major = Number.NaN, minor = Number.NaN] = version.split('.').map((part) => Number.parseInt(part, 10));
  if (major > leastVersion[0] || (major === leastVersion[0] && minor >= leastVersion[1])) return applied(undefined);
  const detail = `server version: expected at least ${leastVersion.join('.')} (conditional upserts with update_mode), got ${version}`;
  return notApplied(qdrantFailure('refused', 'CompareAndSetUnsupported', detail));
}

/** Null when the collection does not exist. */
async function infoOf({ client }: QdrantContext, name: string): Promise<Reply<CollectionInfo | null>> {
  const info = await reading(() => client.getCollection(name));
  return info.ok || info.failure.code !== 'NotFound' ? info : ok(null);
}

async function ensure(context: QdrantContext, wanted: Wanted): Promise<Outcome<void>> {
  const { client } = context;
  let info = await infoOf(context, wanted.name);
  if (info.ok && info.value === null) {
    const vectors = wanted.dimensions === null ? {} : { size: wanted.dimensions, distance: 'Cosine' as const };
    const created = await writing(() => client.createCollection(wanted.name, { vectors }));
    const madeByAnother = created.kind === 'notApplied' && created.failure.code === 'AlreadyExists';
    if (created.kind !== 'applied' && !madeByAnother) return created;
    if (madeByAnother) info = await infoOf(context, wanted.name);
  }
  if (!info.ok) return notApplied(info.failure);
  const wrong = info.value === null ? null : wrongVectors(wanted, info.value);
  if (wrong !== null) return notApplied(qdrantFailure('refused', 'WrongDimension', wrong));
  for (const [field_name, field_schema] of Object.entries(wanted.indexes)) {
    if (info.value?.payload_schema[field_name]?.data_type === field_schema) continue;
    const indexed = await writing(() => client.createPayloadIndex(wanted.name, { wait: true, field_name, field_schema }));
    if (indexed.kind !== 'applied') return indexed;
  }
  return applied(undefined);
}

/** What is wrong with the vectors of an existing collection, or null. */
function wrongVectors({ name, dimensions }: Wanted, info: CollectionInfo): string | null {
  if (dimensions === null) return null;
  const vectors: unknown = info.config.params.vectors;
  const { size, distance } = { size: undefined, distance: undefined, ...(typeof vectors === 'object' ? vectors : {}) };
  if (size === dimensions && distance === 'Cosine') return null;
  return `collection ${name}: expected vectors of ${dimensions} dimensions under Cosine, got ${String(size)} under ${String(distance)}`;
}

function problemsOf(wanted: Wanted, info: CollectionInfo | null): readonly IndexProblem[] {
  if (info === null) return [`collection ${wanted.name} is missing`];
  const problems: IndexProblem[] = [];
  const wrong = wrongVectors(wanted, info);
  if (wrong !== null) problems.push(wrong);
  for (const [field, type] of Object.entries(wanted.indexes)) {
    const stored = info.payload_schema[field]?.data_type;
    if (stored !== type)
      problems.push(`collection ${wanted.name}: expected a ${type} index on ${field}, got ${stored ?? 'none'}`);
  }
  if (info.status === 'red' || info.status === 'grey') problems.push(`collection ${wanted.name} has status ${info.status}`);
  return problems;
}
