/**
 * What every world on a bank finds there: the CHOIR mint, the program's configuration (made once, by the real `initialize`),
 * and a faucet. Putting wallets in and taking whole worlds out goes through the faucet and the mint's supply, so that the sum of
 * lamports on the bank never changes by it and the supply always equals the tokens in all accounts.
 */
import { createHash } from 'node:crypto';
import { PublicKey, TransactionMessage, VersionedTransaction } from '@solana/web3.js';
import bs58 from 'bs58';
import {
  configAddress,
  initialize,
  SYSTEM_PROGRAM_ID,
  tokenAccountAddress,
  treasuryAddress,
} from '#impl/adapters/solana/codec/index.ts';
import { type WalletId, walletId } from '#impl/ports/ids.ts';
import type { Bank, BankAccount } from './bank.ts';
import { createBank } from './create-bank.ts';
import { SharedBank } from './shared-bank.ts';
import { FIRST_SLOT } from './slots.ts';
import { mintAccount, tokenAccount, tokensIn } from './token-layout.ts';

export interface ProgramTerms {
  /** Base units of CHOIR, at least 1. */
  readonly minimumStake: bigint;
  readonly specTimeToLiveS: number;
}

export const DEFAULT_TERMS: ProgramTerms = { minimumStake: 1_000n, specTimeToLiveS: 604_800 };

/** What a wallet begins with. */
export interface Endowment {
  readonly wallet: WalletId;
  /** Pays fees and rent; 10 SOL (10,000,000,000) lasts a scenario. */
  readonly lamports: bigint;
  /** Base units of CHOIR; null leaves the wallet without a token account. */
  readonly choir: bigint | null;
}

const addressFrom = (name: string): string => bs58.encode(createHash('sha256').update(`choir simulations: ${name}`).digest());

/** The same on every bank. Nobody holds its key: it needs none, since supply is set from outside. */
export const MINT: string = addressFrom('mint');
const AUTHORITY: WalletId = walletId(addressFrom('authority'));
const FAUCET: string = addressFrom('faucet');
/** Below 2^53, as bankrun takes lamports as a number. */
const FAUCET_LAMPORTS = 8_000_000_000_000_000n;
const SYSTEM_PROGRAM: string = SYSTEM_PROGRAM_ID.toBase58();

/** Accounts that belong to no world. Of these, transactions change only the treasury. */
export const SHARED_ACCOUNTS: ReadonlySet<string> = new Set([
  MINT,
  AUTHORITY,
  FAUCET,
  configAddress().toBase58(),
  treasuryAddress().toBase58(),
]);

const systemAccount = (lamports: bigint): BankAccount => ({
  lamports,
  owner: SYSTEM_PROGRAM,
  data: new Uint8Array(0),
  executable: false,
});

let sharedBankrun: { readonly terms: ProgramTerms; readonly genesis: Promise<Genesis> } | null = null;

/**
 * A bank with Choir loaded and configured. bankrun: one a process, so a second call must ask for the same terms.
 * Throws when the terms differ or the program refuses them.
 */
export async function createGenesis(kind: Bank['kind'], terms: ProgramTerms = DEFAULT_TERMS): Promise<Genesis> {
  if (kind === 'litesvm') return Genesis.on(new SharedBank(await createBank(kind)), terms);
  sharedBankrun ??= { terms, genesis: createBank(kind).then((bank) => Genesis.on(new SharedBank(bank), terms)) };
  const { minimumStake, specTimeToLiveS } = sharedBankrun.terms;
  if (minimumStake !== terms.minimumStake || specTimeToLiveS !== terms.specTimeToLiveS) {
    throw new Error(
      `this process's bankrun is configured with a minimum stake of ${minimumStake} and ${specTimeToLiveS} s, ` +
        `and cannot also serve ${terms.minimumStake} and ${terms.specTimeToLiveS} s`,
    );
  }
  return sharedBankrun.genesis;
}

export class Genesis {
  readonly bank: SharedBank;
  readonly terms: ProgramTerms;
  private supply = 0n;

  private constructor(bank: SharedBank, terms: ProgramTerms) {
    this.bank = bank;
    this.terms = terms;
  }

  static async on(bank: SharedBank, terms: ProgramTerms): Promise<Genesis> {
    const genesis = new Genesis(bank, terms);
    await bank.exclusive(async () => {
      await bank.setAccount(MINT, mintAccount(AUTHORITY, 0n));
      await bank.setAccount(FAUCET, systemAccount(FAUCET_LAMPORTS));
      await bank.setAccount(AUTHORITY, systemAccount(10_000_000_000n));
      await initializeProgram(bank, terms);
    });
    return genesis;
  }

  /** Gives wallets their lamports and token accounts. Returns every address it wrote. Only inside `bank.exclusive`. */
  async endow(endowments: readonly Endowment[]): Promise<readonly string[]> {
    const accounts = endowments.flatMap(({ wallet, lamports, choir }): (readonly [string, BankAccount])[] => {
      const own = [wallet as string, systemAccount(lamports)] as const;
      if (choir === null) return [own];
      return [own, [tokenAccountAddress(wallet, MINT).toBase58(), tokenAccount(MINT, wallet, choir)]];
    });
    await this.replace(accounts);
    return accounts.map(([address]) => address);
  }

  /** Removes accounts; their lamports go back to the faucet and their tokens out of the supply. Only inside `bank.exclusive`. */
  async remove(addresses: Iterable<string>): Promise<void> {
    const own = [...addresses].filter((address) => !SHARED_ACCOUNTS.has(address));
    await this.replace(own.map((address) => [address, null]));
    this.bank.forget(own);
  }

  private async replace(accounts: readonly (readonly [address: string, account: BankAccount | null])[]): Promise<void> {
    const before = await this.bank.accounts(accounts.map(([address]) => address));
    let lamports = 0n;
    for (const [index, [address, account]] of accounts.entries()) {
      const old = before[index] ?? null;
      if (old === null && account === null) continue;
      lamports += (account?.lamports ?? 0n) - (old?.lamports ?? 0n);
      this.supply += tokensIn(account, MINT) - tokensIn(old, MINT);
      await this.bank.setAccount(address, account);
    }
    const faucet = await this.bank.account(FAUCET);
    await this.bank.setAccount(FAUCET, systemAccount((faucet?.lamports ?? 0n) - lamports));
    await this.bank.setAccount(MINT, mintAccount(AUTHORITY, this.supply));
  }
}

/** The bank verifies no signatures, so the authority needs no key. */
async function initializeProgram(bank: SharedBank, { minimumStake, specTimeToLiveS }: ProgramTerms): Promise<void> {
  const message = new TransactionMessage({
    payerKey: new PublicKey(AUTHORITY),
    recentBlockhash: addressFrom('genesis blockhash'),
    instructions: [initialize({ payer: AUTHORITY, mint: MINT, minimumStake, specTimeToLiveS })],
  }).compileToLegacyMessage();
  const wire = new VersionedTransaction(message).serialize();
  const writable = message.accountKeys.map((key) => key.toBase58());
  await bank.setClock({ slot: FIRST_SLOT, unixTimestampS: 0 });
  const result = await bank.execute(wire, writable);
  if (result.error !== null) throw new Error(`the program refused initialize: ${result.error}\n${result.logs.join('\n')}`);
}
