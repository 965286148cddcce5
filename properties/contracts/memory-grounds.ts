/** Grounds of the memory tier for the port suites, and which cases of theirs speak of what a memory authority does not have. */
import { balanceOf } from '#model/solana/tokens.ts';
import { MemoryChain } from '#simulations/world/memory/memory-chain.ts';
import { MemoryContent } from '#simulations/world/memory/memory-content.ts';
import { createMemoryContentStore } from '#simulations/world/memory/memory-content-store.ts';
import { createMemoryLedger } from '#simulations/world/memory/memory-ledger.ts';
import { Keyring } from '#simulations/world/memory/transaction-text.ts';
import { contractDimensions, type OpenedContentStore } from './content-store.contract.ts';
import { fourWallets } from './ledger-grounds.ts';
import type { CommandedLedger, LedgerEnvironment, OpenedLedger } from './ledger-stage.ts';

const genesisMs = 1_735_689_600_000;
const balance = 10_000n;
const minimumStake = 1_000n;

export interface OpenedMemoryLedger extends CommandedLedger {
  readonly chain: MemoryChain;
}

/** A chain a call; wallets are the keypair ones, signing transactions as this tier does. */
export function memoryLedgerEnvironment(): LedgerEnvironment<OpenedMemoryLedger> {
  let opened = 0;
  return {
    open: async () => {
      let nowMs = genesisMs;
      opened += 1;
      const keyring = new Keyring();
      const [a, b, c, d] = fourWallets('memory contract');
      const wallets: OpenedLedger['wallets'] = [
        keyring.wallet(a, 'a'),
        keyring.wallet(b, 'b'),
        keyring.wallet(c, 'c'),
        keyring.wallet(d, 'd'),
      ];
      const chain = new MemoryChain({
        seed: `contract ${opened}`,
        nowMs: () => nowMs,
        keyring,
        wallets: new Map(wallets.map(({ id }) => [id, balance])),
        minimumStake,
      });
      const another: OpenedLedger['another'] = (options = {}) => createMemoryLedger(chain, options);
      return {
        ledger: another(),
        another,
        wallets,
        balance,
        minimumStake,
        rpc: async () => {
          throw new Error('a memory ledger has no RPC node');
        },
        gateway: chain,
        chain,
        holdings: async () => {
          const { state } = chain.bank(chain.tip());
          // There are no fees here: what landed stands for them.
          return [
            ...wallets.map(({ id }) => balanceOf(state, id)),
            ...[...chain.history(chain.tip())].map((each) => each.signature),
          ];
        },
        pass: async (ms) => {
          nowMs += ms;
        },
        close: async () => undefined,
      };
    },
  };
}

/** Cases of the ledger's suites that are about Solana's own wire. The memory suite has cases of its own in their place. */
export const wireOnly: Readonly<Record<string, string>> = {
  '[LG1] compiles one instruction of the program for the one signer, and changes nothing': 'its messages are not Solana messages',
  '[LG2] a wallet signs exactly the action it was told, and nothing else': 'it alters a Solana message',
  '[LG5] a wallet that never signed moves nothing: no signature, a forged one, or one over other bytes':
    'it alters a Solana message and asks an RPC node for lamports',
};

export interface OpenedMemoryContent extends OpenedContentStore {
  readonly content: MemoryContent;
}

/** A `ContentStoreEnvironment` whose authority can be commanded. */
export interface MemoryContentEnvironment {
  open(): Promise<OpenedMemoryContent>;
}

export function memoryContentEnvironment(): MemoryContentEnvironment {
  return {
    open: async () => {
      const content = new MemoryContent();
      const another = () => createMemoryContentStore(content, contractDimensions);
      return { store: another(), another, content, close: async () => undefined };
    },
  };
}
