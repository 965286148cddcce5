import { pick } from '../draw-faults.ts';
import { at, ends, type Faults, homeOf, type Move, nameOf, owner, type Step, threadOf } from './step.ts';

/** Its content is stored, as nobody can know however often it is tried. */
const neverHeardOf: Faults = [1, 2, 3].map((call) => at(call, 'after', { kind: 'Q2-answerLost', as: 'lost' }));
const delayed = (afterMs: number): Faults[number] => at(1, 'before', { kind: 'Q4-delayed', afterMs });
/** What a round clears away goes away later. */
const onClearing: readonly Faults[] = [
  [],
  [delayed(4_000)],
  [delayed(20_000)],
  [at(1, 'before', { kind: 'C2-slow', ms: 4_000 })],
];

/**
 * A spec with too small a stake is refused, or a post whose content Qdrant never confirms, and is sent once more as it should have been,
 * perhaps through another backend: the same content, wanted after all, while a backend clears it away, at once or late.
 */
export const corrected: Move = ({ client, target, detail, aim }, { glimpse }, last) => {
  const isPost = detail % 2 === 0;
  const actor = isPost ? owner : nameOf(glimpse.clients, client);
  const thread = threadOf(last);
  const text = `corrected ${detail % 3}`;
  const sends = (isWrong: boolean): Step => ({
    actor,
    op: isPost ? { kind: 'post', thread, text } : { kind: 'submitSpec', thread, text, stake: isWrong ? 1n : 4_000n },
    ...(isPost && isWrong ? { faults: neverHeardOf } : {}),
  });
  // Where it was left to be cleared away, mostly.
  const own = homeOf(actor, glimpse.clients);
  const backend = aim % 4 === 1 || own === null ? nameOf(glimpse.backends, target) : own;
  const round: Step = { actor: `world#${detail % 2}`, op: { kind: 'round', backend } };
  // Either the store is slow, or whoever clears: for as long as it takes to send it once more.
  const clears: Step =
    aim % 3 === 1
      ? { ...round, stallsAt: 4 + (target % 8), needs: { raceMs: 4_000 } }
      : { ...round, faults: pick(onClearing, detail >> 2) ?? [] };
  const goes: Step = { actor, op: { kind: 'connect', backend: nameOf(glimpse.backends, target >> 2) } };
  return [sends(true), ...(aim % 3 === 0 ? [goes] : []), ends, clears, sends(false)];
};
