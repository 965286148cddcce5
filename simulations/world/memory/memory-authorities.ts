/**
 * The authorities of the memory tier: the model's own reducers as ledger and content store, stores that crash in memory.
 * What it does not show: anything about the real program, RPC, HTTP or SQLite. That is the svm tier's.
 */
import { hashContent } from '#impl/core/content.ts';
import type { Embedder } from '#impl/ports/embedder.ts';
import type { ThreadId, WalletId } from '#impl/ports/ids.ts';
import type { Wallet } from '#impl/ports/ledger.ts';
import { balanceOf, escrowed } from '#model/solana/tokens.ts';
import { bankSlot } from '../../solana/slots.ts';
import type {
  Authorities,
  AuthoritiesOptions,
  ContentFaults,
  ContentSide,
  LandedFact,
  LedgerSide,
  Stored,
} from '../authorities.ts';
import { memoryDisk } from '../disk.ts';
import type { Names } from '../names.ts';
import { type Landed, MemoryChain } from './memory-chain.ts';
import { MemoryContent } from './memory-content.ts';
import { createMemoryContentStore } from './memory-content-store.ts';
import { createMemoryLedger } from './memory-ledger.ts';
import { observeBank, observeStored, observeThread } from './observe-memory.ts';
import { Keyring } from './transaction-text.ts';

/** Base units of CHOIR, as on every ground. */
const minimumStake = 1_000n;

export interface MemoryAuthoritiesOptions extends AuthoritiesOptions {
  /** Who the clients are, one each; they sign texts. Worlds share nothing, so they may share these. */
  readonly signers: readonly Pick<Wallet, 'id' | 'signText'>[];
  readonly embedder: Embedder;
}

export function openMemoryAuthorities({ setup, names, nowMs, signers, embedder }: MemoryAuthoritiesOptions): Authorities {
  const keyring = new Keyring();
  const wallets = signers.map((signer, index) => keyring.wallet(signer, `secret of wallet#${index}`));
  const chain = new MemoryChain({
    seed: 'memory',
    nowMs,
    keyring,
    wallets: new Map(wallets.map(({ id }) => [id, setup.balance])),
    minimumStake,
  });
  return {
    minimumStake,
    embedder,
    wallets,
    ledger: ledgerSide(chain, names),
    content: contentSide(new MemoryContent(), names, embedder.dimensions),
    disk: () => memoryDisk(),
    close: async () => undefined,
  };
}

function ledgerSide(chain: MemoryChain, names: Names): LedgerSide {
  const confirmedSlot = (): number => bankSlot(chain.tip(), 'confirmed');
  const factOf = ({ signature, slot, clockS, refusal, event, bank: { state } }: Landed): LandedFact => {
    const thread = event === null ? undefined : state.threads.get(event.thread);
    return {
      signature,
      slot,
      clockS,
      refusal,
      view: thread === undefined ? null : observeThread(names, names.threadName(thread.id), thread),
      tokens: {
        wallets: names.wallets().map(([name, id]) => [name, balanceOf(state, id)] as const),
        treasury: state.treasury,
        escrowed: escrowed(state),
      },
    };
  };
  return {
    connect: () => createMemoryLedger(chain),
    faults: chain.faults,
    get isUp() {
      return chain.isUp;
    },
    setLink: (state) => chain.setLink(state),
    tip: () => chain.tip(),
    unconfirmed: () => chain.landed().length - chain.countUpTo(confirmedSlot()),
    isInBlock: (signature) => chain.transaction(signature, chain.tip()) !== null,
    forkOut: (count) => chain.forkOut(count),
    noteLanded: () => undefined,
    confirmedFrom: (from) => chain.landed().slice(from, chain.countUpTo(confirmedSlot())).map(factOf),
    observe: async () => observeBank(names, chain.bank(confirmedSlot()).state),
  };
}

function contentSide(content: MemoryContent, names: Names, dimensions: number): ContentSide {
  return {
    connect: () => createMemoryContentStore(content, dimensions),
    get isUp() {
      return content.isUp;
    },
    setLink: (state) => content.setLink(state),
    lossy: content,
    faults: contentFaults(content),
    stored: () => storedIn(content),
    observe: async () => observeStored(names, content),
  };
}

type StoredText = { readonly hash: string; readonly thread: string; readonly author: string; readonly text: string };

/** By what is stored, which is never changed in place. */
const states = new WeakMap<object, Stored>();
const genuine = new WeakMap<StoredText, boolean>();

function isGenuine(message: StoredText): boolean {
  const known = genuine.get(message);
  if (known !== undefined) return known;
  const { hash, thread, author, text } = message;
  const answer = hashContent({ thread: thread as ThreadId, author: author as WalletId, text }) === hash;
  genuine.set(message, answer);
  return answer;
}

function storedIn(content: MemoryContent): Stored {
  const { state } = content.live();
  const known = states.get(state);
  if (known !== undefined) return known;
  const messages = [...state.messages].map(
    ([hash, message]) => [hash, { state: message.state, genuine: isGenuine(message), sequence: message.sequence }] as const,
  );
  const stored: Stored = { messages: new Map(messages), threads: state.threads };
  states.set(state, stored);
  return stored;
}

function contentFaults(content: MemoryContent): ContentFaults {
  return {
    arm: (fault) => content.arm(fault),
    disarm: () => content.disarm(),
    armed: () => content.armed(),
    fired: () => {
      const fired = content.fired();
      return { count: fired.length, changed: fired.at(-1)?.changed ?? false };
    },
    freezeReads: () => content.freezeReads(),
    thawReads: () => content.thawReads(),
    isStale: () => content.seen().state !== content.live().state,
    applyPending: () => content.applyPending(),
    deliverDelayed: () => content.deliverDelayed(),
    redeliver: (back) => {
      const write = content.recent().at(-1 - back);
      if (write !== undefined) content.redeliver(write);
      return write !== undefined;
    },
    alter: (hash) => content.tamper(hash, 'not what its author wrote'),
    misorder: (hash) => content.misorder(hash),
    alterMetadata: (thread, coAuthors) => {
      const stored = content.live().state.threads.get(thread);
      if (stored === undefined) return false;
      content.tamperThread({ ...stored, coAuthors });
      return true;
    },
    lose: (what) => content.lose(what),
  };
}
