/** The suites that judge mutants: those beside what is mutated, as far as a mutant can wait for them. */
import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** A mutant is dead with the first test that fails, so whoever enumerates or draws comes after whoever looks at one case. */
const last: readonly RegExp[] = [
  /lost-answer|solana\.test|belief|protocol-codec/,
  /transitions|settlement|invariants/,
  /protocols\.test|explore\/(random|held)/,
];
const placeOf = ({ moduleId }: TestSpecification): number => last.findIndex((slow) => slow.test(moduleId));

class QuickFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((a, b) => placeOf(a) - placeOf(b) || (a.moduleId < b.moduleId ? -1 : 1));
  }
}

/** @param provide what suites are told, so that they do less than all */
export const judgedBy = (
  include: string[],
  exclude: string[] = [],
  provide: { readonly randomDesigns?: number } = {},
): ViteUserConfig =>
  defineConfig({
    test: {
      env: { RUST_LOG: '' },
      include,
      exclude,
      provide,
      runner: './properties/mutation/load-failures.ts',
      sequence: { sequencer: QuickFirst },
      testTimeout: 60_000,
    },
  });
