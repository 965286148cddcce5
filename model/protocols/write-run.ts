/**
 * One write of a run, at its backend, whatever else happens: the design that implementations are held against. It is the update of the
 * small scope until the write has ended, with surroundings that may do what they can do in a run of many: others change the thread,
 * send the very same bytes, ask again under the same name. What becomes of its content afterwards is `content-run.ts`.
 */
import type { Rule, Spec } from '../explore/spec.ts';
import { taken } from './chain.ts';
import { contentScopes } from './content-update.ts';
import { ended, isRunning, stageOf } from './node.ts';
import { ownershipScopes } from './ownership-update.ts';
import { slots, type UpdateSlots } from './slots.ts';
import { type Design, design, updateSpec } from './update.ts';
import type { UpdateScope } from './update-scope.ts';
import { isBusy } from './write.ts';

/** Somebody else has made the very same transaction, and sends it. */
const twin: Rule<UpdateSlots> = slots.rule(
  { name: 'twin', actor: 'others', kind: 'fault' },
  ['chain', 'bytes#0'],
  (chain, bytes) => (bytes === 'signed' ? [{ label: { does: 'twin' }, to: taken(chain, bytes, 0, 'atOnce') }] : []),
);

/** It was prepared here and never taken, and its twin has landed: as far as this backend knows, nobody signed it. */
const closed: Rule<UpdateSlots> = slots.rule(
  { name: 'close of a twin', actor: 'node#0', kind: 'fault' },
  ['handler#0', 'node#0', 'bytes#0'],
  (phase, node, bytes) => {
    const isTwins = bytes === 'processed' || bytes === 'landed' || bytes === 'refused';
    if (!isRunning(node) || stageOf(node, 0) !== 'kept' || !isTwins || isBusy(phase)) return [];
    return [{ label: { does: 'close', write: 0 }, to: ['idle', ended(node, 0, 'refused'), bytes] }];
  },
);

/** A node that lags still says that the bytes could land: they go out once more, to no avail. */
const heightOlder: Rule<UpdateSlots> = slots.rule(
  { name: 'height of a node that lags', actor: 'fault', kind: 'fault' },
  ['handler#0', 'wire#0', 'node#0'],
  (phase, wire, node) =>
    phase === 'asked' && wire !== 'asking' && isRunning(node)
      ? [{ label: { does: 'height', outcome: 'older', fault: 'S7-lagging' }, to: ['again', wire, node] }]
      : [],
);

/** It has landed, and nobody can tell now as what: the outbox keeps it. */
const untold: Rule<UpdateSlots> = slots.rule(
  { name: 'leave what has landed', actor: 'node#0', kind: 'fault' },
  ['handler#0', 'wire#0', 'node#0'],
  (phase, wire, node) =>
    phase === 'confirmed' && stageOf(node, 0) === 'signed'
      ? [
          {
            label: { does: 'leave', write: 0 },
            to: ['idle', wire === 'executing' || wire === 'asking' ? 'unsettled' : wire, node],
          },
        ]
      : [],
);

/** It was prepared and signed for another backend, and its client has come here since. */
const elsewhere: Rule<UpdateSlots> = slots.rule(
  { name: 'signed for another backend', actor: 'others', kind: 'fault' },
  ['wire#0', 'handler#0', 'node#0'],
  (wire, phase, node) =>
    wire === 'nothing' && phase === 'idle' && stageOf(node, 0) === null
      ? [{ label: { does: 'elsewhere' }, to: ['execute', phase, node] }]
      : [],
);

/** Nothing has come of it, and whoever asked asks again under the same name. */
const anew: Rule<UpdateSlots> = slots.rule(
  { name: 'anew', actor: 'others', kind: 'fault' },
  ['client#0', 'wire#0'],
  (client, wire) =>
    client.told === 'refused' && wire === 'nothing'
      ? [{ label: { does: 'anew' }, to: [{ ...client, told: null, again: false }, wire] }]
      : [],
);

/**
 * @param kind whether the write carries content
 * @param surroundings `none`: the write alone, as the small scope has it
 */
export function writeRun(
  kind: 'ownership' | 'content',
  from: Design = design,
  surroundings: 'any' | 'none' = 'any',
): Spec<UpdateSlots> {
  const small: UpdateScope = kind === 'content' ? contentScopes.small : ownershipScopes.small;
  const scope: UpdateScope = {
    ...small,
    name: `a write with${kind === 'content' ? '' : 'out'} content`,
    shows: false,
    compares: false,
    others: [...small.others, ...(surroundings === 'any' ? [twin, closed, anew, elsewhere, heightOlder, untold] : [])],
  };
  // What holds always is the protocols' to show, where nobody does just anything.
  return { ...updateSpec(scope, from), always: [], sometimes: [] };
}
