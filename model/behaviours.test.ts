/** As `invariants.test.ts` has it, deeper: seconds, so no mutant waits for it. */
import { describe, expect, it } from 'vitest';
import { everyBehaviour } from './behaviours.ts';

describe('every behaviour of a small world, deeper', () => {
  it('[I-1] [I-2] [I-3] [I-4] [I-5] hold in every state, quiet worlds converge in a round, and witnesses find nothing', () => {
    expect(everyBehaviour(4)).toEqual({ states: 1_561, transitions: 5_875, converged: 1_461 });
  });
});
