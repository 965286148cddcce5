/**
 * The judge of mutation testing, on reports made by hand, and the committed list of survivors. What a green run does not show: that a
 * reason is a good one, which is for readers; and what survives today, for which Stryker has to be run (`npm run mutate`).
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { strykerPlugins } from './ignore-messages.mjs';
import { judge, percentOf } from './judge.ts';
import { asOneLine, keyOf, mutantsOf } from './report.ts';
import { type Explained, parseSurvivors, readSurvivors, reasonClasses } from './survivors.ts';

const root = join(import.meta.dirname, '../..');
const file = 'impl/core/sum.ts';
const source = ['export function sum(a: number, b: number): number {', '  return a + b + a + b;', '}'].join('\n');

type Status = 'Killed' | 'Survived' | 'NoCoverage' | 'Timeout' | 'RuntimeError' | 'Ignored';

/** `a + b` first; the other `+` of the same line is another mutant, of the same name but for its number. */
const plus = (column: number, status: Status, replacement = 'a - b') => ({
  ...{ id: String(column), mutatorName: 'ArithmeticOperator', replacement, status },
  location: { start: { line: 2, column }, end: { line: 2, column: column + 5 } },
});
const block = (status: Status) => ({
  ...{ id: 'block', mutatorName: 'BlockStatement', replacement: '{}', status },
  location: { start: { line: 1, column: 51 }, end: { line: 3, column: 2 } },
});
const reportOf = (mutants: readonly object[], text = source, of = file): object => ({
  schemaVersion: '1.0',
  files: { [of]: { language: 'typescript', source: text, mutants } },
});
const explained = (changes: Partial<Explained> = {}): Explained => ({
  ...{
    file,
    line: 'return a + b + a + b;',
    text: 'a + b',
    replacement: 'a - b',
    nth: 1,
    class: 'equivalent',
    why: 'for the test',
  },
  ...changes,
});

describe('a report of mutants', () => {
  it('[MU8] names each by file, line, text and what stands there instead, wherever the line has moved to', () => {
    const [first] = mutantsOf(reportOf([plus(10, 'Survived')]));
    expect(first).toMatchObject({ ...{ file, line: 'return a + b + a + b;', text: 'a + b', replacement: 'a - b' }, nth: 1 });
    expect(first).toMatchObject({ fate: 'survived', at: `${file}:2:10` });
    const moved = mutantsOf(
      reportOf(
        [{ ...plus(10, 'Survived'), location: { start: { line: 4, column: 10 }, end: { line: 4, column: 15 } } }],
        `\n\n${source}`,
      ),
    );
    expect(moved.map(keyOf)).toEqual([first].map((each) => each && keyOf(each)));
  });

  it('[MU8] counts those of one line that are alike, in the order of their places', () => {
    const mutants = mutantsOf(reportOf([plus(18, 'Killed'), plus(10, 'Survived'), plus(10, 'Timeout', 'a * b')]));
    expect(mutants.map(({ nth, fate, at }) => [nth, fate, at])).toEqual([
      [1, 'survived', `${file}:2:10`],
      [1, 'timeout', `${file}:2:10`],
      [2, 'killed', `${file}:2:18`],
    ]);
  });

  it('[MU8] takes a text over several lines as one line, and of a long one its two ends', () => {
    expect(mutantsOf(reportOf([block('NoCoverage')]))[0]).toMatchObject({
      ...{ line: 'export function sum(a: number, b: number): number {', text: '{ return a + b + a + b; }', fate: 'notCovered' },
    });
    const long = `${'a'.repeat(200)}\n${'b'.repeat(200)}`;
    expect(asOneLine(long)).toBe(`${'a'.repeat(80)} ... ${'b'.repeat(80)}`);
    expect(asOneLine('a'.repeat(160))).toBe('a'.repeat(160));
  });

  it('[MU8] leaves out what is no verdict, and refuses what is no report, saying where', () => {
    expect(mutantsOf(reportOf([plus(10, 'RuntimeError'), block('Ignored')]))).toEqual([]);
    expect(() => mutantsOf({ files: { [file]: { source: 7, mutants: [] } } })).toThrow(/at files\.impl\/core\/sum\.ts\.source/);
    expect(() => mutantsOf(null)).toThrow(/at the top/);
  });
});

