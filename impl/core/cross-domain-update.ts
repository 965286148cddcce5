/**
 * The specification's cross_domain_update, as a saga: one update of a domain's truth, carried from its primary authority to the others.
 *
 *   begin_transaction       `begin`: durable before anything happens, so that whoever finds it later knows to finish it
 *   update_primary_domain   the first of `steps`; anything else first is refused (`core/domains.ts`)
 *   propagate_to_secondary  the other steps, in order
 *   verify_consistency      `verify`
 *   commit_transaction      `commit`; or, when a step was refused up to the pivot, `compensate`
 *
 * The pivot is the step after which there is no way back. Up to it a refusal is compensated; from then on the only way is forward, and
 * what cannot be done now stays open, durably, to be taken up again with what is written already. So wherever it is interrupted, it
 * ends committed or compensated, and both ends are idempotent.
 */
import type { Authority } from '../ports/outcome.ts';
import { type Domain, outOfTurn } from './domains.ts';
import type { RequestRefusal } from './protocol.ts';
import { refusalOf } from './refusal.ts';

export type StepEnd =
  | { readonly kind: 'done' }
  /** Certainly nothing happened, and never will. After the pivot this counts as `unknown`. */
  | { readonly kind: 'refused'; readonly refusal: RequestRefusal }
  /** Not known, or not to be done now: it stays open. */
  | { readonly kind: 'unknown' };

export interface SagaStep {
  readonly authority: Authority;
  /** Idempotent: it may have been done before. */
  readonly apply: () => Promise<StepEnd>;
}

export interface CrossDomainUpdate<Result> {
  readonly domain: Domain;
  /** Once it is written there, there is no way back. */
  readonly pivot: Authority;
  /** Durable when it resolves; left out where it has begun already. */
  readonly begin?: () => Promise<void>;
  readonly steps: readonly SagaStep[];
  readonly verify: () => Promise<StepEnd>;
  /** Durable when it resolves. */
  readonly commit: () => Promise<Result>;
  /** Undoes what was written, durably or by queueing it durably. */
  readonly compensate: (refusal: RequestRefusal) => Promise<Result>;
  /** What is answered while it is open. */
  readonly open: Result;
}

const done: StepEnd = { kind: 'done' };
export const whenDone = (work: Promise<unknown>): Promise<StepEnd> => work.then(() => done);

/** @param before authorities that have it from an earlier part of the same update */
export async function crossDomainUpdate<Result>(
  update: CrossDomainUpdate<Result>,
  before: readonly Authority[] = [],
): Promise<Result> {
  const written = new Set(before);
  await update.begin?.();
  for (const step of [...update.steps, null]) {
    const end = step === null ? await update.verify() : await inTurn(update.domain, step, written);
    if (end.kind === 'refused' && !written.has(update.pivot)) return update.compensate(end.refusal);
    if (end.kind !== 'done') return update.open;
    if (step !== null) written.add(step.authority);
  }
  return update.commit();
}

function inTurn(domain: Domain, { authority, apply }: SagaStep, written: ReadonlySet<Authority>): Promise<StepEnd> {
  const wrong = outOfTurn(domain, authority, written);
  return wrong === null ? apply() : Promise.resolve({ kind: 'refused', refusal: refusalOf(wrong) });
}
