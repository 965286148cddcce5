/**
 * A runner for vitest under which a suite that cannot even be loaded has a test that fails. Without it such a suite has no tests at all,
 * and Stryker takes a mutant under which nothing failed for a survivor: every mistake in a module's constants that stops it from loading.
 */
import { TestRunner, test } from 'vitest';

export default class LoadFailures extends TestRunner {
  override async importFile(...given: Parameters<TestRunner['importFile']>): Promise<unknown> {
    try {
      return await super.importFile(...given);
    } catch (error) {
      test('can be loaded', () => {
        throw error;
      });
      return undefined;
    }
  }
}
