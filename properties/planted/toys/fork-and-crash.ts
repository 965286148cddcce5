/**
 * A ledger that first processes and later confirms. Who sends keeps its transaction in memory until it is confirmed, to send it
 * again should a fork take it out; a crash in between loses the memory, and what comes up again believes what it sees
 * processed.
 */
import { op, plainToy, type Toy } from '../toy.ts';

export const forkAndCrash: Toy = {
  ...plainToy,
  name: 'fork and crash',
  bug: 'a fork takes out a processed transaction that its sender, having crashed since, cannot send again',
  example: [{ op: op('send'), faults: [{ at: 1, position: 'after', fault: 'crash' }] }, { op: op('fork') }],
  switches: 1,
  kinds: ['send', 'fork', 'read'],
  mostCommands: 8,
  faultsEach: 1,
  faults: ['crash', 'delay', 'duplicate'],
  calls: 3,
  responses: 'separate',
  create: () => {
    const processed: number[] = [];
    const confirmed = new Set<number>();
    const remembered = new Set<number>();
    const accepted = new Set<number>();
    const submit = (transaction: number): void => {
      processed.push(transaction);
      accepted.add(transaction);
      remembered.add(transaction);
    };
    return {
      perform: async ({ kind }, step, command) => {
        if (kind === 'fork') await step('fork', () => processed.pop());
        if (kind === 'read') await step('read', () => processed.length);
        if (kind !== 'send') return;
        await step('submit', () => submit(command));
        await step('look', () => {
          if (!processed.includes(command) && remembered.has(command)) submit(command);
        });
        await step('confirm', () => {
          if (processed.includes(command)) confirmed.add(command);
        });
      },
      strike: (fault, _label, command) => {
        if (fault === 'crash') remembered.delete(command);
      },
      // One that is neither confirmed nor remembered was accepted and will never be.
      hasFailed: () => [...accepted].some((each) => !confirmed.has(each) && !remembered.has(each)),
    };
  },
};
