/** One fault among up to twenty drawn: one kind of ten, at one call of four, on one side of its effect, matters. */
import { op, plainToy, type Toy } from '../toy.ts';

export const oneFault: Toy = {
  ...plainToy,
  name: 'one fault',
  bug: 'the answer to the third call of a piece of work is garbled; up to twenty faults are drawn, of ten kinds',
  example: [{ op: op('work'), faults: [{ at: 3, position: 'after', fault: 'garbled' }] }],
  switches: 0,
  kinds: ['work', 'rest'],
  mostCommands: 10,
  actors: 'three',
  faultsEach: 2,
  faults: ['slow', 'twice', 'lost', 'refused', 'stale', 'garbled', 'partial', 'reset', 'limited', 'moved'],
  calls: 4,
  create: () => {
    const told = new Set<string>();
    let failed = false;
    return {
      perform: async ({ kind }, step, command) => {
        for (const call of [1, 2, 3, 4]) await step(`${kind}${call}`, () => told.add(`${kind}${call} ${command}`));
      },
      strike: (fault, label, command) => {
        failed ||= fault === 'garbled' && label === 'work3' && told.has(`${label} ${command}`);
      },
      hasFailed: () => failed,
    };
  },
};
