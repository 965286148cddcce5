/**
 * Gathers what a campaign came to, for a page: its verdict, what ran and what of it was reached, and how its numbers went over its course.
 * Judges nothing anew: gates, coverage and health are those that `check` and `soak` print.
 */

import { courseOf, type Stretch } from '#properties/concurrent/course.ts';
import {
  added,
  type CommandFigures,
  coveredIn,
  type Figures,
  marksIn,
  percentile,
  sumOf,
} from '#properties/concurrent/figures.ts';
import { healthFigures } from '#properties/concurrent/health-figures.ts';
import { commandGates, explainTripped, type Gate, gatesOf, trippedAmong, upperBound } from '#properties/concurrent/vacuity.ts';
import type { Ground } from '#properties/conformance/ground.ts';
import type { LockstepReport } from '#properties/lockstep/check-lockstep.ts';
import type {
  Bin,
  CampaignFailure,
  CampaignReport,
  CampaignRun,
  CommandRow,
  Convergence,
  Course,
  GateRow,
  StrategyRow,
} from '#simulations/report/campaign-model.ts';

export interface CampaignSource {
  /** What was typed, with what was drawn where nothing was said. */
  readonly command: string;
  readonly seed: number;
  readonly lockstep: readonly { readonly ledger: string; readonly seconds: number; readonly report: LockstepReport }[];
  readonly campaigns: readonly { readonly ground: string; readonly seconds: number; readonly figures: Figures }[];
  readonly failures: readonly CampaignFailure[];
  /** What else keeps it from a verdict. */
  readonly troubles: readonly string[];
  /** The designs' small scope; null: nothing ran that is held against it. */
  readonly ground: Ground | null;
}

export function campaignReport(source: CampaignSource): CampaignReport {
  const { command, seed, campaigns, lockstep, failures, ground } = source;
  const figures = sumOf(campaigns);
  const counted = lockstep.map(({ report }) => Object.fromEntries(report.stats.commands()));
  const inLockstep = counted.reduce<Readonly<Record<string, CommandFigures>>>(added, {});
  const gates = [
    ...(lockstep.length === 0 ? [] : commandGates(inLockstep, Object.keys(inLockstep))),
    ...(campaigns.length === 0 ? [] : gatesOf(figures)),
  ];
  const courses = campaigns.map((campaign) => ({ ground: campaign.ground, stretches: courseOf(campaign.figures) }));
  return {
    ...{ command, seed, failures, ...(campaigns.length === 0 ? { health: [], conflictRate: null } : healthOf(figures)) },
    verdict: verdictOf(source, gates),
    runs: runsOf(source),
    marks: campaigns.length === 0 ? [] : Object.entries(marksIn(figures)).map(([name, count]) => ({ name, count })),
    strategies: ground === null ? [] : strategyRows(figures, ground),
    convergence: convergenceOf(figures.convergence),
    lockstepCommands: commandRows(inLockstep),
    commands: commandRows(figures.commands),
    faults: byName(figures.faults).map(([name, counts]) => ({ name, ...counts })),
    gates: gates.map(gateRow),
    courses: coursesOf(courses),
    stretches: courses.map(({ ground: name, stretches }) => ({
      ground: name,
      scenarios: stretches.map(({ scenarios }) => scenarios),
    })),
  };
}

function healthOf({ metrics }: Figures): Pick<CampaignReport, 'health' | 'conflictRate'> {
  const { sync_delay, conflict_rate, resolution_time, state_drift } = healthFigures(metrics);
  const resolved = byName(resolution_time).map(([kind, { p50, p99, max, count }]) => ({
    ...{ name: `resolution time of ${kind}`, unit: 's', p50, p99, max, count },
  }));
  const { p50, p99, max } = state_drift;
  return {
    health: [
      { name: 'sync delay', unit: 's', p50: sync_delay.p50, p99: sync_delay.p99, max: sync_delay.max, count: sync_delay.count },
      ...resolved,
      { name: 'state drift', unit: 'threads', p50, p99, max, count: null },
    ],
    conflictRate: conflict_rate,
  };
}

const byName = <T>(record: Readonly<Record<string, T>>): readonly (readonly [string, T])[] =>
  Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));

const commandRows = (counted: Readonly<Record<string, CommandFigures>>): readonly CommandRow[] =>
  byName(counted).map(([name, { drawn, executed, refused, unsettled }]) => ({ name, drawn, ran: executed, refused, unsettled }));

function runsOf({ lockstep, campaigns, failures }: CampaignSource): readonly CampaignRun[] {
  const verdict = (ground: string, isUnclear: boolean): string => {
    const violated = failures.filter(({ on }) => on === ground).length;
    if (violated > 0) return 'violation';
    return isUnclear ? 'undecided' : 'no violation';
  };
  return [
    ...lockstep.map(({ ledger, seconds, report: { scenarios, effects, inconclusive, failure } }) => ({
      ...{ ground: ledger, way: 'in lockstep' as const, scenarios, steps: effects, seconds },
      verdict: failure === null ? (inconclusive > 0 ? 'undecided' : 'no violation') : 'violation',
    })),
    ...campaigns.map(({ ground, seconds, figures: { scenarios, steps, inconclusive, nondeterministic } }) => ({
      ...{ ground, way: 'everybody at once' as const, scenarios, steps, seconds },
      verdict: verdict(ground, inconclusive + nondeterministic > 0),
    })),
  ];
}

