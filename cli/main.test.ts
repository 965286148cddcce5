/** The command line as a user meets it: a process, its output, its exit code. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { choir, choirIn } from './choir-process.ts';
import { duration, fileToWrite, wholeNumber } from './options.ts';
import { unwrapped } from './printed.ts';
import { scratch } from './scratch.ts';
import { table } from './table.ts';
import { columns } from './terminal/wrap.ts';

const { directory, written } = scratch();

const scenario = (steps: readonly unknown[]): string =>
  JSON.stringify({ format: 1, kind: 'lockstep', setup: { wallets: 2, backends: 1, balance: '5000' }, steps });

describe('[UI1] a command line that is wrong runs nothing, says what was expected, and exits 2', () => {
  it.each([
    ['an unknown flag, with the nearest known', ['check', '--rusn', '3'], /unknown option '--rusn'\s*\(Did you mean --runs\?\)/],
    ['an unknown command, with the nearest known', ['chekc'], /unknown command 'chekc'\s*\(Did you mean check\?\)/],
    ['a count that is none', ['check', '--runs', 'many'], /--runs.*expected a whole number from 1 to/],
    ['a duration without a unit', ['check', '--budget', '60'], /--budget.*expected a duration above zero such as 60s/],
    ['a ledger that is none', ['check', '--ledger', 'solana'], /--ledger.*bankrun, litesvm/],
    ['a tier that is none', ['check', '--tier', 'fast'], /--tier.*memory, svm/],
    [
      'a ledger where there is none to choose',
      ['check', '--tier', 'memory', '--ledger', 'bankrun'],
      /--ledger: the memory tier has no/,
    ],
    ['a missing argument', ['replay'], /missing required argument 'file'/],
    ['one argument too many', ['doctor', 'who'], /too many arguments/],
    ['a benchmark that is none', ['bench', 'speed'], /unknown benchmark 'speed': known are gateway/],
    ['no workers', ['check', '--jobs', '0'], /--jobs.*argument '0'.*expected a whole number from 1 to 64/],
    ['a part that is none', ['schedules', '--shard', '5/4'], /--shard.*argument '5\/4'.*expected a part such as 1\/4/],
    ['a verdict into a directory that is none', ['soak', '--junit', 'nowhere/a.xml'], /--junit.*expected a file in a directory/],
    [
      'a verdict where nothing can be written',
      ['check', '--junit', '/proc/choir.xml'],
      /--junit.*expected a file that can be writ/,
    ],
    ['a page of nothing', ['report'], /expected a scenario, or --new/],
    ['a page of what is new, and of a file', ['report', 'a.json', '--new'], /--new: expected neither a scenario nor --out/],
    ['pages of one file', ['report', 'a.json', '--out-dir', 'pages'], /--out-dir: expected --new with it/],
    ['too many workers', ['soak', '--jobs', '99'], /--jobs.*argument '99'.*expected a whole number from 1 to 64/],
    [
      'a count of concurrent scenarios that is none',
      ['check', '--concurrent', 'x'],
      /--concurrent.*expected a whole number from 0 to/,
    ],
    ['a kind of scenario that is none', ['check', '--only', 'serial'], /--only.*lockstep, concurrent/],
    [
      'a file in a directory that is none',
      ['check', '--json', 'nowhere/a.json'],
      /--json.*expected a file in a directory that exists/,
    ],
    [
      'a soak of nothing',
      ['soak', '--memory', '0', '--svm', '0', '--replays', '0'],
      /nothing to do: --memory, --svm and --replays/,
    ],
    ['a scenario that is not there', ['replay', 'nowhere.json'], /nowhere\.json: cannot be read: ENOENT/],
    ['a scenario that is a directory', ['replay', 'cli'], /cli: cannot be read: EISDIR/],
    ['a scenario that is prose', ['replay', 'README.md'], /README\.md: not JSON/],
  ])('%s', (_what, words, message) => {
    const { code, stdout, stderr } = choir(...words);
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it.each([
    ['no URL', 'localhost', /QDRANT_URL: expected an http or https URL/],
    ['a place where nothing answers', 'http://127.0.0.1:9', /expected a Qdrant that tells its version/],
  ])('a QDRANT_URL that is %s', (_what, url, message) => {
    const { code, stderr } = choirIn({ environment: { QDRANT_URL: url } }, 'check', '--runs', '1', '--ledger', 'litesvm');
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  it('a scenario that does not fit, with the path inside it', () => {
    const file = written('bad.json', scenario([{ kind: 'advance', ms: 'soon' }]));
    const { code, stderr } = choir('replay', file);
    expect(stderr).toMatch(/bad\.json: at steps\.0\.ms: /);
    expect(code).toBe(2);
  });
});

describe('[UI2] choir', () => {
  it('explains every command and exits 0', () => {
    const { code, stdout } = choir('--help');
    const commands = [
      'check',
      'explore',
      'mutants',
      'mutate',
      'soak',
      'schedules',
      'soak-crash',
      'serve',
      'replay',
      'report',
      'bench',
      'fuzz-program',
      'doctor',
    ];
    for (const command of commands) expect(stdout).toContain(command);
    expect(code).toBe(0);
    expect(choir('check', '--help').stdout).toMatch(/--budget.*Examples:/s);
  });

  it('replays a scenario step by step and exits 0 when it holds', () => {
    const steps = [
      { kind: 'operation', client: 'wallet#0', operation: { kind: 'createThread', thread: 'thread#0' } },
      { kind: 'operation', client: 'wallet#1', operation: { kind: 'divest', thread: 'thread#0' } },
    ];
    const { code, stdout } = choir('replay', written('good.json', scenario(steps)));
    expect(stdout).toContain('1. wallet#0 creates thread#0 -> confirmed, version 1');
    expect(stdout).toContain('2. wallet#1 divests from thread#0 -> refused NotCoAuthor');
    expect(stdout).toContain('no violation in 2 steps');
    expect(code).toBe(0);
  });

  it('checks every ground, names what it ran on, and writes the figures', () => {
    const json = join(directory, 'check.json');
    const { code, stdout: told, stderr } = choir('check', '--runs', '2', '--concurrent', '40', '--seed', '11', '--json', json);
    const stdout = unwrapped(told);
    // Nothing that is printed is wider than a terminal, but for what is to be copied.
    expect(told.split('\n').filter((line) => line.length > columns)).toEqual([]);
    expect(stderr).toMatch(/the model's own reducers;.*Solana: litesvm in process; Qdrant: the .*Solana: bankrun in process/s);
    expect(stdout).toMatch(
      /2 scenarios.*no violation.*2 scenarios.*no violation.*2 scenarios.*no violation\n.*marks reached.*\nseed 11/s,
    );
    expect(stdout).toMatch(/memory, everybody at once: 40 scenarios.*litesvm, .*: 2 scenarios.*bankrun, .*: 2 scenarios/s);
    const figures = JSON.parse(readFileSync(json, 'utf8')) as {
      seed: number;
      tiers: { memory: { scenarios: number }; svm: { scenarios: number } };
      violations: unknown[];
    };
    expect(figures).toMatchObject({
      seed: 11,
      tiers: { memory: { scenarios: 42 }, svm: { scenarios: 8 } },
      violations: [],
      inconclusive: 0,
    });
    expect(code).toBe(0);
  });

  it('checks and replays in the memory tier alone, where nothing else needs to load', () => {
    const { code, stdout, stderr } = choir('check', '--tier', 'memory', '--runs', '3', '--concurrent', '20', '--seed', '11');
    expect(stderr).toContain("the model's own reducers");
    expect(stderr).not.toContain('litesvm');
    expect(unwrapped(stdout)).toMatch(/3 scenarios.*no violation\n/);
    expect(code).toBe(0);
    const steps = [{ kind: 'operation', client: 'wallet#0', operation: { kind: 'createThread', thread: 'thread#0' } }];
    const replayed = choir('replay', written('memory.json', scenario(steps)), '--tier', 'memory');
    expect(replayed.stdout).toMatch(/the model's own reducers.*-> confirmed, version 1.*no violation in 1 steps/s);
    expect(replayed.code).toBe(0);
  });

  it('tells a healthy machine from one on which the main job cannot run', () => {
    const { code, stdout } = choir('doctor');
    expect(stdout).toMatch(/bankrun\s+loads/);
    expect(code).toBe(0);
  });
});

describe('[UI3] the parts of the command line', () => {
  it('parse durations and whole numbers', () => {
    expect(['500ms', '60s', '2m', '1h'].map(duration)).toEqual([500, 60_000, 120_000, 3_600_000]);
    for (const bad of ['', '60', '0s', '-1s', '1.5s', '1d', 's', '9999999999s'])
      expect(() => duration(bad), bad).toThrow('expected a duration');
    expect(wholeNumber(1, 9)('7')).toBe(7);
    for (const bad of ['', '0', '10', '1.0', '1e0', ' 1']) expect(() => wholeNumber(1, 9)(bad), bad).toThrow('from 1 to 9');
  });

  it('take a file to write only where it can be written', () => {
    const file = join(directory, 'figures.json');
    expect(fileToWrite(file)).toBe(file);
    expect(existsSync(file)).toBe(false);
    const old = written('old.json', 'as it was');
    expect([fileToWrite(old), readFileSync(old, 'utf8')]).toEqual([old, 'as it was']);
    expect(() => fileToWrite('/proc/figures.json')).toThrow('expected a file that can be written: E');
    for (const bad of ['', directory, join(directory, 'nowhere', 'figures.json')])
      expect(() => fileToWrite(bad), bad).toThrow('expected a file in a directory that exists');
  });

  it('align tables, numbers to the right', () => {
    const text = table([
      ['name', 'count'],
      ['a', '5'],
      ['longer', '1,200'],
    ]);
    expect(text).toBe(['name    count', '------  -----', 'a           5', 'longer  1,200'].join('\n'));
  });
});
