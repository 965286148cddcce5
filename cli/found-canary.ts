/** For tests of what follows: a canary that was found. */
import { canaryMutant } from './canary.ts';
import type { Hunted } from './mutants-report.ts';

export const foundCanary: Hunted = {
  mutant: canaryMutant(),
  report: { kind: 'found', by: 'OR8', way: 'concurrent', scenarios: 4, commands: 9, message: '' },
  seconds: 2,
};
