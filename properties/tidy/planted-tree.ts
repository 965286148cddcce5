/** A throw-away copy of the project's tool configuration around planted files, so that rules can be seen to bite. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** The checkout these tests run in. */
export const projectRoot: string = resolve(import.meta.dirname, '../..');

const configuration = ['.dependency-cruiser.cjs', '.gitignore', 'biome', 'biome.json', 'package.json', 'tsconfig.json'];

/** Writes `files` (path to text) into a new temporary directory; `remove` deletes it. */
export function plantTree(files: Readonly<Record<string, string>>): { readonly directory: string; remove(): void } {
  const directory = mkdtempSync(join(tmpdir(), 'choir-planted-'));
  for (const name of configuration) cpSync(join(projectRoot, name), join(directory, name), { recursive: true });
  symlinkSync(join(projectRoot, 'node_modules'), join(directory, 'node_modules'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}
