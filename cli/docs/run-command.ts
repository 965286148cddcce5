/**
 * Runs one documented command as its reader would, from the root of this checkout: those of `choir` in this process, through the script
 * that package.json has for them, everything else in a shell. What they write goes to a scratch directory.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CommanderError } from 'commander';
import { vi } from 'vitest';
import { projectRoot } from '#properties/tidy/planted-tree.ts';
import { exitCodes, UsageError } from '../exit-codes.ts';
import { createProgram } from '../program.ts';
import { anyScenario, type Bound, bounds, files } from './bounds.ts';
import { wordsOf } from './commands.ts';
import { personsEnvironment } from './walkthrough.ts';

/** The entry for a command, with its name; null where it is run as it stands. */
export function boundFor(text: string): readonly [name: string, bound: Bound] | null {
  const found = Object.entries(bounds).filter(([name]) => text === name || text.startsWith(`${name} `));
  return found.reduce<(typeof found)[number] | null>(
    (best, each) => (best !== null && best[0].length >= each[0].length ? best : each),
    null,
  );
}

/** With what its entry appends; null where something else stands for it. */
export function boundedText(text: string): string | null {
  const bound = boundFor(text)?.[1];
  if (bound === undefined) return text;
  if ('stands' in bound) return null;
  if ('instead' in bound) return bound.instead;
  if (!('add' in bound)) return text;
  const rest = overridden(text, bound.add);
  const isScript = /^npm (run|test)/.test(rest) && !rest.includes(' -- ');
  return `${rest}${isScript ? ' --' : ''} ${bound.add}`.trim();
}

/** Without the options that are given another value: not everybody takes an option twice, and commands that differ in them only are run once. */
function overridden(text: string, add: string): string {
  const names = [...add.matchAll(/--[a-z-]+(?=[ =][^-])/g)].map(([name]) => name);
  const without = names.reduce((rest, name) => rest.replace(new RegExp(` ${name}[ =](?:"[^"]*"|[^ ]+)`, 'g'), ''), text);
  return without.replace(/ --$/, '');
}

export const exitOf = (text: string): number => {
  const bound = boundFor(text)?.[1];
  return bound !== undefined && 'exits' in bound ? (bound.exits ?? 0) : 0;
};

const written: ReadonlySet<string> = new Set(['--json', '--save', '--out', '--html', '--junit', '--store', '-o']);

/** Where files are, that are written, or that nobody has. */
export function withFiles(words: readonly string[], scratch: string): readonly string[] {
  return words.map((word, index) => {
    if (written.has(words[index - 1] ?? '')) return join(scratch, basename(word));
    if (word === 'FILE') return anyScenario;
    const own = join(scratch, word);
    if (files[word] !== undefined) writeFileSync(own, files[word]);
    return existsSync(own) && !existsSync(join(projectRoot, word)) ? own : word;
  });
}

export interface Ran {
  readonly code: number | null;
  readonly output: string;
}

const { scripts } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as {
  scripts: Readonly<Record<string, string>>;
};

/** The words that `choir` gets; null for what is no command of it. */
export function choirWords(words: readonly string[]): readonly string[] | null {
  const [npm, run, name = '', dashes, ...given] = words;
  const [, own] = /^tsx cli\/main\.ts ?(.*)$/.exec(scripts[name] ?? '') ?? [];
  if (npm !== 'npm' || run !== 'run' || own === undefined || (dashes !== undefined && dashes !== '--')) return null;
  return [...wordsOf(own), ...given];
}

/** Whether a command of `choir` is one, with these options and values; nothing is run. Throws what is wrong. */
export function parseOnly(words: readonly string[]): void {
  const program = createProgram(() => undefined).configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  for (const command of program.commands) {
    command.configureOutput({ writeOut: () => undefined, writeErr: () => undefined }).exitOverride();
    command.action(() => undefined);
  }
  try {
    program.parse([...words], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError && error.exitCode === 0)) throw error;
  }
}

/** @param words as a shell makes them */
export function runCommand(words: readonly string[], limitMs: number): Promise<Ran> {
  const own = choirWords(words);
  return own === null ? inShell(words, limitMs) : inProcess(own);
}

async function inProcess(words: readonly string[]): Promise<Ran> {
  let output = '';
  const spies = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation((chunk) => {
      output += String(chunk);
      return true;
    }),
  );
  let code: number | null = null;
  try {
    await createProgram((exitCode) => {
      code = exitCode;
    }).parseAsync([...words], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) code = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    else if (error instanceof UsageError) code = exitCodes.usage;
    else throw error;
    output += error.message;
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return { code, output };
}

/** In a group of its own, which is ended with it: nothing that a command starts outlives it. */
function inShell(words: readonly string[], limitMs: number): Promise<Ran> {
  const settings = words.filter(
    (word, index) => words.slice(0, index + 1).every((each) => /^[A-Z_]+=/.test(each)) && word !== '',
  );
  const [command = '', ...given] = words.slice(settings.length);
  const own = Object.fromEntries(settings.map((each) => [each.slice(0, each.indexOf('=')), each.slice(each.indexOf('=') + 1)]));
  return new Promise((resolve, reject) => {
    const child = spawn(command, given, {
      cwd: projectRoot,
      env: { ...personsEnvironment(), ...own },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    const end = setTimeout(() => {
      output += `\nnot over after ${limitMs} ms`;
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, limitMs);
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(end);
      resolve({ code, output });
    });
  });
}
