/**
 * What every concurrent scenario has in common, whatever system it is for: commands that carry their own scheduling and their own
 * faults, and a strategy. The shrinker knows this much and asks its caller (`Shape`) for the rest.
 *
 * All defaults (priority 0, no demotion, no fault, the serial strategy) mean: in list order, one after another, nothing fails.
 */
import type { Demotion } from '#simulations/engine/event.ts';
import type { FaultPosition } from '#simulations/engine/fault-plan.ts';
import type { StrategySpec } from '#simulations/engine/portfolio.ts';

/** A fault that strikes its command's `at`-th port call of those it can strike, from 1. */
export interface PlacedFault<Fault> {
  readonly at: number;
  readonly position: FaultPosition;
  readonly fault: Fault;
}

export interface Command<Op, Fault> {
  /** Unique in its scenario, and kept when others are removed: names, hashes and recorded schedules follow from it. */
  readonly id: number;
  /** Who does it. Commands of one actor run one after another, in list order; those of different actors side by side. */
  readonly actor: string;
  readonly op: Op;
  readonly priority: number;
  readonly demotions: readonly Demotion[];
  readonly faults: readonly PlacedFault<Fault>[];
}

export interface Shrinkable<Op, Fault> {
  readonly strategy: StrategySpec;
  readonly commands: readonly Command<Op, Fault>[];
}

/** What one execution of a scenario showed. */
export interface Execution {
  /** The failure's class: the violated rule. null: nothing is wrong, or nothing could be decided. */
  readonly failure: string | null;
  /** The tasks whose events were run, one name a step, in order. */
  readonly schedule: readonly string[];
}

/** What only the caller knows of its scenarios. Each form it offers must be plainer than what it was made from. */
export interface Shape<Op, Fault, S extends Shrinkable<Op, Fault>> {
  /** Runs the scenario on a fresh system. Must not throw for a scenario that is merely odd: that is no failure. */
  readonly run: (scenario: S) => Promise<Execution>;
  /** Plainer operations worth trying in its place, plainest first. */
  readonly plainerOps: (op: Op) => readonly Op[];
  /** Weaker faults worth trying in its place, weakest first. */
  readonly weakerFaults: (fault: Fault) => readonly Fault[];
  /** Positions at which it can strike as well and does less. Default: it stays where it is. */
  readonly plainerPositions?: (placed: PlacedFault<Fault>) => readonly FaultPosition[];
  /**
   * Every id that operations share (a thread, a key, a text), by kind, plainest first; an operation with one id put for
   * another.
   */
  readonly ids: (op: Op) => readonly string[];
  readonly rename: (op: Op, from: string, to: string) => Op;
  /** Ids to try in place of this one, plainest first; all plainer than it. */
  readonly plainerIds: (id: string) => readonly string[];
  /** What sort of id it is: two of one kind may be joined into one. Default: joined are only those that `plainerIds` names. */
  readonly kindOf?: (id: string) => string;
  /** Plainer scenarios that differ in what no other of these knows (the set-up, when a command begins), plainest first. */
  readonly plainerSetups: (scenario: S) => readonly S[];
  /** The task name under which a command's events are scheduled. */
  readonly taskOf: (command: Command<Op, Fault>) => string;
}

export interface ShrinkLimits {
  /** Executions at most; 400 by default. */
  readonly executions?: number;
  /** Wall time at most, milliseconds; 30,000 by default. */
  readonly ms?: number;
}

export interface Shrunk<S> {
  readonly scenario: S;
  readonly executions: number;
  /**
   * Each command, fault, demotion, priority and schedule segment was taken away alone, and each time the failure went away; for a
   * segment also: or the run switched more often than before.
   */
  readonly minimal: boolean;
}
