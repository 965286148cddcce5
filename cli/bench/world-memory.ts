/**
 * The memory tier with everybody at once: scenarios a second, the share of that time that judging takes, and how time grows
 * with the number of commands. A scenario is everything `execute` does: a fresh world, the run with its faults, mending,
 * healing, all oracles. Scenarios are drawn beforehand; what drawing costs is in the detail. What is recorded and looked at
 * during a run, and the checks by which healing finds out that all agree, are the run's time; the oracles' is what `judge`
 * takes over the finished history.
 */
import type { Tier } from '#simulations/world/authorities.ts';
import { openMemoryTier } from '#simulations/world/memory/memory-tier.ts';
import { median } from '../median.ts';
import type { BenchRow } from './bench-row.ts';
import { drawScenarios, drawTwelves, loadNote, perSecond, type Round, runRound, sum, violationNote } from './world-scenarios.ts';

const scenarioCount = 300;
const rounds = 5;
const sizes = [10, 25, 50, 100, 200] as const;
const scenariosPerSize = 40;
const roundsPerSize = 3;

async function speed(tier: Tier): Promise<readonly BenchRow[]> {
  const drawnFromMs = performance.now();
  const scenarios = drawTwelves(scenarioCount, 12);
  const drawMs = (performance.now() - drawnFromMs) / scenarioCount;
  await runRound(tier, scenarios);
  const measured: Round[] = [];
  for (let round = 0; round < rounds; round += 1) measured.push(await runRound(tier, scenarios));
  const rates = measured.map(perSecond);
  const cpu = median(measured.map(({ cpuMs }) => cpuMs / scenarioCount));
  const steps = (measured[0]?.steps ?? 0) / scenarioCount;
  const judgedMs = median(measured.map((each) => each.judgedMs)) / scenarioCount;
  return [
    {
      name: 'memory: 12 commands, 3 clients, faults, oracles, healing',
      figure: median(rates),
      unit: 'scenarios/s',
      bar: { atLeast: 300 },
      detail:
        `median of ${rounds} rounds of ${scenarioCount}, best ${Math.max(...rates).toFixed(0)}; ${loadNote()}; ` +
        `${steps.toFixed(0)} steps and ${cpu.toFixed(2)} ms of processor time each; ` +
        `drawing ${drawMs.toFixed(2)} ms each, not counted${violationNote(measured)}`,
    },
    {
      name: 'memory: share of that time in oracles',
      figure: median(measured.map((each) => each.judgedMs / each.wallMs)),
      unit: 'of 1',
      bar: { atMost: 0.4 },
      detail: `${judgedMs.toFixed(3)} ms a scenario`,
    },
  ];
}

interface Size {
  readonly commands: number;
  readonly ms: number;
}

/** Sizes take turns, so that a busy while hits all of them alike. */
async function measureSizes(tier: Tier): Promise<readonly Size[]> {
  const drawn = sizes.map((size) => drawScenarios(size, scenariosPerSize, size));
  const times = sizes.map((): number[] => []);
  for (let round = 0; round < roundsPerSize; round += 1) {
    for (const [index, scenarios] of drawn.entries()) times[index]?.push(...(await runRound(tier, scenarios)).times);
  }
  return drawn.map((scenarios, index) => ({
    commands: sum(scenarios.map(({ commands }) => commands.length)) / scenarios.length,
    ms: median(times[index] ?? []),
  }));
}

/** Of the line through the logarithms with the least squares: 1 is linear, 2 quadratic. */
function slope(measured: readonly Size[]): number {
  const points = measured.map(({ commands, ms }) => [Math.log(commands), Math.log(ms)] as const);
  const x = sum(points.map(([each]) => each)) / points.length;
  const y = sum(points.map(([, each]) => each)) / points.length;
  return sum(points.map(([a, b]) => (a - x) * (b - y))) / sum(points.map(([a]) => (a - x) ** 2));
}

/** A constant part hides growth at the small end, so the slope between the two largest sizes is told as well. */
async function linearity(tier: Tier): Promise<BenchRow> {
  const measured = await measureSizes(tier);
  const each = measured.map(({ commands, ms }) => (ms / commands).toFixed(2)).join('/');
  return {
    name: `memory: slope of log time over log commands, ${sizes.join('/')}`,
    figure: slope(measured),
    unit: '',
    bar: { atMost: 1.1 },
    detail:
      `${each} ms a command, medians of ${scenariosPerSize * roundsPerSize} runs; ` +
      `${slope(measured.slice(-2)).toFixed(2)} between the last two`,
  };
}

export async function memoryRows(): Promise<readonly BenchRow[]> {
  const tier = await openMemoryTier();
  try {
    return [...(await speed(tier)), await linearity(tier)];
  } finally {
    await tier.close();
  }
}
