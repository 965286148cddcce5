/** An order between two of five tasks: what priorities find soon and even walks seldom. */
import { inOrder, step, timed } from '../timed.ts';
import { op, plainToy, type Toy } from '../toy.ts';

export const ordering: Toy = {
  ...plainToy,
  name: 'ordering',
  bug: "B's first step comes after A's first, its eighth and last before A's second, among five tasks",
  example: [{ op: op('A') }, { op: op('B') }],
  switches: 1,
  kinds: ['A', 'B', 'C', 'D', 'E'],
  mostCommands: 5,
  calls: 8,
  create: () =>
    timed(8, (of) => of('A').some((a) => of('B').some((b) => inOrder(step(a, 1), step(b, 1), step(b, 8), step(a, 2))))),
};
