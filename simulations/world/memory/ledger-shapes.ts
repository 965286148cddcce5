/** From the model's ledger to the port's shapes. Both speak of the same things; the port's ids are branded and its events dated. */
import { createHash } from 'node:crypto';
import { PROGRAM_ERRORS } from '#impl/adapters/solana/codec/index.ts';
import type { ContentHash, ThreadId, WalletId } from '#impl/ports/ids.ts';
import type { LedgerEvent, LedgerMessage, LedgerSpec, LedgerThread, Refusal } from '#impl/ports/ledger.ts';
import type { Message, Spec, Thread } from '#model/solana/state.ts';
import type { Bank, Landed } from './memory-chain.ts';

const meanings: ReadonlyMap<string, string> = new Map(PROGRAM_ERRORS.map(({ name, meaning }) => [name, meaning]));

export const refusalOf = (code: string): Refusal => ({ code, detail: meanings.get(code) ?? code });

/** As the program computes it: SHA-256 over the chain so far and the next hash, from 32 zero bytes. */
function hashChain(messages: readonly Message[]): string {
  let chain: Buffer = Buffer.alloc(32);
  for (const { hash } of messages) chain = createHash('sha256').update(chain).update(Buffer.from(hash, 'hex')).digest();
  return chain.toString('hex');
}

const chains = new WeakMap<readonly Message[], string>();

/** Messages of a thread are one array until the next is recorded. */
function chainOf(messages: readonly Message[]): string {
  const known = chains.get(messages) ?? hashChain(messages);
  chains.set(messages, known);
  return known;
}

export function ledgerThread({ state, slots }: Bank, id: string): LedgerThread | null {
  const thread = state.threads.get(id);
  if (thread === undefined) return null;
  const { version, coAuthors, messageCount, openSpecs, vault } = thread.now;
  const { created, updated } = slots.get(id) ?? { created: 0, updated: 0 };
  return {
    id: id as ThreadId,
    version,
    coAuthors: coAuthors as readonly WalletId[],
    messageCount,
    openSpecs: openSpecs.length,
    hashChain: chainOf(thread.messages),
    vault,
    createdSlot: created,
    updatedSlot: updated,
  };
}

export const ledgerSpec = (thread: string, spec: Spec): LedgerSpec => ({
  ...spec,
  thread: thread as ThreadId,
  hash: spec.hash as ContentHash,
  author: spec.author as WalletId,
  voters: spec.voters as readonly WalletId[],
  approvals: spec.approvals as readonly WalletId[],
  denials: spec.denials as readonly WalletId[],
});

export const ledgerMessage = ({ hash, author, sequence }: Message): LedgerMessage => ({
  hash: hash as ContentHash,
  author: author as WalletId,
  sequence,
});

export const recordedIn = (thread: Thread | undefined, hash: string): LedgerMessage | null => {
  const found = thread?.messages.find((message) => message.hash === hash);
  return found === undefined ? null : ledgerMessage(found);
};

/** null for a transaction that landed and failed. The brands are all that the port's event adds to the model's. */
export const ledgerEvent = ({ event, slot, signature }: Landed): LedgerEvent | null =>
  event === null ? null : ({ ...event, slot, signature } as LedgerEvent);
