/** What the parts of the `world` benchmark share: scenarios drawn beforehand, running them against the clock, medians. */
import { availableParallelism, loadavg } from 'node:os';
import fc from 'fast-check';
import { concurrentScenarios } from '#properties/concurrent/arbitrary.ts';
import { execute } from '#properties/concurrent/execute.ts';
import type { ConcurrentScenario } from '#properties/concurrent/scenario.ts';
import type { Tier } from '#simulations/world/authorities.ts';

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** How busy the machine was in the last minute: with more than one a core, others took their share of the time. */
export const loadNote = (): string => `load ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} cores`;

/** Three clients, faults on. Draws that come to nothing are left out, so that a scenario has a few commands fewer at times. */
const upTo = (commands: number): fc.Arbitrary<ConcurrentScenario> =>
  concurrentScenarios({ maxCommands: commands, exactly: true, wallets: 3, faults: true });

/** The same ones for the same seed. */
export const drawScenarios = (commands: number, count: number, seed: number): readonly ConcurrentScenario[] =>
  fc.sample(upTo(commands), { numRuns: count, seed });

/** Only such as really have twelve commands, barriers and those that set the scene included. */
export const drawTwelves = (count: number, seed: number): readonly ConcurrentScenario[] =>
  fc.sample(
    upTo(12).filter(({ commands }) => commands.length === 12),
    { numRuns: count, seed },
  );

export interface Round {
  /** Wall time of each scenario, in order: opening its world, running, mending, healing, judging, closing. */
  readonly times: readonly number[];
  readonly wallMs: number;
  /** Of that, judging. */
  readonly judgedMs: number;
  /** Processor time of the whole process, helper threads included. */
  readonly cpuMs: number;
  readonly steps: number;
  /** Scenarios in which a rule was violated; 0 unless something is wrong. */
  readonly violations: number;
}

/** Runs each once, one after another. */
export async function runRound(tier: Tier, scenarios: readonly ConcurrentScenario[]): Promise<Round> {
  const times: number[] = [];
  let [judgedMs, steps, violations] = [0, 0, 0];
  const timer = {
    nowMs: () => performance.now(),
    judged: (ms: number) => {
      judgedMs += ms;
    },
  };
  const before = process.cpuUsage();
  for (const scenario of scenarios) {
    const startedMs = performance.now();
    const executed = await execute(tier, scenario, { timer });
    times.push(performance.now() - startedMs);
    steps += executed.steps;
    if (executed.violation !== null) violations += 1;
  }
  const { user, system } = process.cpuUsage(before);
  return { times, wallMs: sum(times), judgedMs, cpuMs: (user + system) / 1_000, steps, violations };
}

export const perSecond = ({ times, wallMs }: Round): number => (1_000 * times.length) / wallMs;

/** Empty where all is well. */
export const violationNote = (rounds: readonly Round[]): string => {
  const violations = sum(rounds.map((round) => round.violations));
  return violations === 0 ? '' : `, VIOLATIONS in ${violations} runs`;
};
