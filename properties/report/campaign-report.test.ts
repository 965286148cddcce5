/** A campaign as data, from figures made by hand. How it is shown: `simulations/report/render-campaign.ts`. */
import { describe, expect, it } from 'vitest';
import { noMetrics } from '#impl/backend/monitor/metrics.ts';
import { inStretch } from '#properties/concurrent/course.ts';
import { type Figures, noFigures, requiredMarks } from '#properties/concurrent/figures.ts';
import type { Ground } from '#properties/conformance/ground.ts';
import { Stats } from '#properties/lockstep/stats.ts';
import type { CampaignFailure } from '#simulations/report/campaign-model.ts';
import { type CampaignSource, campaignReport, convergenceOf } from './campaign-report.ts';

const figures: Figures = {
  ...noFigures,
  ...{ scenarios: 10, steps: 300, twice: 2 },
  commands: { post: { drawn: 8, executed: 6, refused: 2, unsettled: 1 } },
  faults: { 'S2-expired before': { planned: 5, fired: 4, effective: 3 } },
  strategies: { pct: 9, sticky: 1 },
  walked: {
    pct: { states: { a: 3, beyond: 1 }, steps: { x: 1, y: 2 }, faults: {} },
    sticky: { states: { b: 1 }, steps: { y: 1 }, faults: { f: 1 } },
  },
  marks: { 'Q5 stale read': 2 },
  convergence: { 4: 9, 40: 1 },
  metrics: {
    ...noMetrics,
    syncDelay: { count: 2, sumMs: 1_300, byMs: { 0: 1, 1300: 1 } },
    conflicts: { StateDesync: 1 },
    compared: 4,
  },
};

const ground = {
  states: new Set(['a', 'b', 'c']),
  steps: new Set(['x', 'y', 'z', 'w']),
  faults: new Set(['f', 'g']),
} as unknown as Ground;

const campaign = (name: string, over: Partial<Figures> = {}): CampaignSource['campaigns'][number] => ({
  ...{ ground: name, seconds: 2 },
  figures: inStretch(0, { ...figures, ...over }),
});

const lockstep = (inconclusive = 0): CampaignSource['lockstep'][number] => {
  const stats = new Stats();
  for (let times = 0; times < 4; times += 1) stats.drawn('post');
  stats.executed('post', null);
  return {
    ledger: 'bankrun',
    seconds: 1,
    report: { scenarios: 7, commands: 9, effects: 20, stats, inconclusive, failure: null },
  };
};

const source = (over: Partial<CampaignSource> = {}): CampaignSource => ({
  ...{
    command: 'npm run check -- --seed 3',
    seed: 3,
    lockstep: [],
    campaigns: [campaign('memory')],
    failures: [],
    troubles: [],
    ground,
  },
  ...over,
});

const failure = (property: string): CampaignFailure => ({
  ...{ property, rule: null, on: 'memory', message: 'old', scenario: [], again: [] },
});

