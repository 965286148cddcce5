/** The worked examples, done: in a copy of this checkout, the changes in their order. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { copyOfTree, stepsOf } from './walkthrough.ts';

const page = 'docs/extending.md';

/** All of it takes half a minute each time: what the examples are made of is compiled, and what has not changed is not again. */
const configuration = {
  extends: './tsconfig.json',
  include: ['cli/main.ts', 'properties/concurrent/jstat.d.ts', 'properties/**/{blackout,late,search-names-once}.test.ts'],
  compilerOptions: { incremental: true, tsBuildInfoFile: '.cache/tsc' },
};
const instead = { 'npm run --silent types': 'npx tsc --noEmit -p tsconfig.examples.json' };

describe('[DO3] the worked examples', () => {
  const copy = copyOfTree();
  writeFileSync(join(copy.directory, 'tsconfig.examples.json'), JSON.stringify(configuration));
  afterAll(copy.remove);

  const steps = stepsOf(page, instead);
  it.sequential.each(steps.map((step) => [step.title, step] as const))('%s', { timeout: 240_000 }, (_title, step) => {
    step.run(copy.directory);
  });

  it('are steps enough to mean something', () => {
    expect(steps.length).toBe(18);
  });
});
