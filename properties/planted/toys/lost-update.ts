/** The oldest of all: read, add, write back. */
import { op, plainToy, type Toy } from '../toy.ts';

export const lostUpdate: Toy = {
  ...plainToy,
  name: 'lost update',
  bug: 'two clients read a counter, add one, and write it back',
  example: [{ op: op('add') }, { op: op('add') }],
  switches: 1,
  kinds: ['add', 'look', 'look twice'],
  mostCommands: 8,
  calls: 2,
  responses: 'separate',
  create: () => {
    let counter = 0;
    let added = 0;
    return {
      perform: async ({ kind }, step) => {
        const seen = await step('read', () => counter);
        if (kind === 'look') return;
        await step(kind === 'add' ? 'write' : 'read', () => {
          if (kind !== 'add') return;
          counter = seen + 1;
          added += 1;
        });
      },
      hasFailed: () => counter < added,
    };
  },
};
