/** What a check tells at its end, from results made by hand and from a shell. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { noMetrics } from '#impl/backend/monitor/metrics.ts';
import { type Figures, noFigures, requiredMarks } from '#properties/concurrent/figures.ts';
import type { HealthFigures } from '#properties/concurrent/health-figures.ts';
import type { Scenario } from '#properties/lockstep/scenario.ts';
import { Stats } from '#properties/lockstep/stats.ts';
import {
  type CheckResults,
  type CorpusReplay,
  checkExitCode,
  corpusFailureLines,
  type GroundResult,
  jsonOf,
  printFailure,
  printSummary,
} from './check-report.ts';
import { choir } from './choir-process.ts';
import type { CampaignResult } from './concurrent.ts';
import { foundCanary } from './found-canary.ts';
import { printed, unwrapped } from './printed.ts';

const directory = mkdtempSync(join(tmpdir(), 'choir-report-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const figures: Figures = {
  ...noFigures,
  ...{ scenarios: 10, steps: 300, twice: 2 },
  commands: { post: { drawn: 8, executed: 6, refused: 2, unsettled: 1 } },
  faults: { 'S2-expired before': { planned: 5, fired: 4, effective: 3 } },
  strategies: { pct: 10 },
  marks: { 'Q5 stale read': 2 },
  convergence: { 4: 9, 40: 1 },
  metrics: {
    ...noMetrics,
    syncDelay: { count: 2, sumMs: 1_300, byMs: { 0: 1, 1300: 1 } },
    conflicts: { StateDesync: 1 },
    compared: 4,
  },
};

const campaign = (over: Partial<CampaignResult> = {}): CampaignResult => ({
  ...{ ground: 'memory', seconds: 2, savedAs: null, unlikeAs: null, figures, failure: null, nondeterminism: null },
  ...over,
});

const scenario: Scenario = {
  format: 1,
  kind: 'lockstep',
  setup: { wallets: 2, backends: 1, balance: 9n },
  steps: [{ kind: 'advance', ms: 5 }],
  found: { property: 'answer', ledger: 'litesvm', seed: 1, message: 'wrong' },
};
const failure = { scenario, originalSteps: 3, executions: 9, minimal: true };

const ground = (over: Partial<GroundResult['report']> = {}, savedAs: string | null = null): GroundResult => ({
  ...{ ledger: 'litesvm', ground: 'Solana: litesvm', seconds: 1, savedAs },
  report: { scenarios: 7, commands: 9, effects: 20, stats: new Stats(), inconclusive: 0, failure: null, ...over },
});

const saved = (name: string): string => join(process.cwd(), 'properties', 'regressions', name);
const results = (over: Partial<CheckResults>): CheckResults => ({
  seed: 3,
  grounds: [],
  campaigns: [],
  corpus: [],
  canary: foundCanary,
  ...over,
});

const replayed = (name: string, failure: CorpusReplay['failure'] = { property: 'OR5', message: 'old' }): CorpusReplay => ({
  ...{ ground: 'memory', file: saved(name), kind: 'concurrent', seconds: 0.5, failure, skipped: null },
});

const violated: CampaignResult = campaign({
  savedAs: saved('or5-1.json'),
  failure: {
    ...{ scenario: {} as never, original: {} as never, executions: 1, minimal: true },
    violation: { property: 'OR5', message: 'old', at: 3 },
  },
});
const undecided = campaign({ figures: { ...figures, inconclusive: 1 } });
const unlike = campaign({ nondeterminism: { scenario: {} as never, step: 1, first: 'a', second: 'b' } });

describe('[UI7] the exit code of a check', () => {
  it.each([
    ['0 without any trouble', 0, { grounds: [ground()], campaigns: [campaign()] }],
    ['1 for a violation in lockstep', 1, { grounds: [ground({ failure })] }],
    ['1 for a violation with everybody at once', 1, { grounds: [ground()], campaigns: [campaign(), violated] }],
    ['1 for a file of the corpus that fails', 1, { corpus: [replayed('a.json')] }],
    ['3 for a lockstep run without a verdict', 3, { grounds: [ground({ inconclusive: 1 })] }],
    ['3 for a concurrent run without a verdict', 3, { campaigns: [campaign(), undecided] }],
    ['3 for a run that was not the same twice', 3, { campaigns: [unlike, campaign()] }],
    ['1 for a violation, whatever else there was', 1, { campaigns: [unlike, violated, undecided] }],
  ])('%s', (_what, code, over) => {
    expect(checkExitCode(results(over))).toBe(code);
  });

  it('[VG5] says of what a long campaign shows nothing, and exits 3 for it', async () => {
    const vacuous = results({ campaigns: [campaign({ figures: { ...figures, scenarios: 90_000 } })] });
    const { text } = await printed(() => printSummary(vacuous));
    expect(unwrapped(text)).toMatch(
      /\nVACUOUS S7-lagging before: reached, of all scenarios: 0 of 90000, which is at most 0\.010%; expected at least 0\.050%\n/,
    );
    expect(checkExitCode(vacuous)).toBe(3);
    expect(jsonOf(vacuous)).toMatchObject({
      vacuous: expect.arrayContaining([expect.objectContaining({ of: 90_000, seen: 0 })]),
    });
    const short = results({ campaigns: [campaign()] });
    expect((await printed(() => printSummary(short))).text).not.toContain('VACUOUS');
    expect([checkExitCode(short), (jsonOf(short) as { vacuous: unknown }).vacuous]).toEqual([0, []]);
  });
});

describe('[UI7] the JSON of a check', () => {
  it('has the figures of every ground, and adds up what is said of all', () => {
    const grounds = [ground({ failure, inconclusive: 2 }, saved('answer-1.json'))];
    const campaigns = [violated, campaign({ ground: 'bankrun', figures: { ...figures, inconclusive: 1, nondeterministic: 1 } })];
    const json = jsonOf(results({ grounds, campaigns, corpus: [replayed('fine.json', null), replayed('old.json')] }));
    const { commands, faults, strategies } = figures;
    const one = { scenarios: 10, steps: 300, twice: 2, commands, faults, strategies };
    expect(JSON.parse(JSON.stringify(json))).toMatchObject({
      seed: 3,
      tiers: { memory: { scenarios: 10, steps: 300, seconds: 2 }, svm: { scenarios: 17, steps: 320, seconds: 3 } },
      ledgers: { litesvm: { post: { drawn: 0, executed: 0, refused: 0, unsettled: 0 } } },
      violations: [
        { property: 'regression', file: 'properties/regressions/old.json' },
        { property: 'OR5', file: 'properties/regressions/or5-1.json' },
        { property: 'answer', file: 'properties/regressions/answer-1.json' },
      ],
      marks: { 'S2-expired before': 6, 'Q5 stale read': 4, 'B2 outbox replayed': 0 },
      concurrent: { memory: one, bankrun: one },
      inconclusive: 3,
      nondeterministic: 1,
      convergence: { p50: 4, p99: 40, max: 40 },
      health: {
        sync_delay: { p50: 0, p99: 1.3, max: 1.3, count: 4, waiting: 0 },
        conflict_rate: 0.25,
        resolution_time: {},
        state_drift: { p50: null, p99: null, max: null, end: 0 },
      },
    });
  });

  it('says null, not 0, of what was not measured', () => {
    const json = JSON.parse(JSON.stringify(jsonOf(results({})))) as object;
    expect(json).toMatchObject({ convergence: { p50: null, p99: null, max: null }, health: null, concurrent: {}, marks: {} });
  });
});

describe('[UI7] the summary of a check', () => {
  const summary = async (over: Partial<CheckResults>): Promise<string> =>
    unwrapped((await printed(() => printSummary(results(over)))).text);

  it('has no table for a kind of scenario that was not run', async () => {
    const lockstepOnly = await summary({ grounds: [ground()] });
    expect(lockstepOnly).toMatch(
      /^\ncommand .*\nSolana: litesvm: 7 scenarios, .*: no violation\n0 of \d+ marks reached.*\nseed 3\n$/s,
    );
    expect(lockstepOnly).not.toContain('at once');
    const concurrentOnly = await summary({ campaigns: [campaign()] });
    expect(concurrentOnly).not.toMatch(/^command/m);
    expect(concurrentOnly).toMatch(
      new RegExp(
        `^\nat once .*\nmemory, everybody at once: 10 .*\n2 of ${requiredMarks.length} marks of faults and races reached; never: `,
        's',
      ),
    );
  });

  it('adds up what was drawn, what ran, and what faults did', async () => {
    const text = await summary({ campaigns: [campaign(), campaign({ ground: 'litesvm' })] });
    expect(text).toMatch(/\npost +16 +75% +4 +2\n/);
    expect(text).toMatch(/\nS2-expired before +10 +8 +6\n/);
    expect(text).toMatch(/\npct +20\n/);
    expect(text).toMatch(
      /\nsync delay p50\/p99\/max 0\/1.3\/1.3 s of 4, 0 not there in the end; drift -\/-\/- threads, 0 in the end\n/,
    );
    expect(text).toMatch(/\nconflicts for each thread compared 0.25; resolved after p50\/p99\/max -\n/);
    expect(text).toMatch(/\nmemory, everybody at once: .*\nlitesvm, everybody at once: /);
    expect(text).toMatch(/\nseed 3\n$/);
  });

  it('comes after the failure in lockstep, which ends with the command that replays it', async () => {
    const { text } = await printed(() => printFailure(ground({ failure }, saved('answer-1.json'))));
    expect(unwrapped(text)).toMatch(
      /^\nVIOLATION of answer on litesvm, 1 steps \(3 before shrinking, 9 executions, 1-minimal\)\n/,
    );
    expect(text).toMatch(
      /\nreport npm run report -- (properties\/regressions\/answer-1\.json --ledger litesvm)\nreplay npm run replay -- \1\n$/,
    );
    expect((await printed(() => printFailure(ground()))).text).toBe('');
  });

  it('[UI7] and is one screen, however long the scenario', async () => {
    const steps = Array.from({ length: 700 }, (_, ms) => ({ kind: 'advance' as const, ms: ms + 1 }));
    const long = { ...failure, scenario: { ...scenario, steps } };
    const { text } = await printed(() => printFailure(ground({ failure: long }, saved('answer-1.json'))));
    const lines = text.trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(40);
    expect(text).toMatch(/\n {2}1\. .*\n {2}\.\.\. 6\d\d lines more in the file\n.*\n {2}700\. .*\n\nwrong\n\nsaved /s);
    expect(lines.at(-1)).toBe('replay npm run replay -- properties/regressions/answer-1.json --ledger litesvm');
  });

  it('[UI7] of a regression that is back ends so, too', () => {
    const lines = corpusFailureLines({ ...replayed('old.json'), ground: 'bankrun', kind: 'lockstep' });
    expect(lines[0]).toBe('VIOLATION of OR5 on bankrun (regression properties/regressions/old.json)');
    expect(lines.slice(-2)).toEqual([
      'report npm run report -- properties/regressions/old.json --ledger bankrun',
      'replay npm run replay -- properties/regressions/old.json --ledger bankrun',
    ]);
    expect(lines).toContain('old');
  });
});

describe('[UI7] a check with everybody at once, from a shell', () => {
  it('writes as JSON what its summary says', { timeout: 120_000 }, () => {
    const file = join(directory, 'figures.json');
    const words = [
      '--tier',
      'memory',
      '--only',
      'concurrent',
      '--concurrent',
      '40',
      '--jobs',
      '2',
      '--seed',
      '8',
      '--json',
      file,
    ];
    const { code, stdout: told } = choir('check', ...words);
    const stdout = unwrapped(told);
    const json = JSON.parse(readFileSync(file, 'utf8')) as {
      readonly concurrent: { readonly memory: Pick<Figures, 'commands' | 'faults' | 'strategies'> & { readonly steps: number } };
      readonly marks: Readonly<Record<string, number>>;
      readonly convergence: Readonly<Record<'p50' | 'p99' | 'max', number>>;
      readonly health: HealthFigures;
    };
    const { commands, faults, strategies, steps: taken } = json.concurrent.memory;
    expect(json).toMatchObject({ seed: 8, violations: [], inconclusive: 0, nondeterministic: 0, ledgers: {} });
    expect(json).toMatchObject({ tiers: { memory: { scenarios: 40, steps: taken } }, concurrent: { memory: { twice: 2 } } });
    for (const { drawn, executed, refused, unsettled } of Object.values(commands)) {
      expect(drawn).toBeGreaterThanOrEqual(executed);
      expect(executed).toBeGreaterThanOrEqual(refused + unsettled);
    }
    for (const { planned, fired, effective } of Object.values(faults)) {
      expect(planned).toBeGreaterThanOrEqual(fired);
      expect(fired).toBeGreaterThanOrEqual(effective);
    }
    expect(Object.values(strategies).reduce((sum, count) => sum + count, 0)).toBe(40);
    expect(Object.keys(json.marks)).toEqual(requiredMarks);
    const { p50, p99, max } = json.convergence;
    expect(p50 > 0 && p50 <= p99 && p99 <= max).toBe(true);
    const { sync_delay, state_drift } = json.health;
    expect(sync_delay).toMatchObject({ p50: 0, waiting: 0 });
    expect(stdout).toContain(`${sync_delay.p99}/${sync_delay.max} s of ${sync_delay.count}, 0 not there in the end`);
    expect([state_drift.p50, state_drift.end]).toEqual([0, 0]);
    expect(stdout).toContain(`memory, everybody at once: 40 scenarios, ${taken} steps in `);
    expect(stdout).toContain(
      `: no violation, 0 inconclusive, 0 of 2 nondeterministic; agreed after p50/p99/max ${p50}/${p99}/${max} steps`,
    );
    const { drawn = 0, refused = 0, unsettled = 0 } = commands['post'] ?? {};
    expect(stdout).toMatch(new RegExp(`\\npost +${drawn} +\\d+% +${refused} +${unsettled}\\n`));
    expect(stdout).not.toMatch(/^command/m);
    expect(code).toBe(0);
  });
});
