/** What leaves for a terminal: how wide, in which colours, how much of it, and how long is left. */
import { spawnSync } from 'node:child_process';
import picocolors from 'picocolors';
import { describe, expect, it } from 'vitest';
import { choir, choirIn, choirWords } from '../choir-process.ts';
import { unwrapped } from '../printed.ts';
import { createProgress } from '../progress.ts';
import { table } from '../table.ts';
import { paint, wantsColour } from './colours.ts';
import { humanRate, humanTime } from './human-time.ts';
import { failureBlock, failureLinesAtMost, shorten } from './shorten.ts';
import { columns, wrap, wrapAll } from './wrap.ts';

const widest = (text: string): number => Math.max(...text.split('\n').map(({ length }) => length));
const escapeCharacter = String.fromCharCode(27);

describe('[UI10] lines are wrapped', () => {
  it('between words, what goes on indented, at 80 columns', () => {
    const line = `  ${'word '.repeat(40).trim()}`;
    const lines = wrap(line);
    expect(lines.map(({ length }) => length <= columns)).toEqual([true, true, true]);
    expect(lines.map((each) => /^ */.exec(each)?.[0].length)).toEqual([2, 6, 6]);
    expect(unwrapped(lines.join('\n'))).toBe(line);
    expect(wrap('x'.repeat(80))).toEqual(['x'.repeat(80)]);
    expect(wrap(`${'x'.repeat(79)} y`)).toEqual(['x'.repeat(79), '    y']);
    expect(wrapAll('a\n\nb', 'c')).toEqual(['a', '', 'b', 'c']);
  });

  it('never inside a word, and never where a command is to be copied', () => {
    const path = `properties/${'deep/'.repeat(30)}a.json`;
    expect(wrap(`see ${path} for more`)).toEqual(['see', `    ${path}`, '    for more']);
    expect(wrap(path)).toEqual([path]);
    for (const line of [
      `saved  ${path} `,
      `report npm run report -- ${path} --ledger litesvm`,
      `replay npm run replay -- ${path}`,
    ])
      expect(wrap(line)).toEqual([line]);
    expect(wrap(' '.repeat(100))).toEqual([' '.repeat(100)]);
  });

  it.each([
    ['explore', ['explore', '--protocol', 'recovery']],
    ['explore, a violation', ['explore', '--protocol', 'ownership-update', '--plant', 'believes a node that lags']],
    ['explore --list', ['explore', '--list']],
    ['aim', ['aim', '--runs', '5', '--seed', '1', '--list']],
    ['schedules', ['schedules', '--pair', 'readStrong+signOut', '--preemptions', '0']],
    ['mutants', ['mutants', '--only', 'outbox-not-synced', '--scenarios', '2', '--seed', '1']],
    ['soak', ['soak', '--memory', '4', '--svm', '0', '--replays', '2', '--jobs', '1', '--seed', '4']],
    ['fuzz-program', ['fuzz-program', '--count', '50', '--seed', '1']],
    ['doctor', ['doctor']],
  ])('so that nothing that %s prints is wider', { timeout: 180_000 }, (_what, words) => {
    const { code, stdout, stderr } = choir(...words);
    expect(code, stderr).not.toBe(2);
    expect(stdout.length).toBeGreaterThan(100);
    const isToCopy = (line: string): boolean => /^(saved|report|replay) /.test(line) || !line.trim().includes(' ');
    expect(stdout.split('\n').filter((line) => line.length > columns && !isToCopy(line))).toEqual([]);
    expect(stdout + stderr).not.toContain(escapeCharacter);
  });
});

describe('[UI10] tables', () => {
  const wide = [
    ['what', 'one', 'two', 'three', 'four'],
    ...['a', 'b'].map((name) => [name, ...[1, 2, 3, 4].map((each) => `${name}${each}`.padEnd(30, '.'))]),
  ];

  it('that are too wide come in blocks, each with the columns that name the rows', () => {
    const text = table(wide);
    expect(widest(text)).toBeLessThanOrEqual(columns);
    expect(text.split('\n\n').map((block) => block.split('\n')[0]?.split(/ +/))).toEqual([
      ['what', 'one', 'two'],
      ['what', 'three', 'four'],
    ]);
    for (const cell of wide.flat()) expect(text).toContain(cell);
  });

  it('keep together what belongs together', () => {
    const grouped = table(
      [
        ['command', 'x'.repeat(30), 'ran', 'y'.repeat(30), 'ran'],
        ['post', '1', '2', '3', '4'],
      ],
      1,
      2,
    );
    expect(grouped.split('\n\n').map((block) => block.split('\n').at(-1)?.split(/ +/))).toEqual([
      ['post', '1', '2'],
      ['post', '3', '4'],
    ]);
  });

  it('wrap cells of several words, and no word', () => {
    const text = table([
      ['what', 'cost'],
      ['a', 'word '.repeat(30).trim()],
      ['b', 'none'],
    ]);
    expect(widest(text)).toBeLessThanOrEqual(columns);
    expect(text.match(/word/g)?.length).toBe(30);
    expect(text.split('\n').at(-1)).toBe('b     none');
    const path = 'x'.repeat(100);
    expect(
      table([
        ['what', 'where'],
        ['a', path],
      ]),
    ).toContain(path);
  });
});

