/** Gates against campaigns that show nothing: each trips for what it guards against, and for nothing else. */
import { describe, expect, it } from 'vitest';
import { oracleNames } from '#properties/oracles/judge.ts';
import { openMemoryTier } from '#simulations/world/memory/memory-tier.ts';
import { drawnKinds } from './arbitrary.ts';
import { checkConcurrent } from './check-concurrent.ts';
import { type Figures, noFigures, requiredMarks } from './figures.ts';
import { commandGates, confidence, explainTripped, gatesOf, trippedAmong, upperBound } from './vacuity.ts';

const scenarios = 40_000;

const each = <T>(names: readonly string[], value: T): Readonly<Record<string, T>> =>
  Object.fromEntries(names.map((name) => [name, value]));

/** A long campaign in which everything came often enough. */
const full: Figures = {
  ...noFigures,
  scenarios,
  commands: each(drawnKinds, { drawn: 9_000, executed: 8_900, refused: 4_000, unsettled: 90 }),
  faults: { 'S1-dropped before': { planned: 2_000, fired: 400, effective: 300 } },
  marks: each(requiredMarks, 60),
  judged: each(oracleNames, 30_000),
};

const commandsBut = (left: string): Figures['commands'] =>
  Object.fromEntries(Object.entries(full.commands).filter(([kind]) => kind !== left));

const tripped = (over: Partial<Figures>): readonly string[] =>
  trippedAmong(gatesOf({ ...full, ...over })).map(({ what, seen, of }) => `${what}: ${seen} of ${of}`);

/** Of `of` trials with this share, at most `seen`. */
function chanceOf(seen: number, of: number, share: number): number {
  let chance = (1 - share) ** of;
  let sum = chance;
  for (let hits = 1; hits <= seen; hits += 1) {
    chance *= ((of - hits + 1) / hits) * (share / (1 - share));
    sum += chance;
  }
  return sum;
}

describe('the bound of a share', () => {
  it('[VG1] is the share with which so few are as unlikely as stated, exactly', () => {
    for (const [seen, of] of [
      [0, 1],
      [0, 2_000],
      [1, 10],
      [3, 500],
      [40, 90],
      [150, 600],
    ] as const) {
      const share = upperBound(seen, of);
      expect(chanceOf(seen, of, share) / (1 - confidence), `${seen} of ${of}`).toBeCloseTo(1, 6);
    }
    expect([upperBound(5, 5), upperBound(0, 0)]).toEqual([1, 1]);
  });
});

describe('a campaign', () => {
  it('[VG2] in which everything came trips no gate', () => {
    expect(tripped({})).toEqual([]);
  });

  it.each([
    ['an operation that was never drawn', { commands: commandsBut('vote') }, ['vote: drawn, of all commands: 0 of 270000']],
    [
      'an operation that hardly ran',
      { commands: { ...full.commands, post: { drawn: 9_000, executed: 500, refused: 100, unsettled: 0 } } },
      ['post: ran, of those drawn: 500 of 9000'],
    ],
    [
      'an operation that was nearly always refused',
      { commands: { ...full.commands, settle: { drawn: 9_000, executed: 8_900, refused: 8_890, unsettled: 0 } } },
      ['settle: not refused, of those that ran: 10 of 8900'],
    ],
    [
      'a fault that hardly ever came',
      { faults: { 'S1-dropped before': { planned: 90_000, fired: 600, effective: 500 } } },
      ['S1-dropped before: came, of those placed: 600 of 90000'],
    ],
    [
      'a fault that came and changed next to nothing',
      { faults: { 'S1-dropped before': { planned: 2_000, fired: 1_900, effective: 80 } } },
      ['S1-dropped before: changed anything, of those that came: 80 of 1900'],
    ],
    [
      'a mark that was never reached',
      { marks: { ...full.marks, 'Q5 stale read': 0 } },
      ['Q5 stale read: reached, of all scenarios: 0 of 40000'],
    ],
    [
      'an oracle that had nothing to compare',
      { judged: { ...full.judged, 'tokens-conserved': 0 } },
      ['tokens-conserved: had something to compare, of all scenarios: 0 of 40000'],
    ],
  ] as const)('[VG3] with %s trips that gate', (_what, over, expected) => {
    expect(tripped(over as Partial<Figures>)).toEqual(expected);
  });

  it('[VG4] that is too short to tell trips none, and its own figures are what is asked', async () => {
    expect(trippedAmong(gatesOf({ ...noFigures, scenarios: 100 }))).toEqual([]);
    const { figures } = await checkConcurrent({ tier: await openMemoryTier(), runs: 8, seed: 1, nowMs: () => 0 });
    expect(trippedAmong(gatesOf(figures))).toEqual([]);
    expect(Object.keys(figures.judged).sort()).toEqual([...oracleNames].sort());
    expect(figures.judged['observers-forward']).toBeGreaterThan(0);
  });

  it('[VG3] in lockstep is asked the same of its commands', () => {
    const vote = { drawn: 500, executed: 2, refused: 0, unsettled: 0 };
    const gates = commandGates({ post: { drawn: 500, executed: 400, refused: 3, unsettled: 0 }, vote }, ['post', 'vote']);
    expect(trippedAmong(gates).map(explainTripped)).toEqual([
      'vote: ran, of those drawn: 2 of 500, which is at most 2.8%; expected at least 10%',
    ]);
  });
});
