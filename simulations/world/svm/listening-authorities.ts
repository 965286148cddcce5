/**
 * Solana and Qdrant as other processes meet them: the virtual ledger's gateway and the content store's emulator, on real listeners.
 * Time on the ledger goes on with the clock that is given. Whoever opened them also sees behind them, to judge.
 */
import { createHash } from 'node:crypto';
import { createSolanaLedger } from '#impl/adapters/solana/ledger.ts';
import { createKeypairWallet } from '#impl/adapters/solana/wallet.ts';
import type { Ledger, Wallet } from '#impl/ports/ledger.ts';
import { startEmulator } from '../../qdrant/emulator.ts';
import type { InspectedPoint } from '../../qdrant/inspect.ts';
import { Gateway } from '../../solana/gateway.ts';
import { createGenesis } from '../../solana/genesis.ts';
import { VirtualLedger } from '../../solana/virtual-ledger.ts';

export interface ListeningAuthorities {
  readonly solanaUrl: string;
  readonly qdrantUrl: string;
  /** With lamports for some ten thousand transactions, and CHOIR. */
  readonly wallets: readonly Wallet[];
  /** The same ledger, asked without a socket. */
  readonly ledger: Ledger;
  /** What is really stored; empty when there is no such collection. */
  points(collection: string): readonly InspectedPoint[];
  close(): Promise<void>;
}

export interface ListeningOptions {
  /** Wallets and blockhashes follow from it. */
  readonly name: string;
  readonly wallets: number;
  /** Milliseconds since the Unix epoch; must never go back. */
  readonly nowMs: () => number;
}

const lamports = 1_000_000_000_000n;
const choir = 1_000_000_000n;

export async function openListeningAuthorities({ name, wallets: count, nowMs }: ListeningOptions): Promise<ListeningAuthorities> {
  const genesis = await createGenesis('litesvm');
  const chain = new VirtualLedger({ genesis, seed: name, nowMs });
  const gateway = new Gateway(chain);
  const wallets = Array.from({ length: count }, (_, index) =>
    createKeypairWallet(createHash('sha256').update(`${name} wallet ${index}`).digest()),
  );
  await chain.fundWallets(wallets.map(({ id }) => ({ wallet: id, lamports, choir })));
  const emulator = await startEmulator();
  return {
    solanaUrl: await gateway.listen(),
    qdrantUrl: emulator.url,
    wallets,
    ledger: createSolanaLedger({ url: 'http://gateway.invalid', fetch: gateway.fetch }),
    points: (collection) => emulator.points(collection),
    close: async () => {
      await gateway.close();
      await emulator.close();
      genesis.bank.bank.close();
    },
  };
}
