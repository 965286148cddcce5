/** The hunt for mutants as a user meets it: what is found, what survives, what is broken, and what the exit codes say. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canaryId, knownMutants } from '#properties/mutants/known.ts';
import type { Mutant } from '#properties/mutants/mutant.ts';
import { mutants } from './mutants.ts';
import { type HuntEnd, type Hunted, linesOf, mutantsExitCode, resultLine, summaryOf } from './mutants-report.ts';
import { printed, unwrapped } from './printed.ts';
import { scratch } from './scratch.ts';

const { directory, written } = scratch();

const harmless: Mutant = {
  id: 'harmless',
  file: 'impl/core/breaker.ts',
  find: 'export const defaultBreaker',
  replace: 'export  const defaultBreaker',
  breaks: 'nothing',
};
const notLoaded: Mutant = {
  ...harmless,
  id: 'not-loaded',
  file: 'impl/adapters/channel/websocket-server.ts',
  find: 'export async function',
};
const syntaxless: Mutant = { ...harmless, id: 'syntaxless', replace: 'export const const' };
const listOf = (name: string, ...list: readonly Mutant[]): string => written(name, JSON.stringify(list));

const hunted = (id: string, report: HuntEnd): Hunted => ({ mutant: { ...harmless, id }, report, seconds: 1.25 });
const found = (id: string, scenarios: number, commands: number): Hunted =>
  hunted(id, { kind: 'found', by: 'OR4', way: 'concurrent', scenarios, commands, message: 'it differs' });
const survived = hunted('b', { kind: 'survived', scenarios: 2_000 });
const broken = hunted('c', { kind: 'broken', message: 'SyntaxError\n  somewhere' });
const skipped = hunted('d', { kind: 'skipped', message: 'no clang' });

describe('[MU5] hunting mutants from the command line', () => {
  it('finds the canary within 50 scenarios, and exits 0', async () => {
    const json = join(directory, 'canary.json');
    const { value, text } = await printed(() => mutants({ only: [canaryId], scenarios: 50, jobs: 1, seed: 5, json }));
    expect(text).toMatch(new RegExp(`${canaryId} +\\S+ +\\d+ +\\d+ .*1 of 1 found \\(100.0 %\\)\n.*\nseed 5`, 's'));
    const [figures] = (JSON.parse(readFileSync(json, 'utf8')) as ReturnType<typeof summaryOf>).mutants;
    expect(figures).toMatchObject({ id: canaryId, kind: 'found' });
    expect(value).toBe(0);
  });

  it('says what survives and exits 1', async () => {
    const file = listOf('harmless.json', harmless);
    const { value, text } = await printed(() => mutants({ file, scenarios: 3, jobs: 1, seed: 5 }));
    expect(text).toMatch(/harmless +SURVIVED +3 +- .*SURVIVED harmless \(impl\/core\/breaker\.ts\): nothing\n0 of 1 found/s);
    expect(value).toBe(1);
  });

  it('calls broken what cannot be loaded, or is loaded by nobody, and exits 3', async () => {
    const file = listOf('broken.json', syntaxless, { ...notLoaded, find: notLoadedText() });
    const { value, text } = await printed(() => mutants({ file, scenarios: 3, jobs: 2, seed: 5 }));
    expect(unwrapped(text)).toMatch(/BROKEN not-loaded .*: no scenario on memory loads its file/);
    expect(unwrapped(text)).toMatch(/BROKEN syntaxless .*: a worker was ended with exit code 1 before it reported/);
    expect(text).toContain('0 of 0 found, 2 broken');
    expect(value).toBe(3);
  });

  it('refuses what it cannot begin with', async () => {
    const plain = { scenarios: 3, jobs: 1 };
    await expect(mutants({ ...plain, only: ['nobody'] })).rejects.toThrow(/--only: there is no mutant nobody; known are /);
    await expect(mutants({ ...plain, file: 'nowhere.json' })).rejects.toThrow('nowhere.json: cannot be read: ENOENT');
    const absent = listOf('absent.json', { ...harmless, find: 'never to be found' });
    await expect(mutants({ ...plain, file: absent })).rejects.toThrow('harmless: expected to find its text once');
  });
});

/** Some text that is once in that file. */
function notLoadedText(): string {
  const text = readFileSync(join(import.meta.dirname, '..', notLoaded.file), 'utf8');
  return text.split('\n').find((line) => line.length > 40 && text.split(line).length === 2) ?? '';
}

describe('[MU6] what a hunt tells', () => {
  it('is a table, what was not found and why, and the figures', () => {
    const lines = linesOf([found('a', 4, 2), found('e', 90, 6), survived, broken, skipped], 7);
    expect(lines[0]?.split('\n')).toEqual([
      'mutant  found by  scenarios  commands  seconds',
      '------  --------  ---------  --------  -------',
      'a       OR4               4         2      1.3',
      'b       SURVIVED       2000         -      1.3',
      'c       BROKEN            -         -      1.3',
      'd       skipped           -         -      1.3',
      'e       OR4              90         6      1.3',
    ]);
    expect(lines.slice(1)).toEqual([
      'SURVIVED b (impl/core/breaker.ts): nothing',
      'BROKEN c (impl/core/breaker.ts): nothing: SyntaxError\n  somewhere',
      'skipped d (impl/core/breaker.ts): nothing: no clang',
      '2 of 3 found (66.7 %), 1 broken, 1 skipped',
      'median: found in 90 scenarios, counterexample of 6 commands',
      'seed 7',
    ]);
    expect(resultLine(broken, 3, 5)).toBe('3/5 c: BROKEN: SyntaxError, - scenarios, 1.3 s');
  });

  it('exits 0 only when all were found; what could not be made here is not held against anybody', () => {
    expect([[found('a', 1, 1)], [found('a', 1, 1), skipped], [survived], [survived, broken]].map(mutantsExitCode)).toEqual([
      0, 0, 1, 3,
    ]);
    expect(summaryOf([skipped], 1)).toMatchObject({ killRate: null, scenarios: null, commands: null });
  });

  it('knows every mutant by a sentence', () => {
    for (const { breaks } of knownMutants) expect(breaks).toMatch(/^[A-Z].*\.$/);
  });
});
