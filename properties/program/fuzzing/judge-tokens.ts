/** CHOIR in a fuzzed transaction: the sum is constant, no wallet pays unsigned, and each kind of event moves only what it may. */
import {
  decodeSpec,
  decodeTokenAccount,
  escrowAddress,
  type ProgramEvent,
  specAddress,
  tokenAccountAddress,
  treasuryAddress,
  vaultAddress,
} from '#impl/adapters/solana/codec/index.ts';
import { tokensIn } from '#simulations/solana/token-layout.ts';
import { type Observed, programId } from './observed.ts';

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
  if (only !== undefined && sent.events.length === 1) found.push(...unexpectedChanges(changes, allowedChanges(observed, only)));
  return found;
}

function tokenOwner({ before, after }: Observed, address: string): string | null {
  const account = before.get(address) ?? after.get(address) ?? null;
  const decoded = account === null ? null : decodeTokenAccount(account);
  return decoded?.ok === true ? decoded.value.owner : null;
}

function unexpectedChanges(changes: Changes, allowed: ReadonlyMap<string, readonly bigint[]>): readonly string[] {
  const found: string[] = [];
  for (const [address, change] of changes) {
    const may = allowed.get(address) ?? [];
    if (!may.includes(change)) found.push(`${address} changed by ${change} CHOIR, allowed: ${may.join(' or ') || 'nothing'}`);
  }
  return found;
}

/** By address, the changes that the event may have made; no change is always one of them, the sum is checked elsewhere. */
function allowedChanges(observed: Observed, event: ProgramEvent): ReadonlyMap<string, readonly bigint[]> {
  const vault = vaultAddress(event.thread).toBase58();
  switch (event.kind) {
    case 'threadCreated':
    case 'messagePosted':
    case 'voted':
      return new Map();
    case 'specSubmitted': {
      const author = tokenAccountAddress(event.author, observed.mint).toBase58();
      return new Map([
        [escrowAddress(event).toBase58(), [event.stake]],
        [author, [-event.stake]],
      ]);
    }
    case 'divested': {
      const wallet = tokenAccountAddress(event.wallet, observed.mint).toBase58();
      return new Map([
        [vault, [-event.payout]],
        [wallet, [event.payout]],
      ]);
    }
    case 'settled':
      return settlementChanges(observed, event, vault);
  }
}

function settlementChanges(
  { before, mint }: Observed,
  event: ProgramEvent & { readonly kind: 'settled' },
  vault: string,
): ReadonlyMap<string, readonly bigint[]> {
  const account = before.get(specAddress(event).toBase58()) ?? null;
  const decoded = account === null ? null : decodeSpec(account);
  if (decoded?.ok !== true) return new Map();
  const { stake, approvals, denials } = decoded.value;
  const treasury = treasuryAddress().toBase58();
  const allowed = new Map<string, readonly bigint[]>([[escrowAddress(event).toBase58(), [-stake]]]);
  switch (event.status) {
    case 'approved': {
      const share = stake / BigInt(approvals.length);
      for (const wallet of approvals) allowed.set(tokenAccountAddress(wallet, mint).toBase58(), [share]);
      const unpaid = Array.from({ length: approvals.length + 1 }, (_, paid) => stake - share * BigInt(paid));
      return allowed.set(vault, unpaid);
    }
    case 'denied':
      return allowed.set(vault, [stake]);
    case 'split': {
      const part = (stake * BigInt(approvals.length)) / BigInt(approvals.length + denials.length);
      return allowed.set(treasury, [part]).set(vault, [stake - part]);
    }
    case 'expired':
      return allowed.set(treasury, [stake]);
    case 'returned':
      return allowed.set(tokenAccountAddress(event.author, mint).toBase58(), [stake]).set(vault, [stake]);
  }
}
