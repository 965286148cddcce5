/**
 * Every refusal of the program: its number on the chain, its stable name, and what it means.
 * Numbers are never reused or changed. The program's C header is generated from this table.
 * They start at 100 so that none can be mistaken for a number of the System or SPL Token program.
 */
import type { Refusal } from '../../../ports/ledger.ts';

export interface ProgramError {
  readonly number: number;
  readonly name: string;
  /** What was wrong and what was expected. */
  readonly meaning: string;
}

const error = (number: number, name: string, meaning: string): ProgramError => ({ number, name, meaning });

export const PROGRAM_ERRORS: readonly ProgramError[] = [
  // The request was malformed: a client built with this codec never sees these.
  error(100, 'UnknownInstruction', 'the first byte of the instruction data names no instruction (expected 0 to 6)'),
  error(101, 'WrongInstructionLength', 'the instruction data is shorter or longer than this instruction takes'),
  error(102, 'WrongAccountCount', 'this instruction takes another number of accounts'),
  error(103, 'MissingSigner', 'an account that must sign has not signed'),
  error(104, 'AccountNotWritable', 'an account that must be writable is not'),
  error(105, 'WrongAccountOwner', 'an account belongs to another program than expected'),
  error(106, 'WrongAccountKind', 'an account of the program has another kind, size or layout than expected'),
  error(107, 'WrongAddress', 'an account is not at the address that its seeds derive'),
  error(108, 'WrongProgram', 'the System or SPL Token program was expected in this place'),
  error(109, 'InvalidMint', 'the mint is not an initialized SPL Token mint with 9 decimals, or not the configured one'),
  error(110, 'TokenAccountInvalid', "the wallet's associated token account does not exist, is frozen, or has another owner"),
  error(111, 'InvalidChoice', 'a vote is 0 (deny) or 1 (approve)'),
  error(112, 'UnsupportedRent', 'the rent sysvar holds an exemption threshold other than 1.0 or 2.0'),
  error(113, 'ArithmeticOverflow', 'a counter, time or amount would exceed its range'),
  error(114, 'InvalidPayer', 'who pays for new accounts must be an ordinary wallet: owned by the System program, without data'),
  error(115, 'InsufficientLamports', 'the payer cannot pay the rent of the accounts to be created'),
  // The domain said no.
  error(200, 'NotInitialized', 'the program has no configuration yet'),
  error(201, 'AlreadyInitialized', 'the program is configured already; that happens once'),
  error(202, 'MinimumStakeZero', 'the minimum stake must be at least 1 base unit'),
  error(203, 'TimeToLiveZero', "a spec's time to live must be at least 1 second"),
  error(204, 'ThreadNotFound', 'no thread with this id exists'),
  error(205, 'ThreadAlreadyExists', 'a thread with this id exists already'),
  error(206, 'NotCoAuthor', 'the signer is not a co-author of the thread'),
  error(207, 'LastCoAuthor', 'the last co-author cannot leave'),
  error(208, 'ThreadFull', 'the thread has 16 co-authors, the most it can have'),
  error(209, 'HashAlreadyRecorded', 'the thread has recorded this content hash already'),
  error(210, 'WrongPage', 'the next message goes to another page account; prepare the transaction again'),
  error(211, 'AuthorIsCoAuthor', 'a co-author posts directly and submits no spec'),
  error(212, 'StakeBelowMinimum', 'the stake is below the configured minimum'),
  error(213, 'InsufficientFunds', "the author's token account does not hold the stake"),
  error(214, 'SpecNotFound', 'no spec of this author with this content exists in the thread'),
  error(215, 'SpecAlreadyOpen', 'this spec is submitted already and still open'),
  error(216, 'SpecAlreadySettled', 'this spec is settled already'),
  error(217, 'SpecExpired', 'the spec has expired; it can only be settled'),
  error(218, 'NotAVoter', 'the signer was not a co-author when the spec was submitted'),
  error(219, 'AlreadyVoted', 'the signer has voted on this spec already'),
  error(220, 'NotDecided', 'a co-author has yet to vote and the spec has not expired'),
];

const byNumber: ReadonlyMap<number, ProgramError> = new Map(PROGRAM_ERRORS.map((each) => [each.number, each]));

/** The program's error with this number, or null when it has none. */
export const programError = (number: number): ProgramError | null => byNumber.get(number) ?? null;

function refusalOfNumber(number: number, detail: string): Refusal {
  const known = programError(number);
  return known === null ? { code: `Custom${number}`, detail } : { code: known.name, detail: known.meaning };
}

/**
 * Names a refusal from a JSON-RPC `err` value: `{"InstructionError":[0,{"Custom":204}]}`, `{"InstructionError":[0,"InvalidArgument"]}`,
 * `"BlockhashNotFound"`, `{"InsufficientFundsForRent":{"account_index":0}}`.
 */
export function refusalFromRpc(err: unknown): Refusal {
  const detail = typeof err === 'string' ? err : JSON.stringify(err);
  if (typeof err === 'string') return { code: err, detail };
  if (typeof err !== 'object' || err === null) return { code: 'Unnamed', detail };
  const [kind, value] = Object.entries(err)[0] ?? ['Unnamed', null];
  if (kind !== 'InstructionError' || !Array.isArray(value)) return { code: kind, detail };
  const reason: unknown = value[1];
  if (typeof reason === 'string') return { code: reason, detail };
  if (typeof reason !== 'object' || reason === null) return { code: 'InstructionError', detail };
  const [name, number] = Object.entries(reason)[0] ?? ['InstructionError', null];
  return name === 'Custom' && typeof number === 'number' ? refusalOfNumber(number, detail) : { code: name, detail };
}
