/**
 * SPEC.md and the test titles agree: every id in a title is a row of SPEC.md, every built row and every rule of our own parts has
 * a title. Does not show that the test under a title shows what the row says; that is for readers.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from './planted-tree.ts';

const idPattern = /[A-Z]{1,3}(?:-\d+(?:\.\d+)?|\d+[a-z]?)/;

interface Row {
  readonly id: string;
  readonly status: string | null;
}

/** The first cell of every table row that is an id, with its status where the table has one. */
function specRows(): readonly Row[] {
  const text = readFileSync(join(projectRoot, 'SPEC.md'), 'utf8');
  const [lines = '', rules = ''] = text.split('\n## 2.');
  const cells = (part: string): string[][] =>
    part
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map((line) => line.split('|').map((cell) => cell.trim()));
  const isId = (cell: string | undefined): cell is string => cell !== undefined && new RegExp(`^${idPattern.source}$`).test(cell);
  return [
    ...cells(lines).flatMap(([, id, , status = '']) => (isId(id) ? [{ id, status }] : [])),
    ...cells(rules).flatMap(([, id]) => (isId(id) ? [{ id, status: null }] : [])),
  ];
}

/** Every `[id]` inside a string literal that titles a test or a suite. */
function titledIds(): ReadonlySet<string> {
  const files = ['model', 'impl', 'simulations', 'properties', 'cli']
    .flatMap((layer) =>
      readdirSync(join(projectRoot, layer), { recursive: true, encoding: 'utf8' }).map((name) => join(layer, name)),
    )
    .filter((name) => /\.(test|contract)\.ts$/.test(name));
  // A title is a string that begins with ids, whoever it is given to: it, describe, or a table of either.
  const titles = new RegExp(`['"\`]((?:\\[${idPattern.source}\\] ?)+)`, 'g');
  const ids = new RegExp(`\\[(${idPattern.source})\\]`, 'g');
  return new Set(
    files.flatMap((file) =>
      [...readFileSync(join(projectRoot, file), 'utf8').matchAll(titles)].flatMap(([, head = '']) =>
        [...head.matchAll(ids)].map(([, id]) => id ?? ''),
      ),
    ),
  );
}

describe('[TD3] SPEC.md', () => {
  const rows = specRows();
  const titled = titledIds();

  it('names each id once', () => {
    const ids = rows.map((row) => row.id);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    expect(ids.length).toBeGreaterThan(100);
  });

  it('has a row for every id that a test title carries', () => {
    const known = new Set(rows.map((row) => row.id));
    expect([...titled].filter((id) => !known.has(id)).sort()).toEqual([]);
  });

  it('has a test title for every built row and every rule of our own', () => {
    const owed = rows.filter(({ status }) => status === null || status.startsWith('built'));
    expect(owed.map((row) => row.id).filter((id) => !titled.has(id))).toEqual([]);
  });

  it('[V-4] states the version that package.json has', () => {
    const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string };
    expect(readFileSync(join(projectRoot, 'SPEC.md'), 'utf8')).toContain(`version ${version}`);
  });
});
