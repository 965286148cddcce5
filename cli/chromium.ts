/** Where this machine has a Chromium, for the tests that open our pages in one, and for `doctor`. */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** As distributions name it. */
const names = ['chromium', 'chromium-browser', 'google-chrome'] as const;

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * The one that CHROMIUM names and no other where it is set, else the first on PATH; null where there is none.
 * @param environment the process's own when not given
 */
export function chromiumPath(environment: Readonly<Record<string, string | undefined>> = process.env): string | null {
  const { CHROMIUM: chosen = '', PATH: path = '' } = environment;
  if (chosen !== '') return isProgram(chosen) ? chosen : null;
  const folders = path.split(delimiter).filter((folder) => folder !== '');
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram) ?? null;
}
