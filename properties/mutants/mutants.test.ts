/** Mutants as data: what a list may hold, how its texts are put in place, and that the lies for oracles are lies. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { concurrentScenarios } from '#properties/concurrent/arbitrary.ts';
import { execute } from '#properties/concurrent/execute.ts';
import type { History } from '#properties/oracles/history.ts';
import { openMemoryTier } from '#simulations/world/memory/memory-tier.ts';
import { changedSource, changedText } from './apply.ts';
import { canaryId, knownMutants } from './known.ts';
import { believed, lieNames, lies } from './lies-told.ts';
import { groundOf, MutantError, parseMutants, readMutants } from './mutant.ts';

const mutant = { id: 'a-b', file: 'impl/core/retry.ts', find: 'x', replace: 'y', breaks: 'nothing works' };

describe('[MU1] a mutant is one place of one file', () => {
  const change = (find: string, text: string, replace = 'y'): string => changedText({ ...mutant, find, replace }, text);

  it('which is replaced literally, whatever signs are in it', () => {
    expect(change('a + b', 'x = a + b;', '$& - $1')).toBe('x = $& - $1;');
    expect(change('(a|b)', 'x = (a|b)\n', '')).toBe('x = \n');
  });

  it.each([
    ['is not there', 'c', 'a + b', 'a-b: expected to find its text once in impl/core/retry.ts, found it 0 times'],
    ['is there twice', 'a', 'a + a', 'a-b: expected to find its text once in impl/core/retry.ts, found it 2 times'],
  ])('and is refused where it %s', (_what, find, text, message) => {
    expect(() => change(find, text)).toThrow(message);
    expect(() => change(find, text)).toThrow(MutantError);
  });

  it('and is refused where there is no such file', () => {
    expect(() => changedSource({ ...mutant, file: 'impl/core/nowhere.ts' })).toThrow(
      'a-b: there is no file impl/core/nowhere.ts',
    );
  });
});

describe('[MU2] the known mutants', () => {
  it('fit the sources as they are, are each one of a kind, and change something', () => {
    for (const each of knownMutants) {
      expect(changedSource(each).length).toBeGreaterThan(0);
      expect(each.replace).not.toBe(each.find);
    }
    expect(parseMutants(structuredClone(knownMutants), 'known')).toHaveLength(knownMutants.length);
    const places = knownMutants.map(({ file, find, replace }) => JSON.stringify([file, find, replace]));
    expect(new Set(places).size).toBe(places.length);
  });

  it('are of every part: the implementation, the program, what judges', () => {
    const count = (of: RegExp): number => knownMutants.filter(({ file }) => of.test(file)).length;
    expect(count(/^impl\/(core|backend|frontend|adapters)\//)).toBeGreaterThanOrEqual(46);
    expect(count(/^impl\/program\/src\//)).toBeGreaterThanOrEqual(8);
    expect(count(/^(model|properties\/oracles)\//)).toBeGreaterThanOrEqual(6);
    expect(knownMutants.map(({ id }) => id)).toContain(canaryId);
  });

  it('are hunted where their file is used', () => {
    const ground = (file: string): string => groundOf({ ...mutant, file });
    expect(['impl/core/retry.ts', 'impl/frontend/views.ts', 'properties/oracles/judge.ts'].map(ground)).toEqual(
      Array(3).fill('memory'),
    );
    expect(['impl/adapters/qdrant/context.ts', 'impl/program/src/specs.h', 'model/qdrant.ts'].map(ground)).toEqual(
      Array(3).fill('litesvm'),
    );
    expect(groundOf({ ...mutant, file: 'model/qdrant.ts', on: 'memory' })).toBe('memory');
  });
});

describe('[MU3] a list of mutants that does not fit is refused with the place inside it', () => {
  it.each<readonly [string, unknown, RegExp]>([
    ['nothing', [], /mine: at the top: expected at least one mutant/],
    ['no list', mutant, /mine: at the top: .*expected array/],
    ['an id of other signs', [{ ...mutant, id: 'A b' }], /mine: at 0\.id: expected words of \[a-z0-9\] joined by -/],
    ['a file elsewhere', [mutant, { ...mutant, id: 'c', file: '../x.ts' }], /mine: at 1\.file: expected a source under impl/],
    ['nothing to find', [{ ...mutant, find: '' }], /mine: at 0\.find: /],
    ['no word of what it breaks', [{ ...mutant, breaks: undefined }], /mine: at 0\.breaks: /],
    ['a field that is none', [{ ...mutant, flag: true }], /mine: at 0: .*flag/],
    ['a lie that is none', [{ ...mutant, believes: 'all' }], /mine: at 0\.believes: /],
    ['an id twice', [mutant, mutant], /mine: expected ids to be unique, got a-b again/],
  ])('%s', (_what, json, message) => {
    expect(() => parseMutants(json, 'mine')).toThrow(message);
    expect(() => parseMutants(json, 'mine')).toThrow(MutantError);
  });

  it('and so is a file that cannot be read, or is no JSON', () => {
    expect(() => readMutants('nowhere.json')).toThrow('nowhere.json: cannot be read: ENOENT');
    expect(() => readMutants('README.md')).toThrow('README.md: not JSON');
  });
});

describe('[MU4] lies told of true histories', () => {
  const histories: History[] = [];
  beforeAll(async () => {
    const tier = await openMemoryTier();
    const scenarios = fc.sample(concurrentScenarios({ maxCommands: 12, exactly: true }), { numRuns: 20, seed: 17 });
    for (const scenario of scenarios) histories.push((await execute(tier, scenario)).history);
  });

  it.each(lieNames)('%s is convicted by its rule wherever it can be told', (name) => {
    const told = histories.filter((history) => lies[name].tell(history) !== null);
    expect(told.length).toBeGreaterThan(0);
    expect(told.map((history) => believed(history, name)).filter((what) => what !== null)).toEqual([]);
  });
});
