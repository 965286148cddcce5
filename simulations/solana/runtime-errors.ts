/**
 * The Solana runtime's transaction errors in their three spellings: the display text that bankrun reports, the number that
 * LiteSVM reports, and the JSON that RPC nodes answer. Both banks are brought to the text, the RPC turns it into JSON.
 * Left out: what the program's own numbers mean (the client codec's business).
 * Order and texts as in Agave's `TransactionError` and `InstructionError`.
 */

/** Fieldless transaction errors in the order LiteSVM numbers them. */
const transactionErrors: readonly (readonly [name: string, text: string])[] = [
  ['AccountInUse', 'Account in use'],
  ['AccountLoadedTwice', 'Account loaded twice'],
  ['AccountNotFound', 'Attempt to debit an account but found no record of a prior credit.'],
  ['ProgramAccountNotFound', 'Attempt to load a program that does not exist'],
  ['InsufficientFundsForFee', 'Insufficient funds for fee'],
  ['InvalidAccountForFee', 'This account may not be used to pay transaction fees'],
  ['AlreadyProcessed', 'This transaction has already been processed'],
  ['BlockhashNotFound', 'Blockhash not found'],
  ['CallChainTooDeep', 'Loader call chain is too deep'],
  ['MissingSignatureForFee', 'Transaction requires a fee but has no signature present'],
  ['InvalidAccountIndex', 'Transaction contains an invalid account reference'],
  ['SignatureFailure', 'Transaction did not pass signature verification'],
  ['InvalidProgramForExecution', 'This program may not be used for executing instructions'],
  ['SanitizeFailure', 'Transaction failed to sanitize accounts offsets correctly'],
  ['ClusterMaintenance', 'Transactions are currently disabled due to cluster maintenance'],
  ['AccountBorrowOutstanding', 'Transaction processing left an account with an outstanding borrowed reference'],
  ['WouldExceedMaxBlockCostLimit', 'Transaction would exceed max Block Cost Limit'],
  ['UnsupportedVersion', 'Transaction version is unsupported'],
  ['InvalidWritableAccount', 'Transaction loads a writable account that cannot be written'],
  ['WouldExceedMaxAccountCostLimit', 'Transaction would exceed max account limit within the block'],
  ['WouldExceedAccountDataBlockLimit', 'Transaction would exceed account data limit within the block'],
  ['TooManyAccountLocks', 'Transaction locked too many accounts'],
  ['AddressLookupTableNotFound', "Transaction loads an address table account that doesn't exist"],
  ['InvalidAddressLookupTableOwner', 'Transaction loads an address table account with an invalid owner'],
  ['InvalidAddressLookupTableData', 'Transaction loads an address table account with invalid data'],
  ['InvalidAddressLookupTableIndex', 'Transaction address table lookup uses an invalid index'],
  ['InvalidRentPayingAccount', 'Transaction leaves an account with a lower balance than rent-exempt minimum'],
  ['WouldExceedMaxVoteCostLimit', 'Transaction would exceed max Vote Cost Limit'],
  ['WouldExceedAccountDataTotalLimit', 'Transaction would exceed total account data limit'],
  ['MaxLoadedAccountsDataSizeExceeded', 'Transaction exceeded max loaded accounts data size cap'],
  ['ResanitizationNeeded', 'ResanitizationNeeded'],
  ['InvalidLoadedAccountsDataSizeLimit', 'LoadedAccountsDataSizeLimit set for transaction must be greater than 0.'],
  ['UnbalancedTransaction', 'Sum of account balances before and after transaction do not match'],
  ['ProgramCacheHitMaxLimit', 'Program cache hit max limit'],
  ['CommitCancelled', 'CommitCancelled'],
];

