/**
 * Strategies as plain data, so that a scenario can carry one, and a draw among them, for no single one wins everywhere:
 * priorities find bugs of order, even walks find narrow windows, few switches find what survives long undisturbed stretches.
 */
import { seededRandom } from './seeded-random.ts';
import { hashPriority } from './strategies/hash-priority.ts';
import { drawPctPlan, type PctPlan, pct } from './strategies/pct.ts';
import { recorded } from './strategies/recorded.ts';
import { type Segment, segments } from './strategies/segments.ts';
import { serial } from './strategies/serial.ts';
import { sticky } from './strategies/sticky.ts';
import { weightedWalk } from './strategies/weighted-walk.ts';
import type { Strategy } from './strategy.ts';

export type StrategySpec =
  | { readonly kind: 'serial' }
  /** `plan` null: as the tasks carry it. */
  | { readonly kind: 'pct'; readonly plan: PctPlan | null }
  | { readonly kind: 'hashPriority'; readonly salt: number }
  | { readonly kind: 'weightedWalk'; readonly seed: number; readonly expected?: Readonly<Record<string, number>> }
  | { readonly kind: 'sticky'; readonly seed: number; readonly stay: number }
  | { readonly kind: 'segments'; readonly segments: readonly Segment[] }
  | { readonly kind: 'recorded'; readonly keys: readonly string[] };

/** A fresh strategy; one a run. */
export function createStrategy(spec: StrategySpec): Strategy {
  switch (spec.kind) {
    case 'serial':
      return serial();
    case 'pct':
      return pct(spec.plan);
    case 'hashPriority':
      return hashPriority(spec.salt);
    case 'weightedWalk':
      return weightedWalk(spec.seed, spec.expected);
    case 'sticky':
      return sticky(spec.seed, spec.stay);
    case 'segments':
      return segments(spec.segments);
    case 'recorded':
      return recorded(spec.keys);
  }
}

export interface PortfolioShape {
  readonly tasks: number;
  /** The most events a task is thought to have. */
  readonly eventsPerTask: number;
}

/** 40 % PCT of depth 1 to 4, 25 % hash-priority, 20 % weighted walk, 15 % sticky; the same from the same seed. */
export function drawStrategy(seed: number, shape: PortfolioShape): StrategySpec {
  const random = seededRandom(seed);
  const share = random.fraction();
  const own = 1 + random.below(0x7fffffff);
  if (share < 0.4) return { kind: 'pct', plan: drawPctPlan(own, { depth: 1 + random.below(4), ...shape }) };
  if (share < 0.65) return { kind: 'hashPriority', salt: own };
  if (share < 0.85) return { kind: 'weightedWalk', seed: own };
  return { kind: 'sticky', seed: own, stay: 0.9 };
}
