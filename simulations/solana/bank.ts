/**
 * One in-process SVM, as little of it as the virtual ledger needs. Two implementations: bankrun and LiteSVM.
 *
 * A bank executes and stores; it decides nothing about blockhashes, heights, duplicates, commitment or forks,
 * and it verifies no signatures: the virtual ledger in front of it does all of that.
 * Calls must not overlap: the ledger runs one at a time.
 */
export interface BankAccount {
  readonly lamports: bigint;
  /** Base58. */
  readonly owner: string;
  readonly data: Uint8Array;
  readonly executable: boolean;
}

/** A program to be there from the start. */
export interface BankProgram {
  /** Base58. */
  readonly address: string;
  /** An SBPF shared object. */
  readonly elf: Uint8Array;
}

export interface BankResult {
  /** null when it succeeded; else the runtime's error text, e.g. `Error processing Instruction 0: custom program error: 0x8`. */
  readonly error: string | null;
  readonly logs: readonly string[];
  readonly computeUnits: number;
  /** From `sol_set_return_data`, empty when none. */
  readonly returnData: Uint8Array;
}

export interface Bank {
  readonly kind: 'bankrun' | 'litesvm';
  /**
   * Every account that was there from the start, except those the runtime keeps for itself; whoever knows all writes since then
   * knows what is absent without asking. null where asking costs nothing worth saving.
   */
  readonly initialAccounts: ReadonlySet<string> | null;
  /**
   * Executes a wire transaction (legacy or v0) whatever its blockhash and signatures say. `executionId` (unique a call) lets the
   * bank make otherwise identical bytes distinct for its own duplicate cache.
   */
  execute(wire: Uint8Array, executionId: number): Promise<BankResult>;
  /** One answer an address, in order; null where there is no account. */
  accounts(addresses: readonly string[]): Promise<readonly (BankAccount | null)[]>;
  /** null removes it. Callers keep total lamports constant over a group of calls. */
  setAccount(address: string, account: BankAccount | null): Promise<void>;
  /** Sets the Clock sysvar. */
  setClock(clock: { readonly slot: bigint; readonly unixTimestampS: bigint }): Promise<void>;
  /** Releases what can be released. */
  close(): void;
}
