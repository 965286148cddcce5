/** The picture is the code's, and what pages point at is there. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '#properties/tidy/planted-tree.ts';
import { pages } from './commands.ts';
import { drawLayers, withoutImplied } from './draw-layers.ts';
import { readMarkdown } from './markdown.ts';
import { folderGraph, picture, pictureFile } from './picture.ts';

const read = (page: string): string => readFileSync(join(projectRoot, page), 'utf8');

describe('[DO4] the picture of the folders', () => {
  it('is what the code says now', async () => {
    const drawn = await picture();
    expect(readFileSync(pictureFile, 'utf8') === drawn, 'npm run docs:picture').toBe(true);
  });

  it('is made of all folders, with the arrows that there are', async () => {
    const graph = await folderGraph();
    expect(graph.size).toBeGreaterThan(30);
    expect(graph.get('properties/concurrent')).toContain('properties/oracles');
    expect(graph.get('impl/backend')).toEqual(['impl/core', 'impl/ports']);
    expect(graph.get('simulations/engine')).toEqual([]);
  });

  it('leaves out what follows, and nothing else', () => {
    const graph = new Map([
      ['a/1', ['a/2', 'b', 'c']],
      ['a/2', ['b']],
      ['b', ['c']],
      ['c', ['d']],
      ['d', ['c']],
    ]);
    expect(withoutImplied(graph)).toEqual(
      new Map([
        ['a/1', ['a/2']],
        ['a/2', ['b']],
        ['b', ['c']],
        ['c', ['d']],
        ['d', ['c']],
      ]),
    );
    const svg = drawLayers(
      ['a', 'b', 'c', 'd'].map((name) => ({ name, title: `${name}!` })),
      graph,
    );
    expect([...svg.matchAll(/<title>(.*?)<\/title>/g)].map(([, title]) => title)).toEqual([
      'a/1 uses a/2',
      'a/2 uses b',
      'b uses c',
      'c uses d',
      'd uses c',
    ]);
  });
});

/** `path.ts` in the code of a page, that is meant as one of this checkout. */
const isPath = (text: string): boolean =>
  /^(?:model|impl|simulations|properties|cli|docs)\/[\w./-]+\.(?:ts|mjs|h|c|md|json|jsonl)$/.test(text);

describe('[DO5] what pages point at', () => {
  it.each(pages())('is there: %s', (page) => {
    const { links, spans } = readMarkdown(read(page));
    const targets = links
      .filter(({ target }) => !/^(?:https?:|#)/.test(target))
      .map(({ target, line }) => ({ path: join(dirname(page), target.replace(/#.*$/, '')), line }));
    const named = spans.filter(({ text }) => isPath(text)).map(({ text, line }) => ({ path: text, line }));
    const missing = [...targets, ...named].filter(({ path }) => !existsSync(join(projectRoot, path)));
    expect(missing.map(({ path, line }) => `${page}:${line} ${path}`)).toEqual([]);
  });

  const page = 'docs/architecture.md';
  const rows = read(page)
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter(([, step = '']) => /^\d+$/.test(step));

  it.each(rows.map((row) => ({ row, what: `${row[3]} in ${row[4]}` })))(
    'declares $what',
    ({ row: [, , , functions = '', file = ''] }) => {
      const [, target = ''] = /\]\((.*)\)/.exec(file) ?? [];
      const text = read(join(dirname(page), target));
      const names = [...functions.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
      expect(names.length).toBeGreaterThan(0);
      const isDeclared = (name: string): boolean =>
        new RegExp(`^(?:export )?(?:async )?(?:function|const|class) ${name}\\b|^  (?:static )?(?:async )?${name}[(<]`, 'm').test(
          text,
        );
      expect(names.filter((name) => !isDeclared(name))).toEqual([]);
    },
  );

  it('are steps enough to mean something', () => {
    expect(rows.length).toBe(20);
  });
});
