/** The ground of the memory tier: nothing but this process, so a world costs microseconds and may be made by the thousand. */
import { createHash } from 'node:crypto';
import { createFeatureHashingEmbedder } from '#impl/adapters/embedder/feature-hashing.ts';
import { createKeypairWallet } from '#impl/adapters/solana/wallet.ts';
import type { Wallet } from '#impl/ports/ledger.ts';
import { MemoryWorld } from './memory-world.ts';
import type { Ground } from './system.ts';

const dimensions = 64;

/** Never rejects: it needs nothing. */
export async function openMemoryGround(): Promise<Ground> {
  const embedder = createFeatureHashingEmbedder({ dimensions });
  const signers: Wallet[] = [];
  return {
    ledger: 'memory',
    describe: () => "Solana and Qdrant: the model's own reducers; backends: stores in memory with crash semantics",
    createSystem: (setup) => {
      // Keys cost more than anything else here, and worlds share nothing through them.
      while (signers.length < setup.wallets)
        signers.push(createKeypairWallet(createHash('sha256').update(`memory wallet ${signers.length}`).digest()));
      return MemoryWorld.open({ setup, signers: signers.slice(0, setup.wallets), embedder });
    },
    close: async () => undefined,
  };
}
