import { pick } from '../draw-faults.ts';
import { at, type Faults, homeOf, type Move, nameOf, owner, type Step, threadOf, unheard } from './step.ts';

const dropped = at(1, 'before', { kind: 'S1-dropped' });

/** The second request leaves the write at its backend: whether it is there is not known, or it comes there once more. */
const onLeaving: readonly Faults[] = [
  [],
  [unheard(2)],
  [at(2, 'after', { kind: 'F3-again', afterMs: 4_000 })],
  [unheard(2), at(4, 'after', { kind: 'B1-crash', downMs: 500 })],
  [unheard(2), at(3, 'after', { kind: 'B1-crash', downMs: 500 })],
  [unheard(2), at(2, 'after', { kind: 'B1-crash', downMs: 1_500 })],
  [at(1, 'after', { kind: 'F3-again', afterMs: 1_500 })],
];
/** What keeps the first of several from being over, or its client from knowing. */
const onDraining: readonly Faults[] = [
  [dropped],
  [at(1, 'before', { kind: 'S3-answerLost', as: 'silence' })],
  [at(2, 'after', { kind: 'F3-lost' })],
  [at(3, 'after', { kind: 'F3-lost' })],
  [unheard(2)],
  [unheard(3)],
  [unheard(2), dropped],
  [unheard(3), dropped],
  [unheard(4), dropped],
  [at(3, 'after', { kind: 'F2-closed' })],
  [at(5, 'after', { kind: 'F2-closed' }), dropped],
  [at(2, 'after', { kind: 'F3-doubled' })],
  [at(2, 'after', { kind: 'F3-again', afterMs: 1_500 })],
  [at(1, 'before', { kind: 'S8-refused', as: 'unavailable' })],
  [at(2, 'before', { kind: 'B1-crash', downMs: 500 })],
  [at(3, 'before', { kind: 'F3-lost' })],
];

/**
 * An authority is away while one client writes several things to one thread, in an order that matters to it; some of it twice, or given up
 * again. When it is back, something goes wrong with what the client then carries out; and it comes back to that at once.
 */
export const outage: Move = ({ client, target, detail, aim }, { glimpse }, last) => {
  const actor = aim % 3 === 0 ? nameOf(glimpse.clients, client) : owner;
  const home = homeOf(actor, glimpse.clients) ?? 'backend#0';
  const [world, otherWorld] = [`world#${detail % 2}`, `world#${1 - (detail % 2)}`];
  const thread = threadOf(last);
  const says = (text: string, faults: Faults = []): Step => ({ actor, op: { kind: 'post', thread, text }, faults });
  const forMs = pick([1_500, 4_000, 20_000], detail) ?? 1_500;
  const cut: Step = { actor: world, op: { kind: 'cut', authority: target % 4 === 0 ? 'qdrant' : 'solana', forMs } };
  const givesUp: Step = { actor, op: { kind: 'giveUp' } };
  const goes: Step = { actor, op: { kind: 'connect', backend: nameOf(glimpse.backends, target >> 2) } };
  const closes: Step = { actor, op: { kind: 'close' } };
  const looks = (afterMs: number): Step => ({ actor: otherWorld, op: { kind: 'clientRound', client: actor }, afterMs });
  const more: readonly (readonly Step[])[] = [
    [],
    [says('third')],
    [says('first')],
    [givesUp],
    [goes],
    [closes],
    [givesUp, closes],
    [looks(600), givesUp, goes],
    [looks(300), { actor: otherWorld, op: { kind: 'crash', backend: home, downMs: 500 } }],
  ];
  // The second one finds no room, and comes once more when the first is given up.
  const isFull = detail % 6 === 5;
  // Its own rounds would come first, and nothing goes wrong with those; a breaker stays open for some time.
  const needs = {
    queueWrites: true,
    ...(aim % 5 === 0 ? {} : { clientRoundMs: 20_000 }),
    ...(target % 3 === 2 ? { maxOpenWrites: 1 } : {}),
    ...(isFull ? { maxQueued: 1 } : {}),
  } as const;
  const afterMs = forMs + (pick([2_500, 0, 2_500, 5_000], target >> 6) ?? 2_500);
  const drains = (by: string, ms: number, faults: Faults): Step => ({
    ...{ actor: by, op: { kind: 'clientRound', client: actor } },
    ...{ afterMs: ms, faults, needs },
  });
  const again = aim % 4 === 0 ? [] : [drains(otherWorld, afterMs + (pick([100, 400, 700], target >> 3) ?? 400), [])];
  return [
    cut,
    says('first', pick(onLeaving, detail >> 6) ?? []),
    says('second', isFull ? [at(2, 'after', { kind: 'F3-again', afterMs: 1_500 })] : []),
    ...(isFull ? [givesUp] : (pick(more, aim + (target >> 5)) ?? [])),
    drains(world, afterMs, pick(onDraining, detail >> 2) ?? []),
    ...again,
  ];
};
