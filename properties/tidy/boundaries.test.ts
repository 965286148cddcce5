/**
 * The folder boundaries bite: a tree with one planted arrow a rule is judged by the project's own configuration.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { plantTree, projectRoot } from './planted-tree.ts';

interface Report {
  readonly modules: number;
  readonly broken: readonly string[];
}

/** Runs dependency-cruiser with the committed configuration in `directory`. */
function cruise(directory: string): Report {
  const bin = join(projectRoot, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const layers = ['model', 'impl', 'simulations', 'properties', 'cli'];
  const result = spawnSync(process.execPath, [bin, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', ...layers], {
    cwd: directory,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  const parsed = JSON.parse(result.stdout) as {
    summary: { totalCruised: number; violations: { from: string; rule: { name: string } }[] };
  };
  return {
    modules: parsed.summary.totalCruised,
    broken: [...new Set(parsed.summary.violations.map((each) => `${each.rule.name}: ${each.from}`))].sort(),
  };
}

const planted: Readonly<Record<string, string>> = {
  'model/innocent.ts': 'export const x = 1;\n',
  'model/with-node.ts': "import fs from 'node:fs';\nexport const f = fs;\n",
  'impl/innocent.ts': 'export const x = 1;\n',
  'impl/reads-model.ts': "import type { x } from '#model/innocent.ts';\nexport type X = typeof x;\n",
  'impl/adapters/thing.ts': 'export const x = 1;\n',
  'impl/core/knows-adapter.ts': "export { x } from '../adapters/thing.ts';\n",
  'impl/round.ts': "import type { b } from './about.ts';\nexport const a = 1;\nexport type B = typeof b;\n",
  'impl/about.ts': "import type { a } from './round.ts';\nexport const b = 1;\nexport type A = typeof a;\n",
  'simulations/solana/knows-model.ts': "export { x } from '#model/innocent.ts';\n",
  'simulations/world/may-know-model.ts': "export { x } from '#model/innocent.ts';\n",
  'simulations/engine/knows-impl.ts': "export { x } from '#impl/innocent.ts';\n",
  'simulations/world/knows-properties.ts': "export { x } from '#properties/innocent.ts';\n",
  'properties/innocent.ts': 'export const x = 1;\n',
  'properties/knows-cli.ts': "export { x } from '#cli/innocent.ts';\n",
  'cli/innocent.ts': "export { x } from '#impl/innocent.ts';\n",
  'cli/lost.ts': "export { x } from '#impl/nowhere.ts';\n",
};

describe('[TD2] folder boundaries', () => {
  const tree = plantTree(planted);
  afterAll(tree.remove);

  it('report every planted arrow, type-only ones included, and no innocent one', () => {
    expect(cruise(tree.directory).broken).toEqual([
      'core-knows-ports-only: impl/core/knows-adapter.ts',
      'engine-knows-nothing: simulations/engine/knows-impl.ts',
      'impl-is-independent: impl/reads-model.ts',
      'model-imports-nothing: model/with-node.ts',
      'model-only-in-world: simulations/solana/knows-model.ts',
      'no-circular: impl/about.ts',
      'not-resolvable: cli/lost.ts',
      'properties-below-cli: properties/knows-cli.ts',
      'simulations-below-properties: simulations/world/knows-properties.ts',
    ]);
  });

  it('hold in this project, of which enough was read for that to mean something', () => {
    const report = cruise(projectRoot);
    expect(report.broken).toEqual([]);
    expect(report.modules).toBeGreaterThan(60);
  });
});