describe('[UI11] colours', () => {
  const terminal = { isTTY: true };
  it.each([
    ['a terminal', terminal, {}, true],
    ['no terminal', {}, {}, false],
    ['a pipe', { isTTY: false }, {}, false],
    ['NO_COLOR', terminal, { NO_COLOR: '1' }, false],
    ['NO_COLOR, though FORCE_COLOR', terminal, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
    ['an empty NO_COLOR, which is none', terminal, { NO_COLOR: '' }, true],
    ['FORCE_COLOR where there is no terminal', {}, { FORCE_COLOR: '1' }, true],
    ['FORCE_COLOR=0', terminal, { FORCE_COLOR: '0' }, false],
    ['FORCE_COLOR=false', terminal, { FORCE_COLOR: 'false' }, false],
    ['a terminal that is dumb', terminal, { TERM: 'dumb' }, false],
  ])('of %s', (_what, stream, environment, wanted) => {
    expect(wantsColour(stream, environment)).toBe(wanted);
  });

  it('say what is wrong, what is doubtful, what is well, and what to type', () => {
    const colours = picocolors.createColors(true);
    const { bold, red, green, yellow, dim } = colours;
    expect(paint('VIOLATION of OR5 on memory, 2 commands', colours)).toBe(
      `${bold(red('VIOLATION of OR5'))} on memory, 2 commands`,
    );
    expect(paint('memory: 3 scenarios: no violation', colours)).toBe(`memory: 3 scenarios: ${green('no violation')}`);
    expect(paint('VACUOUS S7: reached', colours)).toBe(`${yellow('VACUOUS')} S7: reached`);
    expect(paint('a: no violation, 2 inconclusive', colours)).toContain(yellow('2 inconclusive'));
    expect(paint('a: no violation, 0 inconclusive', colours)).not.toContain(yellow('0 inconclusive'));
    expect(paint('replay npm run replay -- a.json', colours)).toBe(`${dim('replay')} ${bold('npm run replay -- a.json')}`);
    expect(paint('saved  a.json', colours)).toBe(`${dim('saved')}  a.json`);
    const plain = 'VIOLATION of OR5, 2 inconclusive, no violation';
    expect(paint(plain, picocolors.createColors(false))).toBe(plain);
  });

  const pair = ['schedules', '--pair', 'readStrong+signOut', '--preemptions', '0'];
  /** On a pseudo terminal; what came there, both streams. */
  const onTerminal = (environment: string): string => {
    const line = `${environment} ${[process.execPath, ...choirWords(...pair)].map((word) => `'${word}'`).join(' ')}`;
    return spawnSync('script', ['-qec', line, '/dev/null'], { encoding: 'utf8', env: cleanEnvironment }).stdout;
  };
  const cleanEnvironment = { PATH: process.env['PATH'] ?? '', TERM: 'xterm' };
  const hasScript = spawnSync('script', ['--version']).status === 0;

  it.skipIf(!hasScript)('come on a terminal, and go with NO_COLOR: then no escape sequence is written at all', () => {
    expect(onTerminal('')).toContain(`${escapeCharacter}[32mno violation${escapeCharacter}[39m; complete`);
    const plain = onTerminal('NO_COLOR=1');
    expect(plain).toContain('no violation; complete within its bounds');
    expect(plain).not.toContain(escapeCharacter);
  });

  it('come through a pipe where FORCE_COLOR asks for them', () => {
    expect(choirIn({ environment: { FORCE_COLOR: '1' } }, ...pair).stdout).toContain(`${escapeCharacter}[32mno violation`);
    expect(choir(...pair).stdout).not.toContain(escapeCharacter);
  });
});

describe('[UI7] a failure is one screen', () => {
  const again = ['saved  a.json', 'report npm run report -- a.json', 'replay npm run replay -- a.json'];
  const many = (name: string, count: number): readonly string[] => Array.from({ length: count }, (_, at) => `  ${name} ${at}`);
  it.each([
    ['a long scenario', 500, 1],
    ['a long explanation', 3, 500],
    ['both', 500, 500],
    ['neither', 3, 2],
  ])('with %s, and ends with how to see it again', (_what, steps, reasons) => {
    const block = failureBlock({
      head: `VIOLATION of OR5 on memory, ${steps} commands at once (${steps} before shrinking, 9 executions, 1-minimal)`,
      scenario: many('step', steps),
      message: many('reason', reasons).join('\n'),
      again,
    });
    // One empty line comes before it.
    expect(block.length + 1).toBeLessThanOrEqual(failureLinesAtMost);
    expect(block.slice(-3)).toEqual(again);
    for (const [name, count] of [
      ['step', steps],
      ['reason', reasons],
    ] as const) {
      expect(block).toContain(`  ${name} 0`);
      expect(block).toContain(`  ${name} ${count - 1}`);
      const shown = block.filter((line) => line.includes(`  ${name} `)).length;
      expect(shown === count || block.includes(`  ... ${count - shown} lines more in the file`)).toBe(true);
    }
    if (steps + reasons > 10) expect(block.length + 1).toBe(failureLinesAtMost);
  });

  it('by its middle, which is counted', () => {
    expect(shorten(['a', 'b', 'c', 'd', 'e', 'f'], 4)).toEqual(['a', 'b', '  ... 3 lines more in the file', 'f']);
    expect(shorten(['a', 'b'], 2)).toEqual(['a', 'b']);
  });
});

describe('[UI12] progress', () => {
  const watched = (isTTY: boolean, total: number | null, budgetMs: number | null, width?: number) => {
    let nowMs = 0;
    const writes: string[] = [];
    const stream = { isTTY, columns: width, write: (text: string) => writes.push(text) } as unknown as NodeJS.WriteStream;
    const progress = createProgress('work', total, stream, () => nowMs, budgetMs);
    const work = (count: number, stepMs: number, note = 'units'): void => {
      for (let done = 1; done <= count; done += 1) {
        nowMs += stepMs;
        progress.report(done, note);
      }
    };
    return { writes, progress, work };
  };

  it('is plain lines now and then where there is no terminal', () => {
    const { writes, progress, work } = watched(false, 100, null);
    work(100, 250);
    progress.end();
    expect(writes).toEqual(['work: 40/100 units (4.0/s, 15 s left)\n', 'work: 80/100 units (4.0/s, 5 s left)\n']);
  });

  it('says how long is left of a budget, where that is over first', () => {
    const short = watched(false, 1_000, 60_000);
    short.work(100, 250);
    expect(short.writes).toEqual(['work: 40/1000 units (4.0/s, 50 s left)\n', 'work: 80/1000 units (4.0/s, 40 s left)\n']);
    const open = watched(false, null, 200_000);
    open.work(1, 10_000);
    expect(open.writes).toEqual(['work: 1 units (0.1/s, 3 min 10 s left)\n']);
    const unknown = watched(false, null, null);
    unknown.work(1, 10_000);
    expect(unknown.writes).toEqual(['work: 1 units (0.1/s)\n']);
  });

  it('is one line rewritten on a terminal, that fits it, and is gone in the end; no escape sequence', () => {
    const { writes, progress, work } = watched(true, 100, null, 40);
    work(3, 100, 'units of something with a very long name');
    progress.say('one is done');
    work(1, 100);
    progress.end();
    const all = writes.join('');
    expect(all).not.toContain(escapeCharacter);
    expect(writes[0]).toBe('\rwork: 1/100 unit... (10.0/s, 10 s left)');
    for (const write of writes) expect(write.replace(/[\r\n]/g, '').length).toBeLessThan(40);
    expect(writes.at(-1)).toMatch(/^\r +\r$/);
    const said = writes.indexOf('one is done\n');
    expect(writes[said - 1]).toMatch(/^\r +\r$/);
  });

  it('takes a total that comes to be known on the way', () => {
    let nowMs = 0;
    const writes: string[] = [];
    const stream = { isTTY: false, write: (text: string) => writes.push(text) } as unknown as NodeJS.WriteStream;
    const progress = createProgress('work', null, stream, () => nowMs);
    for (const total of [null, 4]) {
      nowMs += 10_000;
      progress.report(1, 'units', total);
    }
    expect(writes).toEqual(['work: 1 units (0.1/s)\n', 'work: 1/4 units (3.0/min, 1 min left)\n']);
  });

  it('says times and rates as people do', () => {
    const texts = [-5, 0, 1, 45_000, 60_000, 200_000, 3_600_000, 7_500_000, 100_800_000].map(humanTime);
    expect(texts).toEqual(['0 s', '0 s', '1 s', '45 s', '1 min', '3 min 20 s', '1 h', '2 h 5 min', '1 d 4 h']);
    expect([4, 0.1, 0.05, 0.0005, 0].map(humanRate)).toEqual(['4.0/s', '0.1/s', '3.0/min', '1.8/h', '0.0/s']);
  });
});
