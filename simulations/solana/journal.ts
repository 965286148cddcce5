/**
 * What accounts held before each recent transaction, kept until no reader and no fork can want it.
 * An account of the world's own is kept whole. An account shared with other worlds (the treasury) is kept as a difference, since
 * putting an old value back would undo what the others did.
 */
import type { BankAccount } from './bank.ts';
import { withTokensAdded } from './token-layout.ts';

export type PreImage =
  | { readonly kind: 'own'; readonly before: BankAccount | null }
  | { readonly kind: 'shared'; readonly lamports: bigint; readonly tokens: bigint };

export interface JournalEntry {
  readonly slot: number;
  readonly images: ReadonlyMap<string, PreImage>;
}

/** The account as it was before `entries` (oldest first), given what it holds now. */
export function accountBefore(
  address: string,
  entries: readonly JournalEntry[],
  now: () => Promise<BankAccount | null>,
): Promise<BankAccount | null> | BankAccount | null {
  const images = entries.map((entry) => entry.images.get(address)).filter((image) => image !== undefined);
  const own = images.find((image) => image.kind === 'own');
  if (own !== undefined) return own.before;
  return images.length === 0 ? now() : now().then((account) => images.reduceRight(withoutShared, account));
}

/** A shared account without the change one transaction made to it. */
export function withoutShared(account: BankAccount | null, image: PreImage): BankAccount | null {
  if (image.kind === 'own') return image.before;
  if (account === null) return null;
  const settled = { ...account, lamports: account.lamports - image.lamports };
  return image.tokens === 0n ? settled : withTokensAdded(settled, -image.tokens);
}
