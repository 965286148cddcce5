/** Time of the ownership oracles over growing histories, and of all oracles over one scenario's worth. */
import type { History } from '#properties/oracles/history.ts';
import { judge } from '#properties/oracles/judge.ts';
import { searchLinearization } from '#properties/oracles/linearizability-search.ts';
import { judgeVersions } from '#properties/oracles/ownership-versions.ts';
import { judgeWitness } from '#properties/oracles/ownership-witness.ts';
import { fullHistory, randomHistory } from '#properties/oracles/random-history.ts';
import type { Verdict } from '#properties/oracles/verdict.ts';
import { median } from '../median.ts';
import type { BenchRow } from './bench-row.ts';

const sizes = [1_000, 10_000, 100_000] as const;
/** The first ones run code that is not compiled yet. */
const repetitions = 11;

/** 32 clients; about 50 operations a thread, so that a larger history is longer rather than denser. */
const ownershipHistory = (operations: number): History =>
  randomHistory(operations, {
    ...fullHistory,
    operations,
    clients: 32,
    threads: Math.ceil(operations / 50),
    texts: 1_000,
    unknown: 2,
    observers: false,
    stepMs: 1,
  });

function timed(oracle: (history: History) => Verdict, history: History): number {
  const times = Array.from({ length: repetitions }, () => {
    const startedMs = performance.now();
    const { kind } = oracle(history);
    if (kind !== 'holds') throw new Error(`a correct history of ${history.operations.length} operations is ${kind}`);
    return performance.now() - startedMs;
  });
  return median(times);
}

const name = (size: number): string => `${size / 1_000}k`;

function growth(what: string, oracle: (history: History) => Verdict, histories: readonly History[], bar?: number): BenchRow[] {
  const times = histories.map((history) => timed(oracle, history));
  return sizes.map((size, index) => {
    const [ms = Number.NaN, before] = [times[index], times[index - 1]];
    const perOperation = `${((ms * 1000) / size).toFixed(2)} us an operation`;
    const ratio = before === undefined ? '' : `, ${(ms / before).toFixed(1)} times the time for 10 times the operations`;
    const isBarred = bar !== undefined && size === 100_000;
    return {
      name: `${what}, ${name(size)} operations`,
      figure: ms,
      unit: 'ms',
      ...(isBarred ? { bar: { atMost: bar } } : {}),
      detail: `${perOperation}${ratio}`,
    };
  });
}

function everything(): BenchRow {
  const histories = Array.from({ length: 300 }, (_, seed) => randomHistory(seed, { ...fullHistory, operations: 12, clients: 3 }));
  const startedMs = performance.now();
  for (const history of histories) judge(history);
  const ms = (performance.now() - startedMs) / histories.length;
  const detail = `mean of ${histories.length}, 3 clients; 40 % of a scenario at 300 a second is 1.33 ms`;
  return { name: 'all oracles, 12 operations', figure: ms, unit: 'ms', bar: { atMost: 1.33 }, detail };
}

export function run(): Promise<BenchRow[]> {
  const histories = sizes.map(ownershipHistory);
  const search = (history: History): Verdict => searchLinearization(history, { stepLimit: 10_000_000, compareVersions: false });
  return Promise.resolve([
    ...growth('version check', judgeVersions, histories, 300),
    ...growth('witness replay', judgeWitness, histories),
    ...growth('search without versions', search, histories),
    everything(),
  ]);
}