/** Fieldless instruction errors in the order LiteSVM numbers them. */
const instructionErrors: readonly (readonly [name: string, text: string])[] = [
  ['GenericError', 'generic instruction error'],
  ['InvalidArgument', 'invalid program argument'],
  ['InvalidInstructionData', 'invalid instruction data'],
  ['InvalidAccountData', 'invalid account data for instruction'],
  ['AccountDataTooSmall', 'account data too small for instruction'],
  ['InsufficientFunds', 'insufficient funds for instruction'],
  ['IncorrectProgramId', 'incorrect program id for instruction'],
  ['MissingRequiredSignature', 'missing required signature for instruction'],
  ['AccountAlreadyInitialized', 'instruction requires an uninitialized account'],
  ['UninitializedAccount', 'instruction requires an initialized account'],
  ['UnbalancedInstruction', 'sum of account balances before and after instruction do not match'],
  ['ModifiedProgramId', 'instruction illegally modified the program id of an account'],
  ['ExternalAccountLamportSpend', 'instruction spent from the balance of an account it does not own'],
  ['ExternalAccountDataModified', 'instruction modified data of an account it does not own'],
  ['ReadonlyLamportChange', 'instruction changed the balance of a read-only account'],
  ['ReadonlyDataModified', 'instruction modified data of a read-only account'],
  ['DuplicateAccountIndex', 'instruction contains duplicate accounts'],
  ['ExecutableModified', 'instruction changed executable bit of an account'],
  ['RentEpochModified', 'instruction modified rent epoch of an account'],
  ['NotEnoughAccountKeys', 'insufficient account keys for instruction'],
  ['AccountDataSizeChanged', "program other than the account's owner changed the size of the account data"],
  ['AccountNotExecutable', 'instruction expected an executable account'],
  ['AccountBorrowFailed', 'instruction tries to borrow reference for an account which is already borrowed'],
  ['AccountBorrowOutstanding', 'instruction left account with an outstanding borrowed reference'],
  ['DuplicateAccountOutOfSync', 'instruction modifications of multiply-passed account differ'],
  ['InvalidError', 'program returned invalid error code'],
  ['ExecutableDataModified', 'instruction changed executable accounts data'],
  ['ExecutableLamportChange', 'instruction changed the balance of an executable account'],
  ['ExecutableAccountNotRentExempt', 'executable accounts must be rent exempt'],
  ['UnsupportedProgramId', 'Unsupported program id'],
  ['CallDepth', 'Cross-program invocation call depth too deep'],
  ['MissingAccount', 'An account required by the instruction is missing'],
  ['ReentrancyNotAllowed', 'Cross-program invocation reentrancy not allowed for this instruction'],
  ['MaxSeedLengthExceeded', 'Length of the seed is too long for address generation'],
  ['InvalidSeeds', 'Provided seeds do not result in a valid address'],
  ['InvalidRealloc', 'Failed to reallocate account data'],
  ['ComputationalBudgetExceeded', 'Computational budget exceeded'],
  ['PrivilegeEscalation', 'Cross-program invocation with unauthorized signer or writable account'],
  ['ProgramEnvironmentSetupFailure', 'Failed to create program execution environment'],
  ['ProgramFailedToComplete', 'Program failed to complete'],
  ['ProgramFailedToCompile', 'Program failed to compile'],
  ['Immutable', 'Account is immutable'],
  ['IncorrectAuthority', 'Incorrect authority provided'],
  ['AccountNotRentExempt', 'An account does not have enough lamports to be rent-exempt'],
  ['InvalidAccountOwner', 'Invalid account owner'],
  ['ArithmeticOverflow', 'Program arithmetic overflowed'],
  ['UnsupportedSysvar', 'Unsupported sysvar'],
  ['IllegalOwner', 'Provided owner is not allowed'],
  ['MaxAccountsDataAllocationsExceeded', 'Accounts data allocations exceeded the maximum allowed per transaction'],
  ['MaxAccountsExceeded', 'Max accounts exceeded'],
  ['MaxInstructionTraceLengthExceeded', 'Max instruction trace length exceeded'],
  ['BuiltinProgramsMustConsumeComputeUnits', 'Builtin programs must consume compute units'],
  ['BorshIoError', 'Failed to serialize or deserialize account data'],
];

const transactionTextByName = new Map(transactionErrors);
const transactionNameByText = new Map(transactionErrors.map(([name, text]) => [text, name]));
const instructionNameByText = new Map(instructionErrors.map(([name, text]) => [text, name]));

const instructionPattern = /^Error processing Instruction (\d+): (.*)$/s;
const customPattern = /^custom program error: 0x([0-9a-f]+)$/;
const rentPattern = /^Transaction results in an account \((\d+)\) with insufficient funds for rent$/;

/** The error as RPC nodes put it in `err`, e.g. `{"InstructionError":[0,{"Custom":8}]}` or `"BlockhashNotFound"`. */
export type TransactionErrorJson =
  | string
  | { readonly InstructionError: readonly [index: number, error: string | { readonly Custom: number }] }
  | { readonly InsufficientFundsForRent: { readonly account_index: number } };

/** Names of fieldless errors, as used by RPC nodes; throws on a name that is not one. */
export function transactionErrorText(name: string): string {
  const text = transactionTextByName.get(name);
  if (text === undefined) throw new Error(`no transaction error is called ${name}`);
  return text;
}

/** Text of LiteSVM's fieldless transaction error number. */
export function transactionErrorTextAt(index: number): string {
  const entry = transactionErrors[index];
  if (entry === undefined) throw new Error(`LiteSVM reported transaction error ${index}, which has no name here`);
  return entry[1];
}

/** Text of LiteSVM's fieldless instruction error number. */
export function instructionErrorTextAt(index: number): string {
  const entry = instructionErrors[index];
  if (entry === undefined) throw new Error(`LiteSVM reported instruction error ${index}, which has no name here`);
  return entry[1];
}

export const customErrorText = (code: number): string => `custom program error: 0x${code.toString(16)}`;
export const instructionFailedText = (index: number, error: string): string => `Error processing Instruction ${index}: ${error}`;
export const rentFailedText = (accountIndex: number): string =>
  `Transaction results in an account (${accountIndex}) with insufficient funds for rent`;

/**
 * Whether a transaction that ended so is in a block all the same (fee paid, nothing else changed).
 * All other errors mean that it never got into one.
 */
export function landsAsFailed(error: string): boolean {
  return instructionPattern.test(error) || rentPattern.test(error);
}

/** Turns a display text into its JSON spelling. Throws on a text that no table knows: it must be added, not guessed. */
export function transactionErrorJson(text: string): TransactionErrorJson {
  const instruction = instructionPattern.exec(text);
  if (instruction !== null) return { InstructionError: [Number(instruction[1]), instructionErrorJson(instruction[2] ?? '')] };
  const rent = rentPattern.exec(text);
  if (rent !== null) return { InsufficientFundsForRent: { account_index: Number(rent[1]) } };
  const name = transactionNameByText.get(text);
  if (name === undefined) throw new Error(`unmapped runtime error text: ${text}`);
  return name;
}

function instructionErrorJson(text: string): string | { readonly Custom: number } {
  const custom = customPattern.exec(text);
  if (custom !== null) return { Custom: Number.parseInt(custom[1] ?? '', 16) };
  const name = instructionNameByText.get(text);
  // Borsh errors carry a message of their own behind the fixed text.
  if (name === undefined && text.startsWith('Failed to serialize or deserialize account data')) return 'BorshIoError';
  if (name === undefined) throw new Error(`unmapped instruction error text: ${text}`);
  return name;
}
