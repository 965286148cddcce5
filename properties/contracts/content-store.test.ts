/** The content store's contract on every ground there is: the emulator always, a real Qdrant where one can be had. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { createQdrantContentStore } from '#impl/adapters/qdrant/content-store.ts';
import type { ContentStore } from '#impl/ports/content-store.ts';
import { openQdrant, type QdrantSource } from '#simulations/qdrant/source.ts';
import {
  type ContentStoreEnvironment,
  contentStoreContract,
  contractDimensions,
  countingRandom,
} from './content-store.contract.ts';

/** Every opened store has collections of its own and deletes them when closed. */
function environmentOn(source: () => QdrantSource, run: string): ContentStoreEnvironment {
  let count = 0;
  return {
    open: async () => {
      const { url, ...rest } = source();
      const apiKey = rest.kind === 'url' ? rest.apiKey : null;
      const prefix = `contract_${run}_${count++}_`;
      let clients = 0;
      const client = (): ContentStore =>
        createQdrantContentStore({
          url,
          ...(apiKey === null ? {} : { apiKey }),
          prefix,
          dimensions: contractDimensions,
          random: countingRandom(`${prefix}${clients++}`),
        });
      const headers: Record<string, string> = apiKey === null ? {} : { 'api-key': apiKey };
      return {
        store: client(),
        another: client,
        close: async () => {
          for (const name of ['messages', 'threads'])
            await fetch(`${url}/collections/${prefix}${name}`, { method: 'DELETE', headers });
        },
      };
    },
  };
}

function suiteOn(open: () => Promise<QdrantSource>, run: string): void {
  let source: QdrantSource;
  beforeAll(async () => {
    source = await open();
  });
  afterAll(() => source?.close());
  contentStoreContract(environmentOn(() => source, run));
}

describe('content store on the emulator', () => suiteOn(() => openQdrant({ environment: {} }), 'emulator'));

const real = await openQdrant({ prefer: 'real' });
if (real.kind === 'emulator') {
  await real.close();
  it.skip(`content store on a real Qdrant: missing, because ${real.describe().replace(/^.*?\(|\)$/g, '')}`, () => undefined);
} else {
  describe(`content store on a real Qdrant: ${real.describe()}`, () => suiteOn(async () => real, `p${process.pid}`));
}
