/**
 * The numbers and addresses that the on-chain program and its clients must agree on.
 * `impl/program/generate-header.ts` turns them into the C header the program is built with, so each is written once, here.
 */
import { PublicKey, SystemProgram } from '@solana/web3.js';

/**
 * Where the program lives. The program itself never mentions it (the runtime tells it), so another deployment needs only another
 * constant here.
 */
export const PROGRAM_ID: PublicKey = new PublicKey('ChoirThread11111111111111111111111111111111');

/** SPL Token, the original one; CHOIR is one of its mints. https://www.solana-program.com/docs/token */
export const TOKEN_PROGRAM_ID: PublicKey = new PublicKey('TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA');
/** https://www.solana-program.com/docs/associated-token-account */
export const ASSOCIATED_TOKEN_PROGRAM_ID: PublicKey = new PublicKey('ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL');
export const SYSTEM_PROGRAM_ID: PublicKey = SystemProgram.programId;

/** Decimals of the CHOIR mint: one CHOIR is 1,000,000,000 base units. */
export const CHOIR_DECIMALS = 9;
/** Most co-authors a thread can have, and so most voters of a spec. */
export const MAX_CO_AUTHORS = 16;
/** Messages recorded in one page account. */
export const PAGE_ENTRIES = 64;

/** First byte of the instruction data. */
export const INSTRUCTION = {
  initialize: 0,
  createThread: 1,
  postMessage: 2,
  submitSpec: 3,
  vote: 4,
  settle: 5,
  divest: 6,
} as const;

/** Last byte of a vote. */
export const CHOICE = { deny: 0, approve: 1 } as const;

/** Byte 4 of a spec account and of a `settled` event. */
export const SPEC_STATUS = { open: 0, approved: 1, denied: 2, split: 3, expired: 4, returned: 5 } as const;

/** First byte of an event. */
export const EVENT = { threadCreated: 1, messagePosted: 2, specSubmitted: 3, voted: 4, settled: 5, divested: 6 } as const;

/** First bytes of the seeds of every address the program owns. */
export const SEED = {
  config: 'config',
  treasury: 'treasury',
  thread: 'thread',
  vault: 'vault',
  page: 'page',
  message: 'message',
  spec: 'spec',
  escrow: 'escrow',
} as const;
