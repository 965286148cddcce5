/** Every mutant that `npm run mutants` hunts, and the canary. */
import { adapterMutants } from './known/adapters.ts';
import { backendMutants } from './known/backend.ts';
import { coreMutants } from './known/core.ts';
import { frontendMutants } from './known/frontend.ts';
import { judgingMutants } from './known/judging.ts';
import { programMutants } from './known/program.ts';
import type { Mutant } from './mutant.ts';

export const knownMutants: readonly Mutant[] = [
  ...coreMutants,
  ...backendMutants,
  ...frontendMutants,
  ...adapterMutants,
  ...programMutants,
  ...judgingMutants,
];

/** Found within some ten scenarios from whatever seed: what does not find this one, finds nothing. */
export const canaryId = 'join-left-out';
