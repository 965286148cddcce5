/**
 * From the bytes of an account to the values of the port. Every decoder checks owner, length, tag and layout first, so that
 * bytes of another kind end in a named failure (`AccountMalformed`), never in a wrong value.
 */
import type { ThreadId, WalletId } from '../../../ports/ids.ts';
import type { LedgerMessage, LedgerSpec, LedgerThread, SpecStatus } from '../../../ports/ledger.ts';
import { failed, ok, type Reply } from '../../../ports/outcome.ts';
import { addressAt, hashAt, hexAt, i64NumberAt, threadIdAt, u16At, u32At, u64At, u64NumberAt, walletAt } from './bytes.ts';
import { MAX_CO_AUTHORS, PAGE_ENTRIES, PROGRAM_ID, SPEC_STATUS, TOKEN_PROGRAM_ID } from './constants.ts';
import { ACCOUNT_TAG, CONFIG, LAYOUT_VERSION, MESSAGE, PAGE, PAGE_ENTRY, SPEC, THREAD, TOKEN_ACCOUNT } from './layout.ts';

/** As much of an account as decoding needs. `owner` is base58. */
export interface AccountBytes {
  readonly owner: string;
  readonly data: Uint8Array;
}

export interface ProgramConfig {
  /** The CHOIR mint, base58. */
  readonly mint: string;
  /** The treasury's token account, base58. */
  readonly treasury: string;
  /** Base units of CHOIR. */
  readonly minimumStake: bigint;
  readonly specTimeToLiveS: number;
}

export interface MessagePage {
  readonly thread: ThreadId;
  /** The first message here has sequence `index * 64`. */
  readonly index: number;
  readonly messages: readonly LedgerMessage[];
}

/** An SPL Token account. */
export interface TokenAccount {
  readonly mint: string;
  readonly owner: string;
  readonly amount: bigint;
  readonly state: 'uninitialized' | 'initialized' | 'frozen';
}

const malformed = (detail: string): Reply<never> =>
  failed({ kind: 'invalid', authority: 'solana', code: 'AccountMalformed', detail });

const programId = PROGRAM_ID.toBase58();
const tokenProgramId = TOKEN_PROGRAM_ID.toBase58();

/** null when it is an account of the program, of this kind; else what is wrong with it. */
function mismatch(account: AccountBytes, kind: keyof typeof ACCOUNT_TAG, size: number): string | null {
  if (account.owner !== programId) return `${kind}: expected an account of ${programId}, its owner is ${account.owner}`;
  if (account.data.length !== size) return `${kind}: expected ${size} bytes, got ${account.data.length}`;
  const [tag, layout] = account.data;
  if (tag !== ACCOUNT_TAG[kind]) return `${kind}: expected tag ${ACCOUNT_TAG[kind]}, got ${tag}`;
  if (layout !== LAYOUT_VERSION) return `${kind}: expected layout ${LAYOUT_VERSION}, got ${layout}`;
  return null;
}

const walletsAt = (data: Uint8Array, offset: number, count: number): readonly WalletId[] =>
  Array.from({ length: count }, (_, index) => walletAt(data, offset + 32 * index));

export function decodeConfig(account: AccountBytes): Reply<ProgramConfig> {
  const wrong = mismatch(account, 'config', CONFIG.size);
  if (wrong !== null) return malformed(wrong);
  const { data } = account;
  return ok({
    mint: addressAt(data, CONFIG.mint),
    treasury: addressAt(data, CONFIG.treasury),
    minimumStake: u64At(data, CONFIG.minimumStake),
    specTimeToLiveS: u32At(data, CONFIG.timeToLive),
  });
}

export function decodeThread(account: AccountBytes): Reply<LedgerThread> {
  const wrong = mismatch(account, 'thread', THREAD.size);
  if (wrong !== null) return malformed(wrong);
  const { data } = account;
  const coAuthorCount = data[THREAD.coAuthorCount] ?? 0;
  if (coAuthorCount < 1 || coAuthorCount > MAX_CO_AUTHORS)
    return malformed(`thread: ${coAuthorCount} co-authors, expected 1 to 16`);
  return ok({
    id: threadIdAt(data, THREAD.id),
    version: u64NumberAt(data, THREAD.version),
    coAuthors: walletsAt(data, THREAD.coAuthors, coAuthorCount),
    messageCount: u32At(data, THREAD.messageCount),
    openSpecs: u32At(data, THREAD.openSpecs),
    hashChain: hexAt(data, THREAD.hashChain),
    vault: u64At(data, THREAD.vault),
    createdSlot: u64NumberAt(data, THREAD.createdSlot),
    updatedSlot: u64NumberAt(data, THREAD.updatedSlot),
  });
}

