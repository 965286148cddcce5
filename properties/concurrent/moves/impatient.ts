import { ends, type Move, nameOf, owner, type Step, threadOf, unheard } from './step.ts';

/**
 * Somebody does not wait for the refusal of a spec with too small a stake, and submits it with a larger one: the same content. While what was
 * refused is cleared away, either who signs what is right stalls, or who clears does, until it has been recorded. Then the author closes,
 * who holds the text, too.
 */
export const impatient: Move = ({ client, target, detail }, { glimpse }, last) => {
  const others = glimpse.clients.filter(({ name }) => name !== owner);
  const actor = nameOf(others, client);
  const needs = { raceMs: 4_000 };
  const submits = (stake: bigint): Step => ({
    actor,
    op: { kind: 'submitSpec', thread: threadOf(last), text: `at once ${detail % 3}`, stake },
    ...{ afterMs: 0, faults: [], needs },
  });
  const unwaited: Step = { ...submits(1n), faults: [unheard(2)] };
  const closes: Step = { actor, op: { kind: 'close' } };
  // Prepared, and not handed in; or about to discard.
  return target % 2 === 0
    ? [ends, unwaited, { ...submits(4_000n), stallsAt: 6 + ((detail >> 2) % 3) }, closes]
    : [ends, { ...unwaited, priority: 12, stallsAt: 21 + ((detail >> 2) % 3) }, { ...submits(4_000n), priority: 1 }, closes];
};
