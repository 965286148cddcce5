/**
 * The svm tier on LiteSVM with everybody at once: scenarios a second, and what the harness takes beside what is inside the
 * SVM, HTTP and SQLite (`inside-time.ts` says what is counted as inside). The Qdrant is the emulator over real HTTP, since
 * only it can fail. A scenario in which an answer never comes waits for the client's time limit on the wall clock: scenarios
 * a second include that, and the detail says what they are without; the ratio leaves it out on both sides.
 */
import { openTier } from '../ground.ts';
import { median } from '../median.ts';
import type { BenchRow } from './bench-row.ts';
import { type InsideTime, InsideTimers } from './inside-time.ts';
import { drawTwelves, loadNote, perSecond, type Round, runRound, violationNote } from './world-scenarios.ts';

const scenarioCount = 60;
const warmUp = 20;
const rounds = 3;

interface SvmRound {
  readonly round: Round;
  readonly inside: InsideTime;
}

/** Wall time without waiting for answers that never come. */
const workedMs = ({ round, inside }: SvmRound): number => round.wallMs - inside.waitedMs;

async function measure(): Promise<readonly SvmRound[]> {
  const tier = await openTier('litesvm', 'faults');
  try {
    await runRound(tier, drawTwelves(warmUp, 13));
    const scenarios = drawTwelves(scenarioCount, 12);
    const measured: SvmRound[] = [];
    for (let index = 0; index < rounds; index += 1) {
      const timers = new InsideTimers();
      try {
        const round = await runRound(tier, scenarios);
        measured.push({ round, inside: timers.read() });
      } finally {
        timers.remove();
      }
    }
    return measured;
  } finally {
    await tier.close();
  }
}

export async function svmRows(): Promise<readonly BenchRow[]> {
  const measured = await measure();
  const rates = measured.map(({ round }) => perSecond(round));
  const working = median(measured.map((each) => (1_000 * scenarioCount) / workedMs(each)));
  const waitedS = median(measured.map(({ inside }) => inside.waitedMs)) / 1_000;
  const ratios = measured.map((each) => workedMs(each) / each.inside.insideMs - 1);
  const ms = (of: (each: SvmRound) => number): string => (median(measured.map(of)) / scenarioCount).toFixed(1);
  return [
    {
      name: 'litesvm: 12 commands, 3 clients, faults, oracles, healing',
      figure: median(rates),
      unit: 'scenarios/s',
      bar: { atLeast: 25 },
      detail:
        `median of ${rounds} rounds of ${scenarioCount}, best ${Math.max(...rates).toFixed(1)}; ${loadNote()}; ` +
        `${working.toFixed(1)} without the ${waitedS.toFixed(1)} s a round that nobody answered` +
        violationNote(measured.map(({ round }) => round)),
    },
    {
      name: 'litesvm: harness over inside SVM, HTTP and SQLite',
      figure: median(ratios),
      unit: 'x',
      bar: { atMost: 2 },
      detail:
        `best ${Math.min(...ratios).toFixed(2)}; ms a scenario: ${ms(workedMs)} in all, ` +
        `SVM ${ms(({ inside }) => inside.svmMs)}, SQLite ${ms(({ inside }) => inside.sqliteMs)}, ` +
        `HTTP ${ms(({ inside }) => inside.httpMs)} (${ms(({ inside }) => inside.roundTrips)} round trips), ` +
        `oracles ${ms(({ round }) => round.judgedMs)}`,
    },
  ];
}
