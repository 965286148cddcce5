/** Where what was observed leaves a design, and how that is told. */
import type { Acceptor, SeenStep } from './acceptor.ts';
import type { Observed } from './rows.ts';

/** Where a run leaves the design. */
export interface Departure {
  /** The run's step. */
  readonly step: number;
  /** `operation-3 at backend#0`, or a content or thread there. */
  readonly what: string;
  readonly observed: string;
  readonly allowed: readonly string[];
  /** What was observed of it until then. */
  readonly before: readonly string[];
}

/** What was observed of one thing. */
export interface Trace {
  readonly what: string;
  readonly observed: readonly Observed[];
}

/** One observation: of what, as in a departure, and the run's step at which it was. */
export interface Seen<Slots> {
  readonly what: string;
  readonly step: number;
  /** The likeliest states of the design now. */
  readonly likeliest: () => readonly Slots[];
}

/**
 * Where it first leaves the design; empty where it does not.
 * @param onSeen told of each observation's likeliest steps
 */
export function departures<Slots extends object>(
  acceptor: Acceptor<Slots>,
  { what, observed }: Trace,
  onSeen: ((steps: readonly SeenStep<Slots>[], seen: Seen<Slots>) => void) | null = null,
): readonly Departure[] {
  let belief = acceptor.start;
  for (const [at, each] of observed.entries()) {
    const next = acceptor.next(belief, each.what);
    if (next === null) {
      const before = observed.slice(0, at).map((earlier) => earlier.what);
      return [{ step: each.step, what, observed: each.what, allowed: acceptor.allowed(belief, each.what), before }];
    }
    onSeen?.(next.steps, { what, step: each.step, likeliest: () => acceptor.likeliest(next.belief) });
    belief = next.belief;
  }
  return [];
}

export const explainDeparture = ({ step, what, observed, allowed, before }: Departure): string =>
  `design and implementation differ at step ${step}: ${what}: ${observed}\n` +
  `  before: ${before.join(', ') || 'nothing'}\n  the design allows: ${allowed.join(', ') || 'nothing'}`;
