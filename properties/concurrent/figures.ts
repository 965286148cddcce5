/**
 * What a campaign of concurrent scenarios really did, as plain numbers that add up: several workers' figures are merged into one.
 * Convergence is kept as a count for each number of steps, so that percentiles of the whole can be told.
 */

import { type MetricFigures, noMetrics } from '#impl/backend/monitor/metrics.ts';
import type { Ground } from '#properties/conformance/ground.ts';
import { faultKinds, faultRules } from '#simulations/world/concurrent/fault-rules.ts';
import { naturalMarks } from '#simulations/world/concurrent/marks.ts';
import type { Executed } from './execute.ts';
import type { ConcurrentScenario } from './scenario.ts';

export interface CommandFigures {
  /** In scenarios that were run. */
  readonly drawn: number;
  /** Begun and ended. */
  readonly executed: number;
  readonly refused: number;
  readonly unsettled: number;
}

export interface FaultFigures {
  readonly planned: number;
  /** The call it was planned for came. */
  readonly fired: number;
  /** It changed what happened or what anybody was told. */
  readonly effective: number;
}

/** How many scenarios went there, by step, state and fault of the ground (`conformance/ground.ts`). */
export interface WalkFigures {
  readonly steps: Readonly<Record<string, number>>;
  readonly states: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
}

/** What the scenarios of one stretch of a campaign came to (`course.ts`). */
export interface StretchFigures {
  readonly scenarios: number;
  readonly steps: number;
  readonly convergence: Readonly<Record<string, number>>;
  readonly metrics: MetricFigures;
}

export interface Figures {
  readonly scenarios: number;
  readonly steps: number;
  readonly commands: Readonly<Record<string, CommandFigures>>;
  readonly faults: Readonly<Record<string, FaultFigures>>;
  readonly strategies: Readonly<Record<string, number>>;
  /** By strategy: steps of the designs' small scope that its scenarios have walked, and in how many of them. */
  readonly walked: Readonly<Record<string, WalkFigures>>;
  readonly marks: Readonly<Record<string, number>>;
  /** By oracle: scenarios in which there was something for it to compare. */
  readonly judged: Readonly<Record<string, number>>;
  /** Scenarios by steps from mending to agreement. */
  readonly convergence: Readonly<Record<string, number>>;
  /** Scenarios by the longest stretch of fair rounds in which nothing moved. */
  readonly idleRounds: Readonly<Record<string, number>>;
  /** What backends measured of themselves, on virtual time: `docs/metrics.md`. */
  readonly metrics: MetricFigures;
  /** By the number of the stretch, from 0. */
  readonly course: Readonly<Record<string, StretchFigures>>;
  readonly inconclusive: number;
  readonly nondeterministic: number;
  /** Executed twice to compare their traces. */
  readonly twice: number;
}

export const noFigures: Figures = {
  scenarios: 0,
  steps: 0,
  commands: {},
  faults: {},
  strategies: {},
  walked: {},
  marks: {},
  judged: {},
  convergence: {},
  idleRounds: {},
  metrics: noMetrics,
  course: {},
  inconclusive: 0,
  nondeterministic: 0,
  twice: 0,
};

/** Adds numbers field by field, at any depth; a field that one side lacks is the other's. */
export function added<T>(a: T, b: T): T {
  if (typeof a === 'number' && typeof b === 'number') return (a + b) as T;
  const sum: Record<string, unknown> = { ...(a as object) };
  for (const [key, value] of Object.entries(b as object)) sum[key] = key in sum ? added(sum[key], value) : value;
  return sum as T;
}

export const addFigures = (a: Figures, b: Figures): Figures => added(a, b);

export const sumOf = (parts: readonly { readonly figures: Figures }[]): Figures =>
  parts.reduce((sum, { figures }) => addFigures(sum, figures), noFigures);

const once = (names: ReadonlySet<string>): Readonly<Record<string, number>> =>
  Object.fromEntries([...names].map((name) => [name, 1]));

