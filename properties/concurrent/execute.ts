/**
 * One scenario from beginning to end: run, mend, heal, judge. A verdict is a violated rule, or none; what is no verdict (a history that
 * contradicts itself, an error of the harness) is thrown.
 */

import type { MetricFigures } from '#impl/backend/monitor/metrics.ts';
import { rulesOf } from '#model/solana/state.ts';
import { Conformance, type OnSeen } from '#properties/conformance/conform.ts';
import { type Departure, explainDeparture } from '#properties/conformance/departure.ts';
import { Walk } from '#properties/conformance/ground.ts';
import { type Judgement, judge } from '#properties/oracles/judge.ts';
import type { FaultMark } from '#simulations/engine/fault-plan.ts';
import { StuckError } from '#simulations/engine/stuck-error.ts';
import type { TraceStep } from '#simulations/engine/trace.ts';
import { type Tier, UnreadableError } from '#simulations/world/authorities.ts';
import type { FaultKind } from '#simulations/world/concurrent/command.ts';
import { ConcurrentWorld, type RunOptions } from '#simulations/world/concurrent/concurrent-world.ts';
import type { Placed } from '#simulations/world/concurrent/enact-fault.ts';
import type { Effect } from '#simulations/world/effect-log.ts';
import type { History } from '#simulations/world/history.ts';
import { type Healing, heal, openErrors } from './heal.ts';
import type { ConcurrentCommand, ConcurrentScenario } from './scenario.ts';

export interface Violation {
  /** An oracle's rule, or `stuck`, `threw`, `two-ends`, or `design`: the run does what the design does not allow. */
  readonly property: string;
  readonly message: string;
  /** The step at which it became visible. */
  readonly at: number;
}

export interface Executed {
  readonly violation: Violation | null;
  /** Oracles that could not decide, and why. */
  readonly inconclusive: readonly string[];
  readonly history: History;
  readonly healing: Healing | null;
  readonly steps: number;
  /** Equal runs have equal hashes. */
  readonly traceHash: string;
  /** Every step, where it was asked for. */
  readonly trace: readonly TraceStep[];
  /** Every effect with its values. */
  readonly effects: readonly Effect[];
  /** How much each oracle that found nothing wrong compared. */
  readonly judged: Judgement['judged'];
  /** What it has walked of the designs' small scope. */
  readonly walk: Walk;
  readonly faults: readonly FaultMark<Placed>[];
  readonly marks: ReadonlyMap<string, number>;
  /** What the backends measured, added up, from the start to the end of healing. */
  readonly metrics: MetricFigures;
  /** Consistency errors of backends that were not over in the end. */
  readonly openErrors: number;
}

export interface ExecuteOptions {
  readonly keepTrace?: boolean;
  readonly lastPhase?: RunOptions['lastPhase'];
  readonly onStep?: RunOptions['onStep'];
  /** Told of every observation that the designs allow. */
  readonly onSeen?: OnSeen;
  /** Told how long judging took, by whoever has a clock. */
  readonly timer?: { readonly nowMs: () => number; readonly judged: (ms: number) => void };
}

let shared: Conformance | null = null;

/** What is learned of the designs is the same for every run. */
function designs(): Conformance {
  shared ??= new Conformance();
  return shared;
}

const departureOf = (departure: Departure | undefined): Violation | null =>
  departure === undefined ? null : { property: 'design', message: explainDeparture(departure), at: departure.step };

/** Under these a backend takes for the ledger's newest what is older, or has something left out that comes with its next look. */
const makesOld: ReadonlySet<FaultKind> = new Set<FaultKind>(['S7-lagging', 'S7-oldThread', 'S9-events', 'S11-forged']);
const slotMs = 400;

/** How far behind a backend may be and not know, milliseconds: as far as a node may lag, and not at all where none is made to. */
const maxLagOf = (commands: readonly ConcurrentCommand[]): number =>
  commands.some(({ faults }) => faults.some(({ fault }) => makesOld.has(fault.kind))) ? 32 * slotMs : 0;

/** Steps that no run of so many commands needs. */
const maxSteps = (commands: number): number => 20_000 + 2_000 * commands;

export async function execute(tier: Tier, scenario: ConcurrentScenario, options: ExecuteOptions = {}): Promise<Executed> {
  const { setup, commands, strategy } = scenario;
  const { keepTrace = false, lastPhase, onStep, onSeen, timer } = options;
  const world = await ConcurrentWorld.open(tier, setup, {
    maxSteps: maxSteps(commands.length),
    keepTrace,
    ...(lastPhase === undefined ? {} : { lastPhase }),
    ...(onStep === undefined ? {} : { onStep }),
  });
  let stuck: StuckError | null = null;
  let unreadable: UnreadableError | null = null;
  let healing: Healing | null = null;
  try {
    try {
      await world.run(commands, strategy);
      healing = await heal(world);
    } catch (error) {
      if (error instanceof StuckError) stuck = error;
      else if (error instanceof UnreadableError) unreadable = error;
      else throw error;
    }
    const history = world.finish({
      setup: {
        wallets: world.names.wallets().map(([name]) => [name, setup.balance] as const),
        rules: rulesOf(world.authorities.minimumStake),
        maxLagMs: maxLagOf(commands),
      },
      healed: healing?.healed ?? null,
      ended: healing?.ended ?? { at: world.gate.steps, atMs: world.nowMs(), pending: [] },
    });
    const startedMs = timer?.nowMs() ?? 0;
    const judgement = judge(history);
    const walk = new Walk();
    const [departure] = designs().judge(world.effects, (design, steps, seen) => {
      walk.see(design, steps);
      onSeen?.(design, steps, seen);
    });
    timer?.judged(timer.nowMs() - startedMs);
    const [threw] = world.broken;
    const [twoEnds] = world.recorder.contradictions;
    const now = world.gate.steps;
    const { violation: convicted } = judgement;
    const violation: Violation | null =
      (unreadable && { property: 'observation', message: unreadable.message, at: now }) ??
      (threw === undefined ? null : { property: 'threw', message: threw.message, at: now }) ??
      (stuck && { property: 'stuck', message: stuck.message, at: stuck.report.step }) ??
      (twoEnds === undefined ? null : { property: 'two-ends', message: twoEnds, at: now }) ??
      (convicted && { property: convicted.rule, message: convicted.explanation, at: convicted.at }) ??
      departureOf(departure);
    return {
      violation,
      inconclusive: judgement.inconclusive.map(({ oracle, reason }) => `${oracle}: ${reason}`),
      history,
      healing,
      steps: world.gate.steps,
      traceHash: world.gate.traceHash(),
      trace: world.gate.trace.steps,
      effects: world.effects,
      judged: judgement.judged,
      walk,
      faults: world.faultMarks(),
      marks: world.marks.counts(),
      metrics: world.metrics(),
      openErrors: openErrors(world),
    };
  } finally {
    await world.close();
  }
}
