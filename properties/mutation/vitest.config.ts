/** The suites that judge mutants: those beside what is mutated, as far as a mutant can wait for them. */

import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** A mutant is dead with the first test that fails, so whoever enumerates or draws comes after whoever looks at one case. */
const last: readonly RegExp[] = [
  /lost-answer|solana\.test|belief|protocol-codec/,
  /transitions|settlement|invariants/,
  /explore\/(random|held)/,
];
const placeOf = ({ moduleId }: TestSpecification): number => last.findIndex((slow) => slow.test(moduleId));

class QuickFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((a, b) => placeOf(a) - placeOf(b) || (a.moduleId < b.moduleId ? -1 : 1));
  }
}

export default defineConfig({
  test: {
    env: { RUST_LOG: '' },
    include: [
      'model/**/*.test.ts',
      'impl/core/**/*.test.ts',
      // What judges the core's histograms, errors, secrets and signatures stands beside who uses them.
      'impl/adapters/log/pino.test.ts',
      'impl/backend/monitor/{metrics,error-handler}.test.ts',
      'impl/backend/sessions.test.ts',
    ],
    // Scopes that take from seconds to minutes for each mutant.
    exclude: ['model/protocols/large-scopes.test.ts'],
    sequence: { sequencer: QuickFirst },
    testTimeout: 60_000,
  },
});