export function decodePage(account: AccountBytes): Reply<MessagePage> {
  const wrong = mismatch(account, 'page', PAGE.size);
  if (wrong !== null) return malformed(wrong);
  const { data } = account;
  const count = data[PAGE.count] ?? 0;
  if (count > PAGE_ENTRIES) return malformed(`page: ${count} entries, expected 0 to ${PAGE_ENTRIES}`);
  const messages = Array.from({ length: count }, (_, position) => {
    const entry = PAGE.entries + PAGE_ENTRY.size * position;
    return {
      hash: hashAt(data, entry + PAGE_ENTRY.hash),
      author: walletAt(data, entry + PAGE_ENTRY.author),
      sequence: u32At(data, entry + PAGE_ENTRY.sequence),
    };
  });
  return ok({ thread: threadIdAt(data, PAGE.thread), index: u32At(data, PAGE.index), messages });
}

/** One recorded message, and the thread version that recorded it. */
export function decodeMessage(
  account: AccountBytes,
): Reply<LedgerMessage & { readonly thread: ThreadId; readonly version: number }> {
  const wrong = mismatch(account, 'message', MESSAGE.size);
  if (wrong !== null) return malformed(wrong);
  const { data } = account;
  return ok({
    thread: threadIdAt(data, MESSAGE.thread),
    version: u64NumberAt(data, MESSAGE.version),
    hash: hashAt(data, MESSAGE.hash),
    author: walletAt(data, MESSAGE.author),
    sequence: u32At(data, MESSAGE.sequence),
  });
}

const statuses = new Map<number, SpecStatus>(
  Object.entries(SPEC_STATUS).map(([name, number]) => [number, name as keyof typeof SPEC_STATUS]),
);

/** The spec status with this number, or null when there is none. */
export const specStatus = (number: number | undefined): SpecStatus | null => statuses.get(number ?? -1) ?? null;

export function decodeSpec(account: AccountBytes): Reply<LedgerSpec> {
  const wrong = mismatch(account, 'spec', SPEC.size);
  if (wrong !== null) return malformed(wrong);
  const { data } = account;
  const status = specStatus(data[SPEC.status]);
  if (status === null) return malformed(`spec: status ${data[SPEC.status]}, expected 0 to 5`);
  const voterCount = data[SPEC.voterCount] ?? 0;
  if (voterCount < 1 || voterCount > MAX_CO_AUTHORS) return malformed(`spec: ${voterCount} voters, expected 1 to 16`);
  const voters = walletsAt(data, SPEC.voters, voterCount);
  const chosen = (bits: number): readonly WalletId[] => voters.filter((_, index) => ((bits >> index) & 1) === 1);
  return ok({
    thread: threadIdAt(data, SPEC.thread),
    hash: hashAt(data, SPEC.hash),
    author: walletAt(data, SPEC.author),
    stake: u64At(data, SPEC.stake),
    expiresAtS: i64NumberAt(data, SPEC.expiresAt),
    voters,
    approvals: chosen(u16At(data, SPEC.approvals)),
    denials: chosen(u16At(data, SPEC.denials)),
    status,
  });
}

/** An account of the SPL Token program. https://docs.rs/spl-token/latest/spl_token/state/struct.Account.html */
export function decodeTokenAccount(account: AccountBytes): Reply<TokenAccount> {
  if (account.owner !== tokenProgramId) return malformed(`token account: expected owner ${tokenProgramId}, got ${account.owner}`);
  const { data } = account;
  if (data.length !== TOKEN_ACCOUNT.size)
    return malformed(`token account: expected ${TOKEN_ACCOUNT.size} bytes, got ${data.length}`);
  const state = (['uninitialized', 'initialized', 'frozen'] as const)[data[TOKEN_ACCOUNT.state] ?? -1];
  if (state === undefined) return malformed(`token account: state ${data[TOKEN_ACCOUNT.state]}, expected 0 to 2`);
  return ok({
    mint: addressAt(data, TOKEN_ACCOUNT.mint),
    owner: addressAt(data, TOKEN_ACCOUNT.owner),
    amount: u64At(data, TOKEN_ACCOUNT.amount),
    state,
  });
}
