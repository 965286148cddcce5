/** The larger scopes, counted as the small ones are (`protocols.test.ts`): minutes for all, so no mutant waits for them. */
import { describe, expect, it } from 'vitest';
import { convergenceOf } from '../explore/convergence.ts';
import { explore } from '../explore/explorer.ts';
import { counts, isLarge } from './counts.ts';
import { protocols } from './index.ts';

describe('protocols, larger scopes', () => {
  it.each(counts.filter(([, , states]) => isLarge(states)))(
    '[PD1] %s, %s: everything holds, in so many states',
    (name, scope, states, generated) => {
      const protocol = protocols.find((each) => each.name === name);
      if (protocol === undefined) throw new RangeError(`no protocol ${name}`);
      const exploration = explore(protocol.scope(scope));
      expect(exploration.findings()).toEqual([]);
      expect([exploration.complete, exploration.states, exploration.generated]).toEqual([true, states, generated]);
      // Symmetries are for safety only; whether all agree in the end is judged where there are none.
      if (exploration.quotient.size === 1) expect(convergenceOf(exploration).findings).toEqual([]);
    },
  );
});
