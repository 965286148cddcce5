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
  const signers: Pick<Wallet, 'id' | 'signText'>[] = [];
  return {
    ledger: 'memory',
    describe: () => "Solana and Qdrant: the model's own reducers; backends: stores in memory with crash semantics",
    isRemote: false,
    hasContentFaults: true,
    open: async (options) => {
      const { wallets } = options.setup;
      // Keys cost more than anything else here, and worlds share nothing through them.
      while (signers.length < wallets)
        signers.push(remembering(createKeypairWallet(createHash('sha256').update(`memory wallet ${signers.length}`).digest())));
      return openMemoryAuthorities({ ...options, signers: signers.slice(0, wallets), embedder });
    },
    close: async () => undefined,
  };
}

/** Ed25519 gives equal texts equal signatures, and every world begins with the same sign-ins. */
function remembering(wallet: Wallet): Pick<Wallet, 'id' | 'signText'> {
  const known = new Map<string, string>();
  return {
    id: wallet.id,
    signText: (text) => {
      const signed = known.get(text) ?? wallet.signText(text);
      if (known.size < 1_000) known.set(text, signed);
      return signed;
    },
  };
}
