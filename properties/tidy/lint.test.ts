/**
 * The lint rules bite: each planted violation must be reported, and its innocent twin must not.
 * Does not show that the rules catch every way of writing the same mistake.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { plantTree, projectRoot } from './planted-tree.ts';

const planted: readonly (readonly [what: string, layer: string, code: string, rule: RegExp])[] = [
  ['Date.now', 'impl/core', 'export const now = (): number => Date.now();\n', /Ambient time/],
  ['new Date', 'simulations/world', 'export const now = (): Date => new Date();\n', /Ambient time/],
  ['performance.now', 'impl/backend', 'export const now = (): number => performance.now();\n', /Ambient time/],
  ['process.hrtime', 'impl/backend', 'export const now = (): unknown => process.hrtime.bigint();\n', /Ambient time/],
  ['setTimeout', 'impl/frontend', 'export const later = (f: () => void): unknown => setTimeout(f, 1);\n', /Ambient timer/],
  ['Math.random', 'properties', 'export const draw = (): number => Math.random();\n', /Ambient randomness/],
  [
    'randomBytes',
    'impl/core',
    "import * as nodeCrypto from 'node:crypto';\nexport const draw = (): unknown => nodeCrypto.randomBytes(8);\n",
    /Ambient randomness/,
  ],
  ['global fetch', 'impl/core', "export const get = (): unknown => fetch('http://x');\n", /Ambient network/],
  [
    'a floating promise',
    'impl/core',
    'const work = async (): Promise<void> => {};\nexport const start = (): void => {\n  work();\n};\n',
    /noFloatingPromises/,
  ],
  [
    'a switch that misses a case',
    'impl/core',
    "export const f = (x: 'a' | 'b'): void => {\n  switch (x) {\n    case 'a':\n      break;\n  }\n};\n",
    /useExhaustiveSwitchCases/,
  ],
  ['console', 'impl/core', "export const f = (): void => console.log('x');\n", /noConsole/],
];

const fileOf = (index: number, layer: string): string => `${layer}/planted-${index}.ts`;

describe('[TD1] lint', () => {
  const innocent = 'impl/core/innocent.ts';
  const tree = plantTree({
    ...Object.fromEntries(planted.map(([, layer, code], index) => [fileOf(index, layer), code])),
    [innocent]: 'export const double = (x: number): number => 2 * x;\n',
  });
  afterAll(tree.remove);

  /** The project's own configuration on one planted file; empty when clean. */
  const lint = (path: string): string => {
    const biome = join(projectRoot, 'node_modules/.bin/biome');
    const result = spawnSync(biome, ['lint', '--error-on-warnings', '--colors=off', path], {
      cwd: tree.directory,
      encoding: 'utf8',
    });
    return result.status === 0 ? '' : `${result.stdout}${result.stderr}`;
  };

  it.each(planted.map(([what, layer, , rule], index) => ({ what, path: fileOf(index, layer), rule })))(
    'refuses $what',
    ({ path, rule }) => {
      expect(lint(path)).toMatch(rule);
    },
  );

  it('says nothing of an innocent file', () => {
    expect(lint(innocent)).toBe('');
  });
});
