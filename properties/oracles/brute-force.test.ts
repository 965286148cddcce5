import { describe, expect, it } from 'vitest';
import { dice } from '#properties/program/fuzzing/random.ts';
import { isLinearizable } from './brute-force.ts';
import { corrupted } from './corrupt.ts';
import type { History } from './history.ts';
import { searchLinearization } from './linearizability-search.ts';
import { judgeVersions } from './ownership-versions.ts';
import { judgeWitness } from './ownership-witness.ts';
import { fullHistory, plainRules, randomHistory } from './random-history.ts';

const count = 50_000;

/** Three clients, few operations; in every second one the clock is fast enough for specs to expire. */
function small(seed: number): History {
  const random = dice(seed ^ 0x5eed);
  const isFast = random.percent(50);
  return randomHistory(seed, {
    ...fullHistory,
    operations: 3 + random.below(4),
    clients: 3,
    threads: random.percent(75) ? 1 : 2,
    texts: 2,
    unknown: 20,
    observers: false,
    rules: isFast ? { ...plainRules, specLifetimeS: 2 } : plainRules,
    stepMs: isFast ? 250 : 1,
  });
}

interface Tally {
  right: number;
  wrong: number;
  unknown: number;
  readonly disagreements: string[];
}

function compare(seed: number, tally: Tally): void {
  const isSpoilt = seed % 2 === 1;
  const history = isSpoilt ? corrupted(small(seed), dice(seed)) : small(seed);
  const byLedger = isLinearizable(history, { withLandings: true, compareVersions: true });
  const compareVersions = seed % 4 < 2;
  const byAnswers = isLinearizable(history, { withLandings: false, compareVersions });
  const versions = judgeVersions(history).kind;
  const search = searchLinearization({ ...history, landings: null }, { stepLimit: 100_000, compareVersions }).kind;
  const kind = (isRight: boolean): string => (isRight ? 'holds' : 'violated');
  if (versions !== kind(byLedger)) tally.disagreements.push(`seed ${seed}: versions ${versions}, brute force ${kind(byLedger)}`);
  if (search !== kind(byAnswers)) tally.disagreements.push(`seed ${seed}: search ${search}, brute force ${kind(byAnswers)}`);
  const witness = judgeWitness(history).kind;
  if (witness === 'holds' && !byLedger) tally.disagreements.push(`seed ${seed}: the witness holds, brute force says violated`);
  if (!isSpoilt && witness !== 'holds') tally.disagreements.push(`seed ${seed}: the witness refuses a correct history`);
  tally[byLedger ? 'right' : 'wrong'] += 1;
  if (history.operations.some(({ end }) => end === null)) tally.unknown += 1;
}

describe('brute force', () => {
  it(`[OR23] agrees with the version check and the search on ${count} small histories, half of them spoilt`, () => {
    const tally: Tally = { right: 0, wrong: 0, unknown: 0, disagreements: [] };
    for (let seed = 0; seed < count; seed += 1) compare(seed, tally);
    expect(tally.disagreements.slice(0, 5)).toEqual([]);
    expect(tally.wrong).toBeGreaterThan(count / 4);
    expect(tally.right).toBeGreaterThan(count / 2);
    expect(tally.unknown).toBeGreaterThan(count / 5);
  });
});
