/** Two commands far apart, both needed, nothing between them: what removing stretches from either end cannot shrink. */
import { op, plainToy, type Toy } from '../toy.ts';

export const notAdjacent: Toy = {
  ...plainToy,
  name: 'not adjacent',
  bug: 'a fuse is lit after it was laid, whatever eight other kinds of command do meanwhile',
  example: [{ op: op('lay') }, { op: op('light') }],
  switches: 0,
  kinds: ['lay', 'light', 'walk', 'wait', 'look', 'sit', 'stand', 'turn', 'talk', 'hide'],
  mostCommands: 16,
  calls: 1,
  actors: 'three',
  create: () => {
    let laid = false;
    let failed = false;
    return {
      perform: ({ kind }, step) =>
        step(kind, () => {
          if (kind === 'lay') laid = true;
          if (kind === 'light' && laid) failed = true;
        }),
      hasFailed: () => failed,
    };
  },
};
