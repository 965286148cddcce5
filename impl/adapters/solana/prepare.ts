/**
 * From an action to the message to be signed: reads what the instruction's accounts depend on (nothing more), takes a blockhash,
 * compiles. Everything is read at `confirmed` and never from before what this process has already seen.
 */
import { PublicKey, type TransactionInstruction, TransactionMessage } from '@solana/web3.js';
import type { WalletId } from '../../ports/ids.ts';
import type { LedgerAction, LedgerSpec, LedgerThread, PreparedTransaction, ReadOptions } from '../../ports/ledger.ts';
import { type Failure, failed, ok, type Reply } from '../../ports/outcome.ts';
import {
  createThread,
  decodeSpec,
  decodeThread,
  divest,
  PAGE_ENTRIES,
  postMessage,
  settle,
  specAddress,
  submitSpec,
  threadAddress,
  vote,
} from './codec/index.ts';
import type { SolanaNode } from './node.ts';

const refused = (code: string, detail: string): Failure => ({ kind: 'refused', authority: 'solana', code, detail });

type Build = (mint: string, thread: LedgerThread | null, spec: LedgerSpec | null) => TransactionInstruction;

interface Plan {
  /** What must exist, read from one bank. */
  readonly reads: readonly ('thread' | 'spec')[];
  readonly build: Build;
}

const nextPage = (thread: LedgerThread | null): number => Math.floor((thread?.messageCount ?? 0) / PAGE_ENTRIES);

function planOf(action: LedgerAction, signer: WalletId): Plan {
  switch (action.kind) {
    case 'createThread':
      return { reads: [], build: (mint) => createThread({ creator: signer, thread: action.thread, mint }) };
    case 'postMessage':
      return {
        reads: ['thread'],
        build: (_mint, thread) =>
          postMessage({ author: signer, thread: action.thread, hash: action.hash, page: nextPage(thread) }),
      };
    case 'submitSpec':
      return { reads: ['thread'], build: (mint) => submitSpec({ ...action, author: signer, mint }) };
    case 'vote':
      return { reads: ['thread', 'spec'], build: () => vote({ ...action, voter: signer }) };
    case 'settle':
      return {
        reads: ['thread', 'spec'],
        build: (mint, thread, spec) =>
          settle({ ...action, payer: signer, page: nextPage(thread), voters: spec?.voters ?? [], mint }),
      };
    case 'divest':
      return { reads: ['thread'], build: (mint) => divest({ wallet: signer, thread: action.thread, mint }) };
  }
}

export async function prepareAction(
  node: SolanaNode,
  mint: string,
  action: LedgerAction,
  signer: WalletId,
): Promise<Reply<PreparedTransaction>> {
  const plan = planOf(action, signer);
  const options: ReadOptions = { commitment: 'confirmed', ...(node.settled === 0 ? {} : { minContextSlot: node.settled }) };
  const [state, blockhash] = await Promise.all([
    readState(node, plan, action, options),
    node.read((connection) => connection.getLatestBlockhashAndContext(options)),
  ]);
  if (!state.ok) return state;
  if (!blockhash.ok) return blockhash;
  node.noteSlot(blockhash.value.context.slot, 'confirmed');
  const message = new TransactionMessage({
    payerKey: new PublicKey(signer),
    recentBlockhash: blockhash.value.value.blockhash,
    instructions: [plan.build(mint, state.value.thread, state.value.spec)],
  }).compileToLegacyMessage();
  return ok({
    signer,
    message: message.serialize().toString('base64'),
    lastValidBlockHeight: blockhash.value.value.lastValidBlockHeight,
  });
}

interface State {
  readonly thread: LedgerThread | null;
  readonly spec: LedgerSpec | null;
}

async function readState(node: SolanaNode, plan: Plan, action: LedgerAction, options: ReadOptions): Promise<Reply<State>> {
  if (plan.reads.length === 0) return ok({ thread: null, spec: null });
  const addresses = [threadAddress(action.thread)];
  if (plan.reads.includes('spec') && 'author' in action) addresses.push(specAddress(action));
  const found = await node.accounts(addresses, options);
  if (!found.ok) return found;
  const [threadAccount, specAccount] = found.value.value;
  if (!threadAccount) return failed(refused('ThreadNotFound', `no thread ${action.thread} at slot ${found.value.slot}`));
  const thread = decodeThread(threadAccount);
  if (!thread.ok) return thread;
  if (addresses.length === 1) return ok({ thread: thread.value, spec: null });
  if (!specAccount) return failed(refused('SpecNotFound', `no such spec in thread ${action.thread} at slot ${found.value.slot}`));
  const spec = decodeSpec(specAccount);
  return spec.ok ? ok({ thread: thread.value, spec: spec.value }) : spec;
}
