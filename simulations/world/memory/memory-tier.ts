/** The memory tier: nothing but this process, so a world costs microseconds and may be made by the thousand. */
import { createHash } from 'node:crypto';
import { createFeatureHashingEmbedder } from '#impl/adapters/embedder/feature-hashing.ts';
import { createKeypairWallet } from '#impl/adapters/solana/wallet.ts';
import type { Wallet } from '#impl/ports/ledger.ts';
import type { Tier } from '../authorities.ts';
import { openMemoryAuthorities } from './memory-authorities.ts';

const dimensions = 64;

/** Never rejects: it needs nothing. */
export async function openMemoryTier(): Promise<Tier> {
  const embedder = createFeatureHashingEmbedder({ dimensions });
  const signers: Wallet[] = [];
  return {
    ledger: 'memory',
    describe: () => "Solana and Qdrant: the model's own reducers; backends: stores in memory with crash semantics",
    hasContentFaults: true,
    open: async (options) => {
      const { wallets } = options.setup;
      // Keys cost more than anything else here, and worlds share nothing through them.
      while (signers.length < wallets)
        signers.push(createKeypairWallet(createHash('sha256').update(`memory wallet ${signers.length}`).digest()));
      return openMemoryAuthorities({ ...options, signers: signers.slice(0, wallets), embedder });
    },
    close: async () => undefined,
  };
}
