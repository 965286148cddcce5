/**
 * The ledger's confirmed state in symbolic names, read from its accounts directly: not through the adapter, whose mistakes are
 * among the things to be found. Token amounts come from the SPL Token accounts, never from the program's own copies.
 */
import {
  type AccountBytes,
  decodePage,
  decodeSpec,
  decodeThread,
  decodeTokenAccount,
  escrowAddress,
  PAGE_ENTRIES,
  pageAddress,
  type SpecKey,
  specAddress,
  threadAddress,
  tokenAccountAddress,
  treasuryAddress,
  vaultAddress,
} from '#impl/adapters/solana/codec/index.ts';
import { hashChainOf } from '#impl/core/hash-chain.ts';
import type { LedgerMessage, LedgerThread } from '#impl/ports/ledger.ts';
import type { Reply } from '#impl/ports/outcome.ts';
import type { LedgerObservation, SpecObservation, ThreadObservation } from '#model/observation.ts';
import { UnreadableError } from '../authorities.ts';
import { compareContents, type Names } from '../names.ts';

/** One account at the `confirmed` commitment, or null. */
export type ReadAccount = (address: string) => Promise<AccountBytes | null>;

export interface LedgerView {
  readonly account: ReadAccount;
  /** The CHOIR mint, base58. */
  readonly mint: string;
  /** What the treasury held when this world began; other worlds may have filled it before. */
  readonly treasuryAtStart: bigint;
}

function decoded<T>(reply: Reply<T>): T {
  if (!reply.ok) throw new UnreadableError(reply.failure.detail);
  return reply.value;
}

/** Amount of a token account; 0 when it does not exist. */
export async function tokenAmount(account: ReadAccount, address: string): Promise<bigint> {
  const found = await account(address);
  return found === null ? 0n : decoded(decodeTokenAccount(found)).amount;
}

async function readMessages(account: ReadAccount, thread: LedgerThread): Promise<readonly LedgerMessage[]> {
  const pages: LedgerMessage[] = [];
  for (let index = 0; index * PAGE_ENTRIES < thread.messageCount; index += 1) {
    const page = await account(pageAddress(thread.id, index).toBase58());
    if (page === null) throw new Error(`thread ${thread.id} counts ${thread.messageCount} messages but has no page ${index}`);
    pages.push(...decoded(decodePage(page)).messages);
  }
  return pages.slice(0, thread.messageCount);
}

interface OpenSpec {
  readonly observation: SpecObservation;
  readonly escrow: bigint;
}

async function readOpenSpec(account: ReadAccount, names: Names, key: SpecKey): Promise<OpenSpec | null> {
  const found = await account(specAddress(key).toBase58());
  if (found === null) return null;
  const spec = decoded(decodeSpec(found));
  if (spec.status !== 'open') return null;
  const wallets = (ids: readonly string[]): readonly string[] => ids.map((id) => names.walletName(id));
  return {
    escrow: await tokenAmount(account, escrowAddress(key).toBase58()),
    observation: {
      content: names.contentName(spec.hash),
      stake: spec.stake,
      expiresAtS: spec.expiresAtS,
      voters: wallets(spec.voters),
      approvals: wallets(spec.approvals),
      denials: wallets(spec.denials),
    },
  };
}

/** What a thread says of its specs and messages is so. Throws an UnreadableError. */
function holdToItsWord(
  thread: LedgerThread,
  { openSpecs, messages }: { readonly openSpecs: number; readonly messages: readonly LedgerMessage[] },
): void {
  if (thread.openSpecs !== openSpecs)
    throw new UnreadableError(`thread ${thread.id} says that ${thread.openSpecs} of its specs are open, and ${openSpecs} are`);
  if (thread.hashChain !== hashChainOf(messages))
    throw new UnreadableError(`thread ${thread.id} has a hash chain that is not its ${messages.length} messages'`);
}

/** Everything this world's names can reach on the ledger. */
export async function observeLedger(names: Names, view: LedgerView): Promise<LedgerObservation> {
  const { account, mint, treasuryAtStart } = view;
  const contents = names.contents();
  const threads: ThreadObservation[] = [];
  let escrowed = 0n;
  for (const [name, id] of names.threads()) {
    const found = await account(threadAddress(id).toBase58());
    if (found === null) continue;
    const thread = decoded(decodeThread(found));
    const openSpecs: SpecObservation[] = [];
    const candidates = [...contents]
      .filter(([, content]) => content.thread === name)
      .sort(([, a], [, b]) => compareContents(a, b));
    for (const [hash, content] of candidates) {
      const spec = await readOpenSpec(account, names, { thread: id, hash, author: names.walletId(content.author) });
      if (spec === null) continue;
      openSpecs.push(spec.observation);
      escrowed += spec.escrow;
    }
    const messages = await readMessages(account, thread);
    holdToItsWord(thread, { openSpecs: openSpecs.length, messages });
    threads.push({
      thread: name,
      version: thread.version,
      coAuthors: thread.coAuthors.map((wallet) => names.walletName(wallet)),
      vault: await tokenAmount(account, vaultAddress(id).toBase58()),
      messages: messages.map((message) => names.contentName(message.hash)),
      openSpecs,
    });
  }
  const wallets: (readonly [string, bigint])[] = [];
  for (const [name, id] of names.wallets())
    wallets.push([name, await tokenAmount(account, tokenAccountAddress(id, mint).toBase58())]);
  const treasury = (await tokenAmount(account, treasuryAddress().toBase58())) - treasuryAtStart;
  return { threads, wallets, treasury, escrowed };
}
