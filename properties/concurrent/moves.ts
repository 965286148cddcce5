/**
 * Moves that take several commands: what one drawn command after another hardly ever comes to, and people do all the time. They only
 * propose; schedule and further faults make of them what they can.
 */
import type { Draw } from '#properties/lockstep/draw.ts';
import type { PortFault, WorldOperation } from '#simulations/world/concurrent/command.ts';
import { pick } from './draw-faults.ts';
import type { ConcurrentCommand } from './scenario.ts';
import type { Sketch } from './sketch.ts';

export interface Step {
  readonly actor: string;
  readonly op: WorldOperation;
  /** Beside those that are drawn. */
  readonly faults?: ConcurrentCommand['faults'];
  /** Left out: as drawn. */
  readonly afterMs?: number;
}

/** The numbers from which a command's arguments are chosen. */
export type Arguments = Omit<Draw, 'kind'>;

type Move = (draw: Arguments, sketch: Sketch, last: Step | null) => readonly Step[];

const firstThread = 'thread#0';
const threadOf = (step: Step | null): string => (step !== null && 'thread' in step.op ? step.op.thread : firstThread);
const nameOf = (of: readonly { readonly name: string }[], index: number): string => pick(of, index)?.name ?? '';

/**
 * Whoever did something last, or somebody who has seen it, looks at it through another backend, whose node may lag: what was seen must be
 * there all the same.
 */
const elsewhere: Move = ({ client, target, detail, aim }, { glimpse }, last) => {
  const other = nameOf(glimpse.clients, client);
  const actor = aim % 2 === 0 && last !== null ? last.actor : other;
  const looks: Step = { actor, op: { kind: 'readStrong', thread: threadOf(last) } };
  const goes: Step = { actor, op: { kind: 'connect', backend: nameOf(glimpse.backends, target) } };
  const slots = pick([32, 16, 32, 3], detail) ?? 32;
  const lag = { at: 1, position: 'before', fault: { kind: 'S7-oldThread', slots } } as const;
  return [...(aim % 2 === 0 ? [] : [looks]), goes, aim < 8 ? { ...looks, faults: [lag] } : looks];
};

/**
 * An authority is away while one client writes several things to one thread, in an order that matters to it; some of it twice. When it is
 * back, something goes wrong with what the client then carries out.
 */
const outage: Move = ({ client, target, detail, aim }, { glimpse }, last) => {
  const actor = nameOf(glimpse.clients, client);
  const world = `world#${detail % 2}`;
  const says = (text: string): Step => ({ actor, op: { kind: 'post', thread: threadOf(last), text } });
  const forMs = pick([4_000, 20_000, 1_500], detail) ?? 4_000;
  const cut: Step = { actor: world, op: { kind: 'cut', authority: target % 4 === 0 ? 'qdrant' : 'solana', forMs } };
  const more: readonly Step[] = [
    says('third'),
    says('first'),
    { actor, op: { kind: 'giveUp' } },
    { actor, op: { kind: 'connect', backend: nameOf(glimpse.backends, target >> 2) } },
    { actor, op: { kind: 'close' } },
  ];
  const fault = pick(onDraining, detail >> 2);
  const drains: Step = {
    actor: world,
    op: { kind: 'clientRound', client: actor },
    afterMs: 500,
    ...(fault === undefined ? {} : { faults: [fault] }),
  };
  return [cut, says('first'), says('second'), ...more.slice(aim % 6, (aim % 6) + 1), drains];
};

const at = (call: number, position: 'before' | 'after', fault: PortFault): ConcurrentCommand['faults'][number] => ({
  at: call,
  position,
  fault,
});
/** What keeps the first of several from being over, or its client from knowing. */
const onDraining: ConcurrentCommand['faults'] = [
  at(1, 'before', { kind: 'S1-dropped' }),
  at(1, 'before', { kind: 'S3-answerLost', as: 'silence' }),
  at(2, 'after', { kind: 'F3-lost' }),
  at(3, 'after', { kind: 'F3-lost' }),
  at(2, 'after', { kind: 'F3-doubled' }),
  at(1, 'before', { kind: 'S8-refused', as: 'unavailable' }),
  at(2, 'before', { kind: 'B1-crash', downMs: 500 }),
  at(3, 'before', { kind: 'F3-lost' }),
];

/**
 * A spec with too small a stake is refused, and submitted once more as it should have been, perhaps through another backend: the same
 * content, wanted after all, while a backend clears it away.
 */
const corrected: Move = ({ client, target, detail, aim }, { glimpse }, last) => {
  const actor = nameOf(glimpse.clients, client);
  const text = `corrected ${detail % 3}`;
  const submits = (stake: bigint): Step => ({ actor, op: { kind: 'submitSpec', thread: threadOf(last), text, stake } });
  const backend = nameOf(glimpse.backends, target);
  const clears: Step = { actor: `world#${detail % 2}`, op: { kind: 'round', backend } };
  const goes: Step = { actor, op: { kind: 'connect', backend: nameOf(glimpse.backends, target >> 2) } };
  const ends: Step = { actor: 'world#0', op: { kind: 'barrier' } };
  return [submits(1n), ...(aim % 3 === 0 ? [goes] : []), ends, clears, submits(4_000n)];
};

export const moves = { elsewhere, outage, corrected } as const satisfies Readonly<Record<string, Move>>;

export type MoveKind = keyof typeof moves;
export const isMove = (kind: string): kind is MoveKind => Object.hasOwn(moves, kind);
