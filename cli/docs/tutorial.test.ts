/** The tutorial, done: in a copy of this checkout, as its reader would. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { projectRoot } from '#properties/tidy/planted-tree.ts';
import { readMarkdown } from './markdown.ts';
import { copyOfTree, stepsOf } from './walkthrough.ts';

const page = 'docs/tutorial.md';

describe('[DO1] the tutorial', () => {
  const copy = copyOfTree();
  afterAll(copy.remove);

  it.sequential.each(stepsOf(page).map((step) => [step.title, step] as const))('%s', { timeout: 240_000 }, (_title, step) => {
    step.run(copy.directory);
  });

  it('names only what stands in the page that it has its reader open', () => {
    const text = readFileSync(join(projectRoot, page), 'utf8');
    const [, rows = ''] = text.split('| on the page |');
    const named = [...(rows.split('\n\n')[0] ?? '').matchAll(/"([^"]+)"/g)].map(([, name = '']) => name);
    expect(named.length).toBeGreaterThan(6);
    const html = readFileSync(join(copy.directory, 'page.html'), 'utf8').replace(/\s+/g, ' ').replaceAll(' <', '<');
    expect(named.filter((name) => !html.includes(`>${name}<`))).toEqual([]);
  });

  it('quotes the rule as it is', () => {
    const [, quoted = ''] = /\*(An answer [^*]+)\*/.exec(readFileSync(join(projectRoot, page), 'utf8')) ?? [];
    expect(readFileSync(join(projectRoot, 'SPEC.md'), 'utf8')).toContain(`| OR2 | ${quoted} |`);
  });

  it('has steps enough to mean something', () => {
    expect(stepsOf(page).length).toBe(7);
    expect(readMarkdown(readFileSync(join(projectRoot, page), 'utf8')).blocks.length).toBe(7);
  });
});