describe('[CP1] a campaign is gathered', () => {
  it('with the sums of all its grounds, as plain JSON', () => {
    const made = campaignReport(source({ campaigns: [campaign('memory'), campaign('litesvm')], lockstep: [lockstep()] }));
    expect(JSON.parse(JSON.stringify(made))).toEqual(made);
    expect(made.commands).toEqual([{ name: 'post', drawn: 16, ran: 12, refused: 4, unsettled: 2 }]);
    expect(made.lockstepCommands.find(({ name }) => name === 'post')).toEqual({
      name: 'post',
      drawn: 4,
      ran: 1,
      refused: 0,
      unsettled: 0,
    });
    expect(made.faults).toEqual([{ name: 'S2-expired before', planned: 10, fired: 8, effective: 6 }]);
    expect(made.marks.map(({ name }) => name)).toEqual(requiredMarks);
    expect(made.marks.filter(({ count }) => count > 0)).toEqual([
      { name: 'S2-expired before', count: 6 },
      { name: 'Q5 stale read', count: 4 },
    ]);
    expect(made.health.map(({ name, p50, p99, count }) => [name, p50, p99, count])).toEqual([
      ['sync delay', 0, 1.3, 4],
      ['state drift', null, null, null],
    ]);
    expect(made.conflictRate).toBe(0.25);
  });

  it('with what ran on each ground, and what came of it', () => {
    const campaigns = [campaign('memory'), campaign('litesvm', { inconclusive: 1 })];
    const { runs } = campaignReport(source({ lockstep: [lockstep()], campaigns, failures: [failure('OR5')] }));
    expect(runs).toEqual([
      { ground: 'bankrun', way: 'in lockstep', scenarios: 7, steps: 20, seconds: 1, verdict: 'no violation' },
      { ground: 'memory', way: 'everybody at once', scenarios: 10, steps: 300, seconds: 2, verdict: 'violation' },
      { ground: 'litesvm', way: 'everybody at once', scenarios: 10, steps: 300, seconds: 2, verdict: 'undecided' },
    ]);
  });

  it('with what each strategy has walked, and all together', () => {
    expect(campaignReport(source()).strategies).toEqual([
      { name: 'pct', scenarios: 9, states: [1, 3], steps: [2, 4], faults: [0, 2] },
      { name: 'sticky', scenarios: 1, states: [1, 3], steps: [1, 4], faults: [1, 2] },
      { name: 'all together', scenarios: null, states: [2, 3], steps: [2, 4], faults: [1, 2] },
    ]);
    expect(campaignReport(source({ ground: null })).strategies).toEqual([]);
  });

  it('with its verdict: violations first, then whatever leaves it undecided, then none', () => {
    const verdict = (over: Partial<CampaignSource>) => campaignReport(source(over)).verdict;
    expect(verdict({})).toEqual({ kind: 'none', title: 'No violation', messages: [] });
    expect(verdict({ failures: [failure('OR5')] })).toMatchObject({ kind: 'violation', title: 'Violation of OR5' });
    expect(verdict({ failures: [failure('OR5'), failure('OR6')] }).title).toBe('2 violations');
    const unclear = verdict({
      lockstep: [lockstep(2)],
      campaigns: [campaign('memory', { inconclusive: 1, nondeterministic: 1 })],
      troubles: ['others'],
    });
    expect(unclear).toEqual({
      ...{ kind: 'inconclusive', title: 'No verdict' },
      messages: [
        '3 scenarios without a verdict: an oracle could not decide',
        '1 of 2 scenarios that were run twice were not the same run',
        'others',
      ],
    });
    expect(verdict({ failures: [failure('OR5')], troubles: ['others'] })).toMatchObject({
      kind: 'violation',
      messages: ['others'],
    });
  });

  it('with each gate: reached, tripped, or of too few to tell', () => {
    const made = campaignReport(source({ campaigns: [campaign('memory', { scenarios: 90_000 })] }));
    const gate = (what: string) => made.gates.find((each) => each.what === what);
    expect(gate('post: ran, of those drawn')).toMatchObject({ seen: 6, of: 8, state: 'reached' });
    expect(gate('vote: ran, of those drawn')).toMatchObject({ of: 0, state: 'open' });
    expect(gate('S7-lagging before: reached, of all scenarios')).toMatchObject({ seen: 0, of: 90_000, state: 'tripped' });
    expect(made.verdict.kind).toBe('inconclusive');
    expect(made.verdict.messages).toHaveLength(1);
    expect(made.verdict.messages[0]).toMatch(
      /^vacuous, \d\d shares are smaller than chance explains, such as .*; expected at least/,
    );
  });

  it('without what did not run: nothing, not 0', () => {
    const made = campaignReport(source({ campaigns: [], lockstep: [lockstep()], ground: null }));
    expect(made).toMatchObject({
      marks: [],
      strategies: [],
      convergence: null,
      commands: [],
      faults: [],
      courses: [],
      health: [],
      conflictRate: null,
    });
    expect(made.gates.length).toBeGreaterThan(0);
  });
});

describe('[CP1] steps until all agree are gathered in bins', () => {
  it('of one width that a person would choose, the empty ones included', () => {
    const { bins, p50, p99, max, agreed } = convergenceOf({ 4: 9, 41: 1 }) ?? expect.unreachable();
    expect({ p50, p99, max, agreed }).toEqual({ p50: 4, p99: 41, max: 41, agreed: 10 });
    expect(bins).toHaveLength(21);
    expect(bins.filter(({ count }) => count > 0)).toEqual([
      { from: 4, to: 5, count: 9 },
      { from: 40, to: 41, count: 1 },
    ]);
    const widths = [0, 29, 30, 60, 149, 2_999].map((most) => convergenceOf({ [most]: 1 })?.bins[0]?.to);
    expect(widths).toEqual([0, 0, 1, 4, 4, 99]);
    expect(convergenceOf({})).toBeNull();
  });
});

describe('[CP2] the course of a campaign is gathered', () => {
  it('as a line for each ground and number', () => {
    const { courses, stretches } = campaignReport(source({ campaigns: [campaign('memory'), campaign('litesvm')] }));
    expect(courses.map(({ name, series }) => [name, ...series.map(({ ground: name, values }) => `${name} ${values}`)])).toEqual([
      ['Sync delay', 'memory 1.3', 'litesvm 1.3'],
      ['Conflict rate', 'memory 0.25', 'litesvm 0.25'],
      ['Resolution time', 'memory ', 'litesvm '],
      ['State drift', 'memory ', 'litesvm '],
      ['Agreement', 'memory 40', 'litesvm 40'],
      ['Length', 'memory 30', 'litesvm 30'],
    ]);
    expect(stretches).toEqual([
      { ground: 'memory', scenarios: [10] },
      { ground: 'litesvm', scenarios: [10] },
    ]);
  });
});
