/**
 * The settlement table: what becomes of a spec, and where its stake goes. Decides nothing about who may ask for it.
 *
 * | votes          | awaited | room | settlement |        | settlement | each approver | vault                | treasury        | author |
 * | -------------- | ------- | ---- | ---------- |        | ---------- | ------------- | -------------------- | --------------- | ------ |
 * | approvals only | none    | yes  | approved   |        | approved   | stake/a       | remainder            |                 |        |
 * | approvals only | none    | no   | returned   |        | denied     |               | stake                |                 |        |
 * | denials only   | none    |      | denied     |        | split      |               | the rest             | stake*a/(a+d)   |        |
 * | both           | none    |      | split      |        | expired    |               |                      | stake           |        |
 * | no votes       | none    |      | returned   |        | returned   |               |                      |                 | stake  |
 * | any            | some    |      | expired once the spec's time has come, else not decided
 */
import type { Settlement, Spec } from './state.ts';

export interface Count {
  readonly approvals: number;
  readonly denials: number;
  /** Snapshot voters who are co-authors now and have not voted. */
  readonly awaited: number;
  readonly lapsed: boolean;
  /** Whether the author is a co-author already or can become one. */
  readonly room: boolean;
}

export function countOf(spec: Spec, coAuthors: readonly string[], maxCoAuthors: number, nowS: number): Count {
  return {
    approvals: spec.approvals.length,
    denials: spec.denials.length,
    awaited: awaitedOf(spec, coAuthors).length,
    lapsed: nowS >= spec.expiresAtS,
    room: coAuthors.includes(spec.author) || coAuthors.length < maxCoAuthors,
  };
}

export function awaitedOf(spec: Spec, coAuthors: readonly string[]): readonly string[] {
  return spec.voters.filter(
    (voter) => coAuthors.includes(voter) && !spec.approvals.includes(voter) && !spec.denials.includes(voter),
  );
}

type Votes = 'none' | 'approvals' | 'denials' | 'both';

const byVotes = {
  none: { room: 'returned', full: 'returned' },
  approvals: { room: 'approved', full: 'returned' },
  denials: { room: 'denied', full: 'denied' },
  both: { room: 'split', full: 'split' },
} as const satisfies Record<Votes, Record<'room' | 'full', Settlement>>;

export function decide(count: Count): Settlement | 'NotDecided' {
  if (count.awaited > 0) return count.lapsed ? 'expired' : 'NotDecided';
  return byVotes[votesOf(count)][count.room ? 'room' : 'full'];
}

function votesOf(count: Count): Votes {
  if (count.approvals > 0) return count.denials > 0 ? 'both' : 'approvals';
  return count.denials > 0 ? 'denials' : 'none';
}

/** Where a stake goes; `perApprover * approvals + vault + treasury + author` is the stake. */
export interface Payout {
  readonly perApprover: bigint;
  readonly vault: bigint;
  readonly treasury: bigint;
  readonly author: bigint;
}

const nobody: Payout = { perApprover: 0n, vault: 0n, treasury: 0n, author: 0n };

/** `approvals` and `denials` are the numbers of votes. */
export const payoutOf = {
  approved: (stake, approvals) => ({ ...nobody, perApprover: stake / approvals, vault: stake % approvals }),
  denied: (stake) => ({ ...nobody, vault: stake }),
  split: (stake, approvals, denials) => {
    const treasury = (stake * approvals) / (approvals + denials);
    return { ...nobody, treasury, vault: stake - treasury };
  },
  expired: (stake) => ({ ...nobody, treasury: stake }),
  returned: (stake) => ({ ...nobody, author: stake }),
} as const satisfies Record<Settlement, (stake: bigint, approvals: bigint, denials: bigint) => Payout>;
