/** CHOIR in a fuzzed transaction: the sum is constant, no wallet pays unsigned, and each kind of event moves only what it may. */
import {
  decodeSpec,
  decodeThread,
  decodeTokenAccount,
  escrowAddress,
  type ProgramEvent,
  specAddress,
  threadAddress,
  tokenAccountAddress,
  treasuryAddress,
  vaultAddress,
} from '#impl/adapters/solana/codec/index.ts';
import { tokensIn } from '#simulations/solana/token-layout.ts';
import { decoded, type Observed, programId } from './observed.ts';

type Changes = ReadonlyMap<string, bigint>;

export function judgeTokens(observed: Observed): readonly string[] {
  const { before, after, signers, mint, sent } = observed;
  const changes = new Map<string, bigint>();
  for (const address of before.keys()) {
    const change = tokensIn(after.get(address) ?? null, mint) - tokensIn(before.get(address) ?? null, mint);
    if (change !== 0n) changes.set(address, change);
  }
  const found: string[] = [];
  const sum = [...changes.values()].reduce((total, change) => total + change, 0n);
  if (sum !== 0n) found.push(`CHOIR changed by ${sum}`);
  for (const [address, change] of changes) {
    const owner = tokenOwner(observed, address);
    const ownedByProgram = owner !== null && (before.get(owner)?.owner === programId || after.get(owner)?.owner === programId);
    if (change < 0n && !ownedByProgram && (owner === null || !signers.has(owner))) {
      found.push(`${address} of ${owner} lost ${-change} CHOIR without a signature`);
    }
  }
  const [only] = sent.events;
  if (only !== undefined && sent.events.length === 1) found.push(...unexpectedChanges(changes, expectedChanges(observed, only)));
  return found;
}

const tokenOwner = ({ before, after }: Observed, address: string): string | null =>
  decoded(before.get(address) ?? after.get(address), decodeTokenAccount)?.owner ?? null;

function unexpectedChanges(changes: Changes, expected: Changes): readonly string[] {
  const addresses = new Set([...changes.keys(), ...expected.keys()]);
  return [...addresses].flatMap((address) => {
    const [is, should] = [changes.get(address) ?? 0n, expected.get(address) ?? 0n];
    return is === should ? [] : [`${address} changed by ${is} CHOIR, expected ${should}`];
  });
}

/** By address, what the event must have moved. */
function expectedChanges(observed: Observed, event: ProgramEvent): Changes {
  const { before, mint } = observed;
  switch (event.kind) {
    case 'threadCreated':
    case 'messagePosted':
    case 'voted':
      return new Map();
    case 'specSubmitted': {
      const author = tokenAccountAddress(event.author, mint).toBase58();
      return new Map([
        [escrowAddress(event).toBase58(), event.stake],
        [author, -event.stake],
      ]);
    }
    case 'divested': {
      const vault = vaultAddress(event.thread).toBase58();
      const thread = decoded(before.get(threadAddress(event.thread).toBase58()), decodeThread);
      const payout = tokensIn(before.get(vault) ?? null, mint) / BigInt(thread?.coAuthors.length ?? 1);
      return new Map([
        [vault, -payout],
        [tokenAccountAddress(event.wallet, mint).toBase58(), payout],
      ]);
    }
    case 'settled':
      return settlementChanges(observed, event);
  }
}

/** The row of the settlement table that the event names; what a closed or frozen account cannot take goes to the vault. */
function settlementChanges({ before, mint }: Observed, event: ProgramEvent & { readonly kind: 'settled' }): Changes {
  const spec = decoded(before.get(specAddress(event).toBase58()), decodeSpec);
  if (spec === null) return new Map();
  const { stake, approvals, denials } = spec;
  const changes = new Map<string, bigint>([[escrowAddress(event).toBase58(), -stake]]);
  let rest = stake;
  const pay = (address: string, amount: bigint): void => {
    changes.set(address, amount);
    rest -= amount;
  };
  const payWallet = (wallet: string, amount: bigint): void => {
    const address = tokenAccountAddress(wallet, mint).toBase58();
    const account = decoded(before.get(address), decodeTokenAccount);
    if (account?.state === 'initialized' && account.owner === wallet) pay(address, amount);
  };
  switch (event.status) {
    case 'approved':
      for (const wallet of approvals) payWallet(wallet, stake / BigInt(approvals.length));
      break;
    case 'split':
      pay(treasuryAddress().toBase58(), (stake * BigInt(approvals.length)) / BigInt(approvals.length + denials.length));
      break;
    case 'expired':
      pay(treasuryAddress().toBase58(), stake);
      break;
    case 'returned':
      payWallet(event.author, stake);
      break;
    case 'denied':
      break;
  }
  return changes.set(vaultAddress(event.thread).toBase58(), rest);
}
