/** Grounds for the ledger's suites: our gateway over each virtual machine, in process or over real HTTP. */
import { createHash } from 'node:crypto';
import { deriveTokenAccount } from '#impl/adapters/solana/codec/index.ts';
import { createSolanaLedger } from '#impl/adapters/solana/ledger.ts';
import { createKeypairWallet } from '#impl/adapters/solana/wallet.ts';
import type { Wallet } from '#impl/ports/ledger.ts';
import type { Bank } from '#simulations/solana/bank.ts';
import { Gateway } from '#simulations/solana/gateway.ts';
import { createGenesis, type Genesis, MINT } from '#simulations/solana/genesis.ts';
import { VirtualLedger } from '#simulations/solana/virtual-ledger.ts';
import type { LedgerEnvironment, OpenedGateway, OpenedLedger } from './ledger-stage.ts';

const genesisMs = 1_735_689_600_000;
const balance = 10_000n;
let worlds = 0;
/** For adapters over real HTTP: how long a silent gateway is waited for. */
const httpTimeoutMs = 300;

export const fourWallets = (name: string): OpenedLedger['wallets'] => {
  const wallet = (index: number): Wallet => createKeypairWallet(createHash('sha256').update(`${name} ${index}`).digest());
  return [wallet(0), wallet(1), wallet(2), wallet(3)];
};

/** A world a call on one bank; `http` puts a real listener between adapter and gateway. */
export function gatewayEnvironment(kind: Bank['kind'], via: 'process' | 'http'): LedgerEnvironment<OpenedGateway> {
  let genesis: Promise<Genesis> | null = null;
  return {
    open: async () => {
      genesis ??= createGenesis(kind);
      // bankrun is shared by the whole process, so names are unique in it.
      const name = `contract ${kind} ${via} ${worlds++}`;
      return openGateway(await genesis, name, via);
    },
  };
}

async function openGateway(genesis: Genesis, name: string, via: 'process' | 'http'): Promise<OpenedGateway> {
  let nowMs = genesisMs;
  const chain = new VirtualLedger({ genesis, seed: name, nowMs: () => nowMs });
  const gateway = new Gateway(chain);
  const url = via === 'http' ? await gateway.listen() : 'http://gateway.invalid';
  const wallets = fourWallets(name);
  await chain.fundWallets(wallets.map((wallet) => ({ wallet: wallet.id, lamports: 10_000_000_000n, choir: balance })));
  const another: OpenedLedger['another'] = (options = {}) =>
    createSolanaLedger({ url, ...options, ...(via === 'http' ? { timeoutMs: httpTimeoutMs } : { fetch: gateway.fetch }) });
  return {
    ledger: another(),
    another,
    wallets,
    balance,
    minimumStake: genesis.terms.minimumStake,
    gateway,
    chain,
    holdings: () => lamportsAndTokens(chain, wallets),
    rpc: async (body) => {
      const init = { method: 'POST', body, headers: { 'content-type': 'application/json' } };
      // biome-ignore lint/style/noRestrictedGlobals: the wire itself, as no adapter would use it
      const response = via === 'http' ? await fetch(url, init) : await gateway.fetch(url, init);
      return { status: response.status, text: await response.text() };
    },
    pass: async (ms) => {
      nowMs += ms;
    },
    close: async () => {
      await gateway.close();
      await chain.close();
    },
  };
}

/** SOL and CHOIR of every wallet as the newest bank has them. */
async function lamportsAndTokens(chain: VirtualLedger, wallets: OpenedLedger['wallets']): Promise<readonly unknown[]> {
  const addresses = wallets.flatMap(({ id }) => [id as string, deriveTokenAccount(id, MINT).address.toBase58()]);
  const accounts = await chain.accounts(addresses, chain.tip());
  return accounts.map((account) => account && [account.lamports, Buffer.from(account.data).toString('hex')]);
}
