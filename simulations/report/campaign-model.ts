/** What a campaign came to, as plain JSON, for whoever shows it. Says nothing of how it looks. */
import type { Verdict } from './report-model.ts';

/** Something violated, and how to see it again. */
export interface CampaignFailure {
  readonly property: string;
  readonly rule: Verdict['rule'];
  /** The ground; null where nobody noted it. */
  readonly on: string | null;
  readonly message: string;
  /** The scenario, one line each; empty where only the file has it. */
  readonly scenario: readonly string[];
  /** Where it was saved, and the commands that show it. */
  readonly again: readonly string[];
}

export interface CampaignRun {
  readonly ground: string;
  readonly way: 'in lockstep' | 'everybody at once';
  readonly scenarios: number;
  readonly steps: number;
  readonly seconds: number;
  /** In a few words. */
  readonly verdict: string;
}

export interface CommandRow {
  readonly name: string;
  readonly drawn: number;
  readonly ran: number;
  readonly refused: number;
  readonly unsettled: number;
}

export interface FaultRow {
  readonly name: string;
  readonly planned: number;
  readonly fired: number;
  readonly effective: number;
}

type Share = readonly [part: number, whole: number];

export interface StrategyRow {
  readonly name: string;
  /** null of all together. */
  readonly scenarios: number | null;
  readonly states: Share;
  readonly steps: Share;
  readonly faults: Share;
}

/** `reached`: the share is there. `open`: too few to tell. `tripped`: chance does not explain that it is not there. */
export interface GateRow {
  readonly what: string;
  readonly seen: number;
  readonly of: number;
  readonly atLeast: number;
  /** The share is at most this, as far as can be told. */
  readonly atMost: number;
  readonly state: 'reached' | 'open' | 'tripped';
}

/** Something that backends measured, in the whole campaign. Half, 99 of 100 and all were no more than that; null: nothing measured. */
export interface HealthRow {
  readonly name: string;
  readonly unit: string;
  readonly p50: number | null;
  readonly p99: number | null;
  readonly max: number | null;
  /** How many were measured; null of what is measured all the time. */
  readonly count: number | null;
}

/** Scenarios that agreed after `from` to `to` steps, both included. */
export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

export interface Convergence {
  readonly bins: readonly Bin[];
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly agreed: number;
}

/** One number as it was in each stretch of a campaign; null where nothing was measured. */
export interface Series {
  readonly ground: string;
  readonly values: readonly (number | null)[];
}

/** A number of which one wants to see whether it stays as it is. */
export interface Course {
  readonly name: string;
  readonly unit: string;
  /** What the number is, in a sentence. */
  readonly meaning: string;
  readonly series: readonly Series[];
}

export interface CampaignReport {
  /** What was typed. */
  readonly command: string;
  readonly seed: number;
  readonly verdict: {
    readonly kind: Verdict['kind'];
    readonly title: string;
    /** What keeps it from being none. */
    readonly messages: readonly string[];
  };
  readonly failures: readonly CampaignFailure[];
  readonly runs: readonly CampaignRun[];
  readonly marks: readonly { readonly name: string; readonly count: number }[];
  readonly strategies: readonly StrategyRow[];
  /** null: nobody agreed, or nothing ran that could. */
  readonly convergence: Convergence | null;
  readonly lockstepCommands: readonly CommandRow[];
  readonly commands: readonly CommandRow[];
  readonly faults: readonly FaultRow[];
  readonly gates: readonly GateRow[];
  readonly health: readonly HealthRow[];
  /** Conflicts met for each thread compared; null: nothing was compared. */
  readonly conflictRate: number | null;
  readonly courses: readonly Course[];
  /** Scenarios in each stretch of each ground. */
  readonly stretches: readonly { readonly ground: string; readonly scenarios: readonly number[] }[];
}
