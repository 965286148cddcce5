/**
 * The svm tier: one virtual machine and one Qdrant that many worlds share, one after another. The Qdrant is a real one where
 * QDRANT_URL or Docker gives one, else the emulator; `describe` says which. Worlds whose faults need the emulator ask for it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openQdrantHost } from '../../qdrant/qdrant-host.ts';
import type { SourceOptions } from '../../qdrant/source.ts';
import type { Bank } from '../../solana/bank.ts';
import { createGenesis, type Genesis } from '../../solana/genesis.ts';
import type { Tier } from '../authorities.ts';
import { openSvmAuthorities } from './svm-authorities.ts';

/** Worlds on one LiteSVM until it is replaced: closed worlds leave a little behind in it. */
const worldsPerLiteSvm = 250;

/** Rejects when the virtual machine cannot be loaded on this platform, or QDRANT_URL leads to no Qdrant. */
export async function openSvmTier(ledger: Bank['kind'], options: SourceOptions = { prefer: 'real' }): Promise<Tier> {
  const qdrantHost = await openQdrantHost(options);
  const directory = mkdtempSync(join(tmpdir(), 'choir-'));
  let genesis: Genesis = await createGenesis(ledger);
  let worlds = 0;
  return {
    ledger,
    describe: () => `Solana: ${ledger} in process; ${qdrantHost.describe()}; backends: SQLite files`,
    isRemote: true,
    hasContentFaults: options.prefer === 'emulator',
    open: async (world) => {
      if (ledger === 'litesvm' && worlds > 0 && worlds % worldsPerLiteSvm === 0) {
        genesis.bank.bank.close();
        genesis = await createGenesis(ledger);
      }
      worlds += 1;
      return openSvmAuthorities({ ...world, genesis, qdrantHost, directory });
    },
    close: async () => {
      await qdrantHost.close();
      if (ledger === 'litesvm') genesis.bank.bank.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
