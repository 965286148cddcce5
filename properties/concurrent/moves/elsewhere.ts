import { pick } from '../draw-faults.ts';
import { type Move, nameOf, type Step, threadOf } from './step.ts';

/**
 * Whoever did something last, or somebody who has seen it, looks at it through another backend, whose node may lag: what was seen must be
 * there all the same.
 */
export const elsewhere: Move = ({ client, target, detail, aim }, { glimpse }, last) => {
  const other = nameOf(glimpse.clients, client);
  const actor = aim % 2 === 0 && last !== null ? last.actor : other;
  const looks: Step = { actor, op: { kind: 'readStrong', thread: threadOf(last) } };
  const goes: Step = { actor, op: { kind: 'connect', backend: nameOf(glimpse.backends, target) } };
  const slots = pick([32, 16, 32, 3], detail) ?? 32;
  const lag = { at: 1, position: 'before', fault: { kind: 'S7-oldThread', slots } } as const;
  return [...(aim % 2 === 0 ? [] : [looks]), goes, aim < 8 ? { ...looks, faults: [lag] } : looks];
};
