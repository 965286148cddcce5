/** What an oracle says of a history. A pass says how much it judged, so that "nothing to judge" cannot look like "all is well". */

/** Ids of the rules the oracles hold histories to; SPEC.md, "Oracles", says what each means. */
export type OracleRule =
  | 'OR1'
  | 'OR2'
  | 'OR3'
  | 'OR4'
  | 'OR5'
  | 'OR6'
  | 'OR7'
  | 'OR8'
  | 'OR9'
  | 'OR10'
  | 'OR11'
  | 'OR12'
  | 'OR13'
  | 'OR14'
  | 'OR15'
  | 'OR16'
  | 'OR17'
  | 'OR18'
  | 'OR19'
  | 'OR20'
  | 'OR21'
  | 'OR25'
  | 'OR26'
  | 'OR27'
  | 'OR28'
  | 'OR30';

export interface Violated {
  readonly kind: 'violated';
  readonly rule: OracleRule;
  /** The smallest part of the history that shows it, in one or two lines. */
  readonly explanation: string;
  /** Position in the run's step order at which it became visible. */
  readonly at: number;
}

export interface Inconclusive {
  readonly kind: 'inconclusive';
  readonly reason: string;
}

export type Verdict =
  /** `judged`: reads, commits, looks or operations compared; 0 when the history holds nothing of the kind. */
  { readonly kind: 'holds'; readonly judged: number } | Violated | Inconclusive;

export type Oracle = (history: import('./history.ts').History) => Verdict;

export const holds = (judged: number): Verdict => ({ kind: 'holds', judged });

export const violated = (rule: OracleRule, at: number, explanation: string): Violated => ({
  kind: 'violated',
  rule,
  explanation,
  at,
});

/** The violation that became visible first, or `otherwise`. */
export function earliest(found: readonly Violated[], otherwise: Verdict): Verdict {
  return found.reduce<Verdict>((best, each) => (best.kind === 'violated' && best.at <= each.at ? best : each), otherwise);
}
