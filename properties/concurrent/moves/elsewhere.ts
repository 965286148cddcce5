import { pick } from '../draw-faults.ts';
import { elsewhereThan, homeOf, type Move, nameOf, owner, type Step, threadOf } from './step.ts';

/**
 * The owner of a thread says something, and looks at it through another backend, whose node lags; or somebody else does, who has seen it.
 * What was seen, or confirmed, must be there all the same.
 */
export const elsewhere: Move = ({ client, target, detail, aim }, { glimpse }, last) => {
  const { clients, backends } = glimpse;
  const other = nameOf(clients, client);
  const actor = aim % 2 === 0 ? owner : other;
  const thread = threadOf(last);
  const says: Step = { actor: owner, op: { kind: 'post', thread, text: `news ${detail % 3}` } };
  const looks: Step = { actor, op: { kind: 'readStrong', thread } };
  const goes: Step = { actor, op: { kind: 'connect', backend: elsewhereThan(homeOf(actor, clients), backends, target) } };
  const slots = pick([32, 16, 32, 8], detail) ?? 32;
  const lag = { at: 1, position: 'before', fault: { kind: 'S7-oldThread', slots } } as const;
  // Whoever has said it knows when it is confirmed; anybody else looks some time later.
  const sees = actor === owner ? [] : [{ ...looks, afterMs: pick([3_000, 2_400, 4_000], target >> 2) ?? 3_000 }];
  return [says, ...sees, goes, aim < 8 ? { ...looks, faults: [lag] } : looks];
};
