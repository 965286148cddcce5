/** Campaigns split over workers, and how a failure or a run that is not the same twice is told. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { ConcurrentReport } from '#properties/concurrent/check-concurrent.ts';
import { type Figures, noFigures } from '#properties/concurrent/figures.ts';
import type { ConcurrentCommand, ConcurrentScenario } from '#properties/concurrent/scenario.ts';
import type { ConcurrentFailure } from '#properties/concurrent/shrunk.ts';
import { type CampaignResult, campaignHere, campaignLine, merged, printFailure, runCampaign, sharesOf } from './concurrent.ts';
import { printed, unwrapped } from './printed.ts';

const minutes = 60_000;

const scenarioOf = (commands: number): ConcurrentScenario => ({
  format: 1,
  kind: 'concurrent',
  setup: { wallets: 2, backends: 1, balance: 9n, skewMs: [], roundMs: 4_000 },
  strategy: { kind: 'serial' },
  commands: Array.from(
    { length: commands },
    (_, id): ConcurrentCommand => ({
      ...{ id, actor: 'wallet#0', op: { kind: 'createThread', thread: `thread#${id}` }, priority: 0, demotions: [], faults: [] },
    }),
  ),
});

const failureOf = (commands: number, property = 'OR5'): ConcurrentFailure => ({
  scenario: scenarioOf(commands),
  original: scenarioOf(9),
  violation: { property, message: 'a strong read is old', at: 77 },
  executions: 41,
  minimal: true,
});

const report = (over: Partial<ConcurrentReport>): ConcurrentReport => ({
  figures: noFigures,
  failure: null,
  nondeterminism: null,
  ...over,
});

const resultOf = (over: Partial<CampaignResult>): CampaignResult => ({
  ...report({}),
  ground: 'memory',
  seconds: 1.25,
  savedAs: null,
  unlikeAs: null,
  ...over,
});

describe('[UI6] a campaign split over workers', () => {
  const options = { ground: 'memory', runs: 31, seed: 5, jobs: 2 } as const;
  let whole: CampaignResult;
  beforeAll(async () => {
    whole = await runCampaign(options);
  }, minutes);

  it('gives each an equal share and a seed of its own, whatever the seed', () => {
    expect(sharesOf({ ...options, runs: 11, jobs: 3, budgetMs: 9 })).toEqual([
      { ground: 'memory', runs: 4, seed: 5, budgetMs: 9 },
      { ground: 'memory', runs: 4, seed: 104_734, budgetMs: 9 },
      { ground: 'memory', runs: 3, seed: 209_463, budgetMs: 9 },
    ]);
    const seeds = sharesOf({ ...options, runs: 64, jobs: 64, seed: 2_147_483_647 }).map(({ seed }) => seed);
    expect(new Set(seeds).size).toBe(64);
    expect(seeds.every((seed) => Number.isInteger(seed) && Math.abs(seed) <= 2_147_483_648)).toBe(true);
  });

  it('is the sum of its shares, each run alone', { timeout: 2 * minutes }, async () => {
    const reports: ConcurrentReport[] = [];
    for (const share of sharesOf(options)) reports.push(await campaignHere(share, () => undefined));
    const { figures, failure, nondeterminism } = whole;
    expect({ figures, failure, nondeterminism }).toEqual(merged(reports));
    expect(figures.scenarios).toBe(31);
    expect(figures.twice).toBe(2);
    expect(figures.steps).toBe(reports.reduce((sum, each) => sum + each.figures.steps, 0));
    const drawn = (each: Figures): number => Object.values(each.commands).reduce((sum, one) => sum + one.drawn, 0);
    expect(drawn(figures)).toBe(reports.reduce((sum, each) => sum + drawn(each.figures), 0));
  });

  it('is the same campaign again, and another one with another seed', { timeout: 2 * minutes }, async () => {
    const { seconds: _, ...first } = whole;
    const { seconds: __, ...again } = await runCampaign(options);
    expect(again).toEqual(first);
    expect((await runCampaign({ ...options, seed: 6 })).figures).not.toEqual(first.figures);
  });

  it('keeps the smallest failure, and the first run that was not the same twice', () => {
    const [large, small] = [failureOf(4, 'OR5'), failureOf(2, 'OR6')];
    const [first, second] = [3, 4].map((step) => ({ scenario: scenarioOf(1), step, first: 'a', second: 'b' }));
    const reports = [report({}), report({ failure: large, nondeterminism: first ?? null })];
    expect(merged([...reports, report({ failure: small, nondeterminism: second ?? null })])).toEqual(
      report({ failure: small, nondeterminism: first ?? null }),
    );
    expect(merged([report({}), report({})])).toEqual(report({}));
  });
});

describe('[UI7] a campaign is told', () => {
  const figures: Figures = {
    ...noFigures,
    ...{ scenarios: 200, steps: 4_200, twice: 4, nondeterministic: 1, inconclusive: 3 },
    convergence: { 8: 150, 16: 48, 120: 2 },
  };

  it('in one line', () => {
    const line =
      'memory, everybody at once: 200 scenarios, 4200 steps in 1.3 s: no violation, ' +
      '3 inconclusive, 1 of 4 nondeterministic; agreed after p50/p99/max 8/16/120 steps';
    expect(campaignLine(resultOf({ figures }))).toBe(line);
    expect(campaignLine(resultOf({ failure: failureOf(1) }))).toMatch(/: VIOLATION of OR5, .* p50\/p99\/max -\/-\/- steps$/);
  });

  it('with the commands that fail, and the command that replays them last', async () => {
    const savedAs = `${process.cwd()}/properties/regressions/or5-0.json`;
    const { text } = await printed(() => printFailure(resultOf({ failure: failureOf(2), savedAs })));
    expect(unwrapped(text).split('\n')).toEqual([
      '',
      'VIOLATION of OR5 on memory, 2 commands at once (9 before shrinking, 41 executions, 1-minimal)',
      '  2 wallets with 9 each, 1 backends that work every 4000 ms; everybody connected and signed in',
      '  schedule: serial: one command after another',
      '  #0 wallet#0 creates thread#0',
      '  #1 wallet#0 creates thread#1',
      '',
      'a strong read is old',
      '',
      'saved  properties/regressions/or5-0.json',
      'report npm run report -- properties/regressions/or5-0.json',
      'replay npm run replay -- properties/regressions/or5-0.json',
      '',
    ]);
    const { text: onLedger } = await printed(() => printFailure(resultOf({ failure: failureOf(2), savedAs, ground: 'litesvm' })));
    expect(onLedger).toMatch(
      / on litesvm, .*\nreport npm run report -- properties\/regressions\/or5-0\.json --ledger litesvm\nreplay npm run replay -- properties\/regressions\/or5-0\.json --ledger litesvm\n$/s,
    );
  });

  it('on one screen, however long it is, with the commands whole and last', async () => {
    const savedAs = `${process.cwd()}/properties/regressions/or5-0.json`;
    const failure = { ...failureOf(900), violation: { property: 'OR5', message: 'because\n'.repeat(300), at: 7 } };
    const nondeterminism = { scenario: scenarioOf(900), step: 12, first: 'a '.repeat(4_000), second: null };
    const long = resultOf({ failure, savedAs, nondeterminism, unlikeAs: '/elsewhere/scenario-1.json' });
    const { text } = await printed(() => printFailure(long));
    const [, unlike = '', violated = ''] = text.split(/^(?=NONDETERMINISM|VIOLATION)/m);
    for (const [block, file] of [
      [unlike, '/elsewhere/scenario-1.json'],
      [violated, 'properties/regressions/or5-0.json'],
    ] as const) {
      const lines = block.trimEnd().split('\n');
      expect(lines.length).toBeLessThan(40);
      expect(lines.slice(-3)).toEqual([`saved  ${file}`, `report npm run report -- ${file}`, `replay npm run replay -- ${file}`]);
      expect(block).toMatch(/\n {2}\.\.\. \d{2,3} lines more in the file\n/);
      expect(block).toMatch(/#0 wallet#0 .*#899 wallet#0 /s);
    }
  });

  it('with where two runs of one scenario part ways', async () => {
    const nondeterminism = { scenario: scenarioOf(1), step: 12, first: '12|0|effect|a', second: null };
    const unlikeAs = '/elsewhere/scenario-1.json';
    const { text: told } = await printed(() => printFailure(resultOf({ nondeterminism, unlikeAs })));
    const text = unwrapped(told);
    expect(text).toMatch(
      /^\nNONDETERMINISM: .*\nfirst differing step 12\n {2}once: {2}12\|0\|effect\|a\n {2}again: the run had ended\n/s,
    );
    expect(text).toContain('#0 wallet#0 creates thread#0');
    expect(text).toMatch(/\nsaved {2}(\S+)\nreport npm run report -- \1\nreplay npm run replay -- \1\n$/);
    expect((await printed(() => printFailure(resultOf({})))).text).toBe('');
  });
});
