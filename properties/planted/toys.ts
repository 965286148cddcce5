/** The planted bugs. What each plants, and its smallest counterexample, stands in its own file. */
import type { Toy } from './toy.ts';
import { atomicity } from './toys/atomicity.ts';
import { forkAndCrash } from './toys/fork-and-crash.ts';
import { lostUpdate } from './toys/lost-update.ts';
import { notAdjacent } from './toys/not-adjacent.ts';
import { oneFault } from './toys/one-fault.ts';
import { ordering } from './toys/ordering.ts';
import { sharedId } from './toys/shared-id.ts';

export const toys: readonly Toy[] = [ordering, atomicity, lostUpdate, sharedId, notAdjacent, oneFault, forkAndCrash];
