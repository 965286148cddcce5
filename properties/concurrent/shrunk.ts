/** What a violation is brought down to, and said to be. */
import { shrink } from '#properties/shrink/shrink.ts';
import type { Tier } from '#simulations/world/authorities.ts';
import { plainLines } from './describe.ts';
import { execute, type Violation } from './execute.ts';
import type { ConcurrentScenario } from './scenario.ts';
import { concurrentShape } from './shape.ts';

export interface ConcurrentFailure {
  readonly scenario: ConcurrentScenario;
  /** Before any shrinking. */
  readonly original: ConcurrentScenario;
  readonly violation: Violation;
  readonly executions: number;
  /** Nothing can be taken away. */
  readonly minimal: boolean;
}

export interface ShrinkLimits {
  readonly executions: number;
  readonly ms: number;
  /** Wall time, for the limit only. */
  readonly nowMs: () => number;
  /** That it was drawn from; left out where it was not drawn. */
  readonly seed?: number;
}

/** @param smallest the original, or what others have made of it already */
export async function shrunk(
  tier: Tier,
  original: ConcurrentScenario,
  { scenario, violation }: { readonly scenario: ConcurrentScenario; readonly violation: Violation },
  { executions, ms, nowMs, seed }: ShrinkLimits,
): Promise<ConcurrentFailure> {
  const { property } = violation;
  const small = await shrink(scenario, property, concurrentShape(tier), { executions, ms }, nowMs);
  const shown = (await execute(tier, small.scenario)).violation ?? violation;
  const drawn = seed === undefined ? {} : { seed };
  const found = { property, ledger: tier.ledger, ...drawn, message: shown.message, original: plainLines(original) };
  return {
    scenario: { ...small.scenario, found },
    original,
    violation: shown,
    executions: small.executions,
    minimal: small.minimal,
  };
}
