/**
 * The specification's TYPE ConsistencyDomain, as data: which authority a domain's truth is written to first, and where it goes from
 * there, in this order. Nothing else in the implementation says who is primary.
 */
import type { Authority, Failure } from '../ports/outcome.ts';

export type Domain = 'ownership' | 'content' | 'session' | 'display';

export interface DomainRule {
  readonly primary: Authority;
  /** In order of propagation. */
  readonly secondary: readonly Authority[];
}

export const domains: Readonly<Record<Domain, DomainRule>> = {
  /** Threads, co-authors, tokens, approvals. */
  ownership: { primary: 'solana', secondary: ['backend', 'frontend', 'qdrant'] },
  /** Texts and embeddings; the ledger records their hashes. */
  content: { primary: 'qdrant', secondary: ['solana', 'backend', 'frontend'] },
  /** Sign-ins, and what each backend has promised to whom. */
  session: { primary: 'backend', secondary: ['frontend'] },
  /** What is shown, and local updates until they are confirmed. */
  display: { primary: 'frontend', secondary: [] },
};

/** Why a domain's update may not be written there now, or null. `written`: who has it already. */
export function outOfTurn(domain: Domain, authority: Authority, written: ReadonlySet<Authority>): Failure | null {
  const { primary, secondary } = domains[domain];
  const refused = (code: string, detail: string): Failure => ({ kind: 'refused', authority, code, detail });
  if (authority !== primary && !secondary.includes(authority))
    return refused('NotInDomain', `${domain} is ${[primary, ...secondary].join(', ')}'s; got ${authority}`);
  if (authority !== primary && !written.has(primary))
    return refused('NotPrimary', `${domain} is written to ${primary} first; got ${authority}`);
  return null;
}
