/**
 * A campaign in the order in which it ran: what was measured in each stretch of its scenarios. Scenarios are drawn independently and each
 * has a world of its own, so the stretches should differ by chance only: a trend is something that one scenario leaves to the next, or a
 * draw that is not what it was. Stretches are counted in scenarios, never in time, so they are the same again for the same seed; those of
 * several workers that have the same number are added up.
 */
import { addMetrics } from '#impl/backend/monitor/metrics.ts';
import { addHistograms, noDurations } from '#impl/core/histogram.ts';
import { added, type Figures, percentile, type StretchFigures } from './figures.ts';
import { type DurationFigures, durationsOf, type HealthFigures, healthFigures } from './health-figures.ts';

/** A campaign that runs to its end has about so many. */
const stretches = 20;
/** A campaign that is bounded by time has many more runs before it than it makes. */
const longestStretch = 250;
/** More are too fine to be looked at. */
const mostShown = 40;

/** @param done scenarios before this one @param runs how many there are at most */
export function stretchOf(done: number, runs: number): number {
  const size = Math.min(longestStretch, Math.max(1, Math.ceil(runs / stretches)));
  return Math.floor(done / size);
}

/** Figures of a scenario, told of its stretch too. */
export function inStretch(stretch: number, figures: Figures): Figures {
  const { scenarios, steps, convergence, metrics } = figures;
  return { ...figures, course: { [stretch]: { scenarios, steps, convergence, metrics } } };
}

export interface Stretch {
  readonly scenarios: number;
  readonly steps: number;
  /** Steps from mending to agreement; null where none agreed. */
  readonly agreed_p99: number | null;
  readonly health: HealthFigures;
  /** Conflicts of all kinds. */
  readonly resolution: DurationFigures;
  /** Threads that drift, on average over virtual time; null: never told. */
  readonly mean_drift: number | null;
}

function merged(a: StretchFigures, b: StretchFigures): StretchFigures {
  return {
    scenarios: a.scenarios + b.scenarios,
    steps: a.steps + b.steps,
    convergence: added(a.convergence, b.convergence),
    metrics: addMetrics(a.metrics, b.metrics),
  };
}

function shown({ scenarios, steps, convergence, metrics }: StretchFigures): Stretch {
  const spans = Object.entries(metrics.drift.msByThreads).map(([threads, ms]) => ({ threads: Number(threads), ms }));
  const ms = spans.reduce((sum, span) => sum + span.ms, 0);
  return {
    ...{ scenarios, steps, agreed_p99: percentile(convergence, 0.99), health: healthFigures(metrics) },
    resolution: durationsOf(Object.values(metrics.resolutionTime).reduce(addHistograms, noDurations)),
    mean_drift: ms === 0 ? null : spans.reduce((sum, span) => sum + span.threads * span.ms, 0) / ms,
  };
}

/** In order, neighbours added up where there are too many to be looked at. */
export function courseOf({ course }: Pick<Figures, 'course'>): readonly Stretch[] {
  const inOrder = Object.entries(course)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, stretch]) => stretch);
  const together = Math.ceil(inOrder.length / mostShown);
  const groups = Array.from({ length: Math.ceil(inOrder.length / Math.max(1, together)) }, (_, at) =>
    inOrder.slice(at * together, (at + 1) * together),
  );
  return groups.flatMap(([first, ...rest]) => (first === undefined ? [] : [shown(rest.reduce(merged, first))]));
}
