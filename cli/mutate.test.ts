/** Mutation testing as a user meets it: what is printed of a report, and what the exit codes say. Stryker itself is not run here. */
import { describe, expect, it } from 'vitest';
import { judge } from '#properties/mutation/judge.ts';
import type { JudgedMutant } from '#properties/mutation/report.ts';
import type { Explained } from '#properties/mutation/survivors.ts';
import { choir } from './choir-process.ts';
import { linesOf, mutateExitCode } from './mutate-report.ts';
import { scratch } from './scratch.ts';

const { written } = scratch();

const mutant = (line: string, fate: JudgedMutant['fate'], file = 'impl/core/sum.ts'): JudgedMutant => ({
  ...{ file, line, text: 'a + b', replacement: 'a - b', nth: 1, fate },
  ...{ mutator: 'ArithmeticOperator', at: `${file}:1:1` },
});
const reason = (line: string): Explained => ({ ...mutant(line, 'survived'), class: 'equivalent', why: 'so' });
const killed = Array.from({ length: 18 }, (_, index) => mutant(`line ${index}`, 'killed'));

describe('[MU7] what mutation testing tells', () => {
  it('is the score by folder, and nothing else where all is killed or explained', () => {
    const judgement = judge([...killed, mutant('old', 'survived'), mutant('slow', 'timeout', 'model/a.ts')], [reason('old')]);
    expect(linesOf(judgement, 95)).toEqual([
      [
        'folder     mutants  killed  timeouts  survived  not covered  explained    score',
        '---------  -------  ------  --------  --------  -----------  ---------  -------',
        'impl/core       19      18         0         1            0          1   94.74%',
        'model            1       0         1         0            0          0  100.00%',
        'all             20      18         1         1            0          1   95.00%',
      ].join('\n'),
      '0 survivors unexplained, 0 explanations stale; goal 95 %',
    ]);
    expect(mutateExitCode(judgement, 95)).toBe(0);
    expect([mutateExitCode(judgement, 95.1), linesOf(judgement, 95.1).at(-1)]).toEqual([
      1,
      expect.stringMatching(/ NOT REACHED$/),
    ]);
  });

  it('names whom nothing explains as the list would have it, and what is stale, and exits 1', () => {
    const judgement = judge(
      [...killed, { ...mutant('new', 'survived'), nth: 2 }, mutant('bare', 'notCovered')],
      [reason('line 3'), reason('gone')],
    );
    expect(linesOf(judgement, 85).slice(0, 4)).toEqual([
      'SURVIVED impl/core/sum.ts:1:1\n  {"line":"new","text":"a + b","replacement":"a - b","nth":2}',
      'SURVIVED impl/core/sum.ts:1:1, reached by no test\n  {"line":"bare","text":"a + b","replacement":"a - b"}',
      expect.stringContaining('STALE impl/core/sum.ts: a + b -> a - b is killed now'),
      expect.stringContaining('STALE impl/core/sum.ts: a + b -> a - b is none of its mutants any more'),
    ]);
    expect(linesOf(judgement, 85).at(-1)).toBe('2 survivors unexplained, 2 explanations stale; goal 85 %');
    expect(mutateExitCode(judgement, 85)).toBe(1);
    expect(mutateExitCode(judge(killed, [reason('gone')]), 85)).toBe(1);
  });

  it('is judged from a report of Stryker’s alone, where one is given', () => {
    const source = 'export const sum = (a: number, b: number): number => a + b;\n';
    const at = { start: { line: 1, column: 54 }, end: { line: 1, column: 59 } };
    const report = (status: string): string =>
      written(
        `${status}.json`,
        JSON.stringify({
          files: {
            'impl/core/sum.ts': { source, mutants: [{ mutatorName: 'Any', replacement: 'a - b', status, location: at }] },
          },
        }),
      );
    const all = choir('mutate', 'core', '--report', report('Killed'));
    expect([all.code, all.stdout]).toEqual([0, expect.stringContaining('100.00%')]);
    const some = choir('mutate', 'core', '--report', report('Survived'));
    expect([some.code, some.stdout]).toEqual([1, expect.stringContaining('"text":"a + b","replacement":"a - b"')]);
  });

  it('is told whole to whoever reads it from a pipe, however much it is', () => {
    const source = 'export const sum = (a: number, b: number): number => a + b;\n';
    const at = { start: { line: 1, column: 54 }, end: { line: 1, column: 59 } };
    const many = Array.from({ length: 3_000 }, (_, n) => ({
      mutatorName: 'Any',
      replacement: `a - ${n}`,
      status: 'Survived',
      location: at,
    }));
    const { code, stdout } = choir(
      'mutate',
      'core',
      '--report',
      written('many.json', JSON.stringify({ files: { 'a.ts': { source, mutants: many } } })),
    );
    expect([code, stdout.match(/^SURVIVED/gm)?.length]).toEqual([1, 3_000]);
    expect(stdout).toMatch(/3000 survivors unexplained, .* NOT REACHED\n$/);
  });

  it.each([
    ['a report that is none', written('none.json', '{}'), /none\.json: not a mutation testing report: at files/],
    ['no report', 'nowhere.json', /nowhere\.json: .*no such file/],
  ])('is nothing of %s: exit code 3', (_, file, message) => {
    const { code, stderr } = choir('mutate', 'model', '--report', file);
    expect([code, stderr]).toEqual([3, expect.stringMatching(message)]);
  });
});

describe('[UI1] mutation testing of what there is not', () => {
  it('exits 2 and says what there is', () => {
    expect(choir('mutate', 'backend')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/core, model, explore, protocols/),
    });
  });
});
