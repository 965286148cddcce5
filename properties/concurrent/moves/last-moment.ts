import type { WorldOperation } from '#simulations/world/concurrent/command.ts';
import { pick } from '../draw-faults.ts';
import { at, ends, type Faults, type Move, nameOf, owner, threadOf } from './step.ts';

/** Which reads of a round lag: those that look for a write, and not the one between them that asks how high the ledger is. */
const laggingLooks = {
  clientRound: [[1, 3]],
  round: [
    [1, 3],
    [1, 2, 4],
    [1, 2, 3, 5],
  ],
} as const;

/** What is sent lands in the last slot in which it can; who looks for it soon after asks nodes that lag. */
export const lastMoment: Move = ({ client, target, detail, aim }, { glimpse }, last) => {
  const isPost = detail % 2 === 0;
  const thread = threadOf(last);
  const actor = isPost ? owner : nameOf(glimpse.clients, client);
  const backend = nameOf(glimpse.backends, target);
  const lag = (call: number): Faults[number] => at(call, 'before', { kind: 'S7-lagging', slots: 32 });
  const nearly = at(1, 'before', { kind: 'S2-nearly', leftMs: 1_200 });
  const text = `at last ${detail % 3}`;
  const op: WorldOperation = isPost ? { kind: 'post', thread, text } : { kind: 'submitSpec', thread, text, stake: 4_000n };
  const looks: WorldOperation = aim % 3 === 0 ? { kind: 'round', backend } : { kind: 'clientRound', client: actor };
  const lags = pick<readonly number[]>(laggingLooks[looks.kind], target >> 2) ?? [];
  return [
    ...(looks.kind === 'round' ? [{ actor, op: { kind: 'connect', backend } } as const] : []),
    ends,
    // Rounds that come more often would look before.
    { actor, op, faults: [nearly], afterMs: 0, needs: { roundMs: 12_000 } },
    {
      actor: 'world#0',
      op: looks,
      afterMs: pick([60_800, 61_200, 61_600, 60_600], detail >> 1) ?? 60_800,
      faults: lags.map(lag),
    },
  ];
};
