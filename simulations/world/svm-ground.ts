/**
 * The svm tier's ground: one virtual machine and one Qdrant emulator that many worlds share, one after another.
 * Emulated Qdrant only: a world must be able to cut its link and lose its answers, which no real server offers. Real servers are held
 * to the same contract suites instead.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator } from '../qdrant/emulator.ts';
import type { Bank } from '../solana/bank.ts';
import { createGenesis, type Genesis } from '../solana/genesis.ts';
import { SvmWorld } from './svm-world.ts';
import type { Ground } from './system.ts';

/** Worlds on one LiteSVM until it is replaced: closed worlds leave a little behind in it. */
const worldsPerLiteSvm = 250;

/** Opens the ground. Rejects when the virtual machine cannot be loaded on this platform. */
export async function openSvmGround(ledger: Bank['kind']): Promise<Ground> {
  const emulator = await startEmulator();
  const directory = mkdtempSync(join(tmpdir(), 'choir-'));
  let genesis: Genesis = await createGenesis(ledger);
  let worlds = 0;
  return {
    ledger,
    describe: () => `Solana: ${ledger} in process; Qdrant: our emulator at ${emulator.url}; backends: SQLite files`,
    createSystem: async (setup) => {
      if (ledger === 'litesvm' && worlds > 0 && worlds % worldsPerLiteSvm === 0) {
        genesis.bank.bank.close();
        genesis = await createGenesis(ledger);
      }
      worlds += 1;
      return SvmWorld.open({ name: `w${worlds}`, setup, genesis, emulator, directory });
    },
    close: async () => {
      await emulator.close();
      if (ledger === 'litesvm') genesis.bank.bank.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
