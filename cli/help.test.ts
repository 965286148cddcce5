/** What commands say of themselves: that it fits, and that every example is one. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { choir } from './choir-process.ts';
import { exitCodes } from './exit-codes.ts';
import { examplesIn, npmRuns, parseProblem } from './npm-runs.ts';
import { createProgram } from './program.ts';
import { columns } from './terminal/wrap.ts';

const helpOf = (name: string | null): string => {
  let text = '';
  const program = createProgram(() => undefined);
  const command = name === null ? program : program.commands.find((each) => each.name() === name);
  command?.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  return text;
};
const commands = createProgram(() => undefined).commands.map((command) => command.name());

describe('[UI2] help', () => {
  it('is of every command that there is', () => {
    expect(commands.length).toBeGreaterThanOrEqual(13);
    expect(helpOf('check')).toBe(choir('check', '--help').stdout);
  });

  it.each([null, ...commands])('of %s fits the width and has examples, each of which parses', async (name) => {
    const help = helpOf(name);
    expect(help.split('\n').filter((line) => line.length > columns)).toEqual([]);
    const examples = examplesIn(help);
    expect(examples.length).toBeGreaterThan(0);
    expect(help.split('npm run').length - 1).toBe(examples.length);
    for (const example of examples) {
      expect(await parseProblem(example), example).toBeNull();
      const [ran] = npmRuns(example);
      if (name !== null) expect([ran?.words[0], example]).toEqual([name, example]);
    }
  });

  it('would be held against examples that do not parse', async () => {
    expect(await parseProblem('npm run check -- --rusn 3')).toMatch(/unknown option '--rusn'/);
    expect(await parseProblem('npm run chekc -- --runs 3')).toBe("package.json has no script 'chekc'");
    expect(await parseProblem('npm run check -- --budget 60')).toMatch(/expected a duration/);
    expect(await parseProblem('npm run replay')).toMatch(/missing required argument 'file'/);
    expect(await parseProblem('npm run check -- --json nowhere/a.json')).toMatch(/expected a file in a directory that exists/);
    expect(examplesIn('npm run choir -- serve \\\n    --id b0\nnpm run doctor')).toEqual([
      'npm run choir -- serve --id b0',
      'npm run doctor',
    ]);
  });
});

describe('[UI13] exit codes', () => {
  const page = readFileSync(join(import.meta.dirname, '..', 'docs', 'ci.md'), 'utf8');

  it('are told in docs/ci.md, each once, and the help leads there', () => {
    const rows = [...page.matchAll(/^\| (\d) \| .+ \|$/gm)].map(([, code]) => Number(code));
    expect(rows).toEqual(Object.values(exitCodes));
    expect(helpOf(null)).toMatch(/Exit codes: 0 .*; 1 .*; 2 .*; 3 .*docs\/ci\.md/s);
  });

  it('and its commands parse, as those of README.md and docs/schedules.md do', async () => {
    for (const file of ['docs/ci.md', 'docs/schedules.md', 'README.md']) {
      const text = readFileSync(join(import.meta.dirname, '..', file), 'utf8');
      const ran = examplesIn(text);
      expect(ran.length, file).toBeGreaterThan(0);
      for (const each of ran) expect(await parseProblem(each), `${file}: ${each}`).toBeNull();
    }
  });
});
