/**
 * A narrow window: two others must fit into one gap between eight steps, in order. What even walks find sooner than priorities.
 */
import { inOrder, step, timed } from '../timed.ts';
import { op, plainToy, type Toy } from '../toy.ts';

export const atomicity: Toy = {
  ...plainToy,
  name: 'atomicity',
  bug: "into the gap between A's fourth and fifth of eight steps fall B's sixth and then C's third",
  example: [{ op: op('A') }, { op: op('B') }, { op: op('C') }],
  switches: 1,
  kinds: ['A', 'B', 'C', 'D'],
  mostCommands: 6,
  calls: 8,
  create: () =>
    timed(8, (of) =>
      of('A').some((a) => of('B').some((b) => of('C').some((c) => inOrder(step(a, 4), step(b, 6), step(c, 3), step(a, 5))))),
    ),
};
