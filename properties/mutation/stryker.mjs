/**
 * What both mutation testing configurations share. Stryker copies the checkout into a sandbox (`.stryker/`, ignored by git) with
 * node_modules linked, plants every mutant of a file at once behind switches, and runs for each one only the tests that reach it.
 */
import { join } from 'node:path';

/**
 * @param {'core' | 'model' | 'explore' | 'protocols'} scope names the files below `.stryker/`
 * @param {readonly string[]} mutate globs of what is mutated
 * @param {number} breakAt percent below which the run fails
 */
export const strykerOptions = (scope, mutate, breakAt) => ({
  plugins: ['@stryker-mutator/vitest-runner', join(import.meta.dirname, 'ignore-messages.mjs')],
  testRunner: 'vitest',
  vitest: { configFile: `properties/mutation/${scope}.vitest.ts` },
  coverageAnalysis: 'perTest',
  ignorers: ['messages'],
  mutate,
  thresholds: { high: 95, low: 85, break: breakAt },
  concurrency: 1,
  // Results are kept from run to run; what is done again is what changed, or what a changed test may judge otherwise.
  incremental: true,
  incrementalFile: `.stryker/${scope}-incremental.json`,
  tempDirName: '.stryker/sandbox',
  reporters: ['progress-append-only', 'clear-text', 'json', 'html'],
  jsonReporter: { fileName: `.stryker/${scope}.json` },
  htmlReporter: { fileName: `.stryker/${scope}.html` },
  clearTextReporter: { allowEmojis: false, reportTests: false, logTests: false, reportMutants: false },
  // What runs while a module or a suite is loaded would need every suite anew for each mutant. In the core these are its frames and tables,
  // which are judged so; elsewhere suites play whole stories while they are loaded, and what only that reaches is left out.
  ignoreStatic: scope !== 'core',
  // A mutant may take this long beyond three times what its tests took: on a busy machine less would call slow ones endless.
  timeoutMS: 5_000,
  timeoutFactor: 3,
});
