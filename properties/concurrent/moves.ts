/**
 * Moves that take several commands: what one drawn command after another hardly ever comes to, and people do all the time. They only
 * propose; schedule and further faults make of them what they can.
 */
import { corrected } from './moves/corrected.ts';
import { elsewhere } from './moves/elsewhere.ts';
import { forsaken } from './moves/forsaken.ts';
import { impatient } from './moves/impatient.ts';
import { lastMoment } from './moves/last-moment.ts';
import { outage } from './moves/outage.ts';
import type { Move } from './moves/step.ts';

export const moves = { elsewhere, outage, corrected, forsaken, lastMoment, impatient } as const satisfies Readonly<
  Record<string, Move>
>;

export type MoveKind = keyof typeof moves;
export const isMove = (kind: string): kind is MoveKind => Object.hasOwn(moves, kind);