describe('a judgement', () => {
  it('[MU7] has nothing against mutants that are killed, and against survivors that are explained', () => {
    const { unexplained, stale, all } = judge(mutantsOf(reportOf([plus(10, 'Survived'), plus(18, 'Killed'), block('Timeout')])), [
      explained(),
    ]);
    expect([unexplained, stale]).toEqual([[], []]);
    expect(all).toEqual({
      ...{ folder: 'all', mutants: 3, killed: 1, timeouts: 1, survived: 1, notCovered: 0, explained: 1 },
    });
  });

  it.each(['Survived', 'NoCoverage'] as const)('[MU7] names one that is %s and not explained', (status) => {
    const mutants = mutantsOf(reportOf([plus(10, 'Killed'), plus(18, status)]));
    expect(judge(mutants, []).unexplained.map(({ at }) => at)).toEqual([`${file}:2:18`]);
    expect(judge(mutants, [explained({ nth: 2 })]).unexplained).toEqual([]);
    for (const change of [{ nth: 1 }, { text: 'b + a' }, { replacement: 'a / b' }, { line: 'return a;' }, { file: 'other.ts' }])
      expect(judge(mutants, [explained({ nth: 2, ...change })]).unexplained).toHaveLength(1);
  });

  it('[MU7] names an explanation of one that is killed now, or gone, but not of one that took too long', () => {
    const because = (status: Status): unknown =>
      judge(mutantsOf(reportOf([plus(10, status), block('Killed')])), [explained()]).stale.map((each) => each.because);
    expect([because('Survived'), because('Killed'), because('Timeout')]).toEqual([[], ['killed'], []]);
    expect(because('Ignored')).toEqual(['gone']);
    const other = explained({ file: 'impl/core/not-run.ts' });
    expect(judge(mutantsOf(reportOf([plus(10, 'Killed')])), [other]).stale).toEqual([]);
  });

  it('[MU7] scores by folder, and an explanation makes no score better', () => {
    const report = {
      files: {
        [file]: { source, mutants: [plus(10, 'Survived'), plus(18, 'Killed')] },
        'impl/core/deeper/sum.ts': { source, mutants: [plus(10, 'NoCoverage'), plus(18, 'Timeout'), block('Killed')] },
      },
    };
    const { scores, all } = judge(mutantsOf(report), [explained()]);
    expect(scores.map((score) => [score.folder, score.mutants, percentOf(score)])).toEqual([
      ['impl/core', 2, 50],
      ['impl/core/deeper', 3, 200 / 3],
    ]);
    expect([all.notCovered, percentOf(all)]).toEqual([1, 60]);
    expect(percentOf(judge([], []).all)).toBe(100);
  });
});

describe('the survivors that are explained', () => {
  const list = readSurvivors();

  it('[MU9] are each of a line that is in its file, once each, with a reason of a class', () => {
    const lost = list.filter(({ file: path, line, text }) => {
      const whole = existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : '';
      const isThere = text.includes(' ... ') || asOneWord(whole).includes(asOneWord(text));
      return !isThere || !whole.split('\n').some((each) => each.trim() === line);
    });
    expect(lost).toEqual([]);
    expect(new Set(list.map(keyOf)).size).toBe(list.length);
    expect(list.filter((each) => !(each.class in reasonClasses))).toEqual([]);
  });

  it('[MU9] are refused where the list does not fit, with the place', () => {
    const entry = { line: 'a', text: 'a', replacement: 'b', class: 'equivalent', why: 'so' };
    expect(parseSurvivors({ 'a.ts': [entry, { ...entry, nth: 2 }] })).toEqual([
      { ...entry, file: 'a.ts', nth: 1 },
      { ...entry, file: 'a.ts', nth: 2 },
    ]);
    expect(() => parseSurvivors({ 'a.ts': [{ ...entry, class: 'unlikely' }] })).toThrow(/at a\.ts\.0\.class/);
    expect(() => parseSurvivors({ 'a.ts': [{ ...entry, why: '' }] })).toThrow(/at a\.ts\.0\.why/);
    expect(() => parseSurvivors({ 'a.ts': [{ ...entry, nth: 1 }] })).toThrow(/at a\.ts\.0\.nth/);
    expect(() => parseSurvivors([])).toThrow(/at the top/);
  });
});

const asOneWord = (text: string): string => text.replace(/\s+/g, '');

describe('texts for people', () => {
  const ignores = (node: object, parent: object): boolean => {
    const [plugin] = strykerPlugins;
    return plugin?.value.shouldIgnore({ node, parent }) !== undefined;
  };
  const text = { type: 'StringLiteral' };
  const name = (of: string): object => ({ type: 'Identifier', name: of });
  const field = (of: string, value: object): object => ({ type: 'ObjectProperty', key: name(of), value });

  it('[MU10] are left alone by their place: what an error is made with, and fields that nobody compares', () => {
    const made = { type: 'NewExpression', callee: name('RangeError') };
    const template = { type: 'TemplateLiteral' };
    expect([ignores(text, made), ignores(template, made)]).toEqual([true, true]);
    expect([ignores(text, field('detail', text)), ignores(template, field('explanation', template))]).toEqual([true, true]);
    expect(ignores(text, { type: 'VariableDeclarator', id: name('detail'), init: text })).toBe(true);
  });

  it('[MU10] and the name of the encoding that Node takes anyway', () => {
    const utf8 = { ...text, value: 'utf8' };
    expect(ignores(utf8, { type: 'CallExpression' })).toBe(true);
    expect([ignores(utf8, field('code', utf8)), ignores({ ...text, value: 'hex' }, { type: 'CallExpression' })]).toEqual([
      false,
      false,
    ]);
  });

  it('[MU10] are mutated wherever else they stand: codes, kinds and names are compared', () => {
    expect(ignores(text, field('code', text))).toBe(false);
    expect(ignores(text, { type: 'ObjectProperty', key: text, value: name('detail') })).toBe(false);
    expect(ignores(text, { type: 'NewExpression', callee: name('Set') })).toBe(false);
    expect(ignores(text, { type: 'VariableDeclarator', id: name('code'), init: text })).toBe(false);
    expect(ignores(text, { type: 'CallExpression' })).toBe(false);
    expect(ignores({ type: 'ObjectExpression' }, field('detail', text))).toBe(false);
  });
});
