/** Where a Chromium is looked for. That our pages are what they should be in it: `report-browser.test.ts`, `campaign-browser.test.ts`. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chromiumPath } from './chromium.ts';
import { scratch } from './scratch.ts';

const { directory } = scratch();

/** A folder with such programs in it. */
function folderOf(name: string, programs: readonly string[], mode = 0o755): string {
  const folder = join(directory, name);
  mkdirSync(folder, { recursive: true });
  for (const program of programs) {
    writeFileSync(join(folder, program), '#!/bin/sh\n');
    chmodSync(join(folder, program), mode);
  }
  return folder;
}

describe('[RP10] a Chromium is', () => {
  const [chrome, both] = [folderOf('chrome', ['google-chrome']), folderOf('both', ['chromium', 'chromium-browser'])];
  const path = [join(directory, 'nowhere'), chrome, both].join(delimiter);

  it('the first on PATH, by the name that says most', () => {
    expect(chromiumPath({ PATH: path })).toBe(join(both, 'chromium'));
    expect(chromiumPath({ PATH: chrome, CHROMIUM: '' })).toBe(join(chrome, 'google-chrome'));
  });

  it('the one that was named, and no other in its place', () => {
    expect(chromiumPath({ PATH: path, CHROMIUM: join(chrome, 'google-chrome') })).toBe(join(chrome, 'google-chrome'));
    expect(chromiumPath({ PATH: path, CHROMIUM: join(directory, 'nowhere', 'chromium') })).toBeNull();
  });

  it('nothing where there is none, or only what is no program', () => {
    mkdirSync(join(directory, 'folder', 'chromium'), { recursive: true });
    const text = folderOf('text', ['chromium'], 0o644);
    for (const each of [undefined, '', join(directory, 'nowhere'), join(directory, 'folder'), text])
      expect(chromiumPath({ PATH: each }), each).toBeNull();
  });
});
