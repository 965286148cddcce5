/**
 * Every command that the documentation shows does what it says there: it is known, its options are, its files are there, and it exits as
 * told. `bounds.ts` says what is appended to the long ones, and what stands for the few that cannot be run here. What they print is
 * not compared; that is other tests' work.
 */
import { type ChildProcess, execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { projectRoot } from '#properties/tidy/planted-tree.ts';
import { startChoir } from '../choir-process.ts';
import { regressionsDirectory } from '../paths.ts';
import { scratch } from '../scratch.ts';
import { bounds } from './bounds.ts';
import { commandsIn, commandsShown, wordsOf } from './commands.ts';
import { boundedText, boundFor, choirWords, exitOf, parseOnly, runCommand, withFiles } from './run-command.ts';

/** More than any bounded command should need, on a busy machine. */
const limitMs = 180_000;

const { directory } = scratch();
const shown = commandsShown();
const isServe = (text: string): boolean => / serve --id /.test(text);
const isAsked = (text: string): boolean => text.startsWith('curl ');
const toRun = new Map<string, { readonly exit: number; readonly places: readonly string[] }>();
for (const { text, places } of shown) {
  const bounded = boundedText(text);
  if (bounded === null || isServe(text) || isAsked(text)) continue;
  toRun.set(bounded, { exit: exitOf(text), places: [...(toRun.get(bounded)?.places ?? []), ...places] });
}

describe('[DO2] the commands of the documentation', () => {
  const before = readdirSync(regressionsDirectory);

  it('are found where they stand: in blocks, tables and lines, over several lines, with what is optional', () => {
    const page = [
      'As `npm run a -- --x "y z"` says, not `npm` alone.',
      '',
      '    npm ci && npm run b      # comment',
      '    npm run c -- --pair a+b \\',
      '      --pair c+d',
      '    saved  npm run d',
      '',
      '| `npm run e [-- --f 1]` | `bash .ci/run` |',
    ].join('\n');
    expect(commandsIn('any.md', page).map(({ text, line }) => `${line} ${text}`)).toEqual([
      '3 npm ci',
      '3 npm run b',
      '5 npm run c -- --pair a+b --pair c+d',
      '1 npm run a -- --x "y z"',
      '8 npm run e',
      '8 npm run e -- --f 1',
      '8 bash .ci/run',
    ]);
    expect(wordsOf('npm run a -- --x "y z" --w=\'v\'')).toEqual(['npm', 'run', 'a', '--', '--x', 'y z', '--w=v']);
    expect(shown.length).toBeGreaterThan(60);
  });

  it('have no entry in bounds.ts that no page needs any more', () => {
    const used = new Set(shown.map(({ text }) => boundFor(text)?.[0]));
    const unused = Object.keys(bounds).filter((name) => !used.has(name));
    expect(unused, 'take these out of cli/docs/bounds.ts').toEqual([]);
  });

  it.each(Object.entries(bounds).flatMap(([name, bound]) => ('stands' in bound ? [{ name, ...bound }] : [])))(
    'has something that stands for $name',
    ({ in: file, text }) => {
      expect(readFileSync(join(projectRoot, file), 'utf8')).toContain(text);
    },
  );

  it.each(shown.flatMap(({ text, places }) => (choirWords(wordsOf(text)) === null ? [] : [{ text, places }])))(
    '$text: is known, and so are its options and their values',
    ({ text, places }) => {
      const words = choirWords(withFiles(wordsOf(text), directory)) ?? [];
      expect(() => parseOnly(words), places.join()).not.toThrow();
    },
  );

  it.sequential.each([...toRun].map(([text, rest]) => ({ text, ...rest })))(
    '$text',
    { timeout: limitMs + 5_000 },
    async (each) => {
      const { text, exit, places } = each;
      const { code, output } = await runCommand(withFiles(wordsOf(text), directory), limitMs);
      const advice = 'mend the page, or say in cli/docs/bounds.ts what is appended so that it ends soon, or what stands for it';
      expect(code, `${places.join(', ')}: ${text}\n${output.slice(-3_000)}\n\n${advice}`).toBe(exit);
    },
  );

  describe('of a backend as a process', () => {
    const running: ChildProcess[] = [];
    afterAll(() => {
      for (const child of running) child.kill('SIGKILL');
    });
    const [serving] = shown.filter(({ text }) => isServe(text));

    it('serves, is asked, and ends when it is told to', { timeout: limitMs }, async () => {
      const words = choirWords(withFiles(wordsOf(serving?.text ?? ''), directory)) ?? [];
      const documented = words[words.indexOf('--port') + 1];
      const { child, ended } = startChoir(...words, '--port', '0');
      running.push(child);
      const port = await new Promise<string>((resolve, reject) => {
        let heard = '';
        child.stdout?.on('data', (chunk: Buffer) => {
          heard += chunk.toString();
          const [, found] = /^listening on ws:\/\/127\.0\.0\.1:(\d+)$/m.exec(heard) ?? [];
          if (found !== undefined) resolve(found);
        });
        child.on('exit', () => reject(new Error(`it ended: ${heard}`)));
      });
      const asked = shown.filter(({ text }) => isAsked(text));
      expect(asked.length).toBeGreaterThan(1);
      for (const { text, places } of asked) {
        expect(text, `${places.join()}: the port that it serves on`).toContain(`:${documented}/`);
        const [command = '', ...given] = wordsOf(text.replace(`:${documented}/`, `:${port}/`));
        const answer = execFileSync(command, given, { encoding: 'utf8' });
        expect(answer, text).toMatch(text.endsWith('/health') ? /^\{\s+"atMs"/ : /^# HELP choir_/m);
      }
      child.kill('SIGTERM');
      expect((await ended).code).toBe(0);
    });
  });

  it('leave the regressions as they are', () => {
    expect(readdirSync(regressionsDirectory)).toEqual(before);
  });
});
