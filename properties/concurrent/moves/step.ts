/** What moves are made of. */
import type { Draw } from '#properties/lockstep/draw.ts';
import type { PortFault, WorldOperation } from '#simulations/world/concurrent/command.ts';
import type { ConcurrentSetup } from '#simulations/world/concurrent/concurrent-world.ts';
import { pick } from '../draw-faults.ts';
import type { ConcurrentCommand } from '../scenario.ts';
import type { Sketch } from '../sketch.ts';

export type Faults = ConcurrentCommand['faults'];

export interface Step {
  readonly actor: string;
  readonly op: WorldOperation;
  /** Beside those that are drawn. */
  readonly faults?: Faults;
  /** Left out: as drawn. */
  readonly afterMs?: number;
  /** Left out: as drawn, 0 to 12. */
  readonly priority?: number;
  /** After so many events it gives way to everybody; left out: as drawn. */
  readonly stallsAt?: number;
  /** What it would be pointless without. */
  readonly needs?: Partial<ConcurrentSetup>;
}

/** The numbers from which a command's arguments are chosen. */
export type Arguments = Omit<Draw, 'kind'>;

/** @param last what somebody did before */
export type Move = (draw: Arguments, sketch: Sketch, last: Step | null) => readonly Step[];

/** Who creates the thread that every scene begins with, and may post there. */
export const owner = 'wallet#0';
const firstThread = 'thread#0';

export const threadOf = (step: Step | null): string => (step !== null && 'thread' in step.op ? step.op.thread : firstThread);
export const nameOf = (of: readonly { readonly name: string }[], index: number): string => pick(of, index)?.name ?? '';

/** Another backend than the one the client is at. */
export function elsewhereThan(home: string | null, backends: readonly { readonly name: string }[], index: number): string {
  return nameOf(
    backends.filter(({ name }) => name !== home),
    index,
  );
}

/** Where it is connected to; null where it is not. */
export const homeOf = (
  client: string,
  of: readonly { readonly name: string; readonly backend: string | null }[],
): string | null => of.find(({ name }) => name === client)?.backend ?? null;

/** Everything before has ended. */
export const ends: Step = { actor: 'world#0', op: { kind: 'barrier' } };

/** @param call which of its kind, from 1 */
export const at = (call: number, position: 'before' | 'after', fault: PortFault): Faults[number] => ({
  at: call,
  position,
  fault,
});

/** The backend has the request, and its client no longer waits for the answer. @param request which of its requests, from 1 */
export const unheard = (request: number): Faults[number] => at(request, 'after', { kind: 'F3-unheard' });
