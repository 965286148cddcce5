/** For tests: the `npm run ...` that stand in help, pages and workflows, and whether the real parser takes them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { createProgram } from './program.ts';

const scripts = (
  JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>;
  }
).scripts;

/** Every line that begins with `npm run`, what goes on in the next one included; notes behind `#` left out. */
export function examplesIn(text: string): readonly string[] {
  const whole = text.replace(/ *\\\n +/g, ' ');
  return [...whole.matchAll(/^ *(npm run [^\n`]*)/gm)].map(([, line = '']) => line.replace(/\s+#.*$/, '').trim());
}

export interface NpmRun {
  readonly script: string;
  /** What the command line is given; empty where the script is not of ours. */
  readonly words: readonly string[];
}

const bare = (word: string): string => word.replace(/^"(.*)"$/, '$1');
const wordsIn = (text: string): readonly string[] => (text.match(/"[^"]*"|\S+/g) ?? []).map(bare);

/** `npm ci && npm run check -- --jobs 2` -> check, with its words. */
export function npmRuns(line: string): readonly NpmRun[] {
  return line.split(/&&|;|\|\|/).flatMap((part) => {
    const [, script = '', rest = ''] = /^\s*npm run (?:--silent )?(\S+)(.*)$/.exec(part) ?? [];
    if (script === '') return [];
    const own = /^tsx cli\/main\.ts ?(.*)$/.exec(scripts[script] ?? '')?.[1];
    return [{ script, words: own === undefined ? [] : [...wordsIn(own), ...wordsIn(rest.replace(/^\s*--(?=\s)/, ''))] }];
  });
}

/** What the parser has against a line; null when it takes all of it. Nothing runs. */
export async function parseProblem(line: string): Promise<string | null> {
  for (const { script, words } of npmRuns(line)) {
    if (scripts[script] === undefined) return `package.json has no script '${script}'`;
    const problem = words.length === 0 ? null : await refusalOf(words);
    if (problem !== null) return problem;
  }
  return null;
}

async function refusalOf(words: readonly string[]): Promise<string | null> {
  const program = createProgram(() => undefined);
  for (const command of [program, ...program.commands])
    command.configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  for (const command of program.commands) command.action(() => undefined);
  try {
    await program.parseAsync(words, { from: 'user' });
    return null;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? null : error.message;
    throw error;
  }
}
