/**
 * Runs the oracles over one history: cheap and certain ones first. Ownership is judged by the ledger's own order, then by versions;
 * the search comes in only where the ledger's order is not known. Stops at the first violation, since later oracles would mostly
 * retell it; counts what it could not decide, and never hides it.
 */
import { judgeCoAuthors } from './co-authors-agree.ts';
import { judgeContents } from './content-answers.ts';
import { judgeContent } from './content-converges.ts';
import { judgeDegraded } from './degraded-reads.ts';
import { judgeFrontend } from './frontend-within-backend.ts';
import { type History, historyProblem } from './history.ts';
import { defaultSearch, searchLinearization } from './linearizability-search.ts';
import { judgeLiveness } from './liveness.ts';
import { judgeForward } from './observers-forward.ts';
import { judgeVersions } from './ownership-versions.ts';
import { judgeWitness } from './ownership-witness.ts';
import { judgeQueued } from './queued-in-order.ts';
import { judgeTokens } from './tokens-conserved.ts';
import type { Inconclusive, Oracle, Verdict, Violated } from './verdict.ts';

const byLedger = { 'ownership-witness': judgeWitness, 'ownership-versions': judgeVersions } as const;

const always = {
  'observers-forward': judgeForward,
  'co-authors-agree': judgeCoAuthors,
  'frontend-within-backend': judgeFrontend,
  'tokens-conserved': judgeTokens,
  'degraded-reads': judgeDegraded,
  'content-answers': judgeContents,
  'content-converges': judgeContent,
  'queued-in-order': judgeQueued,
  liveness: judgeLiveness,
} as const satisfies Readonly<Record<string, Oracle>>;

export type OracleName = keyof typeof byLedger | keyof typeof always | 'linearizability-search';

/** Those that every history of a world whose ledger's order is known is asked. */
export const oracleNames = Object.keys({ ...byLedger, ...always }) as readonly OracleName[];

export interface Judgement {
  readonly violation: (Violated & { readonly oracle: OracleName }) | null;
  /** Oracles that could not decide, and why. */
  readonly inconclusive: readonly (Inconclusive & { readonly oracle: OracleName })[];
  /** How much each oracle that found nothing wrong compared; 0 where the history held nothing of the kind. */
  readonly judged: ReadonlyMap<OracleName, number>;
}

/** A history that cannot be judged at all: a fault of whoever recorded it, never of the system. `message` names the place. */
export class HistoryError extends Error {
  constructor(problem: string) {
    super(`history: ${problem}`);
    this.name = 'HistoryError';
  }
}

export interface JudgeOptions {
  /** Configurations the search may visit before it is inconclusive. */
  readonly searchSteps?: number;
}

/** Throws a HistoryError for a history that contradicts itself. */
export function judge(history: History, options: JudgeOptions = {}): Judgement {
  const problem = historyProblem(history);
  if (problem !== null) throw new HistoryError(problem);
  const inconclusive: (Inconclusive & { readonly oracle: OracleName })[] = [];
  const judged = new Map<OracleName, number>();
  for (const [oracle, ask] of oraclesFor(history, options)) {
    const verdict = ask(history);
    switch (verdict.kind) {
      case 'violated':
        return { violation: { ...verdict, oracle }, inconclusive, judged };
      case 'inconclusive':
        inconclusive.push({ ...verdict, oracle });
        break;
      case 'holds':
        judged.set(oracle, verdict.judged);
        break;
    }
  }
  return { violation: null, inconclusive, judged };
}

function oraclesFor({ landings }: History, { searchSteps }: JudgeOptions): readonly (readonly [OracleName, Oracle])[] {
  const stepLimit = searchSteps ?? defaultSearch.stepLimit;
  const search = (history: History): Verdict => searchLinearization(history, { ...defaultSearch, stepLimit });
  const ownership = landings === null ? { 'linearizability-search': search } : byLedger;
  return Object.entries({ ...ownership, ...always }) as [OracleName, Oracle][];
}
