/**
 * From a mutant to what a process has to load in place of what: one file's text, or the built program. The checkout stays as it is.
 * A text that is not there exactly once is refused: it would change nothing, or more than one place.
 */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compileProgram, sourceFolder } from '#impl/program/compile.ts';
import { kindOf, type Mutant, MutantError } from './mutant.ts';

const root = join(import.meta.dirname, '..', '..');
const preload = pathToFileURL(join(import.meta.dirname, 'replace-source.mjs')).href;

/** Set in a process that has loaded the changed text. */
export const loadedMark = 'choirMutantLoaded';

/** The changed text. Throws a MutantError unless what is to be found is there exactly once. */
export function changedText({ id, file, find, replace }: Pick<Mutant, 'id' | 'file' | 'find' | 'replace'>, text: string): string {
  const times = text.split(find).length - 1;
  if (times !== 1) throw new MutantError(`${id}: expected to find its text once in ${file}, found it ${times} times`);
  // A function, for `$` means nothing here.
  return text.replace(find, () => replace);
}

/** The changed text of the mutant's file as it is in this checkout. */
export function changedSource(mutant: Mutant): string {
  let text: string;
  try {
    text = readFileSync(join(root, mutant.file), 'utf8');
  } catch {
    throw new MutantError(`${mutant.id}: there is no file ${mutant.file}`);
  }
  return changedText(mutant, text);
}

export type Prepared =
  /** `imports`: what a process has to load first, as `--import` takes it. */
  | { readonly kind: 'ready'; readonly imports: readonly string[] }
  | { readonly kind: 'noCompiler' | 'failed'; readonly detail: string };

/** @param scratch an existing directory for what is written, which must stay until the process has ended */
export function prepare(mutant: Mutant, scratch: string): Prepared {
  const changed = changedSource(mutant);
  switch (kindOf(mutant)) {
    case 'source':
      return replaced(mutant.file, changed, scratch, mutant.id);
    case 'program': {
      const folder = join(scratch, mutant.id);
      mkdirSync(folder);
      cpSync(sourceFolder, folder, { recursive: true });
      writeFileSync(join(folder, basename(mutant.file)), changed);
      const built = compileProgram(null, folder);
      if (built.kind !== 'compiled') return built;
      const program = join(folder, 'choir.so');
      writeFileSync(program, built.program);
      return replaced(...programReader(mutant.id, program), scratch, mutant.id);
    }
  }
}

/** The one file that reads the built program, reading another. */
function programReader(id: string, program: string): readonly [file: string, text: string] {
  const file = 'simulations/solana/create-bank.ts';
  const find = "new URL('../../impl/program/choir.so', import.meta.url)";
  const replace = `new URL('${pathToFileURL(program).href}')`;
  return [file, changedText({ id, file, find, replace }, readFileSync(join(root, file), 'utf8'))];
}

function replaced(file: string, text: string, scratch: string, id: string): Prepared {
  const by = join(scratch, `${id}.ts`);
  writeFileSync(by, `${text}\nReflect.set(globalThis, '${loadedMark}', true);\n`);
  const query = new URLSearchParams({ file: pathToFileURL(join(root, file)).href, by: pathToFileURL(by).href });
  return { kind: 'ready', imports: [`${preload}?${query}`] };
}
