/**
 * The authorities of the svm tier: a virtual ledger on a real SVM behind its RPC gateway, a Qdrant over real HTTP, SQLite files.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { createFeatureHashingEmbedder } from '#impl/adapters/embedder/feature-hashing.ts';
import { createQdrantContentStore } from '#impl/adapters/qdrant/content-store.ts';
import { refusalFromRpc } from '#impl/adapters/solana/codec/errors.ts';
import { treasuryAddress } from '#impl/adapters/solana/codec/index.ts';
import { createSolanaLedger } from '#impl/adapters/solana/ledger.ts';
import { createKeypairWallet } from '#impl/adapters/solana/wallet.ts';
import type { Wallet } from '#impl/ports/ledger.ts';
import type { QdrantHost, QdrantWorld } from '../../qdrant/qdrant-world.ts';
import { Gateway } from '../../solana/gateway.ts';
import { type Genesis, MINT } from '../../solana/genesis.ts';
import { bankSlot } from '../../solana/slots.ts';
import { type LandedTransaction, VirtualLedger } from '../../solana/virtual-ledger.ts';
import {
  type Authorities,
  type AuthoritiesOptions,
  type ContentSide,
  type LandedFact,
  type LedgerSide,
  UnreadableError,
} from '../authorities.ts';
import { fileDisk } from '../disk.ts';
import type { Names } from '../names.ts';
import { observeContent, type Payload } from '../observe-services.ts';
import { emulatorFaults, storedPoints } from './emulator-side.ts';
import { observeLedger, type ReadAccount, tokenAmount } from './observe-ledger.ts';

const dimensions = 64;
/** A wallet's lamports: rent and fees of some thousand transactions. */
const lamports = 100_000_000_000n;

export interface SvmAuthoritiesOptions extends AuthoritiesOptions {
  readonly genesis: Genesis;
  readonly qdrantHost: QdrantHost;
  /** Where backends keep their files. */
  readonly directory: string;
}

export async function openSvmAuthorities(options: SvmAuthoritiesOptions): Promise<Authorities> {
  const { name, setup, names, nowMs, genesis, qdrantHost, directory } = options;
  const ledger = new VirtualLedger({ genesis, seed: name, nowMs });
  const gateway = new Gateway(ledger);
  const qdrant = await qdrantHost.openWorld(`${name}_`);
  const wallets = Array.from({ length: setup.wallets }, (_, index) => walletOf(name, index));
  await ledger.fundWallets(wallets.map((wallet) => ({ wallet: wallet.id, lamports, choir: setup.balance })));
  const treasuryAtStart = await tokenAmount(
    async (address) => (await ledger.accounts([address], ledger.tip()))[0] ?? null,
    treasuryAddress().toBase58(),
  );
  return {
    minimumStake: genesis.terms.minimumStake,
    embedder: createFeatureHashingEmbedder({ dimensions }),
    wallets,
    ledger: ledgerSide({ ledger, gateway, names, treasuryAtStart }),
    content: contentSide(qdrant, names),
    disk: (index) => fileDisk(join(directory, `${name}-${index}.sqlite`)),
    close: async () => {
      await gateway.close();
      await ledger.close();
      await qdrant.drop();
    },
  };
}

const wallets = new Map<string, Wallet>();

/** Keys cost more than most steps; the same name is the same wallet. */
function walletOf(world: string, index: number): Wallet {
  const name = `${world} wallet ${index}`;
  const known = wallets.get(name);
  if (known !== undefined) return known;
  const wallet = createKeypairWallet(createHash('sha256').update(name).digest());
  if (wallets.size < 64) wallets.set(name, wallet);
  return wallet;
}

interface LedgerParts {
  readonly ledger: VirtualLedger;
  readonly gateway: Gateway;
  readonly names: Names;
  readonly treasuryAtStart: bigint;
}

function ledgerSide({ ledger, gateway, names, treasuryAtStart }: LedgerParts): LedgerSide {
  /** What landed transactions left behind, as seen when they were the newest. */
  const facts = new Map<string, LandedFact>();
  let unreadable: UnreadableError | null = null;
  const observeAt = (slot: number) => {
    const account: ReadAccount = async (address) => (await ledger.accounts([address], slot))[0] ?? null;
    return observeLedger(names, { account, mint: MINT, treasuryAtStart });
  };
  const confirmedSlot = (): number => bankSlot(ledger.tip(), 'confirmed');
  const landedUpTo = (slot: number): readonly LandedTransaction[] => [...ledger.history(slot)].reverse();
  return {
    connect: () => createSolanaLedger({ url: 'http://gateway.invalid', fetch: gateway.fetch }),
    faults: gateway.faults,
    get isUp() {
      return gateway.isUp;
    },
    setLink: (state) => gateway.setLink(state),
    tip: () => ledger.tip(),
    unconfirmed: () => landedUpTo(ledger.tip()).filter(({ slot }) => slot > confirmedSlot()).length,
    isInBlock: (signature) => ledger.transaction(signature, ledger.tip()) !== null,
    forkOut: async (count) => {
      const gone = await ledger.forkOut(count);
      for (const signature of gone) facts.delete(signature);
      return gone;
    },
    noteLanded: async (actionOf) => {
      for (const transaction of ledger.history(ledger.tip())) {
        if (facts.has(transaction.signature)) break;
        const action = actionOf(transaction.signature);
        const seen = await observeAt(ledger.tip()).catch((error: unknown) => {
          if (!(error instanceof UnreadableError)) throw error;
          unreadable ??= error;
          return null;
        });
        if (seen === null) return;
        const { threads, wallets: balances, treasury, escrowed } = seen;
        const { signature, slot, blockTimeS, error } = transaction;
        const thread = error === null && action !== null ? names.threadName(action.thread) : null;
        facts.set(signature, {
          signature,
          slot,
          clockS: blockTimeS,
          refusal: error === null ? null : refusalFromRpc(error).code,
          view: threads.find((each) => each.thread === thread) ?? null,
          tokens: { wallets: balances, treasury, escrowed },
        });
      }
    },
    confirmedFrom: (from) => {
      // Not where it was met: that was in the middle of a backend's call, which would take it for a failure of the ledger.
      if (unreadable !== null) throw unreadable;
      return landedUpTo(confirmedSlot())
        .slice(from)
        .map(({ signature }) => {
          const fact = facts.get(signature);
          if (fact === undefined) throw new Error(`transaction ${signature} landed and nobody looked`);
          return fact;
        });
    },
    observe: () => observeAt(confirmedSlot()),
  };
}

/** Wall time a request to the emulator may take, milliseconds: it answers within one or two, or never, since a fault says so. */
const emulatorTimeoutMs = 1_000;

function contentSide(qdrant: QdrantWorld, names: Names): ContentSide {
  let isUp = true;
  const patience = qdrant.emulator === null ? {} : { timeoutMs: emulatorTimeoutMs };
  const payloads = async (collection: string): Promise<readonly Payload[]> =>
    (await qdrant.points(collection)).map((point) => point.payload);
  return {
    connect: (random) => createQdrantContentStore({ url: qdrant.url, prefix: qdrant.prefix, dimensions, random, ...patience }),
    get isUp() {
      return isUp;
    },
    setLink: async (state) => {
      isUp = state === 'up';
      await qdrant.setLink(state);
    },
    lossy: qdrant,
    faults: qdrant.emulator === null ? null : emulatorFaults(qdrant.emulator),
    stored: async () => storedPoints(await payloads('messages'), await payloads('threads')),
    observe: async () => observeContent(names, { messages: await payloads('messages'), threads: await payloads('threads') }),
  };
}