/** What one execution adds. */
export function figuresOf(scenario: ConcurrentScenario, executed: Executed): Figures {
  const { history, faults, marks, healing, steps, inconclusive, metrics, walk } = executed;
  const commands: Record<string, CommandFigures> = {};
  const ended = new Map(history.operations.map((record) => [record.id, record.end]));
  for (const { id, op, actor } of scenario.commands) {
    const end = ended.get(id);
    const done = actor.startsWith('world#') || op.kind === 'close' || op.kind === 'giveUp' || (end !== undefined && end !== null);
    const one: CommandFigures = {
      drawn: 1,
      executed: done ? 1 : 0,
      refused: end?.answer.kind === 'refused' ? 1 : 0,
      unsettled: end?.answer.kind === 'unsettled' ? 1 : 0,
    };
    commands[op.kind] = added(commands[op.kind] ?? { drawn: 0, executed: 0, refused: 0, unsettled: 0 }, one);
  }
  const struck: Record<string, FaultFigures> = {};
  for (const { fault, fired, effective } of faults) {
    const name = `${fault.fault.kind} ${fault.position}`;
    const one: FaultFigures = { planned: 1, fired: fired ? 1 : 0, effective: effective ? 1 : 0 };
    struck[name] = added(struck[name] ?? { planned: 0, fired: 0, effective: 0 }, one);
  }
  return {
    ...noFigures,
    scenarios: 1,
    steps,
    commands,
    faults: struck,
    strategies: { [scenario.strategy.kind]: 1 },
    walked: { [scenario.strategy.kind]: { steps: once(walk.steps), states: once(walk.states), faults: once(walk.faults) } },
    marks: Object.fromEntries(marks),
    judged: Object.fromEntries([...executed.judged].map(([oracle, compared]) => [oracle, compared > 0 ? 1 : 0])),
    metrics,
    convergence: healing?.converged === null || healing === null ? {} : { [healing.converged.steps]: 1 },
    idleRounds: healing === null ? {} : { [healing.idleRounds]: 1 },
    inconclusive: inconclusive.length > 0 ? 1 : 0,
  };
}

/** Every mark a campaign is asked for: each fault at each of its positions with an effect, and what comes by itself. */
export const requiredMarks: readonly string[] = [
  ...faultKinds.flatMap((kind) => faultRules[kind].positions.map((position) => `${kind} ${position}`)),
  ...naturalMarks,
];

/** How often each required mark was reached. */
export function marksIn({ faults, marks }: Figures): Readonly<Record<string, number>> {
  return Object.fromEntries(requiredMarks.map((name) => [name, faults[name]?.effective ?? marks[name] ?? 0]));
}

/** How much of the designs' small scope a campaign has walked, of how much there is. */
export interface Covered {
  readonly states: readonly [walked: number, all: number];
  readonly steps: readonly [walked: number, all: number];
  /** Faults by where they strike. */
  readonly faults: readonly [walked: number, all: number];
}

/** By strategy, and together under `all`. What was walked beyond the ground, among several writes, does not count. */
export function coveredIn({ walked }: Figures, ground: Ground): Readonly<Record<string, Covered>> {
  const all = Object.values(walked).reduce<WalkFigures>(added, { steps: {}, states: {}, faults: {} });
  const covered = (walk: WalkFigures): Covered => {
    const of = (what: keyof Covered): readonly [number, number] => [
      Object.keys(walk[what]).filter((each) => ground[what].has(each)).length,
      ground[what].size,
    ];
    return { states: of('states'), steps: of('steps'), faults: of('faults') };
  };
  return Object.fromEntries([...Object.entries(walked), ['all', all] as const].map(([name, walk]) => [name, covered(walk)]));
}

/** Of a count by number: the number below or at which that share of the count lies; null without any. */
export function percentile(counts: Readonly<Record<string, number>>, share: number): number | null {
  const sorted = Object.entries(counts)
    .map(([value, count]) => [Number(value), count] as const)
    .sort(([a], [b]) => a - b);
  const total = sorted.reduce((sum, [, count]) => sum + count, 0);
  let seen = 0;
  for (const [value, count] of sorted) {
    seen += count;
    if (seen >= share * total) return value;
  }
  return null;
}
