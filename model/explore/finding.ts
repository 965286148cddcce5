/** What an exploration has against a design: which property, and a run of the design that shows it. */
import type { Label } from './spec.ts';

export type FindingKind =
  /** A check fails in the last state. */
  | 'always'
  /** The last state is not converged and nothing at all can happen in it. */
  | 'deadlock'
  /** A mark that no reachable state bears; there is no run to show. */
  | 'sometimes'
  /** The last state is not converged, and without faults nothing can happen in it. */
  | 'stuck'
  /** The last step, which is no fault, leads from a converged state to one that is not. */
  | 'leaves agreement'
  /** The steps from `loopFrom` on lead back to where they began; repeated for ever they are fair, and never converge. */
  | 'lasso';

/** One step of a run, with the state it leads to. */
export interface TraceStep<Slots> {
  readonly rule: string;
  readonly actor: string;
  readonly label: Label;
  readonly state: Slots;
}

export interface Trace<Slots> {
  readonly start: Slots;
  readonly steps: readonly TraceStep<Slots>[];
}

export interface Finding<Slots> {
  /** Name of the check or mark; `deadlock`, or `convergence` for the last three kinds. */
  readonly property: string;
  readonly kind: FindingKind;
  /** One sentence. */
  readonly explanation: string;
  /** Null where there is no run to show. */
  readonly start: Slots | null;
  readonly steps: readonly TraceStep<Slots>[];
  /** Index into `steps` of the loop's first step; null when there is no loop. */
  readonly loopFrom: number | null;
}
