/** Where this machine has Chromium, which the tests of pages need. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** `CHROMIUM` where it names one that can be run, then the first of the usual names on PATH; null without any. */
export function chromiumPath(): string | null {
  const named = process.env['CHROMIUM'] ?? '';
  const directories = (process.env['PATH'] ?? '').split(delimiter).filter((directory) => directory !== '');
  const paths = names.flatMap((name) => directories.map((directory) => join(directory, name)));
  return [...(named === '' ? [] : [named]), ...paths].find(isExecutable) ?? null;
}