/** One line, however many: the page has a table of them. */
function vacuityIn(gates: readonly Gate[]): readonly string[] {
  const tripped = trippedAmong(gates);
  const [first] = tripped;
  if (first === undefined) return [];
  return [`vacuous, ${tripped.length} shares are smaller than chance explains, such as ${explainTripped(first)}`];
}

/** What a campaign without a violation still fails for. */
function troublesIn({ lockstep, campaigns, troubles }: CampaignSource, gates: readonly Gate[]): readonly string[] {
  const { inconclusive, nondeterministic, twice } = sumOf(campaigns);
  const undecided = inconclusive + lockstep.reduce((sum, { report }) => sum + report.inconclusive, 0);
  return [
    ...(undecided === 0 ? [] : [`${undecided} scenarios without a verdict: an oracle could not decide`]),
    ...(nondeterministic === 0 ? [] : [`${nondeterministic} of ${twice} scenarios that were run twice were not the same run`]),
    ...vacuityIn(gates),
    ...troubles,
  ];
}

function verdictOf(source: CampaignSource, gates: readonly Gate[]): CampaignReport['verdict'] {
  const messages = troublesIn(source, gates);
  const [first, ...more] = source.failures;
  if (first !== undefined)
    return {
      ...{ kind: 'violation', messages },
      title: more.length === 0 ? `Violation of ${first.property}` : `${more.length + 1} violations`,
    };
  if (messages.length > 0) return { kind: 'inconclusive', title: 'No verdict', messages };
  return { kind: 'none', title: 'No violation', messages };
}

function strategyRows(figures: Figures, ground: Ground): readonly StrategyRow[] {
  return Object.entries(coveredIn(figures, ground)).map(([name, covered]) => ({
    ...{ name: name === 'all' ? 'all together' : name, scenarios: figures.strategies[name] ?? null, ...covered },
  }));
}

function gateRow(gate: Gate): GateRow {
  const atMost = upperBound(gate.seen, gate.of);
  const isThere = gate.of > 0 && gate.seen >= gate.atLeast * gate.of;
  return { ...gate, atMost, state: atMost < gate.atLeast ? 'tripped' : isThere ? 'reached' : 'open' };
}

/** Bars in which a distribution can be seen. */
const mostBins = 30;

/** 1, 2, 5, 10, 20, 50, ...: the least that suffices. */
function binWidth(span: number): number {
  for (let power = 1; ; power *= 10) for (const lead of [1, 2, 5]) if (span / (lead * power) <= mostBins) return lead * power;
}

export function convergenceOf(counts: Readonly<Record<string, number>>): Convergence | null {
  const [p50, p99, max] = [0.5, 0.99, 1].map((share) => percentile(counts, share));
  if (p50 == null || p99 == null || max == null) return null;
  const width = binWidth(max + 1);
  const entries = Object.entries(counts).map(([steps, count]) => [Number(steps), count] as const);
  const bins = Array.from({ length: Math.floor(max / width) + 1 }, (_, at): Bin => {
    const [from, to] = [at * width, (at + 1) * width - 1];
    const within = entries.filter(([steps]) => steps >= from && steps <= to);
    return { from, to, count: within.reduce((sum, [, count]) => sum + count, 0) };
  });
  return { bins, p50, p99, max, agreed: entries.reduce((sum, [, count]) => sum + count, 0) };
}

type GroundCourse = { readonly ground: string; readonly stretches: readonly Stretch[] };

/** The specification's four, and what agreement took. */
function coursesOf(courses: readonly GroundCourse[]): readonly Course[] {
  const course = (name: string, unit: string, meaning: string, of: (stretch: Stretch) => number | null): Course => ({
    ...{ name, unit, meaning },
    series: courses.map(({ ground, stretches }) => ({ ground, values: stretches.map(of) })),
  });
  return courses.length === 0
    ? []
    : [
        course(
          'Sync delay',
          's',
          '99 of 100 versions had arrived in Qdrant so long after they were cached',
          ({ health }) => health.sync_delay.p99,
        ),
        course('Conflict rate', '', 'conflicts met for each thread compared', ({ health }) => health.conflict_rate),
        course(
          'Resolution time',
          's',
          '99 of 100 conflicts were gone so long after they were met',
          ({ resolution }) => resolution.p99,
        ),
        course(
          'State drift',
          'threads',
          'threads whose copy in Qdrant differs, on average over virtual time',
          ({ mean_drift }) => mean_drift,
        ),
        course(
          'Agreement',
          'steps',
          '99 of 100 scenarios agreed so many steps after nothing failed any more',
          ({ agreed_p99 }) => agreed_p99,
        ),
        course('Length', 'steps', 'steps of a scenario, on average', ({ scenarios, steps }) =>
          scenarios === 0 ? null : steps / scenarios,
        ),
      ];
}
