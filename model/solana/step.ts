/** The Solana authority as one pure function: the ledger's rules, one landed instruction at a time. */
import type { Step } from '../outcome.ts';
import type { SolanaAction, SolanaEvent, SolanaRefusal } from './action.ts';
import { settle, submitSpec, vote } from './specs.ts';
import type { SolanaState } from './state.ts';
import { createThread, divest, postMessage } from './threads.ts';

/** A refusal changes nothing. Every success adds one to its thread's version and gives the event it emits. */
export function stepSolana(state: SolanaState, action: SolanaAction): Step<SolanaState, SolanaEvent, SolanaRefusal> {
  switch (action.kind) {
    case 'createThread':
      return createThread(state, action);
    case 'postMessage':
      return postMessage(state, action);
    case 'submitSpec':
      return submitSpec(state, action);
    case 'vote':
      return vote(state, action);
    case 'settle':
      return settle(state, action);
    case 'divest':
      return divest(state, action);
  }
}
