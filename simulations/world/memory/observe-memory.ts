/** What the memory authorities show, in symbolic names: read from their states, never through the ports under test. */
import type { ContentObservation, LedgerObservation, SpecObservation, ThreadObservation } from '#model/observation.ts';
import type { SolanaState, Spec, Thread } from '#model/solana/state.ts';
import { balanceOf, escrowed } from '#model/solana/tokens.ts';
import { compareContents, type Names } from '../names.ts';
import { observeContent } from '../observe-services.ts';
import type { MemoryContent } from './memory-content.ts';

export function observeBank(names: Names, state: SolanaState): LedgerObservation {
  const threads = names.threads().flatMap(([name, id]) => {
    const thread = state.threads.get(id);
    return thread === undefined ? [] : [observeThread(names, name, thread)];
  });
  const wallets = names.wallets().map(([name, id]) => [name, balanceOf(state, id)] as const);
  return { threads, wallets, treasury: state.treasury, escrowed: escrowed(state) };
}

/** The thread's newest tuple. */
export function observeThread(names: Names, name: string, { now, messages }: Thread): ThreadObservation {
  return {
    thread: name,
    version: now.version,
    coAuthors: now.coAuthors.map((wallet) => names.walletName(wallet)),
    vault: now.vault,
    messages: messages.map(({ hash }) => names.contentName(hash)),
    openSpecs: now.openSpecs.map((spec) => observeSpec(names, spec)).sort((a, b) => compareContents(a.content, b.content)),
  };
}

function observeSpec(names: Names, { hash, stake, expiresAtS, voters, approvals, denials }: Spec): SpecObservation {
  const named = (wallets: readonly string[]): readonly string[] => wallets.map((wallet) => names.walletName(wallet));
  return {
    content: names.contentName(hash),
    stake,
    expiresAtS,
    voters: named(voters),
    approvals: named(approvals),
    denials: named(denials),
  };
}

export function observeStored(names: Names, content: MemoryContent): ContentObservation {
  const { messages, threads } = content.live().state;
  return observeContent(names, {
    messages: [...messages.values()].map(({ hash, state }) => ({ content_hash: hash, state })),
    threads: [...threads.values()].map(({ thread, version, coAuthors }) => ({ thread, version, co_authors: coAuthors })),
  });
}
