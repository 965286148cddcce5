/**
 * Byte layouts: the one place where they are written down. Integers are little-endian, wallets and hashes 32 bytes.
 * The program's structures are asserted against these offsets when it is compiled.
 *
 * Every account begins with: tag u8 (`ACCOUNT_TAG`, so that no account can be taken for one of another kind), layout u8 (1),
 * bump u8 (of its own address). Every one has exactly its `size`; bytes not listed are zero.
 *
 * Config   3 treasury's bump u8 · 4 spec time-to-live u32 (s) · 8 minimum stake u64 · 16 mint · 48 treasury
 * Thread   3 vault's bump u8 · 4 co-author count u8 · 8 version u64 · 16 vault u64 (the balance that belongs to this version)
 *          24 created slot u64 · 32 updated slot u64 · 40 message count u32 · 44 open specs u32 · 48 thread id · 80 hash chain
 *          112 bumps of the co-authors' token accounts, 16 x u8 · 128 co-authors in joining order, 16 x 32
 * Page     3 entry count u8 (0..64) · 4 page index u32 · 8 thread id · 40 entries, 64 x (hash 32, author 32, sequence u32)
 * Message  4 sequence u32 · 8 thread version u64 that recorded it · 16 thread id · 48 hash · 80 author
 * Spec     3 escrow's bump u8 · 4 status u8 · 5 voter count u8 · 6 bump of the author's token account u8 · 8 approvals u16 (bit i =
 *          voter i) · 10 denials u16 · 16 stake u64 · 24 expires at i64 (unix s) · 32 thread id · 64 hash · 96 author
 *          128 bumps of the voters' token accounts, 16 x u8 · 144 voters, 16 x 32
 *
 * Events begin with: kind u8, layout u8 (1), 6 zero bytes, version u64, vault u64, thread id; the rest starts at byte 56:
 *   threadCreated creator · messagePosted hash, author, sequence u32 · specSubmitted hash, author, stake u64, expires at i64
 *   voted hash, author, voter, choice u8 · settled hash, author, status u8, joined u8, recorded u8, 0, sequence u32
 *   divested wallet, payout u64
 */
export const LAYOUT_VERSION = 1;

export const ACCOUNT_TAG = { config: 1, thread: 2, page: 3, message: 4, spec: 5 } as const;

export const CONFIG = { bump: 2, treasuryBump: 3, timeToLive: 4, minimumStake: 8, mint: 16, treasury: 48, size: 80 } as const;

export const THREAD = {
  bump: 2,
  vaultBump: 3,
  coAuthorCount: 4,
  version: 8,
  vault: 16,
  createdSlot: 24,
  updatedSlot: 32,
  messageCount: 40,
  openSpecs: 44,
  id: 48,
  hashChain: 80,
  tokenBumps: 112,
  coAuthors: 128,
  size: 640,
} as const;

export const PAGE = { bump: 2, count: 3, index: 4, thread: 8, entries: 40, size: 4392 } as const;

export const PAGE_ENTRY = { hash: 0, author: 32, sequence: 64, size: 68 } as const;

export const MESSAGE = { bump: 2, sequence: 4, version: 8, thread: 16, hash: 48, author: 80, size: 112 } as const;

export const SPEC = {
  bump: 2,
  escrowBump: 3,
  status: 4,
  voterCount: 5,
  authorTokenBump: 6,
  approvals: 8,
  denials: 10,
  stake: 16,
  expiresAt: 24,
  thread: 32,
  hash: 64,
  author: 96,
  tokenBumps: 128,
  voters: 144,
  size: 656,
} as const;

/** Offsets within an event; those of the body depend on the kind (see the head of this file). */
export const EVENT_LAYOUT = { kind: 0, layout: 1, version: 8, vault: 16, thread: 24, body: 56 } as const;

/** Whole lengths, by kind. */
export const EVENT_SIZE = {
  threadCreated: 88,
  messagePosted: 124,
  specSubmitted: 136,
  voted: 153,
  settled: 128,
  divested: 96,
} as const;

/** Whole lengths of instruction data, tag included. */
export const INSTRUCTION_SIZE = {
  initialize: 13,
  createThread: 33,
  postMessage: 65,
  submitSpec: 73,
  vote: 98,
  settle: 97,
  divest: 33,
} as const;

/** SPL Token's own account layout, as far as it is read here: mint 0, owner 32, amount u64 64, state u8 108. */
export const TOKEN_ACCOUNT = { mint: 0, owner: 32, amount: 64, state: 108, size: 165 } as const;
/** SPL Token's own mint layout, as far as it is read here: decimals u8 44, initialized u8 45. */
export const TOKEN_MINT = { decimals: 44, initialized: 45, size: 82 } as const;
