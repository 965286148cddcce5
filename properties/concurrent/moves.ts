/**
 * Moves that take several commands: what one drawn command after another hardly ever comes to, and people do all the time. They only
 * propose; schedule and further faults make of them what they can.
 */
import type { WorldOperation } from '#simulations/world/concurrent/command.ts';
import { pick, shortMs } from './draw-faults.ts';
import type { ConcurrentCommand } from './scenario.ts';
import type { Sketch } from './sketch.ts';

export interface Step {
  readonly actor: string;
  readonly op: WorldOperation;
  /** Beside those that are drawn. */
  readonly faults?: ConcurrentCommand['faults'];
}

/** Numbers that were drawn for it. */
interface Draw {
  readonly client: number;
  readonly target: number;
  readonly detail: number;
  readonly aim: number;
}

type Move = (draw: Draw, sketch: Sketch, last: Step | null) => readonly Step[];

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

/** An authority is away while one client writes several things to one thread, in an order that matters to it; some of it twice. */
const outage: Move = ({ client, target, detail, aim }, { glimpse }, last) => {
  const actor = nameOf(glimpse.clients, client);
  const says = (text: string): Step => ({ actor, op: { kind: 'post', thread: threadOf(last), text } });
  const forMs = pick([4_000, 20_000, 1_500, 70_000], detail) ?? shortMs[2] ?? 4_000;
  const cut: Step = {
    actor: `world#${detail % 2}`,
    op: { kind: 'cut', authority: target % 4 === 0 ? 'qdrant' : 'solana', forMs },
  };
  const more: readonly Step[] = [
    says('third'),
    says('first'),
    { actor, op: { kind: 'giveUp' } },
    { actor, op: { kind: 'connect', backend: nameOf(glimpse.backends, target >> 2) } },
    { actor, op: { kind: 'close' } },
  ];
  return [cut, says('first'), says('second'), ...more.slice(aim % 6, (aim % 6) + 1)];
};

/** A spec with too small a stake is refused, and submitted once more as it should have been: the same content, wanted after all. */
const corrected: Move = ({ client, target, detail }, { glimpse }, last) => {
  const actor = nameOf(glimpse.clients, client);
  const text = `corrected ${detail % 3}`;
  const submits = (stake: bigint): Step => ({ actor, op: { kind: 'submitSpec', thread: threadOf(last), text, stake } });
  const round: Step = { actor: `world#${target % 2}`, op: { kind: 'round', backend: nameOf(glimpse.backends, target) } };
  return [submits(1n), round, submits(4_000n)];
};

export const moves = { elsewhere, outage, corrected } as const satisfies Readonly<Record<string, Move>>;

export type MoveKind = keyof typeof moves;
export const isMove = (kind: string): kind is MoveKind => Object.hasOwn(moves, kind);
