/** For tests: a directory that is gone after the tests of the file, and files in it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

export interface Scratch {
  readonly directory: string;
  /** Writes a file there; its path. */
  written(name: string, text: string): string;
}

export function scratch(): Scratch {
  const directory = mkdtempSync(join(tmpdir(), 'choir-cli-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  return {
    directory,
    written: (name, text) => {
      const file = join(directory, name);
      writeFileSync(file, text);
      return file;
    },
  };
}
