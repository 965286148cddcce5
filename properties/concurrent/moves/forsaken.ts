import { pick } from '../draw-faults.ts';
import { ends, type Move, nameOf, threadOf } from './step.ts';

/**
 * A backend loses the ledger, and then its client loses the backend: what the client holds is as old as the backend's, not as its last
 * answer.
 */
export const forsaken: Move = ({ client, target, detail, aim }, { glimpse }, last) => {
  const actor = nameOf(glimpse.clients, client);
  const other = nameOf(glimpse.clients, client + 1);
  const [own, far] = [nameOf(glimpse.backends, target), nameOf(glimpse.backends, target + 1)];
  const thread = threadOf(last);
  const world = 'world#0';
  const needs = { directReads: true, clientRoundMs: 20_000 } as const;
  return [
    { actor, op: { kind: 'connect', backend: own } },
    { actor: other, op: { kind: 'connect', backend: far } },
    { actor: other, op: { kind: 'submitSpec', thread, text: `meanwhile ${detail % 3}`, stake: 4_000n } },
    ends,
    { actor: world, op: { kind: 'cut', authority: 'solana', forMs: 20_000 } },
    { actor: world, op: { kind: 'clientRound', client: actor }, afterMs: pick([1_500, 500, 4_000], aim) ?? 1_500 },
    { actor: world, op: { kind: 'crash', backend: own, downMs: 20_000 } },
    { actor, op: { kind: 'readCached', thread }, afterMs: pick([3_000, 6_000, 10_000], detail) ?? 3_000, needs },
  ];
};
